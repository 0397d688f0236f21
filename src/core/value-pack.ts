/**
 * Values as plain JSON and back, for stored run state: a Decimal stays a Decimal and a number a number.
 * A Decimal is packed as `{"$decimal": "10.10"}`; a key of an object that begins with `$` gets one more `$`,
 * so nothing that came from outside can be taken for a Decimal.
 */
import { Decimal } from './decimal.ts';
import { failure } from './failure.ts';
import { isObject, setMember, type Value, type ValueObject } from './value.ts';

/** Plain JSON: no Decimals inside. What needs no change is shared with the value, not copied. */
export function packValue(value: Value): Value {
  if (value instanceof Decimal) return { $decimal: value.toFixed() };
  if (typeof value === 'number' && !Number.isFinite(value)) throw failure('message.notFinite', { path: '' });
  if (Array.isArray(value)) return mapItems(value as readonly Value[], packValue);
  return isObject(value) ? mapMembers(value, (key) => (key.startsWith('$') ? `$${key}` : key), packValue) : value;
}

/** The inverse of `packValue`. */
export function unpackValue(packed: Value): Value {
  if (Array.isArray(packed)) return mapItems(packed as readonly Value[], unpackValue);
  if (!isObject(packed)) return packed;
  const digits = Object.hasOwn(packed, '$decimal') ? packed['$decimal'] : undefined;
  if (typeof digits === 'string') return new Decimal(digits);
  return mapMembers(packed, (key) => (key.startsWith('$') ? key.slice(1) : key), unpackValue);
}

function mapItems(items: readonly Value[], change: (item: Value) => Value): readonly Value[] {
  let changed = false;
  const result = items.map((item) => {
    const next = change(item);
    changed ||= next !== item;
    return next;
  });
  return changed ? result : items;
}

function mapMembers(object: ValueObject, changeKey: (key: string) => string, change: (item: Value) => Value): ValueObject {
  let changed = false;
  const result: { [key: string]: Value } = {};
  for (const [key, item] of Object.entries(object)) {
    const nextKey = changeKey(key);
    const next = change(item);
    changed ||= nextKey !== key || next !== item;
    setMember(result, nextKey, next);
  }
  return changed ? result : object;
}
