/** Whether a value fits its field, before it is sent: 1C takes a text for a number, stores 0 and answers 200. Pure. */
import { Decimal, failure, type Failure, type Value } from '../../sdk/index.ts';
import type { Dialect, EdmModel, EdmProperty } from './edm.ts';
import { shownValue } from './literal.ts';

export interface ScalarPlace {
  connection: string;
  dialect: Dialect;
  model: EdmModel;
  /** Path of the field inside the message. */
  field: string;
}

const numberText = /^-?\d{1,40}(?:\.\d{1,40})?$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Smallest and largest whole number of each type. */
const wholeNumbers: Readonly<Record<string, readonly [string, string]>> = {
  'Edm.Byte': ['0', '255'],
  'Edm.SByte': ['-128', '127'],
  'Edm.Int16': ['-32768', '32767'],
  'Edm.Int32': ['-2147483648', '2147483647'],
  'Edm.Int64': ['-9223372036854775808', '9223372036854775807'],
};

/**
 * The value, or a Failure that names the field and the rule: `connection.valueWrongType`, `odata.numberOutOfRange`,
 * `odata.textTooLong`, `odata.unknownMember`. `value` is neither null nor a row.
 */
export function checkScalar(place: ScalarPlace, property: EdmProperty, value: Value): Value {
  const { type } = property;
  switch (type) {
    case 'Edm.Boolean': return typeof value === 'boolean' ? value : refuse(place, 'boolean', value);
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32':
    case 'Edm.Int64': return wholeNumber(place, type, value);
    case 'Edm.Decimal': return decimal(place, property, value);
    case 'Edm.Single':
    case 'Edm.Double':
      number(place, value, false);
      return value;
    case 'Edm.Guid': return textLike(place, value, uuid, 'GUID', place.dialect === '1c');
    case 'Edm.Date': return textLike(place, value, /^\d{4}-\d\d-\d\d$/, '2026-11-22', false);
    case 'Edm.DateTimeOffset': return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : refuse(place, '2026-11-22T12:00:00Z', value);
    case 'Edm.Binary': return textLike(place, value, /^[A-Za-z0-9+/_-]*={0,2}$/, 'base64', false);
    case 'Edm.String': return text(place, property, value);
    default: return member(place, type, value);
  }
}

function wholeNumber(place: ScalarPlace, type: string, value: Value): Value {
  // Int64 travels as a text in most dialects, so a text of digits is one; no other number is.
  const found = number(place, value, type === 'Edm.Int64');
  if (!found.isInteger()) throw wrong(place, 'integer', value);
  const [least, most] = wholeNumbers[type] ?? ['0', '0'];
  if (found.lessThan(least) || found.greaterThan(most)) throw failure('odata.numberOutOfRange', { connection: place.connection, field: place.field, value: found.toFixed(), rule: `${least} … ${most}` });
  return value;
}

function decimal(place: ScalarPlace, { precision, scale }: EdmProperty, value: Value): Value {
  const found = number(place, value, true);
  const whole = precision === undefined ? undefined : precision - (scale ?? 0);
  if (whole !== undefined && found.abs().greaterThanOrEqualTo(new Decimal(10).pow(whole))) {
    throw failure('odata.numberOutOfRange', { connection: place.connection, field: place.field, value: found.toFixed(), rule: `< 10^${whole}` });
  }
  return value;
}

function number(place: ScalarPlace, value: Value, asText: boolean): Decimal {
  const found = typeof value === 'number' || value instanceof Decimal || (asText && typeof value === 'string' && numberText.test(value)) ? new Decimal(value) : undefined;
  if (found === undefined || !found.isFinite()) throw wrong(place, 'number', value);
  return found;
}

function textLike(place: ScalarPlace, value: Value, pattern: RegExp, expected: string, emptyToo: boolean): Value {
  return typeof value === 'string' && (pattern.test(value) || (emptyToo && value === '')) ? value : refuse(place, expected, value);
}

function text(place: ScalarPlace, { maxLength }: EdmProperty, value: Value): Value {
  if (typeof value !== 'string') throw wrong(place, 'string', value);
  if (maxLength !== undefined && value.length > maxLength) {
    throw failure('odata.textTooLong', { connection: place.connection, field: place.field, length: value.length, limit: maxLength });
  }
  return value;
}

/** A member of an enumeration by its name; an empty text is none of them and clears the field in 1C. */
function member({ model, ...place }: ScalarPlace, type: string, value: Value): Value {
  const known = model.enums.get(type)?.members;
  if (known === undefined || typeof value !== 'string' || (place.dialect === '1c' && value === '')) return value;
  if (value.split(',').every((name) => known.includes(name.trim()))) return value;
  throw failure('odata.unknownMember', { connection: place.connection, field: place.field, value: shownValue(value), known: known.slice(0, 20).join(', ') });
}

const wrong = ({ connection, field }: ScalarPlace, expected: string, value: Value): Failure =>
  failure('connection.valueWrongType', { connection, attribute: field, expected, actual: shownValue(value) });

function refuse(place: ScalarPlace, expected: string, value: Value): never {
  throw wrong(place, expected, value);
}
