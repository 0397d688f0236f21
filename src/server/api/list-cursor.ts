/** Positions in lists that have one order: the key of the last one shown, and the list it belongs to. */
import { printCursorText, readCursorText } from '../../core/cursor-text.ts';
import { failure } from '../../core/failure.ts';

export const printListCursor = (list: string, key: string): string => printCursorText([list, key]);

/** Null for the first page. Throws `query.cursor` for one of another list. */
export function readListCursor(list: string, cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const parts = readCursorText(cursor);
  const [owner, key] = parts;
  if (parts.length !== 2 || owner !== list || typeof key !== 'string') throw failure('query.cursor');
  return key;
}
