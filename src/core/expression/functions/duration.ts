/** Built-ins of durations: exact to the microsecond, of fixed length only, so that no calendar and no zone is asked. */
import { Decimal } from '../../decimal.ts';
import { durationOfSeconds, durationSeconds, durationText, microsecondsOf } from '../../duration.ts';
import { instantOf } from '../../instant.ts';
import type { Num } from '../exact.ts';
import { shown, type Item, type Site } from '../item.ts';
import type { Native } from '../native.ts';
import { callFailed, strict, wrongArgument } from './define.ts';

export const durationFunctions: readonly Native[] = [
  strict('addDuration', '<s-s:s>', 2, (args, _runtime, site) => moved(text(args[0]), duration(args[1], 2, site), site)),
  strict('subtractDuration', '<s-s:s>', 2, (args, _runtime, site) => moved(text(args[0]), -duration(args[1], 2, site), site)),
  strict('durationBetween', '<s-s:s>', 2, (args, _runtime, site) => printed(point(args[1], 2, site) - point(args[0], 1, site), site)),
  strict('multiplyDuration', '<s-n:s>', 2, (args, _runtime, site) => printed(rounded(new Decimal(duration(args[0], 1, site).toString()).times(args[1] as Num)), site)),
  strict('compareDurations', '<s-s:n>', 2, (args, _runtime, site) => sign(duration(args[0], 1, site) - duration(args[1], 2, site))),
  strict('durationSeconds', '<s-:n>', 1, (args, _runtime, site) => new Decimal(durationSeconds(duration(args[0], 1, site)))),
  strict('durationOfSeconds', '<n-:s>', 1, (args, _runtime, site) => durationOfSeconds(new Decimal(args[0] as Num).toFixed()) ?? tooLong(site)),
];

const text = (item: Item): string => item as string; // the signature says so

/** In microseconds; texts that expressions compare or add have to name one. */
function duration(item: Item, index: number, site: Site): bigint {
  const found = typeof item === 'string' ? microsecondsOf(item) : undefined;
  if (found === undefined) throw wrongArgument(site, index, 'a duration such as "P1DT2H30M", without months and years', item);
  return found;
}

/** Of an instant, or of the midnight in UTC with which a day begins. */
function point(item: Item, index: number, site: Site): bigint {
  const found = typeof item === 'string' ? instantMicroseconds(isDay(item) ? `${item}T00:00:00Z` : item) : undefined;
  if (found === undefined) throw wrongArgument(site, index, 'an instant with an offset, or a day', item);
  return found;
}

/** An instant stays one, a day stays a day, and a duration a duration. */
function moved(from: string, by: bigint, site: Site): string {
  if (isDay(from)) {
    if (by % day !== 0n) throw callFailed(site, `a day is moved by whole days only, not by ${durationText(by)}`);
    return instantText(point(from, 1, site) + by, site).slice(0, 10);
  }
  const long = microsecondsOf(from);
  return long === undefined ? instantText(point(from, 1, site) + by, site) : printed(long + by, site);
}

const day = 86_400_000_000n;
const longest = microsecondsOf('P3652500D') ?? 0n;

const isDay = (given: string): boolean => /^\d{4}-\d\d-\d\d$/.test(given);

function instantMicroseconds(given: string): bigint | undefined {
  const instant = instantOf(given);
  return instant === undefined ? undefined : BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) * 1_000n + BigInt(instant.slice(20, 26));
}

function instantText(microseconds: bigint, site: Site): string {
  const within = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const at = new Date(Number((microseconds - within) / 1_000n));
  const year = at.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw callFailed(site, 'the result is beyond the years 1 to 9999');
  return `${at.toISOString().slice(0, 19)}.${String(within).padStart(6, '0')}Z`;
}

const printed = (microseconds: bigint, site: Site): string => (microseconds > longest || microseconds < -longest ? tooLong(site) : durationText(microseconds));

/** Half away from zero, as all arithmetic here. */
const rounded = (microseconds: Decimal): bigint => BigInt(microseconds.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toFixed());

const sign = (difference: bigint): number => (difference > 0n ? 1 : difference < 0n ? -1 : 0);

function tooLong(site: Site): never {
  throw callFailed(site, `the result is no duration up to ${shown('P3652500D')}`);
}
