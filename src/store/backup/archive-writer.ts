/** Writes a backup's file beside its final name, which it gets only when it is complete and on the disk. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { pack } from 'tar-stream';
import { failure } from '../../core/failure.ts';
import { names, type Contents } from './archive.ts';

export class ArchiveWriter {
  readonly #file: string;
  readonly #unfinished: string;
  readonly #pack = pack();
  readonly #written: Promise<void>;
  readonly #members: Record<string, { bytes: number; sha256: string }> = {};

  /** Throws `backup.exists`: a backup is never written over. */
  static async create(file: string): Promise<ArchiveWriter> {
    if (await isThere(file)) throw failure('backup.exists', { file });
    return new ArchiveWriter(file);
  }

  private constructor(file: string) {
    this.#file = file;
    this.#unfinished = `${file}.unfinished`;
    this.#written = pipeline(this.#pack, createZstdCompress(), createWriteStream(this.#unfinished, { mode: 0o600 }));
    // Whoever writes next is told; nobody waits for this promise before the end.
    this.#written.catch(() => undefined);
  }

  /** `bytes` is the exact length of what `source` gives. Resolves with its SHA-256. */
  async add(name: string, source: Uint8Array | AsyncIterable<Uint8Array>, bytes: number): Promise<string> {
    const hash = createHash('sha256');
    const entry = this.#pack.entry({ name, size: bytes, mode: 0o600 });
    const write = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of source instanceof Uint8Array ? [source] : source) {
        hash.update(piece);
        yield piece;
      }
    };
    await Promise.race([pipeline(write, entry), this.#written.then(() => Promise.reject(new Error('the archive was closed')))]);
    const sha256 = hash.digest('hex');
    this.#members[name] = { bytes, sha256 };
    return sha256;
  }

  async addJson(name: string, value: unknown): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
    await this.add(name, bytes, bytes.length);
  }

  /** The contents, the end, the disk, the name. */
  async finish(contents: Omit<Contents, 'members'>): Promise<void> {
    await this.addJson(names.contents, { members: this.#members, ...contents } satisfies Contents);
    this.#pack.finalize();
    await this.#written;
    await synced(this.#unfinished);
    if (await isThere(this.#file)) throw failure('backup.exists', { file: this.#file });
    await rename(this.#unfinished, this.#file);
    await synced(dirname(this.#file));
  }

  /** Nothing of it stays. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#written.catch(() => undefined);
    await rm(this.#unfinished, { force: true });
  }
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isThere = (file: string): Promise<boolean> => stat(file).then(() => true, () => false);
