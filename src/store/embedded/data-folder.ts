/**
 * The platform's data folder: locked for one process, stamped with the format of what is in it.
 *
 *   lock, holder        who uses the folder
 *   zveno.json          the stamp
 *   passwords.json      of the database's two roles, 0600
 *   postgresql/         the database cluster, owned by the account that runs the server
 *   run/                its private socket, when the path is short enough
 */
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { failure } from '../../core/failure.ts';
import { writeDurably } from '../durable-file.ts';
import { folderFailure } from './folder-failure.ts';
import { lockFolder } from './folder-lock.ts';
import { barrierToEnter } from './reach.ts';
import { chooseServerUser, type ServerUser } from './server-user.ts';

/** Raised when what lies in the folder changes in a way that an older platform would misread. */
export const DATA_FORMAT = 1;

export interface DataFolder {
  readonly path: string;
  readonly clusterFolder: string;
  /** Stays with the data wherever it is moved; a running server is recognised by it. */
  readonly id: string;
  /** The account of the server process; undefined: the current one. */
  readonly user: ServerUser | undefined;
  release(): void;
}

export async function openDataFolder(given: string): Promise<DataFolder> {
  const path = resolve(given);
  try {
    return await open(path);
  } catch (cause) {
    throw folderFailure(path, cause);
  }
}

async function open(path: string): Promise<DataFolder> {
  await makeFolder(path);
  await proveWritable(path);
  const clusterFolder = join(path, 'postgresql');
  const lock = lockFolder(path);
  try {
    const id = await readOrWriteStamp(path);
    const user = chooseServerUser(clusterFolder);
    await openTo(user, path);
    return { path, clusterFolder, id, user, release: () => lock.release() };
  } catch (cause) {
    lock.release();
    throw cause;
  }
}

/** Folders on the way that had to be made must let the server's account pass, whatever the mask of this process. */
async function makeFolder(path: string): Promise<void> {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, mode);
}

/** Before the lock is touched, so that a full disk and a read-only mount are told apart from a lock that is held. */
async function proveWritable(path: string): Promise<void> {
  const probe = join(path, `.probe-${randomUUID()}`);
  try {
    await writeFile(probe, Buffer.alloc(4096), { flag: 'wx' });
  } finally {
    await rm(probe, { force: true });
  }
}

async function readOrWriteStamp(path: string): Promise<string> {
  const file = join(path, 'zveno.json');
  const text = await readFile(file, 'utf8').catch(ignoreAbsent);
  if (text !== undefined) return readStamp(path, file, text);
  await refuseForeign(path);
  const id = randomUUID().replaceAll('-', '');
  await writeDurably(file, `${JSON.stringify({ product: 'zveno', format: DATA_FORMAT, id })}\n`, 0o644);
  return id;
}

function readStamp(path: string, file: string, text: string): string {
  const stamp = parseStamp(text);
  if (stamp === undefined) throw failure('store.stampUnreadable', { file });
  if (stamp.format > DATA_FORMAT) throw failure('store.newerFormat', { folder: path, found: stamp.format, supported: DATA_FORMAT });
  return stamp.id;
}

function parseStamp(text: string): { format: number; id: string } | undefined {
  let stamp: unknown;
  try {
    stamp = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof stamp !== 'object' || stamp === null || !('product' in stamp) || stamp.product !== 'zveno') return undefined;
  if (!('format' in stamp) || typeof stamp.format !== 'number' || !Number.isSafeInteger(stamp.format)) return undefined;
  if (stamp.format > DATA_FORMAT) return { format: stamp.format, id: '' }; // a newer stamp may have any other shape
  return 'id' in stamp && typeof stamp.id === 'string' && /^[0-9a-f]{32}$/.test(stamp.id) ? { format: stamp.format, id: stamp.id } : undefined;
}

/** Somebody else's database, directly or under our name for ours, is never taken over. */
async function refuseForeign(path: string): Promise<void> {
  const entries = await readdir(path);
  if (entries.includes('PG_VERSION') || entries.includes('postgresql')) throw failure('store.foreignFolder', { folder: path });
}

/** The server's account may pass through the folder, but not list it. */
async function openTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user === undefined) return;
  const { uid, mode } = await stat(path);
  if (uid === 0 || uid !== user.uid) await chmod(path, (mode & 0o777) | 0o011);
  const barrier = barrierToEnter(path, user);
  if (barrier !== undefined) throw failure('store.folderUnreachable', { folder: path, barrier, uid: user.uid });
}

/** Gives a path to the server's account; nothing to do when that is the current one. */
export async function giveTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

function ignoreAbsent(cause: unknown): undefined {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
  throw cause;
}
