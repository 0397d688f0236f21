/** Dead letters that a person sends back to their queue, and messages that somebody ends from outside. */
import type { MessageState } from '../../../core/effect-set.ts';
import type { FailureData } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import { classOf, isUuid } from '../../../core/message-id.ts';
import { failureColumns } from '../message-columns.ts';
import { bufferOf } from '../payload-columns.ts';
import { orderKeyStatements } from '../commit/queue-statements.ts';
import type { Readers } from '../pool.ts';
import { queueTables } from '../queue-tables.ts';
import type { Queryable } from '../statement.ts';
import { notify } from '../wake.ts';

interface DeadLetter {
  queue: 'inbox' | 'outbox';
  scope: string;
  connection: string | null;
  order_key: string | null;
  order_no: string | null;
  blocks: boolean;
}

/** Whoever asks for another run wants it by what is published now. False when the message is in none of the states `from` (any more). */
export async function requeue(readers: Readers, id: string, from: readonly MessageState[] = ['dead'], options: { unknownAs?: Uint8Array; awaited?: boolean } = {}): Promise<boolean> {
  if (!isUuid(id)) return false;
  return readers.transaction(async (client) => {
    const place = await placeOf(client, id);
    if (place === undefined) return false;
    // In the order in which a commit takes its locks: the key's number first, the queue last.
    const fresh = place.parked || place.order_key === null ? null : await nextNumber(client, place, place.order_key);
    // A claim that began before would not see the old number come back and could take a younger message of
    // the key beside it; this short lock lets running claims end and makes the next ones look again.
    await client.query({ text: `SET LOCAL lock_timeout = ${limits.commitLockMs.value}`, values: [] });
    await client.query({ text: 'LOCK TABLE zveno.inbox_queue, zveno.outbox_queue IN EXCLUSIVE MODE', values: [] });
    const { rowCount } = await client.query({
      text: "UPDATE zveno.message SET state = 'pending', attempts = 0, revision = NULL, changed_at = clock_timestamp() WHERE class = $1 AND id = $2 AND state = ANY ($3::text[])",
      values: [classOf(id), id, from],
    });
    if (rowCount === 0) return false;
    if (options.unknownAs !== undefined) await decideUnknown(client, id, options.unknownAs);
    const letter = await takeDeadLetter(client, id);
    if (letter?.blocks === true) await unblock(client, letter, id);
    else await enqueue(client, letter ?? { ...place, connection: null, order_no: fresh, blocks: false }, id, options.awaited === true);
    await notify(client, [place.queue]);
    return true;
  });
}

/** Nobody works on the run now, so nobody else can be about to record what came of its calls. */
const decideUnknown = (client: Queryable, id: string, outcome: Uint8Array): Promise<unknown> =>
  client.query({
    text: 'UPDATE zveno.remote_call SET outcome = $3, outcome_set = NULL, outcome_at = clock_timestamp() WHERE class = $1 AND run = $2 AND outcome IS NULL',
    values: [classOf(id), id, bufferOf(outcome)],
  });

interface MessagePlace {
  queue: 'inbox' | 'outbox';
  scope: string;
  order_key: string | null;
  /** A dead letter has kept its number. */
  parked: boolean;
}

async function placeOf(client: Queryable, id: string): Promise<MessagePlace | undefined> {
  const { rows } = await client.query<MessagePlace>({
    text: `SELECT CASE m.direction WHEN 'out' THEN 'outbox' ELSE 'inbox' END AS queue, coalesce(m.route, m.scenario_names[1], '') AS scope, m.order_key,
        EXISTS (SELECT 1 FROM zveno.dead_letter d WHERE d.message = m.id) AS parked
      FROM zveno.message m WHERE m.class = $1 AND m.id = $2`,
    values: [classOf(id), id],
  });
  return rows[0];
}

async function takeDeadLetter(client: Queryable, id: string): Promise<DeadLetter | undefined> {
  const { rows } = await client.query<DeadLetter>({
    text: 'DELETE FROM zveno.dead_letter WHERE message = $1 RETURNING queue, scope, connection, order_key, order_no, blocks',
    values: [id],
  });
  return rows[0];
}

/** A message that was no dead letter has lost its place and goes to the end of its key. */
async function nextNumber(client: Queryable, { queue, scope }: MessagePlace, key: string): Promise<string | null> {
  for (const take of orderKeyStatements([{ queue, scope, orderKey: key }])) await client.query(take);
  const { rows } = await client.query<{ last_no: string }>({ text: 'SELECT last_no FROM zveno.order_key WHERE key = $1 AND scope = $2 AND queue = $3', values: [key, scope, queue] });
  return rows[0]?.last_no ?? null;
}

const unblock = (client: Queryable, { queue }: DeadLetter, id: string): Promise<unknown> =>
  client.query({ text: `UPDATE ${queueTables[queue].table} SET blocked = false, attempts = 0, awaited = false, due_at = clock_timestamp(), queued_at = clock_timestamp() WHERE message = $1`, values: [id] });

/** Out of order when a younger message of the key is no longer in the queue: it was handled, or parked, before this one. */
const enqueue = (client: Queryable, letter: DeadLetter, id: string, awaited: boolean): Promise<unknown> =>
  client.query({
    text: `INSERT INTO ${queueTables[letter.queue].table} (message, scope, connection, order_key, order_no, due_at, awaited, out_of_order)
      SELECT $1::uuid, $2::text, $3::text, $4::text, $5::bigint, clock_timestamp(), $7::boolean, $5::bigint IS NOT NULL
        AND coalesce((SELECT k.last_no FROM zveno.order_key k WHERE k.key = $4 AND k.scope = $2 AND k.queue = $6), $5::bigint + 1) - $5::bigint
          > (SELECT count(*) FROM ${queueTables[letter.queue].table} q WHERE q.order_key = $4 AND q.scope = $2 AND q.order_no > $5::bigint)`,
    values: [id, letter.scope, letter.connection, letter.order_key, letter.order_no, letter.queue, awaited],
  });

/** Compare-and-set: true when the state was one of `from`. Whatever queued the message goes with it, so its worker is fenced off. */
export async function setMessageState(readers: Readers, id: string, from: readonly MessageState[], to: MessageState, failure: FailureData | null, options: { unlessRequested?: boolean } = {}): Promise<boolean> {
  if (!isUuid(id)) return false;
  return readers.transaction(async (client) => {
    // In the order in which a commit takes its locks: queue row first, then the message.
    for (const queue of ['inbox', 'outbox'] as const) await client.query({ text: `SELECT 1 FROM ${queueTables[queue].table} WHERE message = $1 FOR UPDATE`, values: [id] });
    const { rowCount } = await client.query({
      text: `UPDATE zveno.message SET state = $3, failure_code = coalesce($4, failure_code), failure = coalesce($5::json, failure), changed_at = clock_timestamp()
        WHERE class = $1 AND id = $2 AND state = ANY ($6::text[])${options.unlessRequested === true ? ' AND NOT EXISTS (SELECT 1 FROM zveno.remote_call c WHERE c.class = $1 AND c.run = $2)' : ''}`,
      values: [classOf(id), id, to, ...failureColumns(failure), from],
    });
    if (rowCount === 0) return false;
    for (const queue of ['inbox', 'outbox'] as const) await client.query({ text: `DELETE FROM ${queueTables[queue].table} WHERE message = $1`, values: [id] });
    await client.query({ text: 'DELETE FROM zveno.dead_letter WHERE message = $1', values: [id] });
    await notify(client, ['cancel']);
    return true;
  });
}

/** Waits for a commit that is about to end the message; a blocked row is a dead letter, and over. */
export async function acknowledge(readers: Readers, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  const { rowCount } = await readers.query({ text: 'UPDATE zveno.inbox_queue SET awaited = false WHERE message = $1 AND NOT blocked', values: [id] });
  return rowCount > 0;
}
