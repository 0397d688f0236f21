/** Where reading goes on: an opaque text that travels through messages, and is trusted no more than they are. Pure. */
import { createHash } from 'node:crypto';
import { failure, isObject, limits, parseJson, type Value } from '../../sdk/index.ts';

export interface PageCursor {
  /** Pages read so far. */
  page: number;
  /** Rows of the windows that are behind. */
  skip: number;
  /** Rows of the present window read so far. */
  seen: number;
  /** Where the service says that the window goes on. */
  link?: string;
  /** Hash of a page on the way, with which each later one is compared. */
  mark: string;
  /** Which of the readings that a long list is divided into; absent for the first. */
  reading?: number;
  /** When the first page was asked for: times that the filter names stay the same on all pages. */
  startMs?: number;
  /** Rows that were asked for in the window that a link goes on with. */
  window?: number;
  /** What a filter could take in the address when a long list was divided: later pages divide it the same. */
  room?: number;
}

export const firstPage: PageCursor = { page: 0, skip: 0, seen: 0, mark: '' };

/** Throws `odata.cursor`. */
export function parseCursor(connection: string, value: Value | undefined): PageCursor {
  if (value === undefined || value === null || value === '') return firstPage;
  const refused = failure('odata.cursor', { connection, cursor: typeof value === 'string' ? value.slice(0, 60) : typeof value });
  if (typeof value !== 'string' || value.length > 20_000 || !/^[A-Za-z0-9_-]+$/.test(value)) throw refused;
  const read = decode(value);
  if (!isObject(read)) throw refused;
  const { page, skip, seen, link, mark, reading, startMs, room, window } = read;
  if (!isCount(page) || !isCount(skip) || !isCount(seen) || typeof mark !== 'string' || (link !== undefined && typeof link !== 'string')) throw refused;
  if ((reading !== undefined && !isCount(reading)) || (startMs !== undefined && !isCount(startMs)) || (room !== undefined && !isCount(room)) || (window !== undefined && !isCount(window))) throw refused;
  return { page, skip, seen, mark, ...(link === undefined ? {} : { link }), ...(window === undefined ? {} : { window }), ...carried({ reading, startMs, room }) };
}

/** What stays the same from page to page. */
const carried = ({ reading, startMs, room }: { reading?: number | undefined; startMs?: number | undefined; room?: number | undefined }): Pick<PageCursor, 'reading' | 'startMs' | 'room'> => ({
  ...(reading === undefined ? {} : { reading }), ...(startMs === undefined ? {} : { startMs }), ...(room === undefined ? {} : { room }),
});

/** The first page of the next reading. */
export const nextReading = (cursor: PageCursor): PageCursor => ({ ...firstPage, ...carried({ ...cursor, reading: (cursor.reading ?? 0) + 1 }), page: cursor.page + 1 });

const isCount = (value: Value | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function decode(text: string): Value {
  try {
    return parseJson(Buffer.from(text, 'base64url'));
  } catch {
    return null;
  }
}

export const printCursor = (cursor: PageCursor): string => Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url');

export interface PageRead {
  connection: string;
  set: string;
  /** Rows asked for in one window; 0 when the service alone decides. */
  windowRows: number;
  rows: number;
  next: string | undefined;
  /** The page's bytes, for its hash. */
  body: Uint8Array;
}

/**
 * The place after this page, or undefined at the end. A page that was there before ends it: the compared page
 * moves on at every power of two, so a circle of any length is found once the count has passed it.
 * Failures: `odata.pagesRepeat`, `odata.tooManyPages`.
 */
export function nextCursor(cursor: PageCursor, read: PageRead): PageCursor | undefined {
  const page = cursor.page + 1;
  const hash = createHash('sha256').update(read.body).digest('base64url').slice(0, 22);
  const place = { connection: read.connection, set: read.set };
  if (read.rows > 0 && hash === cursor.mark) throw failure('odata.pagesRepeat', { ...place, page });
  if (read.next !== undefined && read.next === cursor.link) throw failure('odata.pagesRepeat', { ...place, page });
  const seen = cursor.seen + read.rows;
  const ended = read.next === undefined && (read.windowRows === 0 || seen < read.windowRows);
  if (ended) return undefined;
  if (page >= limits.odataPages.value) throw failure('odata.tooManyPages', { ...place, limit: limits.odataPages.value });
  const mark = (page & (page - 1)) === 0 ? hash : cursor.mark;
  const same = carried(cursor);
  if (read.next !== undefined) return { page, skip: cursor.skip, seen, link: read.next, mark, ...(read.windowRows === 0 ? {} : { window: read.windowRows }), ...same };
  return { page, skip: cursor.skip + seen, seen: 0, mark, ...same };
}

/** The place after the rows of a page that was cut, because more of it would not have fitted into a message. */
export const cutCursor = (cursor: PageCursor, rows: number): PageCursor => {
  const { link: _link, window: _window, ...rest } = cursor;
  return { ...rest, page: cursor.page + 1, skip: cursor.skip + cursor.seen + rows, seen: 0 };
};

/**
 * The address of a next link, absolute or relative to the page that gave it. It must stay inside the service:
 * credentials go with it. Throws `odata.nextLinkForeign`.
 */
export function resolveLink(connection: string, service: URL, page: string, link: string): URL {
  const url = URL.canParse(link, page) ? new URL(link, page) : undefined;
  const root = readablePath(service).replace(/\/*$/, '/');
  if (url === undefined || url.origin !== service.origin || !`${readablePath(url)}/`.startsWith(root) || url.username !== '' || url.password !== '') {
    throw failure('odata.nextLinkForeign', { connection, address: (url?.origin ?? link).slice(0, 200) });
  }
  url.hash = '';
  return url;
}

/** Cyrillic may be encoded in upper or lower case; an encoded slash stays one, because it separates nothing. */
function readablePath({ pathname }: URL): string {
  try {
    return decodeURI(pathname);
  } catch {
    return pathname; // not UTF-8: compared as it is
  }
}
