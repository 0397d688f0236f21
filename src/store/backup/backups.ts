/** Backups in a folder of their own below the data folder: made there, listed, read and removed. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupFile, Backups } from '../../core/backup.ts';
import type { Log } from '../../core/ports.ts';
import type { Blobs } from '../blobs/disk.ts';
import type { ConnectionSettings } from '../postgres/pool.ts';
import type { MasterKeyOptions } from '../secrets/master-key.ts';
import { checksumFileOf } from './archive-writer.ts';
import { keyForBackup } from './backup-key.ts';
import { freeBytes } from './backup-room.ts';
import { makeBackup } from './make-backup.ts';

export interface BackupPlace {
  /** Made when it is missing. */
  folder: string;
  database: ConnectionSettings;
  blobs: Blobs;
  masterKey: Pick<MasterKeyOptions, 'given' | 'file'>;
  product: string;
  log: Log;
  /** Free bytes of a folder's disk. */
  free?: (folder: string) => Promise<number>;
}

/** Of files that are backups: no name leads out of the folder. */
const nameRule = /^[a-z0-9][a-zA-Z0-9_-]{0,120}\.zveno$/;

export function createBackups({ folder, database, blobs, masterKey, product, log, free = freeBytes }: BackupPlace): Backups {
  const find = async (name: string): Promise<BackupFile | null> => {
    if (!nameRule.test(name)) return null;
    const file = join(folder, name);
    const found = await lstat(file).catch(missing);
    return found?.isFile() === true ? { name, bytes: found.size, madeAt: found.mtime.toISOString(), sha256: await checksumOf(file) } : null;
  };
  return {
    find,
    list: async () => {
      const names = (await readdir(folder).catch(missing)) ?? [];
      const files = await Promise.all(names.map(find));
      return files.filter((file) => file !== null).sort((left, right) => (left.madeAt < right.madeAt ? 1 : -1));
    },
    read: async (name, range) => {
      const handle = await open(join(folder, nameRule.test(name) ? name : ''), constants.O_RDONLY | constants.O_NOFOLLOW);
      return handle.createReadStream({ highWaterMark: 256 * 1024, ...(range === undefined ? {} : { start: range.from, end: range.to }) });
    },
    remove: async (name) => {
      if ((await find(name)) === null) return false;
      await rm(join(folder, name), { force: true });
      await rm(checksumFileOf(join(folder, name)), { force: true });
      return true;
    },
    keyUnder: (passphrase) => keyForBackup(masterKey, passphrase),
    write: async ({ name, key, signal, progress }) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const whole = await find(name);
      if (whole !== null) return whole;
      await removeUnfinished(folder, name);
      const reached = { tables: 0, bodies: 0, of: 0 };
      await makeBackup({
        database, blobs, file: join(folder, name), checksumFile: true, product, ...key, log, signal,
        free: () => free(folder),
        progress: (step) => {
          if (step.kind === 'table') [reached.tables, reached.of] = [step.done, step.of];
          else [reached.bodies, reached.of] = [step.done, reached.tables + step.of];
          progress(reached.tables + reached.bodies, reached.of);
        },
      });
      const made = await find(name);
      if (made === null) throw new Error('a backup is gone as soon as it was made');
      return made;
    },
  };
}

/** What a killed node left of this one, and of others that nobody has touched for long. */
async function removeUnfinished(folder: string, name: string): Promise<void> {
  const longAgo = Date.now() - 3_600_000;
  for (const other of await readdir(folder)) {
    if (!/^backup-.*\.unfinished$/.test(other)) continue;
    const found = await lstat(join(folder, other)).catch(missing);
    if (found?.isFile() === true && (other.startsWith(`${name}.`) || found.mtimeMs < longAgo)) await rm(join(folder, other), { force: true });
  }
}

async function checksumOf(file: string): Promise<string | null> {
  const text = await readFile(checksumFileOf(file), 'utf8').catch(missing);
  return /^([0-9a-f]{64}) {2}/.exec(text ?? '')?.[1] ?? null;
}

function missing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
