/** How many rows wait, by what they are about. The queues are bounded, so counting them is cheap enough for every second. */
import type { QueueLevels } from '../../../core/store-port.ts';
import type { Queryable } from '../statement.ts';

export async function queueLevels(client: Queryable): Promise<QueueLevels> {
  const { rows } = await client.query<{ queue: 'inbox' | 'outbox'; name: string; count: string }>({
    text: `SELECT 'inbox' AS queue, scope AS name, count(*) AS count FROM zveno.inbox_queue GROUP BY scope
      UNION ALL SELECT 'outbox', connection, count(*) FROM zveno.outbox_queue WHERE connection IS NOT NULL GROUP BY connection`,
    values: [],
  });
  const of = (queue: 'inbox' | 'outbox'): Map<string, number> => new Map(rows.flatMap((row) => (row.queue === queue ? [[row.name, Number(row.count)] as const] : [])));
  return { inbox: of('inbox'), outbox: of('outbox') };
}
