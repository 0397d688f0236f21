/** Numbers as texts: the one rule by which a token becomes a JavaScript number or a Decimal, and back. */
import { Decimal } from './decimal.ts';
import { limits } from './limits.ts';

const token = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

export const isNumberToken = (text: string): boolean => token.test(text);

/**
 * A number token as a value: a JavaScript number while it and its printed text have no exponent and it has at most
 * 15 significant digits, else a Decimal.
 * Undefined when it would need more digits than `limits.numberTextDigits` written out.
 */
export function numberOfToken(text: string): number | Decimal | undefined {
  if (text.length <= 7 && !hasExponent(text)) return Number(text);
  return needsDecimal(text) ? decimalOfToken(text) : Number(text);
}

/** The same token as a Decimal, whatever its length. */
export function decimalOfToken(text: string): Decimal | undefined {
  if (text.length > 2 * limits.numberTextDigits.value) return undefined;
  const value = new Decimal(text);
  return isWritable(value) ? value : undefined;
}

/** Whether the Decimal stays within `limits.numberTextDigits` when it is written without an exponent. */
export function isWritable(value: Decimal): boolean {
  if (!value.isFinite()) return false;
  const bound = limits.numberTextDigits.value;
  return Math.abs(value.e) < bound && value.precision() < bound;
}

/** Plain digits, never an exponent. The number must be finite. */
export function printNumber(value: number | Decimal): string {
  if (typeof value !== 'number') return value.toFixed();
  const text = value === 0 ? '0' : String(value);
  return hasExponent(text) ? new Decimal(value).toFixed() : text;
}

const hasExponent = (text: string): boolean => text.includes('e') || text.includes('E');

function needsDecimal(text: string): boolean {
  if (hasExponent(text) || hasExponent(String(Number(text)))) return true;
  return text.replace('-', '').replace('.', '').replace(/^0+/, '').length > 15;
}
