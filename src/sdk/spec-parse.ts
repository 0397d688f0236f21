/** Turns the properties of a configuration document into typed values, or refuses them with every problem at once. */
import { failure, type Problem } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import type { FailureCode } from '../core/errors.ts';
import type { FailureParameters } from '../core/failure.ts';
import { Secret } from './secret.ts';
import type { SpecField, SpecFields, SpecValues } from './spec.ts';

export interface SpecParseOptions {
  /** Gives the secret of that name, or undefined when there is none. */
  openSecret(name: string): Secret | undefined;
}

const secretReference = /^\$\{secret:([^{}]+)\}$/;

/**
 * Checks `document` against `fields` and fills in defaults. `place` names the document in messages.
 * Secret fields take a reference (`${secret:name}`, `{secret: name}`) or a `Secret` (unsaved values of a form). Throws `spec.refused` with all problems.
 */
export function parseSpec<S extends SpecFields>(fields: S, document: unknown, place: string, options: SpecParseOptions): SpecValues<S> {
  if (!isRecord(document)) throw failure('spec.notAnObject', { place });
  const values: Record<string, unknown> = Object.create(null);
  const problems: Problem[] = unknownKeys(fields, document, place);
  for (const [name, field] of Object.entries(fields)) {
    const given = Object.hasOwn(document, name) ? document[name] : undefined;
    if (given === undefined || given === null) {
      if ('default' in field && field.default !== undefined) values[name] = field.default;
      continue;
    }
    const found: Found = parseField(field, given, options);
    if ('problem' in found) problems.push({ path: found.at ?? name, code: found.problem, parameters: { field: name, place, ...found.parameters } });
    else values[name] = found.value;
  }
  problems.push(...missingFields(fields, document, values, place, problems));
  if (problems.length > 0) {
    throw failure('spec.refused', { place, fields: [...new Set(problems.map((problem) => problem.path))] }, { problems });
  }
  // The loop above built exactly the type that the fields declare; TypeScript cannot follow it.
  return values as SpecValues<S>;
}

/** Whether the field matters, given the values of the others. */
export function isRelevant(field: SpecField, values: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(field.when ?? {}).every(([other, allowed]) => allowed.some((value) => value === values[other]));
}

function unknownKeys(fields: SpecFields, document: Record<string, unknown>, place: string): Problem[] {
  return Object.keys(document)
    .filter((key) => !Object.hasOwn(fields, key))
    .map((key) => ({ path: key, code: 'config.unknownKey', parameters: { key, place, nearest: nearestKnown(key, Object.keys(fields)) } }));
}

function missingFields(fields: SpecFields, document: Record<string, unknown>, values: Record<string, unknown>, place: string, known: readonly Problem[]): Problem[] {
  const reported = new Set(known.map((problem) => problem.path));
  return Object.entries(fields)
    .filter(([name, field]) => field.required === true && values[name] === undefined && (document[name] ?? undefined) === undefined)
    .filter(([name, field]) => isRelevant(field, values) && !reported.has(name))
    .map(([name]) => ({ path: name, code: 'spec.missing', parameters: { field: name, place } }));
}

type Found = { value: unknown } | { problem: FailureCode; parameters: FailureParameters; at?: string };

const wrong = (expected: string, actual: unknown): Found => ({ problem: 'spec.wrongType', parameters: { expected, actual: kindOf(actual) } });

function parseField(field: SpecField, given: unknown, options: SpecParseOptions): Found {
  switch (field.type) {
    case 'string': return parseText(field, given);
    case 'secret': return parseSecret(given, options);
    case 'number': return parseNumber(field, given);
    case 'boolean': return typeof given === 'boolean' ? { value: given } : wrong('boolean', given);
    case 'enum': return parseChoice(field.values, given);
    case 'strings': return parseTexts(field, given);
    case 'pairs': return parsePairs(given);
    case 'json': return parseJsonField(given);
    default: return never(field);
  }
}

function parseText(field: SpecField & { type: 'string' }, given: unknown): Found {
  if (typeof given !== 'string') return wrong('string', given);
  const limit = field.maxLength ?? limits.specTextCharacters.value;
  if (given.length > limit) return { problem: 'spec.tooLong', parameters: { limit } };
  if (given === '' && field.required === true) return { problem: 'spec.missing', parameters: {} };
  if (field.pattern !== undefined && !new RegExp(field.pattern, 'u').test(given)) {
    return { problem: 'spec.pattern', parameters: { value: given.slice(0, 80), example: typeof field.example === 'string' ? field.example : field.pattern } };
  }
  return { value: given };
}

function parseSecret(given: unknown, options: SpecParseOptions): Found {
  if (given instanceof Secret) return { value: given };
  const name = secretNameOf(given);
  if (name === undefined && typeof given !== 'string') return wrong('secret', given);
  if (name === undefined) return { problem: 'spec.secretInline', parameters: {} };
  const secret = options.openSecret(name);
  return secret === undefined ? { problem: 'spec.secretUnknown', parameters: { secret: name } } : { value: secret };
}

/** `${secret:name}` as documents write it, `{secret: name}` as published properties hold it. */
function secretNameOf(given: unknown): string | undefined {
  if (typeof given === 'string') return secretReference.exec(given)?.[1];
  return isRecord(given) && Object.keys(given).length === 1 && typeof given['secret'] === 'string' ? given['secret'] : undefined;
}

function parseNumber(field: SpecField & { type: 'number' }, given: unknown): Found {
  if (typeof given !== 'number' || !Number.isFinite(given)) return wrong('number', given);
  const minimum = field.minimum ?? -Infinity;
  const maximum = field.maximum ?? Infinity;
  if (given < minimum || given > maximum) return { problem: 'spec.outOfRange', parameters: { value: given, minimum: String(minimum), maximum: String(maximum) } };
  return { value: given };
}

function parseChoice(allowed: readonly string[], given: unknown): Found {
  if (typeof given !== 'string') return wrong('string', given);
  if (allowed.includes(given)) return { value: given };
  return { problem: 'spec.notAllowed', parameters: { value: given.slice(0, 80), nearest: nearestKnown(given, allowed), allowed } };
}

function parseTexts(field: SpecField & { type: 'strings' }, given: unknown): Found {
  if (!Array.isArray(given)) return wrong('list of strings', given);
  if (given.length > limits.specListItems.value) return { problem: 'spec.tooLong', parameters: { limit: limits.specListItems.value } };
  const texts: string[] = [];
  for (const item of given) {
    const found = field.values === undefined ? parseListItem(item) : parseChoice(field.values, item);
    if ('problem' in found) return found;
    texts.push(String(found.value));
  }
  return { value: texts };
}

function parseListItem(item: unknown): Found {
  if (typeof item !== 'string') return wrong('list of strings', item);
  return item.length > limits.specTextCharacters.value ? { problem: 'spec.tooLong', parameters: { limit: limits.specTextCharacters.value } } : { value: item };
}

function parsePairs(given: unknown): Found {
  if (!isRecord(given)) return wrong('name: value pairs', given);
  const pairs = Object.entries(given);
  if (pairs.length > limits.specListItems.value) return { problem: 'spec.tooLong', parameters: { limit: limits.specListItems.value } };
  for (const [, value] of pairs) {
    const found = parseListItem(value);
    if ('problem' in found) return found;
  }
  return { value: Object.assign(Object.create(null), given) };
}

function parseJsonField(given: unknown): Found {
  const text = JSON.stringify(given);
  if (text === undefined) return wrong('json', given);
  return text.length > limits.specJsonCharacters.value ? { problem: 'spec.tooLong', parameters: { limit: limits.specJsonCharacters.value } } : { value: given };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function never(field: never): never {
  throw new Error(`unknown field type ${JSON.stringify(field)}`);
}
