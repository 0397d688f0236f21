/** Stored replies in PostgreSQL. The row of a key is written before its request is carried out, so two at once cannot both begin. */
import type { BegunReply, StoredReplies } from '../../core/stored-replies.ts';
import { limits } from '../../core/limits.ts';
import type { Queryable } from './statement.ts';

interface ReplyRow {
  digest: string;
  status: number | null;
  headers: Record<string, string> | null;
  body: Uint8Array | null;
  running: boolean;
}

/** `node` is stable over restarts, `boot` is not: what an earlier life of this node began, nobody carries out any more. */
export function postgresReplies(client: Queryable, { node, boot }: { node: string; boot: string }): StoredReplies {
  const owner = `${node}/${boot}`;
  return {
    async begin({ caller, key }, digest) {
      const { rowCount } = await client.query({
        text: `INSERT INTO zveno.api_reply AS known (key, caller, digest, owner, expires_at) VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 ms')
          ON CONFLICT (key, caller) DO UPDATE SET digest = excluded.digest, owner = excluded.owner, status = NULL, headers = NULL, body = NULL, begun_at = clock_timestamp(), expires_at = excluded.expires_at
          WHERE known.expires_at <= clock_timestamp()`,
        values: [key, caller, digest, owner, limits.idempotencyMs.value],
      });
      return rowCount === 1 ? { kind: 'begun' } : await standing(caller, key);
    },
    async finish({ caller, key }, reply) {
      await client.query({
        text: 'UPDATE zveno.api_reply SET status = $3, headers = $4, body = $5 WHERE key = $1 AND caller = $2 AND owner = $6',
        values: [key, caller, reply?.status ?? 0, JSON.stringify(reply?.headers ?? {}), reply?.body ?? null, owner],
      });
    },
    async forget({ caller, key }) {
      await client.query({ text: 'DELETE FROM zveno.api_reply WHERE key = $1 AND caller = $2 AND owner = $3 AND status IS NULL', values: [key, caller, owner] });
    },
    async abandon({ caller, key }) {
      await client.query({ text: `UPDATE zveno.api_reply SET owner = '' WHERE key = $1 AND caller = $2 AND owner = $3 AND status IS NULL`, values: [key, caller, owner] });
    },
  };

  async function standing(caller: string, key: string): Promise<BegunReply> {
    const { rows } = await client.query<ReplyRow>({
      text: `SELECT digest, status, headers, body, owner <> '' AND (owner = $3 OR left(owner, length($4::text)) <> $4) AND begun_at > clock_timestamp() - $5 * interval '1 ms' AS running
        FROM zveno.api_reply WHERE key = $1 AND caller = $2`,
      values: [key, caller, owner, `${node}/`, limits.apiCallMs.value],
    });
    const [row] = rows;
    // Forgotten between the two statements: the caller tries again in a moment.
    if (row === undefined) return { kind: 'running', digest: '' };
    const { digest, status, headers, body } = row;
    if (status !== null) return { kind: 'done', digest, reply: status === 0 ? null : { status, headers: headers ?? {}, body } };
    return { kind: row.running ? 'running' : 'unknown', digest };
  }
}
