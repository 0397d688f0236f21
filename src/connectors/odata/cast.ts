/** A value taken as one of another type, as OData's `cast` does it: what cannot be taken so is nothing. Pure. */
import { Decimal, type Value } from '../../sdk/index.ts';
import type { Dialect } from './edm.ts';

/** Bounds of the whole numbers that a type holds. */
const whole: Readonly<Record<string, readonly [least: string, most: string]>> = {
  'Edm.Byte': ['0', '255'], 'Edm.SByte': ['-128', '127'], 'Edm.Int16': ['-32768', '32767'], 'Edm.Int32': ['-2147483648', '2147483647'],
  'Edm.Int64': ['-9223372036854775808', '9223372036854775807'],
};

const fractions: readonly string[] = ['Edm.Decimal', 'Edm.Double', 'Edm.Single'];

const isNumeric = (type: string): boolean => Object.hasOwn(whole, type) || fractions.includes(type);

/** Forms of the texts that stand for a value of a type. */
const forms: Readonly<Record<string, RegExp>> = {
  'Edm.Boolean': /^(?:true|false)$/,
  'Edm.Guid': /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'Edm.Date': /^\d{4}-\d\d-\d\d$/,
  'Edm.DateTime': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?$/,
  'Edm.DateTimeOffset': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d)$/,
  'Edm.TimeOfDay': /^\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?$/,
  'Edm.Duration': /^-?P(?=[\dT])(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/,
};

const numberText = /^[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?$/;

/** Types that a value can be taken as. */
export const castTypes: readonly string[] = ['Edm.String', ...Object.keys(whole), ...fractions, ...Object.keys(forms)];

/** Whether there is such a conversion at all: to a text, between numbers, and from a text. */
export const isCast = (from: string, to: string): boolean =>
  castTypes.includes(to) && (to === 'Edm.String' || (isNumeric(from) && isNumeric(to)) || from === 'Edm.String');

export function castValue(from: string, to: string, value: Value): Value {
  if (value === null) return null;
  if (to === 'Edm.String') return textOf(value);
  if (isNumeric(to)) return numberAs(to, value);
  if (to === 'Edm.Boolean' && typeof value === 'boolean') return value;
  if (typeof value !== 'string' || from !== 'Edm.String' || forms[to]?.test(value) !== true) return null;
  return to === 'Edm.Boolean' ? value === 'true' : value;
}

/** As it stands in an answer, without an exponent. */
function textOf(value: Value): Value {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' || value instanceof Decimal ? new Decimal(value).toFixed() : null;
}

/** A fraction is rounded where a whole number is wanted; a number out of the range of its type is nothing. */
function numberAs(to: string, value: Value): Value {
  const given = typeof value === 'number' || value instanceof Decimal ? new Decimal(value) : typeof value === 'string' && numberText.test(value) ? new Decimal(value) : undefined;
  if (given === undefined || !given.isFinite()) return null;
  const range = whole[to];
  if (range === undefined) return given;
  const rounded = given.toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
  return rounded.greaterThanOrEqualTo(range[0]) && rounded.lessThanOrEqualTo(range[1]) ? rounded : null;
}

const narrow: readonly string[] = ['Edm.Byte', 'Edm.SByte', 'Edm.Int16', 'Edm.Int32'];

/**
 * Whether every server comes to the same: whole numbers as digits, and numbers in a type that holds all of them. The
 * others differ in rounding, in zeros at the end, in letters, in time zones. V2 and SAP have no conversions.
 */
export function castsAlike(dialect: Dialect, from: string, to: string): boolean {
  if (dialect !== 'v3' && dialect !== 'v4') return false;
  const range = whole[from];
  if (range === undefined) return dialect === 'v4' && from === 'Edm.Date' && to === 'Edm.String';
  if (to === 'Edm.String' || to === 'Edm.Decimal') return true;
  if (to === 'Edm.Double') return narrow.includes(from);
  const into = whole[to];
  return into !== undefined && new Decimal(range[0]).greaterThanOrEqualTo(into[0]) && new Decimal(range[1]).lessThanOrEqualTo(into[1]);
}

/** What 1C calls the kinds of plain values that a composite field may hold, and how it names their types in answers. */
const onecKinds: readonly { name: string; types: readonly string[] }[] = [
  { name: 'String', types: ['Edm.String'] },
  { name: 'Number', types: ['Edm.Double', 'Edm.Decimal', 'Edm.Int64', 'Edm.Int32', 'Edm.Int16'] },
  { name: 'Boolean', types: ['Edm.Boolean'] },
  { name: 'Date', types: ['Edm.DateTime'] },
];

/** `Number` for `Edm.Double`; undefined for what 1C has no plain values of. */
export const onecKind = (type: string): string | undefined => onecKinds.find(({ types }) => types.includes(type))?.name;
