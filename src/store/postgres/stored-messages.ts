/**
 * Messages by id, with their business keys. These statements are not prepared and name class and ids in their parameters:
 * only then does the planner see which partitions hold them, and leaves all others unlocked and unplanned.
 */
import type { MessageRow } from '../../core/effect-set.ts';
import { classOf } from '../../core/message-id.ts';
import { messageOf, messageSelectList, type MessageColumns } from './message-columns.ts';
import type { Queryable } from './statement.ts';

export interface StoredMessage {
  row: MessageRow;
  changedAt: string;
}

/** By id; what is not there (any more) is missing from the answer. */
export async function storedMessages(client: Queryable, ids: readonly string[]): Promise<Map<string, StoredMessage>> {
  const byClass = new Map<number, string[]>();
  for (const id of ids) byClass.set(classOf(id), [...(byClass.get(classOf(id)) ?? []), id]);
  const found = await Promise.all([...byClass].map(([index, members]) => ofClass(client, index, members)));
  return new Map(found.flat().map((message) => [message.row.id, message]));
}

async function ofClass(client: Queryable, index: number, ids: readonly string[]): Promise<StoredMessage[]> {
  const values = [index, ids];
  const [messages, keys] = await Promise.all([
    client.query<MessageColumns & { changed_at: string }>({ text: `SELECT ${messageSelectList}, changed_at FROM zveno.message WHERE class = $1 AND id = ANY ($2::uuid[])`, values }),
    client.query<{ message: string; name: string; value: string }>({ text: 'SELECT message, name, value FROM zveno.message_key WHERE class = $1 AND message = ANY ($2::uuid[])', values }),
  ]);
  const keysOf = new Map<string, [string, string][]>();
  for (const { message, name, value } of keys.rows) keysOf.set(message, [...(keysOf.get(message) ?? []), [name, value]]);
  return messages.rows.map((row) => ({ row: messageOf(row, Object.fromEntries(keysOf.get(row.id) ?? [])), changedAt: row.changed_at }));
}
