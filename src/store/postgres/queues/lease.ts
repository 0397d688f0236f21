/** Leases that are held: prolonged, given up, or taken from boots that are no more. */
import type { QueueName } from '../../../core/effect-set.ts';
import { ownerOf } from '../../../core/owner.ts';
import { queueTables } from '../queue-tables.ts';
import type { Queryable } from '../statement.ts';
import { headOf } from './head.ts';

/** Rows are locked in one order, so that two renewals never wait for each other. */
const held = (table: string, id: string, idType: string, more = ''): string =>
  `SELECT q.${id} AS id FROM ${table} q WHERE q.${id} = ANY ($2::${idType}[]) AND q.owner = $1${more} ORDER BY q.${id} FOR UPDATE`;

/** Returns the rows whose lease still held. */
export async function renew(lane: Queryable, queue: QueueName, owner: string, ids: readonly string[], leaseMs: number): Promise<string[]> {
  if (ids.length === 0) return [];
  const { table, id, idType } = queueTables[queue];
  const { rows } = await lane.query<{ id: string }>({
    name: `renew.${queue}`,
    text: `WITH mine AS MATERIALIZED (${held(table, id, idType, ' AND q.lease_until > clock_timestamp()')})
      UPDATE ${table} t SET lease_until = clock_timestamp() + $3::bigint * interval '1 millisecond' FROM mine WHERE t.${id} = mine.id RETURNING t.${id} AS id`,
    values: [owner, ids, Math.round(leaseMs)],
  });
  return rows.map((row) => row.id);
}

export async function release(lane: Queryable, queue: QueueName, owner: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { table, id, idType } = queueTables[queue];
  await lane.query({
    name: `release.${queue}`,
    text: `WITH mine AS MATERIALIZED (${held(table, id, idType)}) UPDATE ${table} t SET owner = NULL, lease_until = NULL FROM mine WHERE t.${id} = mine.id`,
    values: [owner, ids],
  });
}

/** What an earlier boot held is due at once and comes as unknown: nobody can say how far it got. */
export async function freeEarlierBoots(client: Queryable, node: string, boot: string): Promise<number> {
  await client.query({
    text: `INSERT INTO zveno.node (node, boot) VALUES ($1, $2) ON CONFLICT (node) DO UPDATE SET boot = excluded.boot, started_at = clock_timestamp()`,
    values: [node, boot],
  });
  let freed = 0;
  for (const { table } of Object.values(queueTables)) {
    const { rowCount } = await client.query({
      text: `UPDATE ${table} SET lease_until = clock_timestamp() WHERE starts_with(owner, $1) AND owner <> $2 AND lease_until > clock_timestamp()`,
      values: [ownerOf(node, ''), ownerOf(node, boot)],
    });
    freed += rowCount;
  }
  return freed;
}

/** 0 when something is due. Rows under a lease count from its end; a blocked head and what waits behind it do not count. */
export const nextDueInMs = (client: Queryable, queue: 'inbox' | 'outbox'): Promise<number | null> => soonest(client, queue, `NOT q.blocked AND ${headOf(queueTables[queue].table)}`, []);

export const nextTimerInMs = (client: Queryable, kind: string): Promise<number | null> => soonest(client, 'timer', 'q.kind = $1', [kind]);

async function soonest(client: Queryable, queue: QueueName, condition: string, values: readonly unknown[]): Promise<number | null> {
  const { rows } = await client.query<{ ms: string | null }>({
    name: `nextDue.${queue}`,
    text: `SELECT ceil(extract(epoch FROM min(greatest(q.due_at, coalesce(q.lease_until, q.due_at))) - clock_timestamp()) * 1000) AS ms FROM ${queueTables[queue].table} q WHERE ${condition}`,
    values,
  });
  const ms = rows[0]?.ms;
  return ms === null || ms === undefined ? null : Math.max(0, Number(ms));
}
