/** Signing keys in PostgreSQL, and the signatures that were used. */
import { createHash } from 'node:crypto';
import type { SigningKey, SigningKeyDirectory } from '../../../core/signing-key.ts';
import { asked, passOn } from '../pool.ts';
import { notify } from '../wake.ts';
import { auditOf, type Actor } from '../../../core/audit.ts';
import { insertAudit } from '../audit/audit.ts';
import { accountOf, nameOf, type AccountDatabase, type AccountRow } from './accounts.ts';

interface KeyRow {
  id: string;
  account: string;
  name: string;
  credential: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
}

const keyColumns = 'k.id, k.account, k.name, k.credential, k.created_at, k.expires_at, k.revoked_at, k.last_used_at';

export function createSigningKeyDirectory(given: AccountDatabase): SigningKeyDirectory {
  const query = <Row>(text: string, values: readonly unknown[], name?: string): Promise<{ rows: Row[]; rowCount: number }> =>
    asked(given.query<Row & object>({ text, values: [...values], ...(name === undefined ? {} : { name }) }));
  /** Null when there was no such key. */
  const written = async (text: string, values: readonly unknown[], by: Actor, action: string): Promise<SigningKey | null> =>
    await given
      .transaction(async (client) => {
        const [row] = (await client.query<KeyRow>({ text, values })).rows;
        if (row === undefined) return null;
        const key = keyOf(row);
        await insertAudit(client, auditOf(by, action, 'Account', await nameOf(client, key.account), { key: key.name, credential: key.credential, expiresAt: key.expiresAt }));
        return key;
      })
      .catch(passOn);
  const changed = async (): Promise<void> => void (await notify(given, ['accounts']));
  return {
    async byCredential(credential) {
      const text = `SELECT ${keyColumns}, k.sealed, a.name AS account_name, a.permissions, a.roles, a.groups, a.enabled, a.must_change_password, a.created_at AS account_created_at
        FROM zveno.signing_key k JOIN zveno.account a ON a.id = k.account WHERE k.credential = $1 AND k.revoked_at IS NULL AND a.enabled`;
      const { rows } = await query<KeyRow & Omit<AccountRow, 'id' | 'name' | 'created_at'> & { sealed: Uint8Array; account_name: string; account_created_at: string }>(text, [credential], 'key_by_credential');
      const row = rows[0];
      return row === undefined ? null : { key: keyOf(row), sealed: row.sealed, account: accountOf({ ...row, id: row.account, name: row.account_name, created_at: row.account_created_at }) };
    },
    async list(account) {
      return (await query<KeyRow>(`SELECT ${keyColumns} FROM zveno.signing_key k WHERE k.account = $1 ORDER BY k.created_at, k.id`, [account])).rows.map(keyOf);
    },
    async create({ id, account, name, credential, sealed, expiresAt }, by) {
      const text = `INSERT INTO zveno.signing_key AS k (id, account, name, credential, sealed, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${keyColumns}`;
      const key = await written(text, [id, account, name, credential, Buffer.from(sealed), expiresAt], by, 'createKey');
      if (key === null) throw new Error('a created key was not returned');
      return key;
    },
    async setExpiry(account, id, expiresAt, by) {
      const key = await written(`UPDATE zveno.signing_key AS k SET expires_at = $3 WHERE k.account = $1 AND k.id = $2 AND k.revoked_at IS NULL RETURNING ${keyColumns}`, [account, id, expiresAt], by, 'changeKey');
      if (key !== null) await changed();
      return key;
    },
    async revoke(account, id, by) {
      const key = await written(`UPDATE zveno.signing_key AS k SET revoked_at = clock_timestamp() WHERE k.account = $1 AND k.id = $2 AND k.revoked_at IS NULL RETURNING ${keyColumns}`, [account, id], by, 'revokeKey');
      if (key !== null) await changed();
      return key !== null;
    },
    async touch(id) {
      await query("UPDATE zveno.signing_key SET last_used_at = clock_timestamp() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')", [id]);
    },
    async use(signature, purpose) {
      const hash = createHash('sha256').update(signature).digest();
      const inserted = await query('INSERT INTO zveno.signature_use (signature, purpose) VALUES ($1, $2) ON CONFLICT (signature) DO NOTHING', [hash, purpose]);
      if (inserted.rowCount === 1) return { kind: 'first' };
      const [row] = (await query<{ purpose: string }>('SELECT purpose FROM zveno.signature_use WHERE signature = $1', [hash])).rows;
      return { kind: 'repeated', same: row?.purpose === purpose };
    },
  };
}

const keyOf = (row: KeyRow): SigningKey => ({
  id: row.id,
  account: row.account,
  name: row.name,
  credential: row.credential,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  lastUsedAt: row.last_used_at,
});
