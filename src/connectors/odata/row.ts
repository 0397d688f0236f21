/** Rows between the wire and messages: annotations off, numbers exact, dates in one form; and back. Pure. */
import { Decimal, failure, isObject, nearestKnown, type Value, type ValueObject } from '../../sdk/index.ts';
import { dialectRules } from './dialect.ts';
import type { Dialect, EdmModel, EdmProperty, StructuredType } from './edm.ts';
import { shownValue, wallClock } from './literal.ts';

/** A row as messages hold it. What the type does not know comes through as it is, but for annotations. */
export function readRow(model: EdmModel, type: StructuredType | undefined, wire: Value): ValueObject {
  const row: Record<string, Value> = Object.create(null);
  if (!isObject(wire)) return row;
  for (const [name, value] of Object.entries(wire)) {
    if (isAnnotation(name) || isDeferred(value)) continue;
    row[name] = readMember(model, type, name, value);
  }
  clearUndefined(type, row);
  return row;
}

const isAnnotation = (name: string): boolean => name === '__metadata' || name.includes('@') || name.startsWith('odata.');

/** V2 leaves an address where a navigation was not expanded. */
const isDeferred = (value: Value): boolean => isObject(value) && Object.hasOwn(value, '__deferred');

function readMember(model: EdmModel, type: StructuredType | undefined, name: string, value: Value): Value {
  const property = type?.properties.get(name);
  const inner = model.types.get(property?.type ?? type?.navigations.get(name)?.type ?? '');
  // V2 wraps the rows of an expanded navigation.
  const list = isObject(value) && Array.isArray(value['results']) && Object.keys(value).every((key) => key === 'results' || key.startsWith('__')) ? value['results'] : value;
  if (Array.isArray(list)) return list.map((item: Value) => readItem(model, inner, property, item));
  return readItem(model, inner, property, list);
}

function readItem(model: EdmModel, inner: StructuredType | undefined, property: EdmProperty | undefined, value: Value): Value {
  if (isObject(value)) return readRow(model, inner, value);
  return property === undefined ? value : readScalar(property.type, value);
}

/** Int64 and Decimal are Decimals however they came, so that a mapping need not know the dialect. */
export function readScalar(type: string, value: Value): Value {
  switch (type) {
    case 'Edm.Int64':
    case 'Edm.Decimal': return typeof value === 'number' || (typeof value === 'string' && /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(value)) ? new Decimal(value) : value;
    case 'Edm.Double':
    case 'Edm.Single': return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? exactNumber(value) : value;
    case 'Edm.DateTime': return typeof value === 'string' ? (ticksText(value)?.replace(/(?:\.000)?Z$/, '') ?? value) : value;
    case 'Edm.DateTimeOffset': return typeof value === 'string' ? (ticksText(value)?.replace(/\.000Z$/, 'Z') ?? value) : value;
    default: return value;
  }
}

const exactNumber = (text: string): Value => {
  const decimal = new Decimal(text);
  return decimal.precision() > 15 ? decimal : decimal.toNumber();
};

/** `/Date(1563220947000+0180)/` counts milliseconds of UTC; the offset after it is minutes, for display only. */
function ticksText(text: string): string | undefined {
  const ms = /^\/Date\((-?\d{1,16})(?:[+-]\d{1,4})?\)\/$/.exec(text)?.[1];
  const date = ms === undefined ? undefined : new Date(Number(ms));
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** 1C: a composite field of no type holds leftovers that mean nothing. */
function clearUndefined(type: StructuredType | undefined, row: Record<string, Value>): void {
  for (const property of type?.properties.values() ?? []) {
    const { role } = property;
    if (role.kind === 'composite' && row[role.typeProperty] === 'StandardODATA.Undefined' && property.name in row) row[property.name] = null;
  }
}

export interface WritePlace {
  connection: string;
  dialect: Dialect;
  model: EdmModel;
  set: string;
}

/**
 * The body of a write. Every name is checked, because 1C ignores an unknown one and answers 200.
 * Failures: `odata.unknownField`, `connection.valueWrongType`, `connection.nulInText`, `odata.controlCharacter`.
 */
export function writeRow(place: WritePlace, type: StructuredType, row: ValueObject, path = ''): ValueObject {
  const body: Record<string, Value> = Object.create(null);
  for (const [name, value] of Object.entries(row)) {
    body[name] = writeMember(place, type, name, value, path === '' ? name : `${path}.${name}`);
  }
  return body;
}

function writeMember(place: WritePlace, type: StructuredType, name: string, value: Value, path: string): Value {
  const property = type.properties.get(name);
  const bound = name.endsWith('@odata.bind') && type.navigations.has(name.slice(0, -'@odata.bind'.length));
  const inner = place.model.types.get(property?.type ?? type.navigations.get(name)?.type ?? '');
  if (property === undefined && inner === undefined && !bound && !type.open && name !== '@odata.type' && name !== 'odata.type') {
    throw failure('odata.unknownField', { connection: place.connection, set: place.set, field: path, nearest: nearestKnown(name, [...type.properties.keys()]) });
  }
  if (!Array.isArray(value)) return writeItem(place, inner, property, value, path);
  const rows = property?.role.kind === 'tablePart' ? numbered(value) : value;
  return rows.map((item, index) => writeItem(place, inner, property, item, `${path}[${index}]`));
}

/** 1C wants 1, 2, 3 … without a gap and fails with an internal error otherwise; a row taken out of the middle would leave one. */
const numbered = (rows: readonly Value[]): readonly Value[] => rows.map((row, index) => (isObject(row) ? { ...row, LineNumber: index + 1 } : row));

function writeItem(place: WritePlace, inner: StructuredType | undefined, property: EdmProperty | undefined, value: Value, path: string): Value {
  if (isObject(value)) return inner === undefined ? value : writeRow(place, inner, value, path);
  if (typeof value === 'string') checkText(place, value, path);
  return property === undefined || value === null ? value : writeScalar(place, property.type, value, path);
}

/** A control character inside a base of 1C makes its rows unreadable to every later exchange. */
function checkText({ connection, dialect }: WritePlace, text: string, path: string): void {
  if (text.includes('\0')) throw failure('connection.nulInText', { connection, attribute: path });
  const control = dialect === '1c' ? /[\x01-\x08\x0b\x0c\x0e-\x1f]/.exec(text)?.[0] : undefined;
  if (control !== undefined) throw failure('odata.controlCharacter', { connection, field: path, character: `<${control.charCodeAt(0).toString(16).padStart(2, '0')}>` });
}

function writeScalar(place: WritePlace, type: string, value: Value, path: string): Value {
  const { textNumbers, ticks } = dialectRules[place.dialect];
  if (type === 'Edm.Int64' || type === 'Edm.Decimal') return writeNumber(place, type, value, path, textNumbers.includes(type));
  if (type === 'Edm.DateTime') {
    const text = wallClock({ ...place, field: path }, value);
    return ticks ? `/Date(${Date.parse(`${text}Z`)})/` : text;
  }
  if (type === 'Edm.DateTimeOffset' && ticks && typeof value === 'string' && !Number.isNaN(Date.parse(value))) return `/Date(${Date.parse(value)}+0000)/`;
  const expected = kindOf(type);
  const fits = expected === undefined || typeof value === expected || (expected === 'number' && value instanceof Decimal);
  if (!fits) throw failure('connection.valueWrongType', { connection: place.connection, attribute: path, expected, actual: value instanceof Decimal ? 'number' : typeof value });
  return value;
}

function writeNumber(place: WritePlace, type: string, value: Value, path: string, asText: boolean): Value {
  const number = typeof value === 'number' || value instanceof Decimal || (typeof value === 'string' && /^-?\d{1,40}(?:\.\d{1,40})?$/.test(value)) ? new Decimal(value) : undefined;
  if (number === undefined || !number.isFinite() || (type === 'Edm.Int64' && !number.isInteger())) {
    throw failure('connection.valueWrongType', { connection: place.connection, attribute: path, expected: type === 'Edm.Int64' ? 'integer' : 'decimal', actual: shownValue(value) });
  }
  return asText ? number.toFixed() : number;
}

/** 1C takes a text for a number, stores 0 and answers 200: so kinds are checked here. */
function kindOf(type: string): 'string' | 'number' | 'boolean' | undefined {
  switch (type) {
    case 'Edm.Boolean': return 'boolean';
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32':
    case 'Edm.Single':
    case 'Edm.Double': return 'number';
    case 'Edm.String':
    case 'Edm.Guid':
    case 'Edm.Date':
    case 'Edm.DateTimeOffset':
    case 'Edm.Binary': return 'string';
    default: return undefined;
  }
}

export interface Difference extends ValueObject {
  field: string;
  written: Value;
  stored: Value;
}

/**
 * Fields that the service gives back with another value than was written: 1C cuts texts, ignores fields and turns
 * bad numbers into 0 without a word. Fields that did not come back are not judged.
 */
export function differences(type: StructuredType, written: ValueObject, stored: ValueObject): readonly Difference[] {
  return Object.entries(written).flatMap(([name, value]) => {
    const back = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (back === undefined || Array.isArray(value) || isObject(value) || isObject(back) || Array.isArray(back)) return [];
    const { type: edm = 'Edm.String', role } = type.properties.get(name) ?? {};
    return role?.kind === 'version' || sameScalar(edm, value, back) ? [] : [{ field: name, written: value, stored: back }];
  });
}

function sameScalar(type: string, one: Value, other: Value): boolean {
  const [left, right] = [readScalar(type, one), readScalar(type, other)];
  if (isNumber(left) && isNumber(right)) return new Decimal(left).equals(right);
  if (typeof left === 'string' && typeof right === 'string') {
    if (type === 'Edm.Guid') return left.toLowerCase() === right.toLowerCase();
    if (type === 'Edm.DateTime' || type === 'Edm.DateTimeOffset') return utcMs(left) === utcMs(right);
  }
  return left === right;
}

/** A text without a zone counts as UTC on both sides. */
const utcMs = (text: string): number => Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`);

const isNumber = (value: Value): value is number | Decimal => typeof value === 'number' || value instanceof Decimal;
