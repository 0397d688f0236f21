/**
 * A value as messages, expressions and records hold it.
 * Numbers are JavaScript numbers while their text has at most 15 significant digits, else Decimals;
 * money, decimal and int64 attributes are always Decimals. Missing is `undefined`, never stored in a value.
 */
import { Decimal } from './decimal.ts';

export type Value = null | boolean | number | string | Decimal | readonly Value[] | ValueObject;

/** Objects made from outside data have no prototype, so that `__proto__` is an ordinary key. */
export interface ValueObject {
  readonly [key: string]: Value;
}

export const isObject = (value: Value | undefined): value is ValueObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);
