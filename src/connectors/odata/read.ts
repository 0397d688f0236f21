/** Reads: a page of rows, or one row. */
import { Decimal, Failure, failure, limits, type Receipt, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import { brokenPromises } from './contract-sample.ts';
import type { EntitySet } from './edm.ts';
import { emptyWarnings } from './empty-answer.ts';
import { readEtag, readPage, readRowPage, readSingle, type Page } from './envelope.ts';
import { malformed, okReceipt, perform, refusal, targetOf, type Work } from './exchange.ts';
import { countIsWhole, filterOfReading, moreReadings } from './filter-plan.ts';
import { filteredQuery, keptRows, type FilteredQuery } from './filtered-query.ts';
import { keyText, rowAddress, setNamed } from './key.ts';
import { cutCursor, firstPage, nextCursor, nextReading, parseCursor, printCursor, resolveLink, type PageCursor } from './page-cursor.ts';
import { expandPart, orderPart, printQuery, selectPart, type QueryPart } from './query-string.ts';
import { readRow } from './row.ts';
import type { ServiceAnswer, ServiceRequest } from './service.ts';
import type { get, query } from './spec.ts';

type QueryRoute = SpecValues<typeof query>;

/** One page: `{rows, next, count}`. `next` goes back as `cursor` for the following one, and is null after the last. */
export async function queryPage(work: Work, route: QueryRoute): Promise<Receipt> {
  const { context, service, described } = work;
  const set = setNamed(context.name, described.model, route.set);
  const target = targetOf(set, '', true);
  const given = parseCursor(context.name, Object.hasOwn(work.message, 'cursor') ? work.message['cursor'] : undefined);
  const cursor = { ...given, startMs: given.startMs ?? context.clock.wallMs() };
  // A service that cannot count may refuse the page for the sake of the number.
  const counted = route.count && !service.capabilities.deniedLately('count', (able) => able === false);
  const query = filteredQuery(work, route, set, cursor);
  const sized = { ...route, count: counted, pageRows: rowsOfPage(work, route, cursor) };
  const path = pageAddress(work, sized, query, cursor);
  const answer = await performSized(work, sized, {
    method: 'GET', path, rows: { cut: route.paging === 'auto' }, headers: described.dialect === 'v4' && route.paging === 'server' ? { prefer: `odata.maxpagesize=${sized.pageRows}` } : {},
  });
  if (answer.http.bodyFailure?.code === 'connection.responseTooLarge') throw failure('odata.pageTooLarge', { connection: context.name, set: set.name, rows: sized.pageRows, limit: limits.remoteResponseBytes.value });
  const refused = refusal(work, target, answer);
  if (refused !== undefined) return refused;
  const page = answer.value === undefined ? undefined : readRowPage(answer.value);
  if (page === undefined) return malformed(work, target, answer, 'no list of rows');
  if (counted && described.dialect !== '1c' && cursor.page === 0 && countIsWhole(query.plan)) service.capabilities.learn('count', page.count !== undefined);
  learnCut(work, route, cursor, page, sized.pageRows);
  // Checked before anything is handed on: a link to another host is a finding, not a page.
  const link = page.next === undefined ? undefined : resolveLink(context.name, service.root, answer.http.url, page.next).href;
  const next = answer.cut === true ? cutCursor(cursor, page.rows.length) : nextCursor(cursor, { connection: context.name, set: set.name, windowRows: route.paging === 'server' ? 0 : sized.pageRows, rows: page.rows.length, next: link, body: answer.http.body });
  const further = next ?? (moreReadings(query.plan, cursor.reading) ? nextReading(cursor) : undefined);
  const whole = page.rows.map((row) => readRow(described.model, set.type, row));
  noteBrokenPromises(work, set, whole);
  const rows = keptRows(whole, query);
  const warnings = rows.length === 0 && further === undefined && cursor.page === 0 ? await emptyWarnings(work, route, query) : [];
  return okReceipt({
    rows,
    next: further === undefined ? null : printCursor(query.plan.filters.length > 1 ? { ...further, room: query.room } : further),
    count: page.count === undefined || !countIsWhole(query.plan) ? null : new Decimal(page.count),
    ...(warnings.length === 0 ? {} : { warnings }),
  }, answer.http);
}

/** Rows are handed on as they came: what they are good for is the route's to say. */
export function noteBrokenPromises({ context, notes }: Work, set: EntitySet, rows: readonly ValueObject[]): void {
  const fields = brokenPromises(set.type, rows);
  if (fields.length > 0) notes.tell('warn', 'odata.contractBroken', { connection: context.name, set: set.name, fields: fields.join('; ') });
}

/** Rows of the same fields weigh the same. */
const kindOfRows = ({ set, select = [], expand = [] }: QueryRoute): string => [set, ...select, '>', ...expand].join(' ');

/** A window that a link of the service goes on with keeps its size. */
const rowsOfPage = ({ service }: Work, route: QueryRoute, { link, window }: PageCursor): number =>
  link !== undefined ? (window ?? route.pageRows) : service.pageSizes.rowsFor(kindOfRows(route), route.pageRows);

/** What a page weighed and took is remembered for the next; one that did not come in time makes that half as long. */
async function performSized(work: Work, route: QueryRoute, request: ServiceRequest): Promise<ServiceAnswer> {
  const { context: { name: connection, clock }, service: { pageSizes }, notes } = work;
  const kind = kindOfRows(route);
  const beganMs = clock.monotonicMs();
  const took = (): number => Math.round(clock.monotonicMs() - beganMs);
  const tooMuch = (code: string): void => notes.tell('warn', 'odata.pageShrunk', { connection, set: route.set, code, ms: took(), asked: route.pageRows, rows: pageSizes.shrink(kind, route.pageRows) });
  try {
    const answer = await perform(work, request);
    const rows = answer.value === undefined ? undefined : readPage(answer.value)?.rows.length;
    if (answer.http.status === 504 || answer.http.bodyFailure?.code === 'connection.responseTooLarge') tooMuch(answer.http.bodyFailure?.code ?? 'HTTP 504');
    else if (rows !== undefined && answer.http.status < 300) {
      const page = { rows, bytes: answer.bytes ?? 0, ms: took() };
      pageSizes.learn(kind, page);
      notes.tell('debug', 'odata.pageRead', { connection, set: route.set, asked: route.pageRows, ...page });
    }
    return answer;
  } catch (error) {
    if (error instanceof Failure && (error.code === 'connection.timeout' || error.parameters['late'] === true)) tooMuch(error.code);
    throw error;
  }
}

/** A service that ends a page before we would has a limit of its own; the longest page seen is the best that is known of it. */
function learnCut({ service: { capabilities } }: Work, { paging }: QueryRoute, { seen }: PageCursor, page: Page, asked: number): void {
  const rows = page.rows.length;
  if (paging === 'server' || page.next === undefined || seen > 0 || rows >= asked) return;
  const known = capabilities.get('maxPage');
  if (typeof known !== 'number' || rows > known) capabilities.learn('maxPage', rows);
}

function pageAddress(work: Work, route: QueryRoute, query: FilteredQuery, cursor: PageCursor): string | URL {
  const { context, service, described } = work;
  // A cursor came through a message: its link is checked as if the service had sent it just now.
  if (cursor.link !== undefined) return resolveLink(context.name, service.root, service.root.href, cursor.link);
  const filter = filterOfReading(context.name, query.plan, cursor.reading ?? 0);
  return encodeURIComponent(query.set.name) + printQuery(context.name, described, readingParts(work, route, query, filter, cursor));
}

/** The parameters of one reading; of its first page unless told. */
export function readingParts(place: QueryPlace, route: QueryRoute, { set, plan, select }: FilteredQuery, filter: string | undefined, cursor: PageCursor = firstPage): readonly QueryPart[] {
  const count = route.count && countIsWhole(plan) && cursor.page === 0;
  return [...(filter === undefined ? [] : [['$filter', filter] as const]), ...queryParts(place, { ...route, select, count }, set, cursor)];
}

type QueryPlace = Pick<Work, 'context' | 'described'>;

function queryParts({ context: { name }, described }: QueryPlace, route: QueryRoute, set: EntitySet, cursor: PageCursor): readonly QueryPart[] {
  const windows = route.paging === 'auto';
  return [
    ...selectPart(name, described, set, route.select, route.expand),
    ...expandPart(name, set, route.expand),
    ...orderPart(name, set, route.orderBy, windows),
    ...(windows ? [['$top', String(route.pageRows)] as const] : []),
    ...(windows && cursor.skip > 0 ? [['$skip', String(cursor.skip)] as const] : []),
    // 1C forgets $top when it counts, so there the count is left to the number of rows read.
    ...(route.count && described.dialect !== '1c' ? [described.rules.count] : []),
    ...(route.allowedOnly && described.dialect === '1c' ? [['allowedOnly', 'true'] as const] : []),
  ];
}

/** `{row, etag}` of the key in the message. */
export async function getRow(work: Work, route: SpecValues<typeof get>): Promise<Receipt> {
  const { context, described } = work;
  const set = setNamed(context.name, described.model, route.set);
  const address = rowAddress({ connection: context.name, dialect: described.dialect }, set, work.message);
  const target = targetOf(set, keyText(set, work.message), true);
  const answer = await perform(work, { method: 'GET', path: address + printQuery(context.name, described, selectPart(context.name, described, set, route.select)) });
  const refused = refusal(work, target, answer);
  if (refused !== undefined) return refused;
  if (answer.value === undefined) return malformed(work, target, answer, 'JSON');
  const wire: Value = readSingle(answer.value);
  return okReceipt({ row: readRow(described.model, set.type, wire), etag: readEtag(answer.http.headers, wire) ?? null }, answer.http);
}
