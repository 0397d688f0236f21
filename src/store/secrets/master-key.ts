/**
 * The master key: 32 bytes from ZVENO_MASTER_KEY, else from a file that only its owner may read.
 * The file is made on the first start. It lies outside the data folder, so that a copied database opens no secret.
 */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure, failure } from '../../core/failure.ts';
import { syncFolder, writeSynced } from '../durable-file.ts';

export interface MasterKey {
  /** Eight bytes that name the key and tell nothing about it. */
  readonly id: Uint8Array;
  /** The key that wraps data keys; derived, so that the master key itself touches no data. */
  readonly wrapping: Uint8Array;
  /** For messages: the variable's name or the file's path. */
  readonly where: string;
}

export interface MasterKeyOptions {
  /** Value of ZVENO_MASTER_KEY; undefined or empty reads the file. */
  given: string | undefined;
  file: string;
  /** Whether the database holds secrets already: then a missing key is a loss and no new one is drawn. */
  readonly secretsExist: () => Promise<boolean>;
}

const variable = 'ZVENO_MASTER_KEY';
const keyBytes = 32;

/** The key as it is written, and where; undefined when there is none. Throws what `openMasterKeys` does of a key that cannot be read. */
export async function writtenMasterKey({ given, file }: Pick<MasterKeyOptions, 'given' | 'file'>): Promise<{ text: string; where: string } | undefined> {
  if (given !== undefined && given !== '') return { text: given, where: variable };
  const text = await readKeyFile(file);
  return text === undefined ? undefined : { text, where: file };
}

/**
 * The keys, the one that seals first; while the master key is being changed the one before it follows and still opens.
 * Throws `secret.keyMissing`, `secret.keyFormat`, `secret.keyPermissions` or `secret.keyFile`.
 */
export async function openMasterKeys(options: MasterKeyOptions): Promise<readonly MasterKey[]> {
  const written = await writtenMasterKey(options);
  return written === undefined ? masterKeysFrom(await drawKeyFile(options), options.file) : masterKeysFrom(written.text, written.where);
}

/** Several are parted by commas or white space. */
export function masterKeysFrom(text: string, where: string): readonly MasterKey[] {
  const written = text.split(/[\s,]+/).filter((part) => part !== '');
  return (written.length === 0 ? [''] : written).map((part) => masterKeyFrom(part, where));
}

/** A new key before those in the file, durable before it is used: whoever reads the file opens both old and new. Returns all, the new one first. */
export async function addKeyToFile(file: string): Promise<readonly MasterKey[]> {
  const before = await readKeyFile(file);
  if (before === undefined) throw failure('secret.keyMissing', { where: file });
  await replaceKeyFile(file, `${randomBytes(keyBytes).toString('base64')}\n${before}`);
  return masterKeysFrom((await readKeyFile(file)) ?? '', file);
}

export const keysInFile = async (file: string): Promise<number> => ((await readKeyFile(file)) ?? '').split(/[\s,]+/).filter((part) => part !== '').length;

/** Leaves the first key; the others go to a file beside it, for backups that were made under them. Returns that file's name, or null. */
export async function keepFirstKeyInFile(file: string): Promise<string | null> {
  const [first, ...others] = ((await readKeyFile(file)) ?? '').split(/[\s,]+/).filter((part) => part !== '');
  if (first === undefined || others.length === 0) return null;
  const aside = `${file}.before-${Buffer.from(masterKeyFrom(first, file).id).toString('hex')}`;
  try {
    await writeSynced(aside, `${others.join('\n')}\n`, 0o600);
  } catch (error) {
    // Set aside by a run that was cut short right after.
    if (codeOf(error) !== 'EEXIST') throw failure('secret.keyFile', { where: aside, detail: textOf(error) }, { cause: error });
  }
  await replaceKeyFile(file, `${first}\n`);
  return aside;
}

async function replaceKeyFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeSynced(temporary, text, 0o600);
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw failure('secret.keyFile', { where: file, detail: textOf(error) }, { cause: error });
  }
}

/** 64 hexadecimal digits, or base64 of 32 bytes with either alphabet. */
export function masterKeyFrom(text: string, where: string): MasterKey {
  const written = text.trim();
  const bytes = /^[0-9a-fA-F]{64}$/.test(written) ? Buffer.from(written, 'hex') : /^[\w+/-]{43}=?$/.test(written) ? Buffer.from(written, 'base64') : Buffer.alloc(0);
  if (bytes.length !== keyBytes) throw failure('secret.keyFormat', { where });
  const id = createHmac('sha256', bytes).update('zveno master key id').digest().subarray(0, 8);
  return { id, wrapping: new Uint8Array(hkdfSync('sha256', bytes, '', 'zveno secret wrapping', keyBytes)), where };
}

/** Undefined when there is no file. The mode is asked of the open file, so that it cannot be exchanged in between. */
async function readKeyFile(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      const { mode, uid } = await handle.stat();
      const own = process.getuid?.();
      const foreign = own !== undefined && own !== 0 && uid !== own;
      if ((mode & 0o077) !== 0 || foreign) throw failure('secret.keyPermissions', { where: file, mode: (mode & 0o777).toString(8).padStart(4, '0') });
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw failure('secret.keyFile', { where: file, detail: textOf(error) }, { cause: error });
  }
}

/** Durable before it is used: a key lost after its first secret would lose the secret. Of two first starts one wins. */
async function drawKeyFile({ file, secretsExist }: MasterKeyOptions): Promise<string> {
  if (await secretsExist()) throw failure('secret.keyMissing', { where: file });
  return writeKeyFile(file, `${randomBytes(keyBytes).toString('base64')}\n`);
}

/** A file that is there already wins; returns what the file says. */
export async function writeKeyFile(file: string, drawn: string): Promise<string> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeSynced(temporary, drawn, 0o600);
    await link(temporary, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    await rm(temporary);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw failure('secret.keyFile', { where: file, detail: textOf(error) }, { cause: error });
  }
  return (await readKeyFile(file)) ?? drawn;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
