/** A private folder for the server's socket. The kernel allows about 107 bytes for the whole path, so a deep data folder needs one elsewhere. */
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure } from '../../core/failure.ts';
import { giveTo, type DataFolder } from './data-folder.ts';
import { barrierToEnter } from './reach.ts';

/** What remains of the kernel's limit after `/.s.PGSQL.65535.lock`. */
const FOLDER_BYTES = 107 - 21;

export async function makeSocketFolder(folder: DataFolder): Promise<string> {
  const path = chooseSocketFolder(folder, await shortBase(folder));
  await mkdir(path, { mode: 0o700 }).catch(ignoreExisting);
  await refuseTrap(path, folder);
  await giveTo(folder.user, path);
  await chmod(path, 0o700);
  return path;
}

export function chooseSocketFolder(folder: Pick<DataFolder, 'path' | 'id'>, base: string): string {
  const beside = join(folder.path, 'run');
  return Buffer.byteLength(beside) <= FOLDER_BYTES ? beside : join(base, `zveno-${folder.id.slice(0, 16)}`);
}

/** Stale sockets and their locks would name a foreign live process after a reboot; the caller has proved that no server of ours runs. */
export async function clearSocketFolder(path: string, port: number): Promise<void> {
  await rm(join(path, `.s.PGSQL.${port}`), { force: true });
  await rm(join(path, `.s.PGSQL.${port}.lock`), { force: true });
}

/** Of the usual places, the first that is short and that the server's account can enter. */
async function shortBase({ user }: DataFolder): Promise<string> {
  const runtime = process.getuid?.() === 0 ? '/run' : process.env['XDG_RUNTIME_DIR'];
  for (const base of [runtime, tmpdir(), '/tmp']) {
    if (base === undefined || Buffer.byteLength(base) > FOLDER_BYTES - 'zveno-0123456789abcdef'.length - 1) continue;
    if ((await lstat(base).catch(() => undefined))?.isDirectory() === true && (user === undefined || barrierToEnter(base, user) === undefined)) return base;
  }
  return '/tmp';
}

/** In a shared folder anybody may have taken the name before: only a real folder of our own account will do. */
async function refuseTrap(path: string, { path: dataFolder, user }: DataFolder): Promise<void> {
  const found = await lstat(path);
  const owners = [process.getuid?.(), user?.uid];
  if (!found.isDirectory() || !owners.includes(found.uid)) throw failure('store.socketFolderTaken', { folder: dataFolder, path });
}

function ignoreExisting(cause: unknown): void {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
}
