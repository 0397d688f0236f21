/** If-Match: what the caller believes to be there. */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { takesIfMatch, type Operation } from '../../api/operation.ts';
import { failure } from '../../core/failure.ts';
import { printJson } from '../../core/json.ts';
import type { Value } from '../../core/value.ts';

/** Of If-Match: an ETag as we gave it, or the bare number; null for `*` and for no header, which ask for nothing. Throws `http.badHeader`. */
export function wantedVersion(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null;
  const digits = /^\s*"?(\d{1,9})(?:-[\w-]+)?"?\s*$/.exec(header)?.[1];
  if (digits === undefined) throw failure('http.badHeader', { header: 'If-Match', rule: 'one ETag, such as "3"' });
  return Number(digits);
}

/** Throws `http.preconditionRequired` for an edit that does not say what it is an edit of; one that only looks changes nothing. */
export function assertSaysWhat(operation: Operation, headers: IncomingHttpHeaders, query: object): void {
  if (!takesIfMatch(operation) || headers['if-match'] !== undefined || ('preview' in query && query.preview === true)) return;
  if (operation.headers !== undefined && Object.hasOwn(operation.headers, 'If-None-Match') && isForNew(headers)) return;
  throw failure('http.preconditionRequired');
}

/** `If-None-Match: *`: nothing that is there is to be changed. */
export const isForNew = (headers: IncomingHttpHeaders): boolean => headers['if-none-match']?.trim() === '*';

/** Throws `http.alreadyThere` when something is there and only a new one was to be made. */
export function assertNew(headers: IncomingHttpHeaders, { kind, name }: { kind: string; name: string }, isThere: boolean): void {
  if (isThere && isForNew(headers)) throw failure('http.alreadyThere', { kind, name: name.slice(0, 80) });
}

/** Of what has no number of its changes: what may be edited of it, as a short digest. */
export const contentTag = (content: Value): string => hash('sha256', printJson(content), 'hex').slice(0, 12);

/** Throws `http.badHeader`, and `http.staleEdit` when the caller has read something else than what is there; null when there is nothing. */
export function assertTag(header: string | undefined, { kind, name }: { kind: string; name: string }, tag: string | null): void {
  if (header === undefined || (header.trim() === '*' && tag !== null)) return;
  const given = header.trim() === '*' ? null : /^\s*"?([0-9a-f]{1,64})(?:-[\w-]+)?"?\s*$/.exec(header)?.[1];
  if (given === undefined) throw failure('http.badHeader', { header: 'If-Match', rule: 'one ETag, as it was given' });
  if (given === null || given !== tag) throw failure('http.staleEdit', { kind, name: name.slice(0, 80) });
}
