/** Whether the disk has room for a backup: a full one would stop the embedded database, too. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Queryable } from '../postgres/statement.ts';

export interface RoomAsked {
  /** Where the backup goes. */
  file: string;
  /** Free bytes there; absent: nobody asks. */
  free?: () => Promise<number>;
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws `backup.noSpace` unless there is room for as many bytes and what has to stay free besides. */
export async function assertRoom({ free, file }: RoomAsked, bytes: number): Promise<void> {
  if (free === undefined) return;
  const [found, needed] = [await free(), bytes + limits.backupReserveBytes.value];
  if (found < needed) throw failure('backup.noSpace', { folder: dirname(file), needed, free: found });
}

/** Bodies whole, since many are compressed already; of the tables a third, since rows and indexes compress well. */
export async function likelyBytes(session: Queryable, withBodies: boolean): Promise<number> {
  const { rows } = await session.query<{ tables: string; bodies: string }>({ text: "SELECT pg_database_size(current_database())::text AS tables, (SELECT coalesce(sum(size), 0) FROM zveno.blob)::text AS bodies", values: [] });
  const [row] = rows;
  return row === undefined ? 0 : Math.ceil(Number(row.tables) / 3) + (withBodies ? Number(row.bodies) : 0);
}
