/** Instants as the platform keeps them: UTC text with microseconds, "2026-11-22T12:10:22.000001Z". Texts sort as instants do. */
import { isDay } from './calendar-date.ts';

const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:([Zz])|([+-])(\d\d):?(\d\d)?)$/;

/**
 * The instant that a text with an offset names (RFC 3339), or undefined when it names none.
 * A text without an offset is a local time, not an instant. Digits after the microsecond are dropped.
 */
export function instantOf(text: string): string | undefined {
  return instantOfDay(text) ?? instantByParts(text);
}

/** The usual case without a calendar: the offset does not move the instant to another day, and that day is in every month. */
function instantOfDay(text: string): string | undefined {
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  // NaN fails every comparison.
  if (!(twoDigits(text, 0) + twoDigits(text, 2) > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour < 24 && minute < 60 && twoDigits(text, 17) < 60)) return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return undefined;
  let end = 19;
  if (text[19] === '.') for (end = 20; isDigit(text, end); end++);
  if (end > 29 || end === 20) return undefined;
  const offset = offsetAt(text, end);
  const moved = hour * 60 + minute - offset;
  if (!(moved >= 0 && moved < 1440)) return undefined;
  const time = offset === 0 ? text.slice(11, 16) : `${padded(Math.floor(moved / 60))}:${padded(moved % 60)}`;
  return `${text.slice(0, 11)}${time}${text.slice(16, 19)}.${text.slice(20, Math.min(end, 26)).padEnd(6, '0')}Z`;
}

/** Minutes of the offset that ends the text at `at`; NaN when there is none of the usual form. */
function offsetAt(text: string, at: number): number {
  if (text[at] === 'Z') return text.length === at + 1 ? 0 : Number.NaN;
  const sign = text[at] === '+' ? 1 : text[at] === '-' ? -1 : Number.NaN;
  const minutes = twoDigits(text, at + 4);
  return text.length === at + 6 && text[at + 3] === ':' && minutes < 60 ? sign * (twoDigits(text, at + 1) * 60 + minutes) : Number.NaN;
}

function twoDigits(text: string, at: number): number {
  return isDigit(text, at) && isDigit(text, at + 1) ? (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48 : Number.NaN;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

const padded = (value: number): string => (value < 10 ? `0${value}` : String(value));

function instantByParts(text: string): string | undefined {
  const parts = shape.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (!isTimeOfDay(hour, minute, second) || !isDay(year, month, day)) return undefined;
  const offset = parts[8] === undefined ? offsetMinutes(parts[9], parts[10], parts[11]) : 0;
  if (offset === undefined) return undefined;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute - offset, second);
  const utcYear = at.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return `${at.toISOString().slice(0, 19)}.${(parts[7] ?? '').padEnd(6, '0').slice(0, 6)}Z`;
}

const isTimeOfDay = (hour: number, minute: number, second: number): boolean => hour < 24 && minute < 60 && second < 60;

function offsetMinutes(sign: string | undefined, hours: string | undefined, minutes: string | undefined): number | undefined {
  const h = Number(hours ?? 0);
  const m = Number(minutes ?? 0);
  if (h > 23 || m > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (h * 60 + m);
}
