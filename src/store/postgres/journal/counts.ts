/** How many messages are in which state. */
import type { MessageRow, MessageState } from '../../../core/effect-set.ts';
import type { MessageCounts, StateCount } from '../../../core/journal.ts';
import { lowestIdAt } from '../../../core/message-id.ts';
import type { Queryable } from '../statement.ts';

export async function countMessages(client: Queryable, sinceMs: number): Promise<MessageCounts> {
  return {
    open: await counted(client, "m.state <> 'done'", []),
    recent: await counted(client, 'm.id >= $1', [lowestIdAt(sinceMs)]),
  };
}

async function counted(client: Queryable, condition: string, values: readonly unknown[]): Promise<StateCount[]> {
  const { rows } = await client.query<{ direction: MessageRow['direction']; state: MessageState; count: string }>({
    text: `SELECT m.direction, m.state, count(*) AS count FROM zveno.message m WHERE ${condition} GROUP BY m.direction, m.state ORDER BY m.direction, m.state`,
    values,
  });
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
