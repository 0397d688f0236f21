/** Values as they stand in an address: in keys, conditions and parameters of functions. Pure. */
import { Decimal, failure, type Failure, type Value } from '../../sdk/index.ts';
import { dialectRules } from './dialect.ts';
import type { Dialect } from './edm.ts';

export interface LiteralPlace {
  connection: string;
  dialect: Dialect;
  /** For messages. */
  field: string;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const local = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?$/;
const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const duration = /^-?P(?=[\dT])(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/;
const timeOfDay = /^\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?$/;

/** The text of a value of an Edm type, not yet percent-encoded. Throws `connection.valueWrongType`. */
export function printLiteral(place: LiteralPlace, type: string, value: Value): string {
  if (value === null) return 'null';
  const typed = dialectRules[place.dialect].typedLiterals;
  switch (type) {
    case 'Edm.String': return quoted(textOf(place, value));
    case 'Edm.Boolean':
      if (typeof value === 'boolean') return String(value);
      throw wrong(place, 'boolean', value);
    case 'Edm.Guid': {
      const text = matched(place, value, uuid, 'GUID');
      return typed ? `guid'${text}'` : text;
    }
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32': return wholeNumber(place, value);
    case 'Edm.Int64': return wholeNumber(place, value) + (typed && place.dialect !== '1c' ? 'L' : '');
    case 'Edm.Decimal': return numberText(place, value) + (typed && place.dialect !== '1c' ? 'M' : '');
    case 'Edm.Single': return numberText(place, value) + (typed && place.dialect !== '1c' ? 'f' : '');
    case 'Edm.Double': return numberText(place, value);
    case 'Edm.DateTime': return `datetime'${wallClock(place, value)}'`;
    case 'Edm.DateTimeOffset': {
      const text = matched(place, value, zoned, '2026-11-22T12:00:00Z');
      return typed ? `datetimeoffset'${text}'` : text;
    }
    case 'Edm.Date': return matched(place, value, /^\d{4}-\d\d-\d\d$/, '2026-11-22');
    case 'Edm.TimeOfDay': return matched(place, value, timeOfDay, '12:00:00');
    case 'Edm.Time': return `time'${matched(place, value, duration, 'PT1H30M')}'`;
    case 'Edm.Duration': return `duration'${matched(place, value, duration, 'PT1H30M')}'`;
    case 'Edm.Binary': return binary(place, value, typed);
    default: return enumeration(place, type, value);
  }
}

/** 1C and V3 write the member alone, V4 names the type. */
function enumeration(place: LiteralPlace, type: string, value: Value): string {
  const text = textOf(place, value);
  return place.dialect === 'v4' && !type.startsWith('Edm.') ? `${type}${quoted(text)}` : quoted(text);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A quote inside a text is doubled; without that a value could end the text and become a condition of its own. */
function textOf(place: LiteralPlace, value: Value): string {
  if (typeof value !== 'string') throw wrong(place, 'string', value);
  if (!value.isWellFormed()) throw wrong(place, 'Unicode text', value);
  return value;
}

function matched(place: LiteralPlace, value: Value, pattern: RegExp, expected: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw wrong(place, expected, value);
}

/** Time on the wall of the server. A zone is refused where nobody has said which one the wall is in. */
export function wallClock(place: LiteralPlace, value: Value): string {
  const text = typeof value === 'string' ? value : '';
  const found = local.exec(text);
  if (found !== null && isDate(text)) return `${found[1] ?? ''}T${withSeconds(found[2] ?? '00:00')}`;
  // V2 and V3 keep instants in this type as UTC; 1C keeps the wall clock of its server.
  if (place.dialect !== '1c' && zoned.test(text) && isDate(text)) return new Date(text).toISOString().replace(/(?:\.000)?Z$/, '');
  throw wrong(place, '2026-11-22T12:00:00', value);
}

const withSeconds = (time: string): string => (time.length === 5 ? `${time}:00` : time);

const isDate = (text: string): boolean => !Number.isNaN(Date.parse(text));

function wholeNumber(place: LiteralPlace, value: Value): string {
  const text = numberText(place, value);
  if (!/^-?\d+$/.test(text)) throw wrong(place, 'integer', value);
  return text;
}

/** Digits without an exponent, all of them; a text of digits counts too, because Int64 travels as one. */
function numberText(place: LiteralPlace, value: Value): string {
  if (typeof value === 'string' && /^-?\d{1,40}(?:\.\d{1,40})?$/.test(value)) return value;
  const number = typeof value === 'number' || value instanceof Decimal ? new Decimal(value) : undefined;
  if (number === undefined || !number.isFinite()) throw wrong(place, 'number', value);
  return number.toFixed();
}

function binary(place: LiteralPlace, value: Value, typed: boolean): string {
  const text = matched(place, value, /^[A-Za-z0-9+/]*={0,2}$/, 'base64');
  const bytes = Buffer.from(text, 'base64');
  return typed ? `X'${bytes.toString('hex').toUpperCase()}'` : `binary'${bytes.toString('base64url')}'`;
}

const wrong = (place: LiteralPlace, expected: string, value: Value): Failure =>
  failure('connection.valueWrongType', { connection: place.connection, attribute: place.field, expected, actual: shownValue(value) });

/** A value in a message to a person: short, and only its kind when it has parts. */
export function shownValue(value: Value | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (value === undefined) return '';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Decimal) return value.toString();
  return Array.isArray(value) ? 'array' : 'object';
}
