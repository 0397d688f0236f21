/** Messages by filter, newest first. A page costs what it shows, not what the journal holds. */
import { failure } from '../../../core/failure.ts';
import type { MessageFilter, MessagePage } from '../../../core/journal.ts';
import { limits } from '../../../core/limits.ts';
import { isUuid, lowestIdAt, millisecondsOf, retentionClasses } from '../../../core/message-id.ts';
import type { Queryable } from '../statement.ts';
import { summaryColumns, summaryOf, type SummaryRow } from './summary.ts';

/**
 * Throws `store.page`, `store.cursor` or `store.instant` for what cannot be. Looks at the newest partitions first and at
 * more of them only while the page is not full: planning a search over a year of partitions costs more than most pages do.
 */
export async function listMessages(client: Queryable, filter: MessageFilter, page: { limit: number; cursor?: string }, nowMs: number): Promise<MessagePage> {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > limits.pageRows.value) throw failure('store.page', { limit: limits.pageRows.value });
  const range = rangeOf(filter, page.cursor);
  const newestMs = range.below === null ? nowMs : millisecondsOf(range.below);
  let rows: SummaryRow[] = [];
  for (const days of [2, 16, null]) {
    const window = days === null ? null : lowestIdAt(newestMs - days * dayMs);
    const last = window === null || (range.from !== null && window <= range.from);
    const { text, values } = listStatement(filter, { below: range.below, from: last ? range.from : window }, page.limit + 1);
    ({ rows } = await client.query<SummaryRow>({ text, values }));
    if (last || rows.length > page.limit) break;
  }
  const shown = rows.slice(0, page.limit).map(summaryOf);
  const end = shown.at(-1);
  return { messages: shown, cursor: rows.length > page.limit && end !== undefined ? Buffer.from(end.id).toString('base64url') : null };
}

const dayMs = 86_400_000;

/** Ids from `from` up to, but not with, `below`. */
interface IdRange {
  from: string | null;
  below: string | null;
}

function rangeOf(filter: MessageFilter, cursor: string | undefined): IdRange {
  const bounds = [cursor === undefined ? null : positionOf(cursor), filter.to === undefined ? null : lowestIdAt(instantMs(filter.to))].filter((id) => id !== null);
  return { from: filter.from === undefined ? null : lowestIdAt(instantMs(filter.from)), below: bounds.sort()[0] ?? null };
}

function positionOf(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isUuid(id)) throw failure('store.cursor');
  return id;
}

/** Each class gives its own newest rows from its own partitions, in the order of their primary key; the few that came are merged. */
function listStatement(filter: MessageFilter, range: IdRange, limit: number): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const bound = (value: unknown): string => `$${values.push(value)}`;
  const conditions = conditionsOf(filter, range, bound);
  const rows = bound(limit);
  const branch = (index: number): string => `(SELECT ${summaryColumns} FROM zveno.message m WHERE ${[`m.class = ${index}`, ...conditions].join(' AND ')} ORDER BY m.id DESC LIMIT ${rows})`;
  return { text: `SELECT ${summaryColumns} FROM (${retentionClasses.map((_, index) => branch(index)).join(' UNION ALL ')}) m ORDER BY m.id DESC LIMIT ${rows}`, values };
}

function conditionsOf(filter: MessageFilter, range: IdRange, bound: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  const within = (column: string): string[] => [
    ...(range.below === null ? [] : [`${column} < ${bound(range.below)}`]),
    ...(range.from === null ? [] : [`${column} >= ${bound(range.from)}`]),
  ];
  conditions.push(...within('m.id'));
  if (filter.states !== undefined) {
    conditions.push(`m.state = ANY (${bound(filter.states)}::text[])`);
    // Said in the words of the partial index, so that a list of what is open never walks through what is done.
    if (!filter.states.includes('done')) conditions.push("m.state <> 'done'");
  }
  if (filter.directions !== undefined) conditions.push(`m.direction = ANY (${bound(filter.directions)}::text[])`);
  if (filter.route !== undefined) conditions.push(`m.route = ${bound(filter.route)}`);
  if (filter.key !== undefined) {
    const named = filter.key.name === undefined ? [] : [`k.name = ${bound(filter.key.name)}`];
    const found = ['k.class = m.class', `k.value = ${bound(filter.key.value)}`, ...named, ...within('k.message')];
    conditions.push(`m.id IN (SELECT k.message FROM zveno.message_key k WHERE ${found.join(' AND ')})`);
  }
  return conditions;
}

function instantMs(instant: string): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw failure('store.instant', { text: instant.slice(0, 40) });
  return ms;
}
