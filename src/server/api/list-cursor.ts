/** Positions in lists that have one order: the key of the last one shown, and the list it belongs to. */
import { failure } from '../../core/failure.ts';

export const printListCursor = (list: string, key: string): string => Buffer.from(JSON.stringify([list, key])).toString('base64url');

/** Null for the first page. Throws `query.cursor` for one of another list. */
export function readListCursor(list: string, cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const parts = partsOf(cursor);
  const [owner, key] = parts;
  if (parts.length !== 2 || owner !== list || typeof key !== 'string') throw failure('query.cursor');
  return key;
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch (error) {
    throw failure('query.cursor', {}, { cause: error });
  }
}
