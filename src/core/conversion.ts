/** Conversions that a mapping row may name: from what other systems send to what the schema wants. */
import { Decimal } from './decimal.ts';
import { isNumberToken, numberOfToken, printNumber } from './number-text.ts';
import type { Value } from './value.ts';

/** The converted value, or undefined when the value cannot be converted. Null stays null before it comes here. */
export type Conversion = (value: Value) => Value | undefined;

export const conversions: Readonly<Record<string, Conversion>> = {
  text: toText,
  trim: (value) => toText(value)?.trim(),
  lowerCase: (value) => toText(value)?.toLowerCase(),
  upperCase: (value) => toText(value)?.toUpperCase(),
  number: toNumber,
  decimal: (value) => {
    const number = toNumber(value);
    return number === undefined ? undefined : new Decimal(number);
  },
  integer: (value) => {
    const number = toNumber(value);
    return number !== undefined && new Decimal(number).isInteger() ? number : undefined;
  },
  boolean: toBoolean,
  /** The first value of a list. */
  first: (value) => (Array.isArray(value) ? (value as readonly Value[])[0] : value),
  /** Texts of a list, joined by commas. */
  joined: (value) => {
    const texts = (Array.isArray(value) ? (value as readonly Value[]) : [value]).map(toText);
    return texts.includes(undefined) ? undefined : texts.join(', ');
  },
};

function toText(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' || value instanceof Decimal ? printNumber(value) : undefined;
}

/** Spaces around the digits and a comma as the decimal separator are common in texts that people type. */
function toNumber(value: Value): number | Decimal | undefined {
  if (typeof value === 'number' || value instanceof Decimal) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return undefined;
  const token = value.trim().replace(/^\+/, '').replace(/^(-?)0+(?=[0-9])/, '$1').replace(/^([^.,]*),([^.,]*)$/, '$1.$2');
  return isNumberToken(token) ? numberOfToken(token) : undefined;
}

function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  switch (typeof value === 'string' ? value.trim().toLowerCase() : value) {
    case 1:
    case '1':
    case 'true':
    case 'yes':
    case 'да':
      return true;
    case 0:
    case '0':
    case 'false':
    case 'no':
    case 'нет':
      return false;
    default:
      return undefined;
  }
}
