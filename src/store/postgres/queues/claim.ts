/** Takes due rows of a queue under a lease. Every claim has a greater fence than all before it. */
import type { Claimed, ClaimedTimer } from '../../../core/store-port.ts';
import { queueTables } from '../queue-tables.ts';
import type { Queryable } from '../statement.ts';
import { storedMessages } from '../stored-messages.ts';
import { valueFromText } from '../value-text.ts';
import { headOf } from './head.ts';

/** A row may be taken when nobody holds it, or its holder's lease has run out. */
const free = '(q.owner IS NULL OR q.lease_until <= clock_timestamp())';

const taken = (table: string, id: string, idType: string, condition: string, returned: string): string => `
  WITH due AS MATERIALIZED (
    SELECT q.${id} AS id, q.owner IS NOT NULL AS held_before FROM ${table} q
    WHERE q.due_at <= clock_timestamp() AND ${free} ${condition}
    ORDER BY q.due_at LIMIT $2 FOR UPDATE OF q SKIP LOCKED)
  UPDATE ${table} t SET owner = $1, lease_until = clock_timestamp() + $3::bigint * interval '1 millisecond', fence = nextval('zveno.fence')
  FROM due WHERE t.${id} = due.id
  RETURNING t.${id}::${idType} AS id, t.fence, t.attempts, due.held_before, ${returned}`;

export async function claim(lane: Queryable, queue: 'inbox' | 'outbox', owner: string, limit: number, leaseMs: number): Promise<Claimed[]> {
  const { table, id, idType } = queueTables[queue];
  const { rows } = await lane.query<{ id: string; fence: string; attempts: number; held_before: boolean; out_of_order: boolean; awaited: boolean; queued_ms: string }>({
    name: `claim.${queue}`,
    text: taken(table, id, idType, `AND NOT q.blocked AND ${headOf(table)}`, "t.out_of_order, t.awaited, (extract(epoch FROM clock_timestamp() - t.queued_at) * 1000)::bigint AS queued_ms"),
    values: [owner, limit, Math.round(leaseMs)],
  });
  if (rows.length === 0) return [];
  const messages = await storedMessages(lane, rows.map((row) => row.id));
  return rows.flatMap((row) => {
    const message = messages.get(row.id);
    // Without a journal row there is nothing to do or to tell: the lease runs out, and the row stays for a person to see.
    if (message === undefined) return [];
    return [{ fence: { queue, message: row.id, owner, fence: Number(row.fence) }, row: message.row, attempts: row.attempts, unknown: row.held_before, outOfOrder: row.out_of_order, awaited: row.awaited, queuedMs: Number(row.queued_ms) }];
  });
}

export async function claimTimers(lane: Queryable, kind: string, owner: string, limit: number, leaseMs: number): Promise<ClaimedTimer[]> {
  const { table, id, idType } = queueTables.timer;
  const { rows } = await lane.query<{ id: string; fence: string; attempts: number; held_before: boolean; kind: string; payload: string; late_ms: string }>({
    name: 'claim.timer',
    text: taken(table, id, idType, 'AND q.kind = $4', 't.kind, t.payload, (extract(epoch FROM clock_timestamp() - t.due_at) * 1000)::bigint AS late_ms'),
    values: [owner, limit, Math.round(leaseMs), kind],
  });
  return rows.map((row) => ({
    fence: { queue: 'timer', message: row.id, owner, fence: Number(row.fence) },
    kind: row.kind,
    payload: valueFromText(row.payload),
    attempts: row.attempts,
    unknown: row.held_before,
    lateMs: Number(row.late_ms),
  }));
}
