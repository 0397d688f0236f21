/** Files that a service needs and that are fetched once: kept under `.zveno/services`, checked by their hash at every use. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { projectFolder } from './test-folder.ts';
import { Unavailable } from './service.ts';

export interface Download {
  readonly url: string;
  readonly sha256: string;
  readonly signal: AbortSignal;
  /** Where it is kept; the checkout's own folder unless told. */
  readonly folder?: string;
}

/** The path of the whole file. Several processes may ask at once: each fetches beside and renames, so nobody sees a part. */
export async function cachedDownload({ url, sha256, signal, folder = join(projectFolder, '.zveno', 'services') }: Download): Promise<string> {
  const path = join(folder, `${sha256.slice(0, 16)}-${basename(new URL(url).pathname)}`);
  if ((await hashOf(path)) === sha256) return path;
  const beside = `${path}.${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  try {
    await fetchTo(beside, url, signal);
    const got = await hashOf(beside);
    if (got !== sha256) throw new Error(`${url} has the hash ${got}, not ${sha256}`);
    await rename(beside, path);
    return path;
  } finally {
    await rm(beside, { force: true });
  }
}

async function fetchTo(path: string, url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new Unavailable(`${url} cannot be fetched`, { cause });
  });
  if (!response.ok || response.body === null) throw new Unavailable(`${url} answers ${response.status}`);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(path, { flags: 'wx' }), { signal });
}

async function hashOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}
