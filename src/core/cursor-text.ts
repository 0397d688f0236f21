/** Positions in lists as opaque texts: who made one reads it, and takes any other for what it is. */
import { failure } from './failure.ts';

export function printCursorText(parts: readonly unknown[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Throws `query.cursor` for what was never printed. */
export function readCursorText(cursor: string): readonly unknown[] {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
    const parts: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (Array.isArray(parts)) return parts;
  } catch (error) {
    throw failure('query.cursor', {}, { cause: error });
  }
  throw failure('query.cursor');
}
