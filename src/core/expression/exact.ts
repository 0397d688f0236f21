/**
 * Exact arithmetic. Numbers are decimals as people write them, so 0.1 + 0.2 is 0.3: safe integers and numbers with
 * few decimal places are computed as integers, all others as Decimals. A Decimal operand makes a Decimal; else the
 * result is a JavaScript number as long as it has at most 15 significant digits.
 * Undefined means that there is no finite result within `limits.numberTextDigits`.
 */
import { Decimal } from '../decimal.ts';
import { isWritable } from '../number-text.ts';

export type Num = number | Decimal;

/** Integers up to here have at most 15 digits. */
const EXACT = 1e15;

export function add(left: Num, right: Num): Num | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    if (isExact(left) && isExact(right)) {
      const sum = left + right;
      if (sum < EXACT && sum > -EXACT) return sum + 0;
    } else {
      const scale = commonScale(left, right);
      if (scale > 0) {
        const sum = Math.round(left * scale) + Math.round(right * scale);
        if (sum < EXACT && sum > -EXACT) return sum / scale + 0;
      }
    }
  }
  return settle(new Decimal(left).plus(right), left, right);
}

export const subtract = (left: Num, right: Num): Num | undefined => add(left, negate(right));

export const negate = (value: Num): Num => (typeof value === 'number' ? 0 - value : value.negated());

export function multiply(left: Num, right: Num): Num | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const leftScale = scaleOf(left);
    const rightScale = scaleOf(right);
    if (leftScale > 0 && rightScale > 0) {
      const product = Math.round(left * leftScale) * Math.round(right * rightScale);
      if (product < EXACT && product > -EXACT) return product / (leftScale * rightScale) + 0;
    }
  }
  return settle(new Decimal(left).times(right), left, right);
}

export function divide(left: Num, right: Num): Num | undefined {
  if (typeof left === 'number' && typeof right === 'number' && isExact(left) && isExact(right) && right !== 0) {
    const quotient = left / right;
    // The quotient times 10⁴ is a whole number exactly when the product with the divisor gives the dividend back.
    const whole = Math.round(quotient * 1e4);
    if (whole < EXACT && whole > -EXACT && isExact(whole * right) && whole * right === left * 1e4 && isExact(left * 1e4)) return whole / 1e4 + 0;
  }
  return settle(new Decimal(left).dividedBy(right), left, right);
}

export function remainder(left: Num, right: Num): Num | undefined {
  if (typeof left === 'number' && typeof right === 'number' && right !== 0 && isExact(left) && isExact(right)) return (left % right) + 0;
  return settle(new Decimal(left).modulo(right), left, right);
}

/** Below zero, zero or above zero, as for sorting. */
export function compare(left: Num, right: Num): number {
  if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : left > right ? 1 : 0;
  return new Decimal(left).comparedTo(right);
}

/** The result of a Decimal computation by the rule above; `operands` are what it was computed from. */
export function settle(result: Decimal, ...operands: readonly Num[]): Num | undefined {
  if (!isWritable(result)) return undefined;
  if (operands.some((operand) => typeof operand !== 'number')) return result.isZero() ? result.absoluteValue() : result;
  return result.precision() <= 15 ? result.toNumber() + 0 : result;
}

/** A whole number as an index or count, or undefined. */
export function wholeNumber(value: Num): number | undefined {
  const number = typeof value === 'number' ? value : value.toNumber();
  return Number.isSafeInteger(number) && (typeof value === 'number' || value.isInteger()) ? number : undefined;
}

const isExact = (value: number): boolean => Number.isInteger(value) && value < EXACT && value > -EXACT;

/**
 * The power of ten that makes the number a whole one of at most 15 digits, or 0. When `n / scale` gives the number
 * back, `n / scale` is what a person would write for it, since 15 digits survive a double.
 */
function scaleOf(value: number): number {
  if (Number.isInteger(value)) return value < EXACT && value > -EXACT ? 1 : 0;
  if (isWholeAt(value, 100)) return 100;
  if (isWholeAt(value, 1e4)) return 1e4;
  return isWholeAt(value, 1e6) ? 1e6 : 0;
}

function commonScale(left: number, right: number): number {
  const scale = Math.max(scaleOf(left) || Infinity, scaleOf(right) || Infinity);
  return scale <= 1e6 && isWholeAt(left, scale) && isWholeAt(right, scale) ? scale : 0;
}

function isWholeAt(value: number, scale: number): boolean {
  const whole = Math.round(value * scale);
  return whole < EXACT && whole > -EXACT && whole / scale === value;
}
