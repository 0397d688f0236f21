/** Rows from the wire as messages hold them: annotations off, numbers exact, dates in one form. Pure. */
import { Decimal, isObject, setMember, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EdmModel, EdmProperty, StructuredType } from './edm.ts';

/** A row as messages hold it. What the type does not know comes through as it is, but for annotations. */
export function readRow(model: EdmModel, type: StructuredType | undefined, wire: Value): ValueObject {
  const row: Record<string, Value> = {};
  if (!isObject(wire)) return row;
  let composites: EdmProperty[] | undefined;
  for (const name of Object.keys(wire)) {
    const value = wire[name] ?? null;
    const property = type?.properties.get(name);
    // Nearly all of a row are declared single values: they take the short way.
    if (property !== undefined && (typeof value !== 'object' || value === null)) {
      row[name] = typeof value === 'boolean' || value === null ? value : readScalar(property.type, value);
      if (property.role.kind === 'composite') (composites ??= []).push(property);
    } else if (property !== undefined || !isAnnotation(name)) {
      if (!isDeferred(value)) setMember(row, name, readMember(model, type, property, name, value));
    }
  }
  if (composites !== undefined) clearUndefined(composites, row);
  return row;
}

const isAnnotation = (name: string): boolean => name === '__metadata' || name.includes('@') || name.startsWith('odata.');

/** V2 leaves an address where a navigation was not expanded. */
const isDeferred = (value: Value): boolean => isObject(value) && Object.hasOwn(value, '__deferred');

function readMember(model: EdmModel, type: StructuredType | undefined, property: EdmProperty | undefined, name: string, value: Value): Value {
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
    case 'Edm.DateTime': return isTicks(value) ? (ticksText(value)?.replace(/(?:\.000)?Z$/, '') ?? value) : value;
    case 'Edm.DateTimeOffset': return isTicks(value) ? (ticksText(value)?.replace(/\.000Z$/, 'Z') ?? value) : value;
    default: return value;
  }
}

const exactNumber = (text: string): Value => {
  const decimal = new Decimal(text);
  return decimal.precision() > 15 ? decimal : decimal.toNumber();
};

const isTicks = (value: Value): value is string => typeof value === 'string' && value.startsWith('/');

/** `/Date(1563220947000+0180)/` counts milliseconds of UTC; the offset after it is minutes, for display only. */
function ticksText(text: string): string | undefined {
  const ms = /^\/Date\((-?\d{1,16})(?:[+-]\d{1,4})?\)\/$/.exec(text)?.[1];
  const date = ms === undefined ? undefined : new Date(Number(ms));
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** 1C: a composite field of no type holds leftovers that mean nothing. */
function clearUndefined(composites: readonly EdmProperty[], row: Record<string, Value>): void {
  for (const { name, role } of composites) if (role.kind === 'composite' && row[role.typeProperty] === 'StandardODATA.Undefined') row[name] = null;
}
