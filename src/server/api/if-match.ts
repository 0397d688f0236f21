/** If-Match: what the caller believes to be there. */
import { failure } from '../../core/failure.ts';

/** Of If-Match: an ETag as we gave it, or the bare number; null for `*` and for no header, which ask for nothing. Throws `http.badHeader`. */
export function wantedVersion(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null;
  const digits = /^\s*"?(\d{1,9})(?:-[\w-]+)?"?\s*$/.exec(header)?.[1];
  if (digits === undefined) throw failure('http.badHeader', { header: 'If-Match', rule: 'one ETag, such as "3"' });
  return Number(digits);
}
