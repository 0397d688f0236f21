/** Messages by filter, newest first. A page costs what it shows, not what the journal holds. */
import { failure } from '../../../core/failure.ts';
import type { MessageFilter, MessagePage } from '../../../core/journal.ts';
import { limits } from '../../../core/limits.ts';
import { isUuid, lowestIdAt, retentionClasses } from '../../../core/message-id.ts';
import type { Queryable } from '../statement.ts';
import { summaryColumns, summaryOf, type SummaryRow } from './summary.ts';

/** Throws `store.page`, `store.cursor` or `store.instant` for what cannot be. */
export async function listMessages(client: Queryable, filter: MessageFilter, page: { limit: number; cursor?: string }): Promise<MessagePage> {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > limits.pageRows.value) throw failure('store.page', { limit: limits.pageRows.value });
  const before = page.cursor === undefined ? null : positionOf(page.cursor);
  const { text, values } = listStatement(filter, before, page.limit + 1);
  const { rows } = await client.query<SummaryRow>({ text, values });
  const shown = rows.slice(0, page.limit).map(summaryOf);
  const last = shown.at(-1);
  return { messages: shown, cursor: rows.length > page.limit && last !== undefined ? Buffer.from(last.id).toString('base64url') : null };
}

function positionOf(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isUuid(id)) throw failure('store.cursor');
  return id;
}

/** Each class gives its own newest rows from its own partitions, in the order of their primary key; the few that came are merged. */
function listStatement(filter: MessageFilter, before: string | null, limit: number): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const bound = (value: unknown): string => `$${values.push(value)}`;
  const conditions = conditionsOf(filter, before, bound);
  const rows = bound(limit);
  const branch = (index: number): string => `(SELECT ${summaryColumns} FROM zveno.message m WHERE ${[`m.class = ${index}`, ...conditions].join(' AND ')} ORDER BY m.id DESC LIMIT ${rows})`;
  return { text: `SELECT ${summaryColumns} FROM (${retentionClasses.map((_, index) => branch(index)).join(' UNION ALL ')}) m ORDER BY m.id DESC LIMIT ${rows}`, values };
}

function conditionsOf(filter: MessageFilter, before: string | null, bound: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  if (before !== null) conditions.push(`m.id < ${bound(before)}`);
  if (filter.from !== undefined) conditions.push(`m.id >= ${bound(lowestIdAt(millisecondsOf(filter.from)))}`);
  if (filter.to !== undefined) conditions.push(`m.id < ${bound(lowestIdAt(millisecondsOf(filter.to)))}`);
  if (filter.states !== undefined) {
    conditions.push(`m.state = ANY (${bound(filter.states)}::text[])`);
    // Said in the words of the partial index, so that a list of what is open never walks through what is done.
    if (!filter.states.includes('done')) conditions.push("m.state <> 'done'");
  }
  if (filter.directions !== undefined) conditions.push(`m.direction = ANY (${bound(filter.directions)}::text[])`);
  if (filter.route !== undefined) conditions.push(`m.route = ${bound(filter.route)}`);
  if (filter.key !== undefined) {
    const name = filter.key.name === undefined ? '' : ` AND k.name = ${bound(filter.key.name)}`;
    conditions.push(`m.id IN (SELECT k.message FROM zveno.message_key k WHERE k.class = m.class AND k.value = ${bound(filter.key.value)}${name})`);
  }
  return conditions;
}

function millisecondsOf(instant: string): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw failure('store.instant', { text: instant.slice(0, 40) });
  return ms;
}
