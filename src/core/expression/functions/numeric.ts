/** Numeric built-ins. All are exact by the rules of `exact.ts`; rounding is half up unless told half even. */
import { Decimal, type Rounding } from '../../decimal.ts';
import { failure } from '../../failure.ts';
import { isNumberToken, numberOfToken } from '../../number-text.ts';
import { add, compare, divide, multiply, settle, wholeNumber, type Num } from '../exact.ts';
import { isNumber, shown, type Item, type List, type Site } from '../item.ts';
import type { Native } from '../native.ts';
import { callFailed, native, strict, wrongArgument } from './define.ts';
import { formatNumber } from './format-number.ts';

export const numericFunctions: readonly Native[] = [
  strict('sum', '<a<n>:n>', 1, (args, _runtime, site) => total(numbers(args[0]), site)),
  native('count', '<a:n>', 1, (args) => (args[0] === undefined ? 0 : (args[0] as List).length)),
  strict('max', '<a<n>:n>', 1, (args) => extreme(numbers(args[0]), 1)),
  strict('min', '<a<n>:n>', 1, (args) => extreme(numbers(args[0]), -1)),
  strict('average', '<a<n>:n>', 1, (args, _runtime, site) => {
    const list = numbers(args[0]);
    return list.length === 0 ? undefined : finite(divide(total(list, site), list.length), site);
  }),
  strict('abs', '<n-:n>', 1, (args) => (typeof args[0] === 'number' ? Math.abs(args[0]) : (args[0] as Decimal).absoluteValue())),
  strict('floor', '<n-:n>', 1, (args) => (typeof args[0] === 'number' ? Math.floor(args[0]) + 0 : (args[0] as Decimal).floor())),
  strict('ceil', '<n-:n>', 1, (args) => (typeof args[0] === 'number' ? Math.ceil(args[0]) + 0 : (args[0] as Decimal).ceil())),
  strict('round', '<n-n?s?:n>', 2, (args, _runtime, site) => rounded(args[0] as Num, placesOf(args[1], site), roundingOf(args[2], site), site)),
  strict('sqrt', '<n-:n>', 1, (args, _runtime, site) => squareRoot(args[0] as Num, site)),
  strict('power', '<n-n:n>', 2, (args, _runtime, site) => power(args[0] as Num, args[1], site)),
  strict('number', '<(nsb)-:n>', 1, (args, _runtime, site) => numberOf(args[0], site)),
  strict('decimal', '<(ns)-:n>', 1, (args, _runtime, site) => decimalOf(args[0], site)),
  strict('formatBase', '<n-n?:s>', 2, (args, _runtime, site) => inBase(args[0] as Num, args[1], site)),
  strict('formatNumber', '<n-so?:s>', 3, (args, runtime, site) => formatNumber(args[0] as Num, args[1], args[2], runtime, site)),
];

/** The signature `a<n>` has seen to it that there are only numbers. */
const numbers = (item: Item): readonly Num[] => item as readonly Num[];

function finite(result: Num | undefined, site: Site): Num {
  if (result === undefined) throw failure('expression.number', { operator: site.name, position: site.position });
  return result;
}

function total(list: readonly Num[], site: Site): Num {
  let sum: Num = 0;
  for (const one of list) sum = finite(add(sum, one), site);
  return sum;
}

function extreme(list: readonly Num[], sign: 1 | -1): Num | undefined {
  let best = list[0];
  for (const one of list) if (best !== undefined && compare(one, best) * sign > 0) best = one;
  return best;
}

function placesOf(item: Item, site: Site): number {
  if (item === undefined) return 0;
  const places = isNumber(item) ? wholeNumber(item) : undefined;
  if (places === undefined || Math.abs(places) > 100) throw wrongArgument(site, 2, 'a whole number from -100 to 100', item);
  return places;
}

function roundingOf(item: Item, site: Site): Rounding {
  if (item === undefined || item === 'half-up') return Decimal.ROUND_HALF_UP;
  if (item === 'half-even') return Decimal.ROUND_HALF_EVEN;
  throw wrongArgument(site, 3, '"half-up" or "half-even"', item);
}

/** Rounds to decimal places; negative places round to tens, hundreds … */
export function rounded(value: Num, places: number, rounding: Rounding, site: Site): Num {
  if (typeof value === 'number' && places >= 0 && Number.isInteger(value)) return value;
  if (places >= 0) return finite(settle(new Decimal(value).toDecimalPlaces(places, rounding), value), site);
  const unit = new Decimal(10).pow(-places);
  return finite(settle(new Decimal(value).dividedBy(unit).toDecimalPlaces(0, rounding).times(unit), value), site);
}

function squareRoot(value: Num, site: Site): Num {
  if (compare(value, 0) < 0) throw callFailed(site, `a negative number has no square root: ${value.toString()}`);
  if (typeof value === 'number') {
    const root = Math.sqrt(value);
    if (Number.isInteger(root) && root * root === value) return root;
  }
  return finite(settle(new Decimal(value).squareRoot(), value), site);
}

function power(base: Num, exponent: Item, site: Site): Num {
  if (!isNumber(exponent)) throw wrongArgument(site, 2, 'a number', exponent);
  if (typeof base === 'number' && exponent === 2) return finite(multiply(base, base), site);
  return finite(settle(new Decimal(base).pow(exponent), base, exponent), site);
}

function numberOf(item: Item, site: Site): Num {
  if (isNumber(item)) return item;
  if (typeof item === 'boolean') return item ? 1 : 0;
  if (typeof item === 'string') {
    if (/^0(?:[xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)$/.test(item)) return finite(settle(new Decimal(item)), site);
    const digits = item.replace(/^(-?)0+(?=[0-9])/, '$1');
    const value = isNumberToken(digits) ? numberOfToken(digits) : undefined;
    if (value !== undefined) return value;
  }
  throw callFailed(site, `not a number: ${shown(item)}`);
}

function decimalOf(item: Item, site: Site): Decimal {
  return new Decimal(numberOf(item, site));
}

function inBase(value: Num, radix: Item, site: Site): string {
  const base = radix === undefined ? 10 : Number(rounded(radix as Num, 0, Decimal.ROUND_HALF_UP, site));
  if (base < 2 || base > 36) throw wrongArgument(site, 2, 'a base from 2 to 36', radix);
  return BigInt(new Decimal(rounded(value, 0, Decimal.ROUND_HALF_UP, site)).toFixed()).toString(base);
}
