/** The passwords of the database's two roles. They are drawn before the cluster exists, so an interrupted initialisation finds them again. */
import { randomBytes } from 'node:crypto';
import { chown, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure } from '../../core/failure.ts';
import { writeDurably } from '../durable-file.ts';

export interface Passwords {
  readonly superuser: string;
  readonly app: string;
}

const BYTES = 24;

/** `clusterExists` tells a first start from a lost file: new passwords would lock everybody out of an existing cluster. */
export async function readOrDrawPasswords(dataFolder: string, clusterExists: boolean): Promise<Passwords> {
  const file = join(dataFolder, 'passwords.json');
  const text = await readFile(file, 'utf8').catch(ignoreAbsent);
  if (text !== undefined) return parse(file, text);
  if (clusterExists) throw failure('store.passwordsLost', { file });
  const drawn = { superuser: randomBytes(BYTES).toString('base64url'), app: randomBytes(BYTES).toString('base64url') };
  await writeDurably(file, `${JSON.stringify(drawn)}\n`, 0o600);
  await giveToFolderOwner(file);
  return drawn;
}

function parse(file: string, text: string): Passwords {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw failure('store.passwordsLost', { file }); // The parser's message would quote the file.
  }
  if (typeof read !== 'object' || read === null || !('superuser' in read) || !('app' in read)) throw failure('store.passwordsLost', { file });
  const { superuser, app } = read;
  if (!isPassword(superuser) || !isPassword(app)) throw failure('store.passwordsLost', { file });
  return { superuser, app };
}

/** Only this alphabet may reach an SQL literal. */
const isPassword = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{16,128}$/.test(value);

/** Root at work in a user's folder leaves the file to that user. */
async function giveToFolderOwner(file: string): Promise<void> {
  const { uid, gid } = await stat(dirname(file));
  if (process.getuid?.() === 0 && uid !== 0) await chown(file, uid, gid);
}

function ignoreAbsent(cause: unknown): undefined {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
  throw cause;
}
