/** Before a newer version changes the shape of a database, the database is written to a file: an upgrade can be taken back. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../../core/ports.ts';
import { limits } from '../../core/limits.ts';
import type { Migration } from '../postgres/migrate.ts';
import type { ConnectionSettings } from '../postgres/pool.ts';
import { makeBackup } from './make-backup.ts';

export interface UpgradeRequest {
  database: ConnectionSettings;
  /** The file goes into its `backups/`; the newest few stay. */
  dataFolder: string;
  product: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * For `migrate`, which asks it while no other node migrates. Bodies and the master key stay where they are. Each upgrade has a
 * file of its own, also one that is tried again: what has happened since the last try is in no earlier file.
 */
export function backupBeforeUpgrade({ database, dataFolder, product, clock, log, signal }: UpgradeRequest): (last: Migration) => Promise<void> {
  return async (last) => {
    const folder = join(dataFolder, 'backups');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, `before-${last.name.replace(/\.sql$/, '')}-${stamp(clock.wallMs())}.zveno`);
    log.info('backup.beforeUpgrade', { file });
    await makeBackup({ database, blobs: null, file, product, keyId: null, key: null, log, signal, progress: () => undefined });
    await removeOlder(folder);
  };
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:.]/g, '');

/** By the time in the name: numbers of migrations do not grow with time. Those of earlier versions have none and are the oldest. */
async function removeOlder(folder: string): Promise<void> {
  const made = (name: string): string => /-(\d{8}T\d{9}Z)\.zveno$/.exec(name)?.[1] ?? '';
  const files = (await readdir(folder)).filter((name) => /^before-\d{4}-.*\.zveno$/.test(name)).sort((one, other) => (made(one) < made(other) ? -1 : 1));
  for (const name of files.slice(0, -limits.upgradeBackups.value)) await rm(join(folder, name));
}
