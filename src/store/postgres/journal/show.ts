/** One message with everything that belongs to it. */
import type { MessageStory, MessageSummary, QueuePlace, RemoteCallEntry } from '../../../core/journal.ts';
import { limits } from '../../../core/limits.ts';
import { classOf, isUuid, lowestIdAt, millisecondsOf } from '../../../core/message-id.ts';
import { changesOfRun } from '../change-feed.ts';
import { payloadOf } from '../payload-columns.ts';
import type { Queryable } from '../statement.ts';
import { storedMessages } from '../stored-messages.ts';
import { summaryColumns, summaryOf, type SummaryRow } from './summary.ts';

/** Null when there is no such message (any more). */
export async function showMessage(client: Queryable, id: string): Promise<MessageStory | null> {
  if (!isUuid(id)) return null;
  const found = (await storedMessages(client, [id])).get(id);
  if (found === undefined) return null;
  return {
    message: found.row,
    changedAt: found.changedAt,
    children: await childrenOf(client, id),
    calls: await callsOf(client, id),
    changes: await changesOfRun(client, id, limits.relatedRows.value),
    queued: await placeOf(client, id),
  };
}

const dayMs = 86_400_000;

async function childrenOf(client: Queryable, id: string): Promise<MessageSummary[]> {
  const { rows } = await client.query<SummaryRow>({
    text: `SELECT ${summaryColumns} FROM zveno.message m WHERE m.parent = $1 AND m.id >= $2 ORDER BY m.id LIMIT $3`,
    // Children come after their parent, but for the clocks of two nodes: older partitions need not be looked at.
    values: [id, lowestIdAt(millisecondsOf(id) - dayMs), limits.relatedRows.value],
  });
  return rows.map(summaryOf);
}

async function callsOf(client: Queryable, id: string): Promise<RemoteCallEntry[]> {
  const { rows } = await client.query<CallRow>({
    text: `SELECT path, effect_id, connection_name, route_name, request, request_blob, request_size, intent_at, outcome, outcome_at FROM zveno.remote_call
      WHERE class = $1 AND run = $2 ORDER BY intent_at, path LIMIT $3`,
    values: [classOf(id), id, limits.relatedRows.value],
  });
  return rows.map((row) => ({
    path: row.path,
    effectId: row.effect_id,
    connectionName: row.connection_name,
    routeName: row.route_name,
    request: payloadOf(row.request, row.request_blob, row.request_size),
    intentAt: row.intent_at,
    outcome: row.outcome,
    outcomeAt: row.outcome_at,
  }));
}

interface CallRow {
  path: string;
  effect_id: string;
  connection_name: string;
  route_name: string;
  request: Buffer | null;
  request_blob: Buffer | null;
  request_size: string | null;
  intent_at: string;
  outcome: Buffer | null;
  outcome_at: string | null;
}

async function placeOf(client: Queryable, id: string): Promise<QueuePlace | null> {
  const place = (queue: 'inbox' | 'outbox'): string =>
    `SELECT '${queue}' AS queue, q.due_at, q.attempts, q.owner, q.lease_until, q.blocked,
      (SELECT count(*) FROM zveno.${queue}_queue o WHERE o.order_key = q.order_key AND o.scope = q.scope AND o.order_no < q.order_no) AS ahead
      FROM zveno.${queue}_queue q WHERE q.message = $1`;
  const { rows } = await client.query<PlaceRow>({ text: `${place('inbox')} UNION ALL ${place('outbox')}`, values: [id] });
  const row = rows[0];
  if (row === undefined) return null;
  return { queue: row.queue, dueAt: row.due_at, attempts: row.attempts, owner: row.owner, leaseUntil: row.lease_until, blocked: row.blocked, ahead: Number(row.ahead) };
}

interface PlaceRow {
  queue: 'inbox' | 'outbox';
  due_at: string;
  attempts: number;
  owner: string | null;
  lease_until: string | null;
  blocked: boolean;
  ahead: string;
}
