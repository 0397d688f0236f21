/** Turns the operating system's refusal to use the data folder into a Failure that says which folder and what to do. */
import { failure, Failure } from '../../core/failure.ts';

const SQLITE_FULL = 13;
/** SQLite's own words for a file it may not open or write: perm, read-only, I/O error, cannot open. */
const SQLITE_REFUSED: readonly unknown[] = [3, 8, 10, 14];

export function folderFailure(folder: string, cause: unknown): unknown {
  if (cause instanceof Failure || !(cause instanceof Error)) return cause;
  const code = 'code' in cause ? cause.code : undefined;
  const sqlite = 'errcode' in cause ? cause.errcode : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || sqlite === SQLITE_FULL) return failure('store.diskFull', { folder }, { cause });
  if (isRefusal(code) || SQLITE_REFUSED.includes(sqlite)) return failure('store.folderUnwritable', { folder, reason: cause.message }, { cause });
  return cause;
}

function isRefusal(code: unknown): boolean {
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG';
}
