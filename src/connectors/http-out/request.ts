/** Builds the HTTP request of one call: address, headers, body. Pure. */
import { Decimal, failure, isObject, printJson, signInHeaders, type HttpRequest, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import type { call, connection } from './spec.ts';

export type Connection = SpecValues<typeof connection>;
export type Call = SpecValues<typeof call>;

/** Throws a Failure that names the attribute when the message does not fit. */
export function buildRequest(name: string, connected: Connection, route: Call, message: Value, effectId: string): HttpRequest {
  const attributes: ValueObject = isObject(message) ? message : Object.create(null);
  const body = bodyOf(route, message, attributes);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': 'Zveno',
    ...(route.method === 'GET' ? {} : { 'idempotency-key': effectId }),
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
  };
  const credentials = mergeHeaders(connected.headers, route.headers, headersOf(name, route, attributes), signInHeaders(connected));
  for (const own of Object.keys(credentials)) delete headers[own];
  return {
    method: route.method,
    url: addressOf(name, connected.url, route, attributes),
    headers,
    credentials,
    ...(body === undefined ? {} : { body: new TextEncoder().encode(printJson(body)) }),
    timeoutMs: connected.timeoutMs,
  };
}

/** Joins the connection's address and a path with exactly one slash between them. */
export const joinAddress = (url: string, path: string): string => (path === '' ? url : `${url.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);

function addressOf(name: string, url: string, route: Call, attributes: ValueObject): string {
  const path = route.path.replace(/\{([^{}]+)\}/g, (_whole, attribute: string) => pathPart(name, attribute, valueAt(attributes, attribute)));
  const address = joinAddress(url, path);
  const pairs = [...Object.entries(route.query), ...listed(name, route.queryAttribute, attributes)];
  const query = pairs.map(([key, value]) => `${encode(name, key, key)}=${encode(name, key, value)}`).join('&');
  return query === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${query}`;
}

function pathPart(name: string, attribute: string, value: Value | undefined): string {
  const text = scalarText(name, attribute, value);
  if (text === '') throw failure('connection.valueMissing', { connection: name, attribute });
  // Dot segments survive percent-encoding and would leave the path of the route.
  if (text === '.' || text === '..') throw failure('connection.valueWrongType', { connection: name, attribute, expected: 'path segment', actual: text });
  return encode(name, attribute, text);
}

function valueAt(attributes: ValueObject, path: string): Value | undefined {
  let value: Value | undefined = attributes;
  for (const part of path.split('.')) {
    value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

function scalarText(name: string, attribute: string, value: Value | undefined): string {
  if (value === undefined || value === null) throw failure('connection.valueMissing', { connection: name, attribute });
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number' || value instanceof Decimal) return String(value);
  throw failure('connection.valueWrongType', { connection: name, attribute, expected: 'string', actual: Array.isArray(value) ? 'array' : 'object' });
}

function encode(name: string, attribute: string, text: string): string {
  if (!text.isWellFormed()) throw failure('connection.valueWrongType', { connection: name, attribute, expected: 'Unicode text', actual: 'lone surrogate' });
  return encodeURIComponent(text);
}

/** Reads a list of {name, value} or {name, value[]}; an absent list is empty. */
function listed(name: string, attribute: string | undefined, attributes: ValueObject): (readonly [string, string])[] {
  const list = attribute === undefined ? undefined : attributes[attribute];
  if (list === undefined || list === null || attribute === undefined) return [];
  const rows: readonly Value[] = Array.isArray(list) ? list : [list];
  return rows.flatMap((row, index) => {
    const place = `${attribute}[${index}]`;
    if (!isObject(row)) throw failure('connection.valueWrongType', { connection: name, attribute: place, expected: '{name, value[]}', actual: typeof row });
    const key = scalarText(name, `${place}.name`, row['name']);
    const value = row['value'];
    const values: readonly Value[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
    return values.map((each) => [key, scalarText(name, `${place}.value`, each)] as const);
  });
}

function headersOf(name: string, route: Call, attributes: ValueObject): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [key, value] of listed(name, route.headersAttribute, attributes)) {
    const known = key.toLowerCase();
    headers[known] = headers[known] === undefined ? value : `${headers[known]}, ${value}`;
  }
  return headers;
}

/** Later ones win, whatever the case of their names: a message can't replace the sign-in. */
function mergeHeaders(...groups: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const merged: Record<string, string> = Object.create(null);
  for (const group of groups) for (const [key, value] of Object.entries(group)) merged[key.toLowerCase()] = value;
  return merged;
}

function bodyOf(route: Call, message: Value, attributes: ValueObject): Value | undefined {
  if (route.method === 'GET' || (route.method === 'DELETE' && route.bodyAttributes === undefined)) return undefined;
  if (route.bodyAttributes !== undefined) return pick(attributes, (key) => route.bodyAttributes?.includes(key) === true);
  const transport = [route.queryAttribute, route.headersAttribute];
  return isObject(message) ? pick(attributes, (key) => !transport.includes(key)) : message;
}

function pick(attributes: ValueObject, wanted: (key: string) => boolean): ValueObject {
  const picked: Record<string, Value> = Object.create(null);
  for (const [key, value] of Object.entries(attributes)) if (wanted(key)) picked[key] = value;
  return picked;
}
