/**
 * A value as messages, expressions and records hold it.
 * Numbers are JavaScript numbers while their text has at most 15 significant digits, else Decimals;
 * money, decimal and int64 attributes are always Decimals. Missing is `undefined`, never stored in a value.
 */
import { Decimal } from './decimal.ts';

export type Value = null | boolean | number | string | Decimal | readonly Value[] | ValueObject;

/**
 * Every key is ordinary data, `__proto__` and `constructor` included, so only own keys count:
 * read a key that came from outside after `Object.hasOwn`, write it by `setMember`.
 */
export interface ValueObject {
  readonly [key: string]: Value;
}

export const isObject = (value: Value | undefined): value is ValueObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);

/** Sets an own key of an object under construction, never a prototype. */
export function setMember<T>(object: { [key: string]: T }, key: string, value: T): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
