/** The requests of a scan: a page of a set or of a window, the number of its rows, the newest date below it. */
import { createHash } from 'node:crypto';
import { Decimal, Failure, failure, limits, type Receipt, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import { readRowPage } from './envelope.ts';
import { malformed, perform, refusal, targetOf, type Work } from './exchange.ts';
import type { FilteredQuery } from './filtered-query.ts';
import { expandPart, orderPart, printQuery, selectPart, type QueryPart } from './query-string.ts';
import { noteBrokenPromises } from './read.ts';
import { readRow } from './row.ts';
import type { ScanCursor } from './scan-cursor.ts';
import { isWallClock, windowText, type Window, type WindowField } from './scan-window.ts';
import type { ServiceAnswer } from './service.ts';
import type { scan } from './spec.ts';

export interface Scan {
  work: Work;
  route: SpecValues<typeof scan>;
  query: FilteredQuery;
  /** Undefined where rows have no date to be told apart by. */
  by: WindowField | undefined;
}

export interface ScanPage {
  kind: 'page';
  rows: readonly ValueObject[];
  bytes: number;
  ms: number;
  /** The row before these is not the one that was there: something has moved. */
  moved: boolean;
  /** The last of its window, or of the set. */
  ended: boolean;
  last: string | undefined;
}

export type PageOutcome =
  | ScanPage
  /** The service did not manage: fewer rows at a time may be what it can. */
  | { kind: 'slow'; failure: Failure; ms: number }
  | { kind: 'refused'; receipt: Receipt };

/** One row more at the beginning shows whether rows have moved; where rows are heavy its key is asked for alone. */
const overlapFrom = 10;

export async function readScanPage(scan: Scan, cursor: ScanCursor): Promise<PageOutcome> {
  const { work, route, query: { set } } = scan;
  const { context, described } = work;
  const overlap = cursor.skip > 0 && cursor.last !== undefined && cursor.size >= overlapFrom ? 1 : 0;
  const startedMs = context.clock.monotonicMs();
  const ms = (): number => Math.round(context.clock.monotonicMs() - startedMs);
  const movedAlone = overlap === 0 && cursor.skip > 0 && cursor.last !== undefined && (await hasMoved(scan, cursor));
  let answer: ServiceAnswer;
  try {
    answer = await perform(work, { method: 'GET', path: pagePath(scan, cursor, overlap), rows: { cut: true }, timeoutMs: route.requestMs });
  } catch (error) {
    if (error instanceof Failure && slowCodes.includes(error.code)) return { kind: 'slow', failure: error, ms: ms() };
    throw error;
  }
  const { bodyFailure } = answer.http;
  if (bodyFailure?.code === 'connection.responseTooLarge') throw failure('odata.pageTooLarge', { connection: context.name, set: set.name, rows: cursor.size, limit: limits.remoteResponseBytes.value });
  if (bodyFailure !== undefined) return { kind: 'slow', failure: bodyFailure, ms: ms() };
  const target = targetOf(set, '', true);
  const refused = refusal(work, target, answer);
  if (refused !== undefined) return refused.kind === 'error' && isSlow(refused.failure) ? { kind: 'slow', failure: refused.failure, ms: ms() } : { kind: 'refused', receipt: refused };
  const page = answer.value === undefined ? undefined : readRowPage(answer.value);
  if (page === undefined) return { kind: 'refused', receipt: malformed(work, target, answer, 'no list of rows') };
  const all = page.rows.map((row) => readRow(described.model, set.type, row));
  noteBrokenPromises(work, set, all);
  const moved = movedAlone || (overlap === 1 && (all[0] === undefined || keyHash(scan, all[0]) !== cursor.last));
  const rows = all.slice(overlap);
  const lastRow = rows.at(-1);
  return {
    kind: 'page', rows, bytes: answer.bytes ?? answer.http.body.length, ms: ms(), moved,
    ended: answer.cut !== true && page.next === undefined && rows.length < cursor.size,
    last: lastRow === undefined ? cursor.last : keyHash(scan, lastRow),
  };
}

/** No answer in time, or a broken one: what a service does that is cut off while it works. */
const slowCodes: readonly string[] = ['connection.unknownOutcome', 'connection.timeout', 'connection.lost'];

const tryingSmaller: readonly string[] = ['odata.serverError', 'odata.business', 'odata.memoryFull', 'odata.diskFull'];

/** Memory and disk of 1C fail with its code −1, and not always in words that tell them; a read changes nothing, so it may be tried smaller. */
const isSlow = ({ code, parameters }: Failure): boolean =>
  tryingSmaller.includes(code) || (code === 'connection.busy' && (parameters['status'] === 502 || parameters['status'] === 504));

function pagePath(scan: Scan, cursor: ScanCursor, overlap: number): string {
  const { work: { context, described }, route, query: { set, select } } = scan;
  return path(scan, [
    ...filterPart(scan, cursor.window),
    ...selectPart(context.name, described, set, select, route.expand),
    ...expandPart(context.name, set, route.expand),
    ...orderPart(context.name, set, undefined, true),
    ['$top', String(cursor.size + overlap)],
    ...(cursor.skip - overlap > 0 ? [['$skip', String(cursor.skip - overlap)] as const] : []),
  ]);
}

/** Whether another row now stands where the last one was read. */
async function hasMoved(scan: Scan, cursor: ScanCursor): Promise<boolean> {
  const { work: { context, described }, query: { set } } = scan;
  const parts: readonly QueryPart[] = [...filterPart(scan, cursor.window), ['$select', set.type.keys.join(',')], ...orderPart(context.name, set, undefined, true), ['$top', '1'], ['$skip', String(cursor.skip - 1)]];
  const answer = await quietly(scan, path(scan, parts), {});
  const page = answer?.http.status === 200 && answer.value !== undefined ? readRowPage(answer.value) : undefined;
  if (page === undefined) return false;
  const [row] = page.rows;
  return row === undefined || keyHash(scan, readRow(described.model, set.type, row)) !== cursor.last;
}

function path({ work: { context, described }, route, query: { set } }: Scan, parts: readonly QueryPart[], suffix = ''): string {
  const allowed = route.allowedOnly && described.dialect === '1c' ? [['allowedOnly', 'true'] as const] : [];
  return encodeURIComponent(set.name) + suffix + printQuery(context.name, described, [...parts, ...allowed]);
}

function filterPart({ query: { plan }, by }: Scan, window: Window | undefined): readonly QueryPart[] {
  const bounds = window === undefined || by === undefined ? undefined : windowText(by, window);
  const parts = [plan.filters[0], bounds].filter((part) => part !== undefined);
  if (parts.length === 0) return [];
  return [['$filter', parts.length === 1 ? (parts[0] ?? '') : parts.map((part) => `(${part})`).join(' and ')]];
}

/** Null where the service cannot count. The number of 1C may begin with a byte order mark. */
export async function countRows(scan: Scan, window: Window | undefined): Promise<number | null> {
  const answer = await quietly(scan, path(scan, filterPart(scan, window), '/$count'), { accept: '*/*' });
  const text = answer === undefined || answer.http.status !== 200 ? '' : new TextDecoder().decode(answer.http.body).trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The newest date before the lower bound of a window; undefined when there is none, or it cannot be told. */
export async function newestBelow(scan: Scan, by: WindowField, window: Window): Promise<string | undefined> {
  const { work: { described }, query: { set } } = scan;
  const parts: readonly QueryPart[] = [...filterPart(scan, { ...window, from: null, to: window.from }), ['$select', [by.field, ...set.type.keys].join(',')], ['$orderby', `${by.field} desc`], ['$top', '1']];
  const answer = await quietly(scan, path(scan, parts), {});
  const page = answer?.http.status === 200 && answer.value !== undefined ? readRowPage(answer.value) : undefined;
  const [row] = page?.rows ?? [];
  if (row === undefined) return undefined;
  const date: Value | undefined = readRow(described.model, set.type, row)[by.field];
  return typeof date === 'string' && isWallClock(date.slice(0, 19)) ? date.slice(0, 19) : undefined;
}

/** A question whose answer only makes the reading better. */
async function quietly({ work, route }: Scan, address: string, headers: Readonly<Record<string, string>>): Promise<ServiceAnswer | undefined> {
  try {
    return await work.service.request(work.described, { method: 'GET', path: address, headers, timeoutMs: route.requestMs }, work.signal);
  } catch (error) {
    if (error instanceof Failure && slowCodes.includes(error.code) && !work.signal.aborted) return undefined;
    throw error;
  }
}

function keyHash({ query: { set } }: Scan, row: ValueObject): string {
  const key = set.type.keys.map((name) => {
    const value = row[name] ?? null;
    return value instanceof Decimal ? value.toFixed() : value;
  });
  return createHash('sha256').update(JSON.stringify(key)).digest('base64url').slice(0, 16);
}
