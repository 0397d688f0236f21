/** Turns one HTTP request into a message. Pure: the server has read, bounded and authenticated it already. */
import { failure, isObject, parseJson, type RawHttpRequest, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import type { receive } from './spec.ts';

/** Throws `message.malformed`, `message.charset` or `message.contentType`. */
export function parseRequest(route: SpecValues<typeof receive>, raw: RawHttpRequest): Value {
  const body = bodyOf(raw);
  const beside: Record<string, Value> = Object.create(null);
  if (route.queryAttribute !== undefined) beside[route.queryAttribute] = rowsOf(raw.query);
  if (route.headersAttribute !== undefined) beside[route.headersAttribute] = rowsOf(visibleHeaders(raw));
  if (route.bodyAttribute !== undefined) return { ...beside, [route.bodyAttribute]: body ?? null };
  if (body === undefined) return beside;
  if (Object.keys(beside).length === 0) return body;
  if (!isObject(body)) throw failure('message.malformed', { detail: 'the body is not an object; name a bodyAttribute to take it as it is' });
  return { ...body, ...beside };
}

function bodyOf(raw: RawHttpRequest): Value | undefined {
  if (raw.form !== undefined) return raw.form;
  if (raw.body.length === 0) return undefined;
  checkContentType(raw.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]);
  return parseJson(raw.body);
}

/** JSON only, in UTF-8 only. A body without a content type is taken for JSON: simple clients leave it out. */
function checkContentType(text: string | undefined): void {
  const [type = '', ...parameters] = (text ?? 'application/json').split(';').map((part) => part.trim());
  if (!/^(?:application|text)\/(?:[\w.+-]+\+)?json$/i.test(type)) throw failure('message.contentType', { contentType: type.slice(0, 80) });
  const charset = parameters.map((parameter) => /^charset="?([^"]*)"?$/i.exec(parameter)?.[1]).find((each) => each !== undefined);
  if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset)) throw failure('message.contentType', { contentType: `${type}; charset=${charset}`.slice(0, 80) });
}

/** Credentials never enter a message, because messages are kept. */
const credentialHeaders: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);

const visibleHeaders = (raw: RawHttpRequest): (readonly [string, string])[] =>
  raw.headers.map(([name, value]) => [name.toLowerCase(), value] as const).filter(([name]) => !credentialHeaders.has(name));

/** [{name, value: [first, second …]}], names in the order of their first arrival. */
function rowsOf(pairs: readonly (readonly [string, string])[]): readonly ValueObject[] {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return [...values].map(([name, value]) => ({ name, value }));
}
