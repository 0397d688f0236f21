/**
 * Checks a value against the part of JSON Schema in which operations are written, and says everything that is wrong
 * at once, by path, in the words of the catalogue. Unknown fields of closed objects come with the nearest known name.
 */
import { Decimal } from '../core/decimal.ts';
import type { Problem } from '../core/failure.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import { isObject, type Value, type ValueObject } from '../core/value.ts';

/** The keywords that operations may use; others would be promised and not checked. */
export interface InputSchema {
  type?: string | readonly string[];
  properties?: Readonly<Record<string, InputSchema>>;
  required?: readonly string[];
  additionalProperties?: boolean | InputSchema;
  items?: InputSchema;
  anyOf?: readonly InputSchema[];
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  /** Of texts and numbers. */
  uniqueItems?: boolean;
  pattern?: string;
  /** Checked elsewhere, with more knowledge. */
  $ref?: string;
  examples?: readonly unknown[];
  /** Of a list in an address: each item is a parameter of its own. */
  'x-repeated'?: boolean;
}

export function checkInput(schema: InputSchema, value: Value, path = ''): readonly Problem[] {
  if (schema.anyOf !== undefined) return checkAlternatives(schema.anyOf, value, path);
  if (schema.type !== undefined && !isOfType(schema.type, value)) return [problem(path, 'http.wrongType', { expected: String(schema.type), got: kindOf(value) })];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [problem(path, 'http.notOneOf', { value: shortText(value), allowed: schema.enum.flatMap((one) => textOf(one) ?? []) })];
  if (typeof value === 'string') return checkText(schema, value, path);
  if (typeof value === 'number') return checkRange(path, value, schema.minimum, schema.maximum, 'value');
  if (Array.isArray(value)) return checkItems(schema, value as readonly Value[], path);
  return isObject(value) ? checkMembers(schema, value, path) : [];
}

/** Of the alternatives, the one that comes nearest explains what is wrong. */
function checkAlternatives(alternatives: readonly InputSchema[], value: Value, path: string): readonly Problem[] {
  let nearest: readonly Problem[] | null = null;
  for (const alternative of alternatives) {
    const found = checkInput(alternative, value, path);
    if (found.length === 0) return [];
    const kept = nearest?.[0];
    if (kept === undefined || (isWrongType(kept, path) && found[0] !== undefined && !isWrongType(found[0], path))) nearest = found;
  }
  return nearest ?? [];
}

const isWrongType = ({ path, code }: Problem, at: string): boolean => path === at && code === 'http.wrongType';

function isOfType(type: string | readonly string[], value: Value): boolean {
  if (typeof type !== 'string') return type.some((one) => isOfType(one, value));
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return typeof value === 'number' && Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number' || value instanceof Decimal;
    default:
      return typeof value === type;
  }
}

function checkText(schema: InputSchema, text: string, path: string): readonly Problem[] {
  // Bodies were read by a reader that refuses these; addresses were not.
  if (text.includes('\0') || !text.isWellFormed()) return [problem(path, 'message.forbiddenText', { path, character: text.includes('\0') ? 'NUL' : 'surrogate' })];
  const tooLong = checkRange(path, text.length, schema.minLength, schema.maxLength, 'characters');
  if (tooLong.length > 0) return tooLong;
  if (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(text)) return [];
  return [problem(path, 'http.pattern', { value: shortText(text), example: textOf(schema.examples?.[0]) ?? schema.pattern })];
}

function checkItems(schema: InputSchema, items: readonly Value[], path: string): readonly Problem[] {
  const count = checkRange(path, items.length, schema.minItems, schema.maxItems, 'items');
  const { items: each, uniqueItems } = schema;
  const twice = uniqueItems === true ? items.findIndex((item, index) => items.indexOf(item) !== index) : -1;
  if (twice >= 0) return [problem(`${path}[${twice}]`, 'http.twice', { value: shortText(items[twice] ?? null) })];
  return count.length > 0 || each === undefined ? count : items.flatMap((item, index) => checkInput(each, item, `${path}[${index}]`));
}

function checkMembers(schema: InputSchema, object: ValueObject, path: string): readonly Problem[] {
  const known = schema.properties ?? {};
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(object, key)).map((key) => problem(below(key), 'http.missingField', { field: key }));
  const wrong = Object.entries(object).flatMap(([key, value]) => {
    const field = Object.hasOwn(known, key) ? known[key] : schema.additionalProperties;
    if (field === false) return [problem(below(key.slice(0, 80)), 'http.unknownField', { field: key.slice(0, 80), nearest: nearestKnown(key, Object.keys(known)) })];
    return field === undefined || field === true ? [] : checkInput(field, value, below(key));
  });
  return [...missing, ...wrong];
}

function checkRange(path: string, got: number, least: number | undefined, most: number | undefined, unit: string): readonly Problem[] {
  if ((least === undefined || got >= least) && (most === undefined || got <= most)) return [];
  return [problem(path, 'http.outOfRange', { got, least: least ?? 0, most: most ?? '∞', unit })];
}

const problem = (path: string, code: Problem['code'], parameters: Problem['parameters']): Problem => ({ path, code, parameters });

const shortText = (value: Value): string => (typeof value === 'string' ? value : kindOf(value)).slice(0, 80);

const textOf = (one: unknown): string | undefined => (typeof one === 'string' ? one : typeof one === 'number' || typeof one === 'boolean' ? `${one}` : undefined);

function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (value instanceof Decimal) return 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}
