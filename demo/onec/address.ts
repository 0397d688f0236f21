/** Takes the address of a request apart: segments of the path with what stands in their brackets, and the query. */
import type { Quirks } from './quirks.ts';
import { Refusal, WebServerRefusal } from './refusal.ts';

export interface Segment {
  name: string;
  /** The text in the brackets; undefined without brackets. */
  inside: string | undefined;
}

export interface Address {
  segments: readonly Segment[];
  query: ReadonlyMap<string, string>;
}

const root = '/odata/standard.odata';
const segmentLimit = 260;
const queryLimit = 2048;
const addressLimit = 4096;

/** Undefined when the address is not below the publication. */
export function readAddress(url: string, publication: string, quirks: Quirks): Address | undefined {
  const mark = url.indexOf('?');
  const rawPath = mark === -1 ? url : url.slice(0, mark);
  const rawQuery = mark === -1 ? '' : url.slice(mark + 1);
  const path = decoded(rawPath);
  if (quirks.iisLimits) keepLimits(url, path, rawQuery);
  const start = `${publication}${root}`;
  if (path !== start && !path.startsWith(`${start}/`)) return undefined;
  const segments = split(path.slice(start.length + 1), '/').filter((text) => text !== '').map(segmentOf);
  return { segments, query: readQuery(rawQuery, quirks) };
}

function keepLimits(url: string, path: string, query: string): void {
  if (/[?+\\\u0000-\u001f]/u.test(path)) throw new WebServerRefusal(404, 'Request filtering denied the characters of the path');
  if (split(path, '/').some((segment) => segment.length > segmentLimit)) throw new WebServerRefusal(400, 'Bad Request - Invalid URL');
  if (url.length > addressLimit) throw new WebServerRefusal(404, 'The request filtering module is configured to deny a request where the address is too long');
  if (query.length > queryLimit) throw new WebServerRefusal(404, 'The request filtering module is configured to deny a request where the query string is too long');
}

function segmentOf(text: string): Segment {
  const bracket = text.indexOf('(');
  if (bracket === -1) return { name: text, inside: undefined };
  if (!text.endsWith(')')) throw new Refusal(6, text);
  return { name: text.slice(0, bracket), inside: text.slice(bracket + 1, -1) };
}

function readQuery(text: string, quirks: Quirks): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split('&').filter((part) => part !== '')) {
    const plain = quirks.plusIsNotSpace ? pair : pair.replaceAll('+', ' ');
    const mark = plain.indexOf('=');
    query.set(decoded(mark === -1 ? plain : plain.slice(0, mark)), mark === -1 ? '' : decoded(plain.slice(mark + 1)));
  }
  return query;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WebServerRefusal(400, 'Bad Request - Invalid URL');
  }
}

/** Splits where a sign stands outside quotes and brackets. */
export function split(text: string, sign: string): string[] {
  const parts: string[] = [];
  let [start, depth, quoted] = [0, 0, false];
  for (let index = 0; index < text.length; index += 1) {
    const at = text[index];
    if (at === "'") quoted = !quoted;
    else if (!quoted && at === '(') depth += 1;
    else if (!quoted && at === ')') depth -= 1;
    else if (!quoted && depth === 0 && at === sign) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}
