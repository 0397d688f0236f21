/** Built-ins of instants and of whole numbers by picture. */
import { Decimal } from '../../decimal.ts';
import { compare, type Num } from '../exact.ts';
import { isNumber, shown, type Item, type Site } from '../item.ts';
import type { Native } from '../native.ts';
import { datePicture, printDate, readDate } from './date-picture.ts';
import { callFailed, strict, wrongArgument } from './define.ts';
import { integerPicture, printInteger, readInteger } from './integer-picture.ts';

export const timeFunctions: readonly Native[] = [
  strict('fromMillis', '<n-s?s?:s>', 3, (args, _runtime, site) => fromMillis(Number(args[0]), args[1], args[2], site)),
  strict('toMillis', '<s-s?:n>', 2, (args, _runtime, site) => toMillis(args[0] as string, args[1], site)),
  strict('formatInteger', '<n-s:s>', 2, (args, _runtime, site) => formatInteger(args[0] as Num, args[1], site)),
  strict('parseInteger', '<s-s:n>', 2, (args, _runtime, site) => {
    const value = readInteger(args[0] as string, integerPicture(textArgument(args[1], 2, site), site));
    if (Number.isNaN(value)) throw callFailed(site, `${shown(args[0])} does not fit the picture ${shown(args[1])}`);
    return value;
  }),
];

const isoPicture = '[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]';

function textArgument(item: Item, index: number, site: Site): string {
  if (typeof item !== 'string') throw wrongArgument(site, index, 'a text', item);
  return item;
}

function fromMillis(millis: number, picture: Item, zone: Item, site: Site): string {
  const offset = zone === undefined ? 0 : zoneMinutes(textArgument(zone, 3, site), site);
  return printDate(Math.floor(millis), offset, datePicture(picture === undefined ? isoPicture : textArgument(picture, 2, site), site), site);
}

/** `+hhmm`, `-hhmm`. */
function zoneMinutes(zone: string, site: Site): number {
  const found = /^([-+]?)([0-9]{1,2}):?([0-9]{2})$/.exec(zone);
  if (found === null) {
    if (zone === 'Z') return 0;
    throw wrongArgument(site, 3, 'a zone such as "+0300"', zone);
  }
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3]));
}

const isoInstant = /^[0-9]{4}(-[01][0-9])?(-[0-3][0-9])?(T[0-2][0-9]:[0-5][0-9]:[0-5][0-9])?(\.[0-9]+)?([+-][0-2][0-9]:?[0-5][0-9]|Z)?$/;

function toMillis(text: string, picture: Item, site: Site): number | undefined {
  if (picture !== undefined) return byPicture(text, textArgument(picture, 2, site), site);
  // Without a zone the instant would depend on the machine: UTC is meant.
  const complete = /T/.test(text) && !/(Z|[+-][0-9]{2}:?[0-9]{2})$/.test(text) ? `${text}Z` : text.replace(/([+-][0-9]{2})([0-9]{2})$/, (whole, hours: string, minutes: string) => (/T/.test(text) ? `${hours}:${minutes}` : whole));
  const millis = isoInstant.test(text) ? Date.parse(complete) : Number.NaN;
  if (Number.isNaN(millis)) throw callFailed(site, `not an ISO 8601 instant: ${shown(text)}`);
  return millis;
}

/** Fields to the right of what is given count as their lowest value; the year must be given, since there is no clock. */
function byPicture(text: string, picture: string, site: Site): number | undefined {
  const fields = readDate(text, datePicture(picture, site), site);
  if (fields === undefined || fields.size === 0) return undefined;
  const year = fields.get('Y');
  if (year === undefined || [...fields.values()].some(Number.isNaN)) throw callFailed(site, 'the picture must give at least the year, and no field twice');
  const dayOfYear = fields.get('d');
  const gap = dayOfYear === undefined && (fields.has('D') || hasTime(fields)) && !(fields.has('M') && (fields.has('D') || !hasTime(fields)));
  if (gap || ['W', 'w', 'X', 'x'].some((letter) => fields.has(letter))) throw callFailed(site, 'the picture does not say which day is meant');
  const day = dayOfYear === undefined ? Date.UTC(year, (fields.get('M') ?? 1) - 1, fields.get('D') ?? 1) : Date.UTC(year, 0, dayOfYear);
  return day + timeOfDay(fields) - (fields.get('Z') ?? 0) * 60_000;
}

const hasTime = (fields: ReadonlyMap<string, number>): boolean => ['H', 'h', 'm', 's', 'f'].some((letter) => fields.has(letter));

function timeOfDay(fields: ReadonlyMap<string, number>): number {
  const half = fields.get('h');
  const hours = half === undefined ? (fields.get('H') ?? 0) : (half % 12) + 12 * (fields.get('P') ?? 0);
  return ((hours * 60 + (fields.get('m') ?? 0)) * 60 + (fields.get('s') ?? 0)) * 1000 + Math.round(fields.get('f') ?? 0);
}

function formatInteger(value: Num, picture: Item, site: Site): string {
  const parsed = integerPicture(textArgument(picture, 2, site), site);
  const whole = new Decimal(value).floor();
  const digits = whole.absoluteValue().toFixed();
  if (parsed.kind !== 'digits' && (!isNumber(value) || digits.length > 15)) throw wrongArgument(site, 1, 'a number of at most 15 digits', value);
  if (parsed.kind === 'roman' && digits.length > 6) throw wrongArgument(site, 1, 'a number below a million', value);
  return (compare(whole, 0) < 0 ? '-' : '') + printInteger(Number(digits), digits, parsed);
}
