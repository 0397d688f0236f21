import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { Value } from '../../core/value.ts';
import { valueFromText, valueText } from './value-text.ts';

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u0000', '\u0000d1', '\u0000s', '\u0000d', '__proto__'),
    fc.bigInt().map((digits) => new Decimal(digits.toString())),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), { noNullPrototype: false }),
  ),
}));

/** Decimals are compared by their text, objects by their entries. */
const shown = (one: Value): unknown =>
  one instanceof Decimal ? { decimal: one.toString() } : Array.isArray(one) ? one.map(shown) : typeof one === 'object' && one !== null ? Object.entries(one).map(([key, item]) => [key, shown(item)]) : one;

test('a value comes back from its text exactly as it was', () => {
  fc.assert(fc.property(value, (original) => {
      expect(shown(valueFromText(valueText(original)))).toEqual(shown(original));
    }));
});

test('the text has no NUL, which the database would refuse', () => {
  fc.assert(fc.property(value, (original) => !valueText(original).includes('\u0000')));
});

test('a key named __proto__ stays a key', () => {
  const text = valueText(JSON.parse('{"__proto__":{"admin":true}}'));
  expect(Object.keys(Object(valueFromText(text)))).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(valueFromText(text))).toBeNull();
});
