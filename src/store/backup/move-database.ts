/** The database goes to another server: copied through a file, compared, and only then given up at its old place. */
import { rm } from 'node:fs/promises';
import type { Log } from '../../core/ports.ts';
import { failure } from '../../core/failure.ts';
import type { Blobs } from '../blobs/disk.ts';
import { pauseInstance } from '../postgres/instance.ts';
import { migrate } from '../postgres/migrate.ts';
import { openSession, type ConnectionSettings } from '../postgres/pool.ts';
import { verify } from './archive-reader.ts';
import { differing, holdings } from './compare.ts';
import { makeBackup, type BackupProgress, type BackupReport } from './make-backup.ts';
import { restoreBackup } from './restore-backup.ts';

export interface MoveRequest {
  from: ConnectionSettings;
  to: ConnectionSettings;
  /** For messages: no password. */
  address: string;
  /** Where the copy lies on its way; it is removed at the end. */
  file: string;
  blobs: Blobs;
  product: string;
  log: Log;
  signal: AbortSignal;
  progress: BackupProgress;
}

/** No platform may run on either. Throws what backup and restore do, and `backup.differs`; the old database then still works. */
export async function moveDatabase(request: MoveRequest): Promise<BackupReport> {
  const { from, to, file, log } = request;
  // The copy is brought to the newest shape, so the original has to have it, too.
  await migrate(from, log);
  try {
    const made = await makeBackup({ ...request, database: from, blobs: null, keyId: null, key: null });
    await restoreBackup({ ...request, database: to, archive: await verify(file), pause: null });
    const [original, copy] = [await openSession(from, 'plain', log), await openSession(to, 'plain', log)];
    try {
      const tables = differing(await holdings(original), await holdings(copy));
      if (tables.length > 0) throw failure('backup.differs', { tables: tables.join(', ') });
      await pauseInstance(original, 'moved', null);
    } finally {
      await Promise.all([original.close(), copy.close()]);
    }
    return made;
  } finally {
    await rm(file, { force: true });
  }
}
