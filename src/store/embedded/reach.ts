/** Whether another account can reach a path, by the mode bits of the path and every folder above it. Access lists only widen this, so "no" may be too careful, "yes" is right. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ServerUser } from './server-user.ts';

const READ = 4;
const ENTER = 1;

/** The nearest thing that keeps the account from reading the path: the path itself or a folder above it; undefined when nothing does. */
export function barrierToRead(path: string, user: ServerUser): string | undefined {
  return allows(path, user, READ) ? barrierToEnter(dirname(path), user) : path;
}

/** The nearest folder, from this one upwards, that the account may not pass through. */
export function barrierToEnter(path: string, user: ServerUser): string | undefined {
  for (let folder = path; ; folder = dirname(folder)) {
    if (!allows(folder, user, ENTER)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function allows(path: string, user: ServerUser, bit: number): boolean {
  const { mode, uid, gid } = statSync(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}
