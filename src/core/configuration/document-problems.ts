/** Collects what is wrong with a document while it is read, so that a person sees all of it at once. */
import type { FailureCode } from '../errors.ts';
import type { FailureParameters, Problem } from '../failure.ts';
import { nearestKnown } from '../nearest-known.ts';

export type PlainFields = Readonly<Record<string, unknown>>;

export const isPlainObject = (value: unknown): value is PlainFields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Each reading method reports a wrong value and returns what the reader can go on with. */
export class DocumentProblems {
  readonly problems: Problem[] = [];

  add(path: string, code: FailureCode, parameters: FailureParameters): void {
    this.problems.push({ path, code, parameters });
  }

  shape(path: string, expected: string): void {
    this.add(path, 'template.shape', { place: path === '' ? '.' : path, expected });
  }

  missingKey(path: string, key: string): void {
    this.add(path, 'template.keyMissing', { place: path === '' ? '.' : path, key });
  }

  /** The own keys of an object, without a prototype; a key that is not allowed is a problem. */
  object(value: unknown, path: string, allowed: readonly string[]): PlainFields | undefined {
    if (!isPlainObject(value)) {
      this.shape(path, 'object');
      return undefined;
    }
    const fields = Object.assign(Object.create(null) as Record<string, unknown>, value);
    for (const key of Object.keys(fields)) {
      if (!allowed.includes(key)) this.add(join(path, key), 'config.unknownKey', { key, place: path === '' ? '.' : path, nearest: nearestKnown(key, allowed) });
    }
    return fields;
  }

  text(fields: PlainFields, key: string, path: string): string | undefined {
    const value = fields[key];
    if (value === undefined || typeof value === 'string') return value;
    this.shape(join(path, key), 'text');
    return undefined;
  }

  /** A text, or one text a language. */
  texts(fields: PlainFields, key: string, path: string): void {
    const value = fields[key];
    if (value === undefined || typeof value === 'string') return;
    const languages = this.object(value, join(path, key), ['ru', 'en']);
    for (const language of Object.keys(languages ?? {})) this.text(languages ?? {}, language, join(path, key));
  }

  flag(fields: PlainFields, key: string, path: string): boolean {
    const value = fields[key];
    if (value !== undefined && typeof value !== 'boolean') this.shape(join(path, key), 'true | false');
    return value === true;
  }

  integer(fields: PlainFields, key: string, path: string, from: number, to: number): number | undefined {
    const value = fields[key];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
    this.shape(join(path, key), `${from}…${to}`);
    return undefined;
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
