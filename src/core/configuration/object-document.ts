/**
 * A configuration object as it is written: one document, plain data, no ids.
 * Stored objects and files of a folder are both turned into this before anything looks at them.
 */
import type { FailureCode } from '../errors.ts';
import type { FailureParameters } from '../failure.ts';

/** In the order in which objects refer to one another: what is named later may name what is named earlier. */
export const kinds = ['Template', 'Connection', 'Route', 'Scenario', 'Role', 'Group'] as const;
export type Kind = (typeof kinds)[number];

/** Plain data: null, boolean, number, text, lists and objects. Objects read from files have no prototype. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainObject;
export interface PlainObject {
  readonly [key: string]: Plain;
}

export interface ObjectDocument {
  kind: Kind;
  name: string;
  document: PlainObject;
}

/** Where something stands in a file; line and column begin with 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** A path inside a document: keys and list positions. */
export type DocumentPath = readonly (string | number)[];

/** A document read from a file. `source` is its text in the form in which it is stored and exported. */
export interface SourceDocument extends ObjectDocument {
  source: string;
  /** The place of the value at `path`, or of its nearest ancestor that exists. */
  locate(path: DocumentPath): Place;
}

/** One thing wrong with one place of one object. */
export interface Finding {
  /** Absent when the object is stored and not in the folder. */
  place?: Place;
  kind?: Kind;
  name?: string;
  path: string;
  code: FailureCode;
  parameters: FailureParameters;
}

export const isPlainObject = (value: unknown): value is PlainObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `lines[2].qty` for ['lines', 2, 'qty']. */
export function printPath(path: DocumentPath): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`), '');
}

/** Reads what `printPath` prints. Keys that hold dots or brackets come out in pieces: good enough to find a line. */
export function readPath(text: string): DocumentPath {
  return (text.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Same data; the order of keys does not count. */
export function samePlain(left: Plain | undefined, right: Plain | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((item, index) => samePlain(item, right[index]));
  if (!isPlainObject(left) || !isPlainObject(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && samePlain(left[key], right[key]));
}
