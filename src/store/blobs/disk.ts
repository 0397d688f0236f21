/**
 * Bodies that are too large for a row, each in a file that is named by the SHA-256 of its content.
 * What `put` has returned survives a power cut: file and folder are synced before.
 */
import { createHash } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Random } from '../../core/ports.ts';
import { syncFolder } from '../durable-file.ts';

export interface Blobs {
  /** Stores the bytes unless they are there; returns their hash, 64 lower-case hexadecimal digits. */
  put(bytes: Uint8Array): Promise<string>;
  /** Throws `store.blobMissing`, or `store.blobDamaged` when the content is not what the hash says. */
  read(hash: string): Promise<Uint8Array>;
  /** Takes bytes as they come. The caller keeps what came, or drops it; both may be done in any order, the last word is `drop`. */
  take(chunks: AsyncIterable<Uint8Array>): Promise<Taken>;
  /** Throws `store.blobMissing`. What is sent may be a part, so it is not compared with the hash. */
  stream(hash: string, range?: { from: number; to: number }): Promise<AsyncIterable<Uint8Array>>;
  has(hash: string): Promise<boolean>;
  /** Removing what is not there is no error. */
  remove(hash: string): Promise<void>;
}

/** Bytes that have come and are synced, under no name of their own yet. */
export interface Taken {
  hash: string;
  size: number;
  /** Puts the content in its place unless it is there. */
  keep(): Promise<void>;
  drop(): Promise<void>;
}

/** The folder is made when it is missing. */
export async function openDiskBlobs(folder: string, random: Random): Promise<Blobs> {
  const incoming = join(folder, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
  await syncFolder(folder);
  await removeLeftovers(incoming);

  const has = async (hash: string): Promise<boolean> => {
    try {
      return (await stat(pathOf(folder, hash))).isFile();
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  };

  return {
    has,
    put: async (bytes) => {
      const hash = hashOf(bytes);
      if (await has(hash)) return hash;
      const temporary = join(incoming, Buffer.from(random.bytes(16)).toString('hex'));
      try {
        await writeSynced(temporary, bytes);
        await moveSynced(temporary, pathOf(folder, hash), folder);
      } catch (error) {
        await rm(temporary, { force: true });
        throw isFull(error) ? failure('store.noSpace', {}, { cause: error }) : error;
      }
      return hash;
    },
    take: async (chunks) => {
      const temporary = join(incoming, Buffer.from(random.bytes(16)).toString('hex'));
      const drop = (): Promise<void> => rm(temporary, { force: true });
      try {
        const { hash, size } = await writeAll(temporary, chunks);
        return {
          hash,
          size,
          // A link leaves the temporary file, so that it can be put in place again after a collector took it.
          keep: async () => {
            if (!(await has(hash))) await linkSynced(temporary, pathOf(folder, hash), folder);
          },
          drop,
        };
      } catch (error) {
        await drop();
        throw isFull(error) ? failure('store.noSpace', {}, { cause: error }) : error;
      }
    },
    stream: async (hash, range) => {
      try {
        const handle = await open(pathOf(folder, hash), 'r');
        return handle.createReadStream(range === undefined ? {} : { start: range.from, end: range.to });
      } catch (error) {
        throw isMissing(error) ? failure('store.blobMissing', { hash }, { cause: error }) : error;
      }
    },
    read: async (hash) => {
      const file = pathOf(folder, hash);
      let bytes: Uint8Array;
      try {
        bytes = await readFile(file);
      } catch (error) {
        throw isMissing(error) ? failure('store.blobMissing', { hash }, { cause: error }) : error;
      }
      if (hashOf(bytes) !== hash) throw failure('store.blobDamaged', { hash, file });
      return bytes;
    },
    remove: (hash) => rm(pathOf(folder, hash), { force: true }),
  };
}

/** What a killed node was taking; other nodes may be at work in the same folder, so only what nobody has touched for as long as an upload may last. */
async function removeLeftovers(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const file = join(incoming, name);
    const found = await stat(file).catch(() => null);
    if (found !== null && found.mtimeMs < Date.now() - limits.uploadMs.value) await rm(file, { force: true });
  }
}

/** Only a hash is ever made into a path, so no name can lead out of the folder. */
function pathOf(folder: string, hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw failure('store.blobMissing', { hash: hash.slice(0, 64) });
  return join(folder, hash.slice(0, 2), hash.slice(2));
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(file: string, chunks: AsyncIterable<Uint8Array>): Promise<{ hash: string; size: number }> {
  const digest = createHash('sha256');
  let size = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const chunk of chunks) {
      digest.update(chunk);
      size += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { hash: digest.digest('hex'), size };
}

async function linkSynced(from: string, to: string, root: string): Promise<void> {
  const made = await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolder(root);
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await syncFolder(dirname(to));
}

async function moveSynced(from: string, to: string, root: string): Promise<void> {
  const made = await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolder(root);
  await rename(from, to);
  await syncFolder(dirname(to));
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
const isFull = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
