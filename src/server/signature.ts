/**
 * Signed requests: HMAC-SHA256 over the method, path with query, and the signed headers, which hold the date, the host and
 * the hash of the body. The scheme is the one that Azure App Configuration documents, so its clients sign for us as they are.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Signed {
  credential: string;
  signedHeaders: readonly string[];
  /** Base64, as it was sent. */
  signature: string;
}

const scheme = /^HMAC-SHA256 +(\S{1,2048}) *$/i;
const needed = ['x-ms-date', 'host', 'x-ms-content-sha256'] as const;

export const isSigned = (authorization: string): boolean => /^HMAC-SHA256(?: |$)/i.test(authorization);

/** Null for what is no complete signature. */
export function parseSigned(authorization: string): Signed | null {
  const parts = (scheme.exec(authorization)?.[1] ?? '').split('&');
  const fields = new Map(parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)] as const));
  const credential = fields.get('Credential');
  const signature = fields.get('Signature');
  const signedHeaders = fields.get('SignedHeaders')?.toLowerCase().split(';') ?? [];
  if (parts.length !== 3 || credential === undefined || signature === undefined) return null;
  const isComplete = /^[\w.~:-]{1,128}$/.test(credential) && /^[A-Za-z0-9+/]{43}=$/.test(signature) && signedHeaders.length <= 32 && needed.every((name) => signedHeaders.includes(name));
  return isComplete && new Set(signedHeaders).size === signedHeaders.length ? { credential, signedHeaders, signature } : null;
}

export interface SignedRequest {
  method: string;
  /** As it came over the wire. */
  pathAndQuery: string;
  headers: IncomingHttpHeaders;
}

/** `hosts`: under which names this request may have been signed; `pathOnly`: the query is left out, as some older clients do. */
export function isSignatureGood(signed: Signed, request: SignedRequest, secret: Uint8Array, hosts: readonly string[], pathOnly: boolean): boolean {
  const path = pathOnly ? (request.pathAndQuery.split('?', 1)[0] ?? '') : request.pathAndQuery;
  const given = Buffer.from(signed.signature, 'base64');
  return hosts.map((host) => isSame(given, expected(signed, request, path, host, secret))).includes(true);
}

function expected({ signedHeaders }: Signed, { method, headers }: SignedRequest, path: string, host: string, secret: Uint8Array): Buffer {
  const values = signedHeaders.map((name) => (name === 'host' ? host : textOf(headers[name])));
  return createHmac('sha256', secret).update(`${method.toUpperCase()}\n${path}\n${values.join(';')}`).digest();
}

const isSame = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);

const textOf = (value: string | string[] | undefined): string => (Array.isArray(value) ? value.join(', ') : (value ?? ''));

/** Milliseconds, or null for what is no HTTP date. */
export function signedAt({ 'x-ms-date': date }: IncomingHttpHeaders): number | null {
  const text = textOf(date);
  const ms = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** A request without a body may also leave the hash empty. */
export function isBodyAsSigned({ 'x-ms-content-sha256': hash }: IncomingHttpHeaders, body: Uint8Array): boolean {
  const text = textOf(hash);
  if (text === '' && body.length === 0) return true;
  return isSame(Buffer.from(text, 'base64'), createHash('sha256').update(body).digest());
}
