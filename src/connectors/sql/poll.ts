/** Polling: the rows of a statement, either all of them each time, or those behind the last value of a column that grows. */
import { createPropertyReader, failure, isObject, type OpenConnection, type OutgoingCall, type Problem, type ReadPage, type Receipt, type SpecValues, type Value } from '../../sdk/index.ts';
import { quoteName } from './session.ts';
import { poll } from './spec.ts';
import { readSql } from './sql-text.ts';

export type PollRoute = SpecValues<typeof poll>;

type Send = (call: OutgoingCall, signal: AbortSignal) => Promise<Receipt>;

export function polling(connection: string, send: Send): NonNullable<OpenConnection['read']> {
  const routeOf = createPropertyReader(poll, `a route over ${connection}`);
  return async ({ operation, properties, cursor }, signal) => {
    if (operation !== 'poll') throw failure('connection.unknownOperation', { connection, operation, known: 'poll' });
    const route = routeOf(properties);
    const since = route.sinceColumn === undefined ? null : ((isObject(cursor) ? cursor['since'] : undefined) ?? route.sinceStart ?? '0');
    const custom = { sql: statementOf(route), resultKind: 'rows', resultAttribute: route.resultAttribute, limit: route.limit };
    const receipt = await send({ operation: 'custom', properties: custom, request: { since }, effectId: '', beforeBytes: () => undefined, afterBytes: () => undefined }, signal);
    if (receipt.kind === 'error') throw receipt.failure;
    return pageOf(connection, route, receipt.response, cursor);
  };
}

/** Behind the column's last value, in its order, and no more than a page. */
function statementOf({ sql, sinceColumn, limit }: PollRoute): string {
  return sinceColumn === undefined ? sql : `SELECT * FROM (${sql}\n) AS polled ORDER BY ${quoteName(sinceColumn)} LIMIT ${limit}`;
}

function pageOf(connection: string, { resultAttribute, sinceColumn, limit }: PollRoute, response: Value, cursor: Value): ReadPage {
  const found = isObject(response) ? response[resultAttribute] : undefined;
  const rows: readonly Value[] = Array.isArray(found) ? found : [];
  const messages = rows.length === 0 ? [] : [{ [resultAttribute]: rows }];
  const last = rows.at(-1);
  if (sinceColumn === undefined || !isObject(last)) return { messages, cursor, more: false };
  const since = last[sinceColumn];
  if (since === undefined || since === null) throw failure('connection.valueMissing', { connection, attribute: sinceColumn });
  return { messages, cursor: { since }, more: rows.length >= limit };
}

/** What would be refused at every poll is refused when the route is published. */
export function pollProblems(route: PollRoute): readonly Problem[] {
  const { names, reads } = readSql(route.sql);
  const refused = (path: string, detail: string): readonly Problem[] => [{ path, code: 'connection.statementRefused', parameters: { detail } }];
  if (!reads) return refused('sql', 'only SELECT can be polled');
  if (/;\s*$/.test(route.sql)) return refused('sql', '; at the end');
  const others = names.filter((name) => name !== 'since');
  if (others.length > 0) return refused('sql', `:${others[0]} has no value here, only :since has`);
  if (names.includes('since') !== (route.sinceColumn !== undefined)) return refused('sinceColumn', ':since and sinceColumn need each other');
  return [];
}
