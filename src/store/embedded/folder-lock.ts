/**
 * One process per data folder. The lock is the kernel's lock on a file, taken through SQLite because Node offers no other way:
 * it dies with its holder, however that dies, and holds between containers that share the folder.
 * Nothing else may open the lock file in this process: closing any descriptor of it would drop the lock.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { failure } from '../../core/failure.ts';

const SQLITE_BUSY = 5;

export interface FolderLock {
  release(): void;
}

/** Throws `store.inUse`, naming the holder, when another process (or another part of this one) has the folder. */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); // No second file that a killed holder would leave.
  } catch (cause) {
    database.close();
    if (isBusy(cause)) throw failure('store.inUse', { folder, pid: holderOf(folder) }, { cause });
    throw cause;
  }
  try {
    writeFileSync(join(folder, 'holder'), `${process.pid}\n`, { mode: 0o644 });
  } catch (cause) {
    database.close();
    throw cause;
  }
  return { release: () => database.close() };
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY;
}

/** Only for the text to a person; the lock itself never depends on it. */
function holderOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'holder'), 'utf8').trim() || '?';
  } catch {
    return '?';
  }
}
