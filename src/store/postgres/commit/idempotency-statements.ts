/** The claim or the answer of an idempotency key, and what is stored when it was not ours to write. */
import type { CommitResult, IdempotencyWrite } from '../../../core/effect-set.ts';
import type { StoredIdempotency } from '../../../core/store-port.ts';
import { bufferOf, payloadColumns, payloadOf } from '../payload-columns.ts';
import type { Queryable, Statement } from '../statement.ts';

/**
 * Waits for a concurrent twin. A claim of the same message and body is taken over (a failed run is no answer),
 * and so is an expired row; every other row makes this set a duplicate.
 */
export function idempotencyStatement(write: IdempotencyWrite): Statement {
  return {
    name: 'idempotency.write',
    text: `INSERT INTO zveno.idempotency AS i (key, caller, route, body_hash, message, state, reply, reply_blob, reply_size, reply_status, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + $11::bigint * interval '1 millisecond')
      ON CONFLICT (key, caller, route) DO UPDATE SET body_hash = excluded.body_hash, message = excluded.message, state = excluded.state, reply = excluded.reply,
        reply_blob = excluded.reply_blob, reply_size = excluded.reply_size, reply_status = excluded.reply_status, expires_at = excluded.expires_at
      WHERE (i.state = 'claimed' AND i.message = excluded.message AND i.body_hash = excluded.body_hash) OR i.expires_at <= clock_timestamp()
      RETURNING 1`,
    values: [write.key, write.caller, write.route, bufferOf(write.bodyHash), write.message, write.state, ...payloadColumns(write.reply), write.replyStatus, Math.round(write.ttlMs)],
    expect: { rows: 1, otherwise: { kind: 'duplicate' } },
  };
}

export async function storedIdempotency(client: Queryable, route: string, caller: string, key: string): Promise<StoredIdempotency | null> {
  const { rows } = await client.query<Columns>({
    name: 'idempotency.read',
    text: `SELECT body_hash, message, state, reply, reply_blob, reply_size, reply_status FROM zveno.idempotency
      WHERE key = $1 AND caller = $2 AND route = $3 AND expires_at > clock_timestamp()`,
    values: [key, caller, route],
  });
  const row = rows[0];
  if (row === undefined) return null;
  return { message: row.message, state: row.state, bodyHash: row.body_hash, reply: payloadOf(row.reply, row.reply_blob, row.reply_size), replyStatus: row.reply_status };
}

/** What a set that lost at its key is told; null when the row is gone again and the set may try once more. */
export async function duplicateOf(client: Queryable, write: IdempotencyWrite): Promise<CommitResult | null> {
  const stored = await storedIdempotency(client, write.route, write.caller, write.key);
  if (stored === null) return null;
  const sameBody = Buffer.compare(bufferOf(stored.bodyHash), bufferOf(write.bodyHash)) === 0;
  return { kind: 'duplicate', message: stored.message, state: stored.state, sameBody, reply: stored.reply, replyStatus: stored.replyStatus };
}

interface Columns {
  body_hash: Buffer;
  message: string;
  state: 'claimed' | 'answered';
  reply: Buffer | null;
  reply_blob: Buffer | null;
  reply_size: string | null;
  reply_status: number | null;
}
