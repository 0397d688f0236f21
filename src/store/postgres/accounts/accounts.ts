/** Accounts and tokens in PostgreSQL. Passwords and tokens arrive here as hashes only. */
import { isPermission } from '../../../core/access/permission.ts';
import { parseScope } from '../../../core/access/token-scope.ts';
import { administratorRole } from '../../../core/access/role.ts';
import type { Account, AccountChanges, AccountDirectory, ApiToken } from '../../../core/account.ts';
import { auditOf } from '../../../core/audit.ts';
import type { Plain, PlainObject } from '../../../core/configuration/object-document.ts';
import { insertAudit } from '../audit/audit.ts';
import { passOn } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { notify } from '../wake.ts';

export interface AccountRow {
  id: string;
  name: string;
  password_hash: string;
  permissions: string[];
  roles: string[];
  groups: string[];
  enabled: boolean;
  must_change_password: boolean;
  created_at: string;
}

interface TokenRow {
  id: string;
  account: string;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
}

export const accountColumns = 'a.id, a.name, a.password_hash, a.permissions, a.roles, a.groups, a.enabled, a.must_change_password, a.created_at';
const tokenColumns = 't.id, t.account, t.name, t.scopes, t.created_at, t.expires_at, t.revoked_at, t.last_used_at';

export interface AccountDatabase extends Queryable {
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
}

/** Every node is told of changes that make remembered sign-ins wrong. */
export function createAccountDirectory(given: AccountDatabase): AccountDirectory {
  const changed = async (): Promise<void> => void (await notify(given, ['accounts']).catch(passOn));
  const database: Queryable = { query: (statement) => given.query<never>(statement).catch(passOn) };
  return {
    async byName(name) {
      const { rows } = await database.query<AccountRow>({ name: 'account_by_name', text: `SELECT ${accountColumns} FROM zveno.account a WHERE a.name = $1`, values: [name] });
      const row = rows[0];
      return row === undefined ? null : { account: accountOf(row), passwordHash: row.password_hash };
    },
    async byId(id) {
      const { rows } = await database.query<AccountRow>({ name: 'account_by_id', text: `SELECT ${accountColumns} FROM zveno.account a WHERE a.id = $1`, values: [id] });
      return rows[0] === undefined ? null : accountOf(rows[0]);
    },
    async list() {
      const { rows } = await database.query<AccountRow>({ text: `SELECT ${accountColumns} FROM zveno.account a ORDER BY a.name`, values: [] });
      return rows.map(accountOf);
    },
    async create({ id, name, passwordHash, permissions, roles, groups, mustChangePassword = false }, by) {
      return await given.transaction(async (client) => {
        const text = 'INSERT INTO zveno.account (id, name, password_hash, permissions, roles, groups, must_change_password) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING';
        if ((await client.query({ text, values: [id, name, passwordHash, permissions, roles, groups, mustChangePassword] })).rowCount !== 1) return false;
        await insertAudit(client, auditOf(by, 'createAccount', 'Account', name, { permissions, roles, groups, ...(mustChangePassword ? { mustChangePassword } : {}) }));
        return true;
      }).catch(passOn);
    },
    async change(id, changes, by, isAsRead) {
      const { passwordHash, permissions, roles, groups, enabled, mustChangePassword } = changes;
      const outcome = await given.transaction(async (client) => {
        // One change at a time: two that each leave the other administrator would leave none.
        await client.query({ text: 'LOCK TABLE zveno.account IN SHARE ROW EXCLUSIVE MODE', values: [] });
        const [before] = (await client.query<AccountRow>({ text: `SELECT ${accountColumns} FROM zveno.account a WHERE a.id = $1`, values: [id] })).rows;
        if (before === undefined) return 'unknown';
        if (isAsRead?.(accountOf(before)) === false) return 'stale';
        const text = `UPDATE zveno.account SET password_hash = coalesce($2, password_hash), permissions = coalesce($3, permissions), roles = coalesce($4, roles),
          groups = coalesce($5, groups), enabled = coalesce($6, enabled),
          must_change_password = coalesce($8, must_change_password AND $2 IS NULL), changed_at = clock_timestamp()
          WHERE id = $1 AND ((coalesce($6, enabled) AND $7 = ANY (coalesce($4, roles))) OR NOT (enabled AND $7 = ANY (roles))
            OR EXISTS (SELECT 1 FROM zveno.account o WHERE o.id <> $1 AND o.enabled AND $7 = ANY (o.roles)))`;
        const values = [id, passwordHash ?? null, permissions ?? null, roles ?? null, groups ?? null, enabled ?? null, administratorRole, mustChangePassword ?? null];
        if ((await client.query({ text, values })).rowCount !== 1) return 'lastAdministrator';
        // Whoever was signed in by what it was before is signed in no more.
        if (passwordHash !== undefined || enabled === false) await client.query({ text: 'DELETE FROM zveno.session WHERE account = $1', values: [id] });
        await insertAudit(client, auditOf(by, 'changeAccount', 'Account', before.name, differenceOf(accountOf(before), changes)));
        return 'changed';
      }).catch(passOn);
      if (outcome === 'changed') await changed();
      return outcome;
    },
    async strengthenHash(id, from, to) {
      await database.query({ text: 'UPDATE zveno.account SET password_hash = $3 WHERE id = $1 AND password_hash = $2', values: [id, from, to] });
    },
    async moveRole(from, into, by) {
      const text = `UPDATE zveno.account SET roles = ARRAY(SELECT DISTINCT CASE WHEN role = ANY ($1) THEN $2 ELSE role END FROM unnest(roles) AS role ORDER BY 1), changed_at = clock_timestamp()
        WHERE roles && $1 RETURNING name`;
      await given.transaction(async (client) => {
        const { rows } = await client.query<{ name: string }>({ text, values: [from, into] });
        await insertAudit(client, auditOf(by, 'mergeRoles', 'Role', into, { from, accounts: rows.map(({ name }) => name) }));
      }).catch(passOn);
      await changed();
    },
    async byTokenHash(hash) {
      const text = `SELECT ${tokenColumns}, a.name AS account_name, a.permissions, a.roles, a.groups, a.enabled, a.must_change_password, a.created_at AS account_created_at,
          coalesce(t.expires_at <= clock_timestamp(), false) AS expired
        FROM zveno.api_token t JOIN zveno.account a ON a.id = t.account
        WHERE t.hash = $1 AND t.revoked_at IS NULL AND a.enabled`;
      const { rows } = await database.query<TokenRow & Omit<AccountRow, 'id' | 'name' | 'created_at'> & { account_name: string; account_created_at: string; expired: boolean }>({ name: 'account_by_token', text, values: [Buffer.from(hash)] });
      const row = rows[0];
      if (row === undefined) return null;
      return { account: accountOf({ ...row, id: row.account, name: row.account_name, created_at: row.account_created_at }), token: tokenOf(row), expired: row.expired };
    },
    async tokens(account) {
      const text = `SELECT ${tokenColumns} FROM zveno.api_token t WHERE $1::uuid IS NULL OR t.account = $1 ORDER BY t.created_at, t.id`;
      return (await database.query<TokenRow>({ text, values: [account] })).rows.map(tokenOf);
    },
    async createToken({ id, account, name, hash, scopes, expiresAt }, by) {
      const text = `INSERT INTO zveno.api_token AS t (id, account, name, hash, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${tokenColumns}`;
      return await given.transaction(async (client) => {
        const { rows } = await client.query<TokenRow>({ text, values: [id, account, name, Buffer.from(hash), scopes, expiresAt] });
        if (rows[0] === undefined) throw new Error('a created token was not returned');
        await insertAudit(client, auditOf(by, 'createToken', 'Account', await nameOf(client, account), { token: name, id, scopes, expiresAt }));
        return tokenOf(rows[0]);
      }).catch(passOn);
    },
    async touchToken(id) {
      const text = "UPDATE zveno.api_token SET last_used_at = clock_timestamp() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')";
      await database.query({ text, values: [id] });
    },
    async revokeToken(id, by) {
      const revoked = await given.transaction(async (client) => {
        const text = 'UPDATE zveno.api_token SET revoked_at = clock_timestamp() WHERE id = $1 AND revoked_at IS NULL RETURNING account, name';
        const [row] = (await client.query<{ account: string; name: string }>({ text, values: [id] })).rows;
        if (row === undefined) return false;
        await insertAudit(client, auditOf(by, 'revokeToken', 'Account', await nameOf(client, row.account), { token: row.name, id }));
        return true;
      }).catch(passOn);
      if (revoked) await changed();
      return revoked;
    },
  };
}

export async function nameOf(client: Queryable, account: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>({ text: 'SELECT name FROM zveno.account WHERE id = $1', values: [account] });
  return rows[0]?.name ?? account;
}

/** Before and after of what was named; of a password only that it changed. */
function differenceOf(before: Account, { passwordHash, ...wanted }: AccountChanges): PlainObject {
  const now: Record<string, Plain> = {};
  for (const [key, to] of Object.entries(wanted)) {
    const from = before[key as keyof typeof wanted];
    if (JSON.stringify(from) !== JSON.stringify(to)) now[key] = { from, to };
  }
  return passwordHash === undefined ? now : { ...now, password: 'changed' };
}

export const accountOf = (row: AccountRow): Account => ({ id: row.id, name: row.name, permissions: row.permissions.filter(isPermission), roles: row.roles, groups: row.groups, enabled: row.enabled, mustChangePassword: row.must_change_password, createdAt: row.created_at });

const tokenOf = (row: TokenRow): ApiToken => ({
  id: row.id,
  account: row.account,
  name: row.name,
  scopes: row.scopes.filter((scope) => parseScope(scope) !== null),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  lastUsedAt: row.last_used_at,
});
