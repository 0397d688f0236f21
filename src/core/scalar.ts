/** Turns a value that a caller gave into what an attribute stores, or says why it cannot. Pure. */
import { calendarDateOf } from './calendar-date.ts';
import { Decimal } from './decimal.ts';
import { durationOf } from './duration.ts';
import type { FailureCode } from './errors.ts';
import type { FailureParameters } from './failure.ts';
import { filesOf } from './file.ts';
import { hyperlinkSchemes, schemeOfLink } from './hyperlink.ts';
import { instantOf } from './instant.ts';
import { limits } from './limits.ts';
import { maskedText } from './mask/mask.ts';
import { exampleOf } from './mask/pattern.ts';
import { nearestKnown } from './nearest-known.ts';
import { rolesGiven, rolesText } from './role-list.ts';
import { isSystemName } from './system-name.ts';
import type { Scalar, ScalarAttribute, ScalarType } from './template.ts';
import { isTimeZone } from './time-zone.ts';
import { isObject, type Value } from './value.ts';

export type ScalarResult = { kind: 'ok'; value: Scalar } | { kind: 'wrong'; code: FailureCode; parameters: FailureParameters };

/** The parts of an attribute that decide what fits. */
export type ScalarRule = Pick<ScalarAttribute, 'name' | 'type' | 'values' | 'decimals' | 'mask' | 'schemes' | 'multiple'> & { unique?: boolean };

/** Null is always accepted here; whether it may be stored is the matter of `required`. */
export function scalarOf(rule: ScalarRule, value: Value): ScalarResult {
  if (value === null) return ok(null);
  switch (rule.type) {
    case 'text':
      return typeof value === 'string' ? textOf(rule, value) : wrongType(rule, value);
    case 'number':
      return numberOf(rule, value);
    case 'boolean':
      return typeof value === 'boolean' ? ok(value) : wrongType(rule, value);
    case 'dateTime':
      return typeof value === 'string' ? read(rule, value, instantOf(value)) : wrongType(rule, value);
    case 'date':
      return typeof value === 'string' ? read(rule, value, calendarDateOf(value)) : wrongType(rule, value);
    case 'duration':
      return typeof value === 'string' ? read(rule, value, durationOf(value)) : wrongType(rule, value);
    case 'enum':
      return typeof value === 'string' ? enumOf(rule, value) : wrongType(rule, value);
    case 'hyperlink':
      return typeof value === 'string' ? hyperlinkOf(rule, value) : wrongType(rule, value);
    case 'account':
      return typeof value === 'string' && uuid.test(value) ? ok(value.toLowerCase()) : wrongType(rule, value);
    case 'role':
      return rolesIn(rule, value);
    case 'document':
    case 'image':
      // Only a list that the platform made itself comes as a text; what callers give has been stored and turned into one.
      return typeof value === 'string' && filesOf(value).length > 0 ? ok(value) : wrongType(rule, value);
    case 'timeZone':
      return typeof value === 'string' && isTimeZone(value) ? ok(value) : wrongType(rule, value);
    default:
      return rule.type satisfies never;
  }
}

function textOf(rule: ScalarRule, value: string): ScalarResult {
  const plain = plainText(rule, value);
  if (plain.kind === 'wrong' || rule.mask === undefined || value === '') return plain;
  const masked = maskedText(rule.mask, value);
  if (masked.kind === 'kept') return ok(masked.text);
  const example: FailureParameters = masked.pattern === '' ? {} : { pattern: masked.pattern, example: exampleOf(masked.pattern) };
  return wrong(masked.code, { attribute: rule.name, got: shown(value), ...example });
}

function plainText(rule: ScalarRule, value: string): ScalarResult {
  if (!isStorableText(value)) return wrong('record.nul', { attribute: rule.name });
  const limit = limits.textCharacters.value;
  if (value.length > limit) return wrong('record.textTooLong', { attribute: rule.name, limit });
  const uniqueLimit = limits.uniqueTextCharacters.value;
  if (rule.unique === true && value.length > uniqueLimit) return wrong('record.uniqueTextTooLong', { attribute: rule.name, limit: uniqueLimit });
  return ok(value);
}

/** PostgreSQL's UTF-8 text holds neither NUL nor half a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

function numberOf(rule: ScalarRule, value: Value): ScalarResult {
  const exact = decimalOf(value);
  if (exact === undefined) return wrongType(rule, value);
  const kept = rule.decimals === undefined ? exact : exact.toDecimalPlaces(rule.decimals);
  const limit = limits.numberDigits.value;
  if (!fits(kept, limit)) return wrong('record.numberTooLong', { attribute: rule.name, limit });
  return ok(kept.isZero() ? new Decimal(0) : kept);
}

/** A number, a Decimal or a plain numeral; texts with an exponent or spaces are no numbers here. */
function decimalOf(value: Value): Decimal | undefined {
  if (value instanceof Decimal) return value.isFinite() ? value : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? new Decimal(value) : undefined;
  if (typeof value !== 'string' || value.length > 200 || !numeral.test(value)) return undefined;
  return new Decimal(value);
}

const fits = (value: Decimal, digits: number): boolean => value.isZero() || (value.e < digits && value.decimalPlaces() <= digits);

const read = (rule: ScalarRule, value: string, stored: string | undefined): ScalarResult => (stored === undefined ? wrongType(rule, value) : ok(stored));

function hyperlinkOf(rule: ScalarRule, value: string): ScalarResult {
  const limit = limits.hyperlinkCharacters.value;
  if (value.length > limit) return wrong('record.textTooLong', { attribute: rule.name, limit });
  const plain = plainText(rule, value);
  if (plain.kind === 'wrong') return plain;
  const allowed = rule.schemes ?? hyperlinkSchemes;
  const scheme = schemeOfLink(value);
  if (scheme !== undefined && allowed.includes(scheme)) return plain;
  return wrong('record.hyperlink', { attribute: rule.name, schemes: allowed.join(', '), got: shown(value) });
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function rolesIn(rule: ScalarRule, value: Value): ScalarResult {
  const names = rolesGiven(rule, value);
  if (!names.every((name) => typeof name === 'string' && isSystemName(name))) return wrongType(rule, names.find((name) => typeof name !== 'string' || !isSystemName(name)) ?? null);
  const limit = rule.multiple === true ? limits.rolesPerAttribute.value : 1;
  const text = rolesText(names.map(String));
  return names.length > limit ? wrong('record.tooManyRoles', { attribute: rule.name, limit, count: names.length }) : ok(text);
}

function enumOf(rule: ScalarRule, value: string): ScalarResult {
  const values = rule.values ?? [];
  if (values.includes(value)) return ok(value);
  return wrong('record.notInList', { attribute: rule.name, value: value.slice(0, 80), nearest: nearestKnown(value, values) });
}

/** What each type takes, in the words of a sentence that is the same in both languages. */
export const expectedOf: Readonly<Record<ScalarType, string>> = {
  text: 'text',
  number: 'number | "10.20"',
  boolean: 'true | false',
  date: 'date (2026-11-22)',
  dateTime: 'dateTime (2026-11-22T12:00:00+03:00)',
  duration: 'duration (P1DT2H30M)',
  enum: 'text',
  hyperlink: 'link (https://example.org)',
  account: 'account',
  role: 'role | [role, …]',
  timeZone: 'time zone (Europe/Moscow)',
  document: '{name, content: base64} | {id}',
  image: '{name, content: base64} | {id}',
};

const wrongType = (rule: ScalarRule, value: Value): ScalarResult => wrong('record.wrongType', { attribute: rule.name, expected: expectedOf[rule.type], got: shown(value) });

/** A value in a sentence: its kind and the beginning of its text. */
export function shown(value: Value | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (isObject(value)) return 'object';
  if (typeof value === 'object' && !(value instanceof Decimal)) return 'list';
  return value.toString();
}

const ok = (value: Scalar): ScalarResult => ({ kind: 'ok', value });
const wrong = (code: FailureCode, parameters: FailureParameters): ScalarResult => ({ kind: 'wrong', code, parameters });
