/** What a running PostgreSQL tells about itself in `postmaster.pid`. Lines that are not written yet are undefined. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly socketFolder: string | undefined;
  readonly status: 'starting' | 'ready' | 'stopping' | undefined;
}

export async function readPostmasterFile(clusterFolder: string): Promise<PostmasterFile | 'absent' | 'unreadable'> {
  try {
    return parsePostmasterFile(await readFile(join(clusterFolder, 'postmaster.pid'), 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'absent';
    throw cause;
  }
}

/** A file cut short by a full disk or a crash is `unreadable`, never half believed. */
export function parsePostmasterFile(text: string): PostmasterFile | 'unreadable' {
  const lines = text.split('\n').map((line) => line.trim());
  // A standalone backend writes its pid as a negative number.
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isSafeInteger(pid) || pid === 0) return 'unreadable';
  const port = Number(lines[3]);
  return {
    pid,
    port: Number.isSafeInteger(port) && port > 0 ? port : undefined,
    socketFolder: lines[4] || undefined,
    status: statusOf(lines[7]),
  };
}

function statusOf(word: string | undefined): PostmasterFile['status'] {
  return word === 'starting' || word === 'ready' || word === 'stopping' ? word : undefined;
}
