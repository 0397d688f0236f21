/**
 * Durations: lengths of time that are the same wherever they begin, so weeks, days of 24 hours and times, no months and years.
 * Kept as ISO 8601 text in one form, "P1DT2H30M", "-PT0.5S", to the microsecond. Texts do not sort as durations do: compare microseconds.
 */
import { limits } from './limits.ts';

const shape = /^([+-])?P(?=[0-9T])(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,6}))?S)?)?$/;

const second = 1_000_000n;
const minute = 60n * second;
const hour = 60n * minute;
const day = 24n * hour;

/** The microseconds that an ISO 8601 text names, or undefined when it names no duration of fixed length, or one beyond the limit. */
export function microsecondsOf(text: string): bigint | undefined {
  const parts = shape.exec(text);
  if (parts === null) return undefined;
  const [weeks, days, hours, minutes, seconds] = parts.slice(2, 7).map((part) => BigInt(part ?? 0));
  const fraction = BigInt((parts[7] ?? '').padEnd(6, '0'));
  const sum = ((weeks ?? 0n) * 7n + (days ?? 0n)) * day + (hours ?? 0n) * hour + (minutes ?? 0n) * minute + (seconds ?? 0n) * second + fraction;
  if (sum > BigInt(limits.durationDays.value) * day) return undefined;
  return parts[1] === '-' ? -sum : sum;
}

/** The one text of a duration: days, hours, minutes, seconds, each only when it is not zero; "PT0S" for none at all. */
export function durationText(microseconds: bigint): string {
  const size = microseconds < 0n ? -microseconds : microseconds;
  const time = [unit((size % day) / hour, 'H'), unit((size % hour) / minute, 'M'), secondsText(size % minute)].join('');
  const text = `P${unit(size / day, 'D')}${time === '' ? '' : `T${time}`}`;
  return `${microseconds < 0n ? '-' : ''}${text === 'P' ? 'PT0S' : text}`;
}

const unit = (count: bigint, letter: string): string => (count === 0n ? '' : `${count}${letter}`);

function secondsText(microseconds: bigint): string {
  if (microseconds === 0n) return '';
  const fraction = String(microseconds % second).padStart(6, '0').replace(/0+$/, '');
  return `${microseconds / second}${fraction === '' ? '' : `.${fraction}`}S`;
}

/** The duration as it is kept, or undefined. */
export function durationOf(text: string): string | undefined {
  const microseconds = microsecondsOf(text);
  return microseconds === undefined ? undefined : durationText(microseconds);
}

/** Exact seconds, such as "93600.5". */
export function durationSeconds(microseconds: bigint): string {
  const size = microseconds < 0n ? -microseconds : microseconds;
  const fraction = String(size % second).padStart(6, '0').replace(/0+$/, '');
  return `${microseconds < 0n ? '-' : ''}${size / second}${fraction === '' ? '' : `.${fraction}`}`;
}

/** From exact seconds, rounded to the microsecond's whole digits; undefined beyond the limit. */
export function durationOfSeconds(seconds: string): string | undefined {
  const parts = /^(-)?(\d{1,18})(?:\.(\d+))?$/.exec(seconds);
  if (parts === null) return undefined;
  const size = BigInt(parts[2] ?? 0) * second + BigInt((parts[3] ?? '').padEnd(6, '0').slice(0, 6));
  return size > BigInt(limits.durationDays.value) * day ? undefined : durationText(parts[1] === '-' ? -size : size);
}
