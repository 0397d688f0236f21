/** Writes a backup's file beside its final name, which it gets only when it is complete and on the disk. */
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { pack } from 'tar-stream';
import { failure } from '../../core/failure.ts';
import { syncFolder, writeDurably } from '../durable-file.ts';
import { names, type Contents } from './archive.ts';

/** What is written at once: smaller pieces cost more for the way than for the work. */
const pieceBytes = 256 * 1024;
/** The fastest level: on rows and bodies alike a higher one takes four times the work and saves nothing worth it. */
const compression = { chunkSize: pieceBytes, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface WrittenArchive {
  bytes: number;
  /** Of the whole file, in hexadecimal digits. */
  sha256: string;
}

export interface ArchiveOptions {
  /** Puts the file's SHA-256 beside it, as `sha256sum` writes it, before the file has its name. */
  checksumFile?: boolean;
}

export const checksumFileOf = (file: string): string => `${file}.sha256`;

export class ArchiveWriter {
  readonly #file: string;
  readonly #options: ArchiveOptions;
  readonly #unfinished: string;
  readonly #pack = pack();
  readonly #written: Promise<void>;
  readonly #digest = createHash('sha256');
  #bytes = 0;
  readonly #members: Record<string, { bytes: number; sha256: string }> = {};

  /** Throws `backup.exists`: a backup is never written over. */
  static async create(file: string, options: ArchiveOptions = {}): Promise<ArchiveWriter> {
    if (await isThere(file)) throw failure('backup.exists', { file });
    return new ArchiveWriter(file, options);
  }

  private constructor(file: string, options: ArchiveOptions) {
    this.#file = file;
    this.#options = options;
    // Its own name: whoever was killed at the same work left another.
    this.#unfinished = `${file}.${randomBytes(4).toString('hex')}.unfinished`;
    const counted = async function* (this: ArchiveWriter, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of source) {
        this.#digest.update(piece);
        this.#bytes += piece.length;
        yield piece;
      }
    };
    this.#written = pipeline(this.#pack, createZstdCompress(compression), counted.bind(this), createWriteStream(this.#unfinished, { mode: 0o600, highWaterMark: pieceBytes }));
    // Whoever writes next is told; nobody waits for this promise before the end.
    this.#written.catch(() => undefined);
  }

  /** `bytes` is the exact length of what `source` gives. Resolves with its SHA-256. Throws `backup.noSpace`. */
  async add(name: string, source: Uint8Array | AsyncIterable<Uint8Array>, bytes: number): Promise<string> {
    const hash = createHash('sha256');
    const entry = this.#pack.entry({ name, size: bytes, mode: 0o600 });
    const write = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of source instanceof Uint8Array ? [source] : source) {
        hash.update(piece);
        yield piece;
      }
    };
    await this.#orFull(Promise.race([pipeline(write, entry), this.#written.then(() => Promise.reject(new Error('the archive was closed')))]));
    const sha256 = hash.digest('hex');
    this.#members[name] = { bytes, sha256 };
    return sha256;
  }

  async addJson(name: string, value: unknown): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
    await this.add(name, bytes, bytes.length);
  }

  /** The contents, the end, the disk, the name. */
  async finish(contents: Omit<Contents, 'members'>): Promise<WrittenArchive> {
    await this.addJson(names.contents, { members: this.#members, ...contents } satisfies Contents);
    this.#pack.finalize();
    await this.#orFull(this.#written);
    await synced(this.#unfinished);
    if (await isThere(this.#file)) throw failure('backup.exists', { file: this.#file });
    const written = { bytes: this.#bytes, sha256: this.#digest.digest('hex') };
    if (this.#options.checksumFile === true) await writeDurably(checksumFileOf(this.#file), `${written.sha256}  ${basename(this.#file)}\n`, 0o600);
    await rename(this.#unfinished, this.#file);
    await syncFolder(dirname(this.#file));
    return written;
  }

  /** Nothing of it stays. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#written.catch(() => undefined);
    await rm(this.#unfinished, { force: true });
  }

  /** A full disk has a name of its own. */
  async #orFull<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!isFull(error)) throw error;
      throw failure('backup.noSpace', { folder: dirname(this.#file), needed: this.#bytes, free: 0 }, { cause: error });
    }
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

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
