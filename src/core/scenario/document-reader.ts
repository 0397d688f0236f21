/**
 * Reads plain data of a configuration document key by key and collects every problem with its path,
 * so that a person sees all of them at once.
 */
import type { FailureCode } from '../errors.ts';
import type { FailureParameters, Problem } from '../failure.ts';
import { nearestName } from '../nearest-name.ts';
import { isSystemName } from '../system-name.ts';

export interface DocumentReader {
  /** Where the document comes from; begins every place that a message names. */
  readonly source: string;
  readonly problems: Problem[];
}

/** Data whose shape is not known yet. */
export type Unread = Readonly<Record<string, unknown>>;

export const placeOf = (reader: DocumentReader, path: string): string => (path === '' ? reader.source : `${reader.source}: ${path}`);

export function report(reader: DocumentReader, path: string, code: FailureCode, parameters: FailureParameters): void {
  reader.problems.push({ path, code, parameters: { place: placeOf(reader, path), ...parameters } });
}

export const isUnread = (value: unknown): value is Unread => typeof value === 'object' && value !== null && !Array.isArray(value);

export const joinPath = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** The object at a path, its keys checked against what may stand there; undefined after a problem was reported. */
export function readObject(reader: DocumentReader, value: unknown, path: string, keys: readonly string[]): Unread | undefined {
  if (!isUnread(value)) {
    report(reader, path, 'scenario.shape', { expected: `{${keys.join(', ')}}` });
    return undefined;
  }
  for (const key of Object.keys(value)) if (!keys.includes(key)) reportUnknownKey(reader, joinPath(path, key), key, keys);
  return value;
}

export function reportUnknownKey(reader: DocumentReader, path: string, key: string, keys: readonly string[]): void {
  report(reader, path, 'config.unknownKey', { key, nearest: nearestName(key, keys) ?? keys.join(', ') });
}

export function readRequired(reader: DocumentReader, object: Unread, key: string, path: string): unknown {
  if (!Object.hasOwn(object, key)) report(reader, path, 'scenario.missingKey', { key });
  return object[key];
}

/** A system name of something defined elsewhere; an empty text stands for one that was refused. */
export function readName(reader: DocumentReader, value: unknown, path: string): string {
  if (typeof value === 'string' && isSystemName(value)) return value;
  if (typeof value === 'string') report(reader, path, 'config.systemName', { name: value.slice(0, 80) });
  else report(reader, path, 'scenario.shape', { expected: 'system name' });
  return '';
}

export function readOptionalName(reader: DocumentReader, object: Unread, key: string, path: string): string | undefined {
  return object[key] === undefined ? undefined : readName(reader, object[key], joinPath(path, key));
}

export function readChoice<T extends string>(reader: DocumentReader, value: unknown, path: string, choices: readonly [T, ...T[]], fallback: T): T {
  if (value === undefined) return fallback;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) report(reader, path, 'scenario.shape', { expected: choices.join(' | ') });
  return found ?? fallback;
}

export function readBoolean(reader: DocumentReader, value: unknown, path: string, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') report(reader, path, 'scenario.shape', { expected: 'true | false' });
  return value === true;
}

export function readList(reader: DocumentReader, value: unknown, path: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  report(reader, path, 'scenario.shape', { expected: '[…]' });
  return [];
}

export function readWholeNumber(reader: DocumentReader, value: unknown, path: string, range: { from: number; to: number; fallback: number }): number {
  if (value === undefined) return range.fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= range.from && value <= range.to) return value;
  report(reader, path, 'scenario.shape', { expected: `${range.from}…${range.to}` });
  return range.fallback;
}

/** An object whose keys are names chosen by the author: attributes, variables. */
export function readNamed(reader: DocumentReader, value: unknown, path: string): Unread {
  if (value === undefined) return {};
  if (isUnread(value)) return value;
  report(reader, path, 'scenario.shape', { expected: '{name: value}' });
  return {};
}
