/** Sessions in PostgreSQL. Their tokens arrive here as hashes only; when one ends is judged by the clock of the database. */
import { auditOf } from '../../../core/audit.ts';
import { limits } from '../../../core/limits.ts';
import type { Session, SessionDirectory, SessionSettings } from '../../../core/session.ts';
import { insertAudit } from '../audit/audit.ts';
import { passOn } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { notify } from '../wake.ts';
import { accountColumns, accountOf, nameOf, type AccountDatabase, type AccountRow } from './accounts.ts';

interface SessionRow {
  session: string;
  account: string;
  address: string;
  agent: string;
  opened_at: string;
  last_used_at: string;
  idle_until: string;
  expires_at: string;
}

const columns = 's.id AS session, s.account, s.address, s.agent, s.created_at AS opened_at, s.last_used_at, s.idle_until, s.expires_at';
const alive = 's.idle_until > clock_timestamp() AND s.expires_at > clock_timestamp()';
const later = (parameter: string): string => `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`;

export function createSessionDirectory(given: AccountDatabase, { idleMs, absoluteMs }: SessionSettings): SessionDirectory {
  const restMs = Math.min(60_000, idleMs / 4);
  const isDue = (parameter: string): string => `last_used_at < clock_timestamp() - ${parameter}::float8 * interval '1 millisecond'`;
  const database: Queryable = { query: (statement) => given.query<never>(statement).catch(passOn) };
  return {
    async open({ id, account, hash, address, agent }, by) {
      return await given
        .transaction(async (client) => {
          const text = `INSERT INTO zveno.session AS s (id, account, hash, address, agent, idle_until, expires_at) VALUES ($1, $2, $3, $4, $5, ${later('$6')}, ${later('$7')}) RETURNING ${columns}`;
          const [row] = (await client.query<SessionRow>({ text, values: [id, account, Buffer.from(hash), address, agent, idleMs, absoluteMs] })).rows;
          if (row === undefined) throw new Error('an opened session was not returned');
          await client.query({ text: 'DELETE FROM zveno.session WHERE id IN (SELECT id FROM zveno.session WHERE account = $1 ORDER BY created_at DESC OFFSET $2)', values: [account, limits.sessionsPerAccount.value] });
          await insertAudit(client, auditOf(by, 'createSession', 'Account', await nameOf(client, account), { session: id }));
          return sessionOf(row);
        })
        .catch(passOn);
    },
    async byHash(hash) {
      const text = `SELECT ${columns}, s.${isDue('$2')} AS is_due, ${accountColumns} FROM zveno.session s JOIN zveno.account a ON a.id = s.account WHERE s.hash = $1 AND ${alive} AND a.enabled`;
      const [row] = (await database.query<SessionRow & AccountRow & { is_due: boolean }>({ name: 'session_by_hash', text, values: [Buffer.from(hash), restMs] })).rows;
      return row === undefined ? null : { account: accountOf(row), session: sessionOf(row), isDue: row.is_due };
    },
    async touch(id) {
      const text = `UPDATE zveno.session SET last_used_at = clock_timestamp(), idle_until = ${later('$2')} WHERE id = $1 AND ${isDue('$3')}`;
      await database.query({ text, values: [id, idleMs, restMs] });
    },
    async list(account) {
      const text = `SELECT ${columns} FROM zveno.session s WHERE s.account = $1 AND ${alive} ORDER BY s.created_at DESC, s.id`;
      return (await database.query<SessionRow>({ text, values: [account] })).rows.map(sessionOf);
    },
    async end(account, which, by) {
      const count = await given
        .transaction(async (client) => {
          const text = `DELETE FROM zveno.session s WHERE s.account = $1 AND ${alive} AND ${'id' in which ? 's.id = $2' : '($2::uuid IS NULL OR s.id <> $2)'}`;
          const { rowCount } = await client.query({ text, values: [account, 'id' in which ? which.id : which.allBut] });
          if (rowCount > 0) await insertAudit(client, auditOf(by, 'endSession', 'Account', await nameOf(client, account), 'id' in which ? { session: which.id } : { sessions: rowCount }));
          return rowCount;
        })
        .catch(passOn);
      // What still runs in them ends on every node; when this is not told, a heartbeat finds it.
      if (count > 0) await notify(given, ['sessions']).catch(() => undefined);
      return count;
    },
  };
}

const sessionOf = (row: SessionRow): Session => ({
  id: row.session,
  account: row.account,
  address: row.address,
  agent: row.agent,
  createdAt: row.opened_at,
  lastUsedAt: row.last_used_at,
  idleUntil: row.idle_until,
  expiresAt: row.expires_at,
});
