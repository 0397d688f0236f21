/** What has changed in a set since last time, as far as the service keeps track: V4 delta links, `__delta` of V2. */
import { failure, isObject, limits, type Receipt, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import type { changes } from './changes-spec.ts';
import type { EntitySet } from './edm.ts';
import { readRowPage, type Page } from './envelope.ts';
import { malformed, okReceipt, perform, refusal, refusedReceipt, targetOf, type Work } from './exchange.ts';
import { setNamed } from './key.ts';
import { parseRowId } from './row-id.ts';
import { firstPage, nextCursor, parseCursor, printCursor, resolveLink } from './page-cursor.ts';
import { printQuery, selectPart } from './query-string.ts';
import { readRow } from './row.ts';
import type { ServiceAnswer } from './service.ts';

type Route = SpecValues<typeof changes>;

/**
 * `{rows, removed, next, more, restarted}`. Without `cursor` all rows are read. `next` is handed back as `cursor`: at once
 * while `more` is true, later for what will have changed by then.
 * Failures: `odata.deltaExpired`, `odata.deltaUnsupported`, and those of reading.
 */
export async function readChanges(work: Work, route: Route): Promise<Receipt> {
  const { context, service, described } = work;
  const set = setNamed(context.name, described.model, route.set);
  const cursor = parseCursor(context.name, Object.hasOwn(work.message, 'cursor') ? work.message['cursor'] : undefined);
  // A cursor came through a message: its link is checked as if the service had sent it just now.
  const path = cursor.link === undefined ? encodeURIComponent(set.name) + printQuery(context.name, described, selectPart(context.name, described, set, route.select)) : resolveLink(context.name, service.root, service.root.href, cursor.link);
  const target = targetOf(set, '', true);
  const answer = await perform(work, { method: 'GET', path, rows: { cut: false }, headers: described.dialect === 'v4' ? { prefer: `odata.track-changes,odata.maxpagesize=${route.pageRows}` } : {} });
  if (answer.http.status === 410) {
    if (route.onExpired === 'restart' && cursor.link !== undefined) return restart(work, route);
    return refusedReceipt(failure('odata.deltaExpired', { connection: context.name, set: set.name }), answer.http);
  }
  if (answer.http.bodyFailure?.code === 'connection.responseTooLarge') throw failure('odata.pageTooLarge', { connection: context.name, set: set.name, rows: route.pageRows, limit: limits.remoteResponseBytes.value });
  const refused = refusal(work, target, answer);
  if (refused !== undefined) return refused;
  const page = answer.value === undefined ? undefined : readRowPage(answer.value);
  if (page === undefined) return malformed(work, target, answer, 'no list of rows');
  const delta = deltaLinkOf(answer.value);
  if (page.next === undefined && delta === undefined) throw failure('odata.deltaUnsupported', { connection: context.name, set: set.name });
  const link = resolveLink(context.name, service.root, answer.http.url, page.next ?? delta ?? '').href;
  const next = page.next === undefined
    ? { ...firstPage, link }
    : nextCursor(cursor, { connection: context.name, set: set.name, windowRows: 0, rows: page.rows.length, next: link, body: answer.http.body });
  return okReceipt({ ...entriesOf(work, set, page), next: next === undefined ? null : printCursor(next), more: page.next !== undefined, restarted: false }, answer.http);
}

async function restart(work: Work, route: Route): Promise<Receipt> {
  const { cursor: _cursor, ...rest } = work.message;
  const receipt = await readChanges({ ...work, message: rest }, route);
  return receipt.kind === 'ok' && isObject(receipt.response) ? { ...receipt, response: { ...receipt.response, restarted: true } } : receipt;
}

function deltaLinkOf(body: ServiceAnswer['value']): string | undefined {
  if (!isObject(body)) return undefined;
  const inner = body['d'];
  const holder = isObject(inner) ? inner : body;
  const link = holder['@odata.deltaLink'] ?? holder['@deltaLink'] ?? holder['odata.deltaLink'] ?? holder['__delta'];
  return typeof link === 'string' && link !== '' ? link : undefined;
}

/** Changes of links between rows are left out: both rows come when a field of them has changed. */
function entriesOf({ described }: Work, set: EntitySet, page: Page): { rows: readonly ValueObject[]; removed: readonly ValueObject[] } {
  const rows: ValueObject[] = [];
  const removed: ValueObject[] = [];
  for (const entry of page.rows) {
    if (isLink(entry)) continue;
    const gone = removalOf(set, entry);
    if (gone === undefined) rows.push(readRow(described.model, set.type, entry));
    else removed.push(gone);
  }
  return { rows, removed };
}

const contextOf = (entry: Value): string => {
  const context = isObject(entry) ? (entry['@odata.context'] ?? entry['@context']) : undefined;
  return typeof context === 'string' ? context : '';
};

const isLink = (entry: Value): boolean => /\/\$(?:link|deletedLink)$/.test(contextOf(entry));

/** `{key, id, reason}`; the key is null where it cannot be told from the id. */
function removalOf(set: EntitySet, entry: Value): ValueObject | undefined {
  if (!isObject(entry)) return undefined;
  const mark = entry['@removed'] ?? entry['@odata.removed'];
  // Extractors of SAP mark a removed row by a field of its own.
  const sap = entry['ODQ_CHANGEMODE'] === 'D';
  const older = contextOf(entry).endsWith('$deletedEntity');
  if (mark === undefined && !sap && !older) return undefined;
  const given = entry['@odata.id'] ?? entry['@id'] ?? entry['id'];
  const id = typeof given === 'string' ? given : null;
  const reason = isObject(mark) ? mark['reason'] : entry['reason'];
  const inside = set.type.keys.every((key) => entry[key] !== undefined) ? Object.fromEntries(set.type.keys.map((key): [string, Value] => [key, entry[key] ?? null])) : undefined;
  return { key: inside ?? (id === null ? null : (parseRowId(set, id) ?? null)), id, reason: typeof reason === 'string' ? reason : 'deleted' };
}
