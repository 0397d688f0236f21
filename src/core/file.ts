/**
 * Files of `document` and `image` attributes. A record keeps the list of them as one text, so that a change of a file is a
 * change of the record like any other; the bytes lie in the blob store under their SHA-256.
 */
import type { ScalarAttribute, ScalarType } from './template.ts';
import { isObject, type Value, type ValueObject } from './value.ts';

export interface StoredFile {
  /** The same for all versions of one file. */
  id: string;
  name: string;
  size: number;
  /** Media type, found out by the content where it can be. */
  type: string;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  hash: string;
  version: number;
  /** When this version was stored, and by which account. */
  at: string;
  by: string | null;
}

export const isFileType = (type: ScalarType): boolean => type === 'document' || type === 'image';

/** The list that a record keeps; empty when the text is no such list. */
export function filesOf(text: unknown): readonly StoredFile[] {
  if (typeof text !== 'string') return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(isStoredFile) ? list : [];
  } catch {
    return [];
  }
}

/** Null when there are none. */
export const filesText = (files: readonly StoredFile[]): string | null =>
  files.length === 0 ? null : JSON.stringify(files.map(({ id, name, size, type, hash, version, at, by }) => ({ id, name, size, type, hash, version, at, by })));

const isStoredFile = (file: unknown): file is StoredFile =>
  typeof file === 'object' && file !== null && 'id' in file && 'hash' in file && typeof file.id === 'string' && typeof file.hash === 'string' && /^[0-9a-f]{64}$/.test(file.hash);

/** As expressions and the API see it. `content` gives the base64 text of those that were asked for. */
export function fileValue(attribute: Pick<ScalarAttribute, 'multiple'>, text: unknown, content?: (file: StoredFile) => string | undefined): Value {
  const values = filesOf(text).map((file): ValueObject => {
    const bytes = content?.(file);
    return { id: file.id, name: file.name, size: file.size, type: file.type, sha256: file.hash, version: file.version, at: file.at, ...(bytes === undefined ? {} : { content: bytes }) };
  });
  return attribute.multiple === true ? values : (values[0] ?? null);
}

/** A file as a caller gives it: a new one with its content, or the id of one that is there already. */
export type GivenFile = { kind: 'new'; name: string; content: string } | { kind: 'known'; id: string };

export function givenFile(value: Value): GivenFile | undefined {
  if (!isObject(value)) return undefined;
  const { id, name, content } = value;
  if (typeof id === 'string') return { kind: 'known', id };
  return typeof name === 'string' && typeof content === 'string' ? { kind: 'new', name, content } : undefined;
}

/** Bytes of a base64 text, or undefined when it is none; line breaks are allowed, as in mail. */
export function base64Bytes(text: string): number | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) return undefined;
  return (compact.length / 4) * 3 - (compact.endsWith('==') ? 2 : compact.endsWith('=') ? 1 : 0);
}
