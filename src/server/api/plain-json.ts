/** Published shapes are plain data behind interfaces; this makes values of them, leaving out what is absent. */
import { Decimal } from '../../core/decimal.ts';
import type { Value } from '../../core/value.ts';

/** Functions and classes have no place in published shapes: meeting one is a mistake of ours. */
export function plainJson(data: unknown): Value {
  if (data === null || typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean' || data instanceof Decimal) return data;
  if (Array.isArray(data)) return data.map(plainJson);
  if (typeof data !== 'object') throw new Error(`a published shape holds a ${typeof data}`);
  return Object.fromEntries(Object.entries(data).flatMap(([key, value]) => (value === undefined ? [] : [[key, plainJson(value)]])));
}
