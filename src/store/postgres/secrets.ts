/** The vault of secrets in PostgreSQL: rows of sealed bytes that only the master key opens. */
import { auditOf, commandActor } from '../../core/audit.ts';
import { insertAudit } from './audit/audit.ts';
import { isReferenceName } from '../../core/configuration/reference.ts';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { SecretEntry, SecretVault } from '../../core/secret-vault.ts';
import { signingKeyField } from '../../core/signing-key.ts';
import { KeyRing } from '../secrets/key-ring.ts';
import { type MasterKeyOptions, openMasterKeys } from '../secrets/master-key.ts';
import { ask, type Database } from './configuration/database.ts';
import { nextRevision } from './configuration/publish.ts';
import type { Queryable } from './statement.ts';

/** Reads or makes the master key and proves that it opens what is stored. */
export async function openSecretVault(database: Database, key: Omit<MasterKeyOptions, 'secretsExist'>): Promise<SecretVault> {
  const ring = await KeyRing.open(() => openMasterKeys({ ...key, secretsExist: () => secretsExist(database) }));
  const vault = secretVault(database, ring);
  await vault.check();
  return vault;
}

function secretVault(database: Database, ring: KeyRing): SecretVault {
  return {
    reveal: async (name, use) => use(await ring.unseal(name, await sealedOf(database, name))),
    set: async (name, text, by, { actor = commandActor(by), expiresAt = null, version } = {}) => {
      checkSecret(name, text);
      const sealed = ring.seal(name, text);
      await database.transaction(async (client) => {
        const [now] = await ask<{ version: number }>(
          client,
          `INSERT INTO zveno.secret AS old (name, version, sealed, set_by, expires_at) VALUES ($1, 1, $2, $3, $4)
           ON CONFLICT (name) DO UPDATE SET version = old.version + 1, sealed = excluded.sealed, set_by = excluded.set_by, expires_at = excluded.expires_at, set_at = clock_timestamp()
           RETURNING version`,
          [name, sealed, by, expiresAt],
        );
        if (version !== undefined && now?.version !== version + 1) throw failure('http.staleEdit', { kind: 'Secret', name });
        await insertAudit(client, auditOf(actor, 'setSecret', 'Secret', name, expiresAt === null ? null : { expiresAt }));
        await nextRevision(client, by, `secret ${name}`, null);
      });
    },
    seal: (name, text) => ring.seal(name, text),
    unseal: (name, sealed) => ring.unseal(name, sealed),
    list: () => listSecrets(database),
    check: async () => {
      for (const { field, sealed } of await sealedRows(database)) await ring.unseal(field, sealed);
    },
    rewrap: async (progress) => {
      const rows = (await sealedRows(database)).filter(({ sealed }) => !ring.sealedByFirst(sealed));
      for (const [index, { table, key, field, sealed }] of rows.entries()) {
        const again = ring.seal(field, await ring.unseal(field, sealed));
        // Whoever has set it meanwhile has sealed it by the new key already.
        await ask(database, `UPDATE ${table} SET sealed = $3 WHERE ${key} = $1 AND sealed = $2`, [field.slice(field.indexOf('/') + 1), Buffer.from(sealed), again]);
        progress(index + 1, rows.length);
      }
      return rows.length;
    },
  };
}

interface SealedRow {
  table: string;
  /** Column by which the row is found. */
  key: string;
  /** What it is sealed under. */
  field: string;
  sealed: Uint8Array;
}

/** Everything that a master key has sealed. */
async function sealedRows(client: Queryable): Promise<readonly SealedRow[]> {
  const secrets = await ask<{ name: string; sealed: Uint8Array }>(client, 'SELECT name, sealed FROM zveno.secret ORDER BY name');
  const keys = await ask<{ credential: string; sealed: Uint8Array }>(client, 'SELECT credential, sealed FROM zveno.signing_key ORDER BY credential');
  return [
    ...secrets.map(({ name, sealed }) => ({ table: 'zveno.secret', key: 'name', field: name, sealed })),
    ...keys.map(({ credential, sealed }) => ({ table: 'zveno.signing_key', key: 'credential', field: signingKeyField(credential), sealed })),
  ];
}

/** Needs no key. */
export async function listSecrets(client: Queryable): Promise<readonly SecretEntry[]> {
  return await ask<SecretEntry>(
    client,
    `SELECT name, version, to_char(set_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "setAt", set_by AS "setBy",
      to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "expiresAt" FROM zveno.secret ORDER BY name`,
  );
}

async function secretsExist(client: Queryable): Promise<boolean> {
  return (await ask(client, 'SELECT 1 FROM zveno.secret UNION ALL SELECT 1 FROM zveno.signing_key LIMIT 1')).length > 0;
}

async function sealedOf(client: Queryable, name: string): Promise<Uint8Array> {
  const [row] = await ask<{ sealed: Uint8Array }>(client, 'SELECT sealed FROM zveno.secret WHERE name = $1', [name]);
  if (row === undefined) throw failure('secret.unknown', { name });
  return row.sealed;
}

function checkSecret(name: string, text: string): void {
  if (!isReferenceName(name)) throw failure('secret.name', { name: name.slice(0, 80) });
  if (text === '') throw failure('secret.empty', { name });
  const limit = limits.secretBytes.value;
  if (Buffer.byteLength(text) > limit) throw failure('secret.tooLong', { name, limit });
}
