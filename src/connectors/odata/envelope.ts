/** The wrapping of rows in answers, in all its forms. Pure. */
import { isObject, type Value } from '../../sdk/index.ts';

export interface Page {
  rows: readonly Value[];
  /** Where the service says that the next rows are. */
  next?: string;
  count?: string;
}

/** Reads a page of rows of any dialect, or undefined when the answer has none. */
export function readPage(body: Value): Page | undefined {
  if (!isObject(body)) return undefined;
  const inner = own(body, 'd');
  // V1 gave the bare list.
  if (Array.isArray(inner)) return { rows: inner };
  const holder = isObject(inner) ? inner : body;
  const rows = own(holder, 'results') ?? own(holder, 'value');
  if (!Array.isArray(rows)) return undefined;
  const next = textOf(own(holder, '@odata.nextLink') ?? own(holder, 'odata.nextLink') ?? own(holder, '__next') ?? own(holder, '@nextLink'));
  const count = own(holder, '@odata.count') ?? own(holder, 'odata.count') ?? own(holder, '__count') ?? own(holder, '@count');
  return {
    rows,
    ...(next === undefined || next === '' ? {} : { next }),
    ...((typeof count === 'string' || typeof count === 'number') && /^\d+$/.test(String(count)) ? { count: String(count) } : {}),
  };
}

/** A page of which every row is one; what is no row would pass for an empty one. */
export function readRowPage(body: Value): Page | undefined {
  const page = readPage(body);
  return page?.rows.every(isObject) === true ? page : undefined;
}

/** One row, out of its wrapping. A V2 service may wrap it twice. */
export function readSingle(body: Value): Value {
  if (!isObject(body)) return body;
  const inner = own(body, 'd');
  if (inner === undefined) return body;
  return isObject(inner) && isObject(own(inner, 'results')) ? (own(inner, 'results') ?? null) : inner;
}

/** What a function gives: a list, one value out of its wrapping, or a row. */
export function readResult(body: Value): Value {
  const page = readPage(body);
  if (page !== undefined) return page.rows;
  const single = readSingle(body);
  return isObject(single) && Object.hasOwn(single, 'value') && Object.keys(single).every((key) => key === 'value' || key.includes('odata.')) ? (single['value'] ?? null) : single;
}

/** The version of a row: from the header, else from inside the row. */
export function readEtag(headers: Readonly<Record<string, string>>, row: Value): string | undefined {
  if (headers['etag'] !== undefined) return headers['etag'];
  if (!isObject(row)) return undefined;
  const metadata = own(row, '__metadata');
  return textOf(own(row, '@odata.etag') ?? own(row, 'odata.etag') ?? (isObject(metadata) ? own(metadata, 'etag') : undefined));
}

const own = (object: { readonly [key: string]: Value }, key: string): Value | undefined => (Object.hasOwn(object, key) ? object[key] : undefined);

const textOf = (value: Value | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
