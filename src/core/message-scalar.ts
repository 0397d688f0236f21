/** Scalars of messages: what each type takes, and the one form in which it goes on. */
import { Decimal } from './decimal.ts';
import { instantOf } from './instant.ts';
import { decimalOfToken, isNumberToken } from './number-text.ts';
import type { Value } from './value.ts';

export type ScalarNodeType = 'string' | 'number' | 'decimal' | 'integer' | 'boolean' | 'dateTime' | 'date' | 'duration';

/** The value as the type keeps it, or undefined when it does not fit. */
export type ScalarReader = (value: Value) => Value | undefined;

export const scalarReaders: Readonly<Record<ScalarNodeType, ScalarReader>> = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  number: (value) => (isNumeric(value) ? value : undefined),
  integer: (value) => (typeof value === 'number' ? (Number.isInteger(value) ? value : undefined) : value instanceof Decimal && value.isInteger() ? value : undefined),
  decimal: readDecimal,
  dateTime: (value) => (typeof value === 'string' ? instantOf(value) : undefined),
  date: (value) => (typeof value === 'string' && dayShape.test(value) && instantOf(`${value}T00:00:00Z`) !== undefined ? value : undefined),
  duration: (value) => (typeof value === 'string' && durationShape.test(value) ? value : undefined),
};

/** What each type takes, in the words of a sentence that is the same in both languages. */
export const scalarExpectations: Readonly<Record<ScalarNodeType, string>> = {
  string: 'string',
  boolean: 'boolean',
  number: 'number',
  integer: 'integer',
  decimal: 'decimal (10.10, "10.10")',
  dateTime: 'dateTime (2026-11-22T12:10:22+03:00)',
  date: 'date (2026-11-22)',
  duration: 'duration (P1DT2H30M)',
};

const dayShape = /^\d{4}-\d\d-\d\d$/;

/** Weeks, days and times only: months and years have no fixed length. */
const durationShape = /^-?P(?=[0-9T])(?:\d{1,9}W)?(?:\d{1,9}D)?(?:T(?=\d)(?:\d{1,9}H)?(?:\d{1,9}M)?(?:\d{1,9}(?:\.\d{1,9})?S)?)?$/;

const isNumeric = (value: Value): boolean => (typeof value === 'number' ? Number.isFinite(value) : value instanceof Decimal && value.isFinite());

function readDecimal(value: Value): Decimal | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? new Decimal(value) : undefined;
  if (value instanceof Decimal) return value.isFinite() ? value : undefined;
  return typeof value === 'string' && isNumberToken(value) ? decimalOfToken(value) : undefined;
}
