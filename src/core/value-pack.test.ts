import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decimal } from './decimal.ts';
import { Failure } from './failure.ts';
import type { Value } from './value.ts';
import { packValue, unpackValue } from './value-pack.ts';

test('a Decimal stays a Decimal and a number a number', () => {
  const value: Value = { price: new Decimal('10.10'), qty: 10.1, list: [new Decimal(3), 3] };
  const packed = packValue(value);
  expect(JSON.parse(JSON.stringify(packed))).toEqual({ price: { $decimal: '10.1' }, qty: 10.1, list: [{ $decimal: '3' }, 3] });
  expect(unpackValue(packed)).toEqual(value);
});

test('what looks like a packed Decimal stays an object', () => {
  const value: Value = { a: { $decimal: '1' }, $b: { $$decimal: 2 }, __proto__x: 1 };
  expect(unpackValue(JSON.parse(JSON.stringify(packValue(value))) as Value)).toEqual(value);
});

test('a value without Decimals is shared, not copied', () => {
  const value: Value = { a: [1, { b: 'x' }] };
  expect(packValue(value)).toBe(value);
  expect(unpackValue(value)).toBe(value);
});

test('infinity is refused', () => {
  expect(() => packValue({ a: Number.POSITIVE_INFINITY })).toThrow(Failure);
});

const key = fc.oneof(fc.string(), fc.constantFrom('$decimal', '$', '__proto__', '$__proto__', 'constructor'));
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.integer(),
    fc.integer().map((digits) => new Decimal(`${digits}e-3`)),
    fc.array(tie('value')),
    fc.array(fc.tuple(key, tie('value'))).map((entries) => {
      const object = {};
      for (const [name, value] of entries) Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      return object;
    }),
  ),
}));

test('unpack(pack(x)) is x, also through JSON text', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const packed = JSON.parse(JSON.stringify(packValue(value as Value))) as Value;
      expect(unpackValue(packed)).toEqual(value);
    }),
  );
});
