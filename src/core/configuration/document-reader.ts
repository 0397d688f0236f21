/**
 * Reads the keys of a document and collects everything that is wrong with them,
 * so that a person sees all of it at once. A wrong value reads as its default.
 */
import type { FailureCode } from '../errors.ts';
import { Failure, type FailureParameters, type Problem } from '../failure.ts';
import { nearestKnown } from '../nearest-known.ts';
import { nearestName } from '../nearest-name.ts';
import { type DocumentPath, isPlainObject, type Plain, type PlainObject, printPath } from './object-document.ts';

export class DocumentReader {
  readonly problems: Problem[] = [];

  add(path: DocumentPath, code: FailureCode, parameters: FailureParameters = {}): void {
    this.problems.push({ path: printPath(path), code, parameters });
  }

  /** Takes over the problems of a part that was read by someone else. */
  absorb(found: Failure, prefix: DocumentPath): void {
    const start = printPath(prefix);
    if (found.problems.length === 0) this.problems.push({ path: start, code: found.code, parameters: found.parameters });
    for (const problem of found.problems) this.problems.push({ ...problem, path: joined(start, problem.path) });
  }

  /** The keys of an object, of which only `allowed` may be there; undefined (and a problem) when it is no object. */
  fields(value: Plain | undefined, path: DocumentPath, allowed: readonly string[]): DocumentFields | undefined {
    if (!isPlainObject(value)) {
      this.add(path, 'config.wrongType', { place: placeName(path), expected: 'object', got: typeName(value) });
      return undefined;
    }
    for (const key of Object.keys(value)) if (!allowed.includes(key)) this.unknownKey([...path, key], key, allowed);
    return new DocumentFields(this, value, path);
  }

  unknownKey(path: DocumentPath, key: string, allowed: readonly string[]): void {
    const nearest = nearestName(key, allowed);
    const place = placeName(path.slice(0, -1));
    if (nearest === undefined) this.add(path, 'config.keyNotAllowed', { key, place, allowed: allowed.join(', ') });
    else this.add(path, 'config.unknownKey', { key, place, nearest });
  }

  /** Says that nothing of that name exists, with the nearest name that does. */
  missing(path: DocumentPath, kind: string, name: string, names: readonly string[]): void {
    const place = placeName(path);
    if (names.length === 0) this.add(path, 'config.nothingToName', { kind, name, place });
    else this.add(path, 'config.missingReference', { kind, name, place, nearest: nearestKnown(name, names) });
  }
}

export class DocumentFields {
  readonly #reader: DocumentReader;
  readonly #object: PlainObject;
  readonly #path: DocumentPath;

  constructor(reader: DocumentReader, object: PlainObject, path: DocumentPath) {
    this.#reader = reader;
    this.#object = object;
    this.#path = path;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  raw(key: string): Plain | undefined {
    return this.has(key) ? this.#object[key] : undefined;
  }

  path(key: string): DocumentPath {
    return [...this.#path, key];
  }

  text(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    return typeof value === 'string' ? value : this.#wrong(key, 'text');
  }

  requiredText(key: string): string | undefined {
    if (!this.has(key)) {
      this.#reader.add(this.#path, 'config.required', { key, place: placeName(this.#path) });
      return undefined;
    }
    return this.text(key);
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.raw(key);
    if (value === undefined) return otherwise;
    return typeof value === 'boolean' ? value : (this.#wrong(key, 'true | false') ?? otherwise);
  }

  integer(key: string, range: { from: number; to: number }, otherwise: number): number {
    const value = this.raw(key);
    if (value === undefined) return otherwise;
    if (typeof value !== 'number' || !Number.isInteger(value)) return this.#wrong(key, 'integer') ?? otherwise;
    if (value >= range.from && value <= range.to) return value;
    this.#reader.add(this.path(key), 'config.outOfRange', { place: placeName(this.path(key)), value, from: range.from, to: range.to });
    return otherwise;
  }

  oneOf<const T extends string | number>(key: string, values: readonly T[], otherwise: NoInfer<T>): T {
    const value = this.raw(key);
    if (value === undefined) return otherwise;
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    this.#reader.add(this.path(key), 'config.notAllowed', { place: placeName(this.path(key)), value: shortText(value), allowed: values.join(', ') });
    return otherwise;
  }

  texts(key: string): readonly string[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
    return this.#wrong(key, 'list of texts') ?? [];
  }

  /** Keys of any name. */
  entries(key: string): readonly (readonly [string, Plain])[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    return isPlainObject(value) ? Object.entries(value) : (this.#wrong(key, 'object') ?? []);
  }

  fields(key: string, allowed: readonly string[]): DocumentFields | undefined {
    return this.has(key) ? this.#reader.fields(this.raw(key), this.path(key), allowed) : undefined;
  }

  #wrong(key: string, expected: string): undefined {
    this.#reader.add(this.path(key), 'config.wrongType', { place: placeName(this.path(key)), expected, got: typeName(this.raw(key)) });
    return undefined;
  }
}

/** Runs a reader written elsewhere that throws its findings; undefined when it did. */
export function readBy<T>(reader: DocumentReader, path: DocumentPath, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    reader.absorb(error, path);
    return undefined;
  }
}

export const placeName = (path: DocumentPath): string => printPath(path) || '.';

export function typeName(value: Plain | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'text' : typeof value;
}

/** A value in a message to a person, never longer than a line. */
export function shortText(value: Plain | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

const joined = (start: string, path: string): string =>
  start === '' || path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`) ? path : path === '' ? start : path.startsWith('[') ? start + path : `${start}.${path}`;
