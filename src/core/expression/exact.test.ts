import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import { add, compare, divide, multiply, remainder, settle, subtract, type Num } from './exact.ts';

/** Numbers as people write them: up to 15 digits, up to 8 of them behind the point. */
const written = fc.tuple(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), fc.nat(8)).map(([digits, places]) => Number(`${digits}e-${places}`));
const small = fc.tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.nat(4)).map(([digits, places]) => Number(`${digits}e-${places}`));
const number = fc.oneof(written, small, fc.integer());
const decimal = fc.tuple(number, fc.boolean()).map(([value, exact]): Num => (exact ? new Decimal(value) : value));

const operations = [
  ['+', add, (left: Decimal, right: Num) => left.plus(right)],
  ['-', subtract, (left: Decimal, right: Num) => left.minus(right)],
  ['*', multiply, (left: Decimal, right: Num) => left.times(right)],
  ['/', divide, (left: Decimal, right: Num) => left.dividedBy(right)],
  ['%', remainder, (left: Decimal, right: Num) => left.modulo(right)],
] as const;

describe.for(operations)('%s', ([, compute, reference]) => {
  test('gives what decimal arithmetic gives, as a number when that holds it', () => {
    fc.assert(
      fc.property(decimal, decimal, (left, right) => {
        const wanted = settle(reference(new Decimal(left), right), left, right);
        const given = compute(left, right);
        expect(given === undefined ? undefined : typeof given).toBe(wanted === undefined ? undefined : typeof wanted);
        expect(given?.toString()).toBe(wanted?.toString());
      }),
      { numRuns: 2000 },
    );
  });

  test('is never minus zero', () => {
    for (const [left, right] of [[-0, 0], [0, -5], [-5, 5], [0, 5], [-4, 2]] as const) expect(Object.is(compute(left, right), -0)).toBe(false);
  });
});

test.for([
  [add(0.1, 0.2), 0.3],
  [multiply(3, 1.1), 3.3],
  [subtract(1.1, 1), 0.1],
  [multiply(1.005, 1000), 1005],
  [divide(1, 4), 0.25],
  [divide(10, 5), 2],
  [remainder(5.5, 2), 1.5],
  [remainder(-7, 3), -1],
  [add(999_999_999_999_999, 1), new Decimal('1000000000000000')],
  [add(1e23, -9.999_999_999_999_99e22), 100_000_000],
] as const)('%s is %s', ([given, wanted]) => {
  expect(given?.toString()).toBe(wanted.toString());
});

test('a quotient that does not end has 34 digits', () => {
  expect(divide(1, 3)?.toString()).toBe('0.3333333333333333333333333333333333');
  expect(divide(2, 3)?.toString()).toBe('0.6666666666666666666666666666666667');
});

test('there is no result of a division by zero and beyond the bounds', () => {
  expect(divide(1, 0)).toBeUndefined();
  expect(divide(0, 0)).toBeUndefined();
  expect(remainder(1, 0)).toBeUndefined();
  expect(multiply(new Decimal('1e900'), new Decimal('1e900'))).toBeUndefined();
});

test('numbers and Decimals are compared by value', () => {
  expect(compare(0.3, new Decimal('0.30'))).toBe(0);
  expect(compare(new Decimal('12345678901234567890.1'), 1e19)).toBe(1);
  expect(compare(-1, new Decimal(0))).toBe(-1);
});
