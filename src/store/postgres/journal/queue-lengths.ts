/** How much work waits, by queue. Queues hold only pending work, so counting them is cheap. */
import type { QueueLength } from '../../../core/journal.ts';
import type { Queryable } from '../statement.ts';

const lengthOf = (queue: QueueLength['queue'], table: string): string => `SELECT '${queue}' AS queue, count(*) AS waiting,
  count(*) FILTER (WHERE q.lease_until > clock_timestamp()) AS claimed,
  (extract(epoch FROM clock_timestamp() - min(q.due_at)) * 1000)::bigint AS oldest_due_ms FROM zveno.${table} q`;

export async function queueLengths(client: Queryable): Promise<readonly QueueLength[]> {
  const { rows } = await client.query<{ queue: QueueLength['queue']; waiting: string; claimed: string; oldest_due_ms: string | null }>({
    text: [lengthOf('inbox', 'inbox_queue'), lengthOf('outbox', 'outbox_queue'), lengthOf('timer', 'timer')].join(' UNION ALL '),
    values: [],
  });
  return rows.map((row) => ({ queue: row.queue, waiting: Number(row.waiting), claimed: Number(row.claimed), oldestDueMs: row.oldest_due_ms === null || Number(row.oldest_due_ms) < 0 ? null : Number(row.oldest_due_ms) }));
}
