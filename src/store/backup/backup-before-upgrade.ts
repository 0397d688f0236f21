/** Before a newer version changes the shape of a database, the database is written to a file: an upgrade can be taken back. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../core/ports.ts';
import { limits } from '../../core/limits.ts';
import { readMigrations } from '../postgres/migrate.ts';
import { openSession, type ConnectionSettings } from '../postgres/pool.ts';
import { makeBackup } from './make-backup.ts';

export interface UpgradeRequest {
  database: ConnectionSettings;
  /** The file goes into its `backups/`; the newest few stay. */
  dataFolder: string;
  product: string;
  log: Log;
  signal: AbortSignal;
}

/** The file, or null when nothing has to be changed or there is nothing yet. Bodies and the master key stay where they are. */
export async function backupBeforeUpgrade({ database, dataFolder, product, log, signal }: UpgradeRequest): Promise<string | null> {
  const last = await lastOfPending(database, log);
  if (last === null) return null;
  const folder = join(dataFolder, 'backups');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `before-${last}.zveno`);
  // One that another node has just written will do.
  if ((await readdir(folder)).includes(`before-${last}.zveno`)) return null;
  log.info('backup.beforeUpgrade', { file });
  await makeBackup({ database, blobs: null, file, product, keyId: null, key: null, log, signal, progress: () => undefined });
  await removeOlder(folder);
  return file;
}

/** The name of the last migration that this version brings; null when the database is new or has them all. */
async function lastOfPending(database: ConnectionSettings, log: Log): Promise<string | null> {
  const session = await openSession(database, 'plain', log);
  try {
    const { rows } = await session.query<{ known: boolean }>({ text: "SELECT to_regclass('zveno.migration') IS NOT NULL AS known", values: [] });
    if (rows[0]?.known !== true) return null;
    const applied = await session.query<{ number: number }>({ text: 'SELECT number FROM zveno.migration', values: [] });
    const done = new Set(applied.rows.map(({ number }) => number));
    const pending = (await readMigrations()).filter(({ number }) => !done.has(number));
    return done.size === 0 ? null : (pending.at(-1)?.name.replace(/\.sql$/, '') ?? null);
  } finally {
    await session.close();
  }
}

async function removeOlder(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => /^before-\d{4}-.*\.zveno$/.test(name)).sort();
  for (const name of files.slice(0, -limits.upgradeBackups.value)) await rm(join(folder, name));
}
