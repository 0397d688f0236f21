/** The vault of secrets in PostgreSQL: rows of sealed bytes that only the master key opens. */
import { isReferenceName } from '../../core/configuration/reference.ts';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { SecretEntry, SecretVault } from '../../core/secret-vault.ts';
import { seal, unseal } from '../secrets/envelope.ts';
import { type MasterKey, type MasterKeyOptions, openMasterKey } from '../secrets/master-key.ts';
import { ask, type Database } from './configuration/database.ts';
import { nextRevision } from './configuration/publish.ts';
import type { Queryable } from './statement.ts';

/** Reads or makes the master key and proves that it opens what is stored. */
export async function openSecretVault(database: Database, key: Omit<MasterKeyOptions, 'secretsExist'>): Promise<SecretVault> {
  const master = await openMasterKey({ ...key, secretsExist: () => secretsExist(database) });
  const vault = secretVault(database, master);
  await vault.check();
  return vault;
}

export function secretVault(database: Database, master: MasterKey): SecretVault {
  return {
    reveal: async (name, use) => use(unseal(name, await sealedOf(database, name), master)),
    set: async (name, text, by) => {
      checkSecret(name, text);
      const sealed = seal(name, text, master);
      await database.transaction(async (client) => {
        await ask(
          client,
          `INSERT INTO zveno.secret AS old (name, version, sealed, set_by) VALUES ($1, 1, $2, $3)
           ON CONFLICT (name) DO UPDATE SET version = old.version + 1, sealed = excluded.sealed, set_by = excluded.set_by, set_at = clock_timestamp()`,
          [name, sealed, by],
        );
        await nextRevision(client, by, `secret ${name}`, null);
      });
    },
    seal: (name, text) => seal(name, text, master),
    unseal: (name, sealed) => unseal(name, sealed, master),
    list: () => listSecrets(database),
    check: async () => {
      const rows = await ask<{ name: string; sealed: Uint8Array }>(database, 'SELECT name, sealed FROM zveno.secret ORDER BY name');
      for (const { name, sealed } of rows) unseal(name, sealed, master);
    },
  };
}

/** Needs no key. */
export async function listSecrets(client: Queryable): Promise<readonly SecretEntry[]> {
  return await ask<SecretEntry>(
    client,
    `SELECT name, version, to_char(set_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "setAt", set_by AS "setBy" FROM zveno.secret ORDER BY name`,
  );
}

async function secretsExist(client: Queryable): Promise<boolean> {
  return (await ask(client, 'SELECT 1 FROM zveno.secret LIMIT 1')).length > 0;
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
