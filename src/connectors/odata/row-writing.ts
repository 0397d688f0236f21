/** The body of a write: every name and every value is checked here, because 1C ignores, cuts and zeroes without a word. Pure. */
import { Decimal, failure, isObject, nearestKnown, type Value, type ValueObject } from '../../sdk/index.ts';
import { dialectRules } from './dialect.ts';
import type { Dialect, EdmModel, EdmProperty, StructuredType } from './edm.ts';
import { wallClock } from './literal.ts';
import { checkScalar } from './scalar-check.ts';
import type { Warning } from './warning.ts';

export interface WritePlace {
  connection: string;
  dialect: Dialect;
  model: EdmModel;
  set: string;
  /** Told what was changed on the way without a refusal. */
  warn(warning: Warning): void;
}

/**
 * The body of a row. Failures: `odata.unknownField`, `connection.valueWrongType`, `connection.nulInText`,
 * `odata.textTooLong`, `odata.numberOutOfRange`, `odata.unknownMember`.
 */
export function writeRow(place: WritePlace, type: StructuredType, row: ValueObject, path = ''): ValueObject {
  const body: Record<string, Value> = Object.create(null);
  for (const [name, value] of Object.entries(row)) body[name] = writeMember(place, type, name, value, path === '' ? name : `${path}.${name}`);
  return body;
}

function writeMember(place: WritePlace, type: StructuredType, name: string, value: Value, path: string): Value {
  const property = type.properties.get(name);
  const bound = name.endsWith('@odata.bind') && type.navigations.has(name.slice(0, -'@odata.bind'.length));
  const inner = place.model.types.get(property?.type ?? type.navigations.get(name)?.type ?? '');
  if (property === undefined && inner === undefined && !bound && !type.open && name !== '@odata.type' && name !== 'odata.type') {
    throw failure('odata.unknownField', { connection: place.connection, set: place.set, field: path, nearest: nearestKnown(name, [...type.properties.keys()]) });
  }
  if (property?.collection === true && !Array.isArray(value)) {
    throw failure('connection.valueWrongType', { connection: place.connection, attribute: path, expected: 'array', actual: value === null ? 'null' : typeof value });
  }
  if (!Array.isArray(value)) return writeItem(place, inner, property, value, path);
  const rows = property?.role.kind === 'tablePart' ? wholePart(property, inner, value) : value;
  return rows.map((item, index) => writeItem(place, inner, property, item, `${path}[${index}]`));
}

/**
 * 1C wants 1, 2, 3 … without a gap and fails with an internal error otherwise; a row taken out of the middle would leave one.
 * Records of a register say their type themselves, and the key of their register is not repeated in them.
 */
function wholePart(property: EdmProperty, inner: StructuredType | undefined, rows: readonly Value[]): readonly Value[] {
  const numbered = inner?.properties.has('LineNumber') === true;
  return rows.map((row, index) => {
    if (!isObject(row)) return row;
    const whole = property.name === 'RecordSet' ? { 'odata.type': property.type, ...withoutRecorder(row) } : row;
    return numbered ? { ...whole, LineNumber: index + 1 } : whole;
  });
}

const withoutRecorder = (row: ValueObject): ValueObject => Object.fromEntries(Object.entries(row).filter(([name]) => !/^Recorder(?:_Key|_Type)?$/.test(name)));

function writeItem(place: WritePlace, inner: StructuredType | undefined, property: EdmProperty | undefined, value: Value, path: string): Value {
  if (isObject(value)) {
    if (inner === undefined && property !== undefined) throw failure('connection.valueWrongType', { connection: place.connection, attribute: path, expected: property.type.replace('Edm.', ''), actual: 'object' });
    return inner === undefined ? value : writeRow(place, inner, value, path);
  }
  const clean = typeof value === 'string' ? cleanText(place, value, path) : value;
  return property === undefined || clean === null ? clean : writeScalar(place, property, clean, path);
}

/** What an exchange with 1C cannot carry: one of these inside a base makes its rows unreadable to every later reader. */
const unspeakable = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

function cleanText(place: WritePlace, text: string, path: string): string {
  if (!text.isWellFormed()) throw failure('connection.valueWrongType', { connection: place.connection, attribute: path, expected: 'Unicode text', actual: 'a half of a surrogate pair' });
  if (place.dialect !== '1c') {
    if (text.includes('\0')) throw failure('connection.nulInText', { connection: place.connection, attribute: path });
    return text;
  }
  const found = text.match(unspeakable);
  if (found === null) return text;
  place.warn({ code: 'odata.controlCharacter', field: path, detail: [...new Set(found)].map(shownCharacter).join(' ') });
  return text.replace(unspeakable, '');
}

const shownCharacter = (character: string): string => `<${character.charCodeAt(0).toString(16).padStart(2, '0')}>`;

function writeScalar(place: WritePlace, property: EdmProperty, value: Value, path: string): Value {
  const { textNumbers, ticks } = dialectRules[place.dialect];
  const { type } = property;
  const checked = checkScalar({ connection: place.connection, dialect: place.dialect, model: place.model, field: path }, property, value);
  if (type === 'Edm.Int64' || type === 'Edm.Decimal') return textNumbers.includes(type) ? new Decimal(checked as number | string | Decimal).toFixed() : new Decimal(checked as number | string | Decimal);
  if (type === 'Edm.DateTime') {
    const text = wallClock({ ...place, field: path }, checked);
    return ticks ? `/Date(${Date.parse(`${text}Z`)})/` : text;
  }
  if (type === 'Edm.DateTimeOffset' && ticks && typeof checked === 'string') return `/Date(${Date.parse(checked)}+0000)/`;
  return checked;
}
