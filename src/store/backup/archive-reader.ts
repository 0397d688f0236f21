/** Reads a backup's file. Everything is checked before anything of it is used: `verify` first, `members` after. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { extract } from 'tar-stream';
import type { WrappedKey } from '../../core/backup-key.ts';
import { Failure, failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { format, memberOf, names, type Contents, type Manifest, type Structure } from './archive.ts';

export interface Archive {
  manifest: Manifest;
  key: WrappedKey | null;
  structure: Structure;
  contents: Contents;
}

interface Member {
  name: string;
  bytes: number;
  pieces: AsyncIterable<Uint8Array>;
}

/**
 * Reads all of the file and holds it against its own contents. Throws `backup.unreadable` for what is no backup or is cut
 * off, `backup.damaged` naming the member that is not as it was written, `backup.format` for that of a newer version.
 */
export async function verify(file: string): Promise<Archive> {
  const small = new Map<string, unknown>();
  const found = new Map<string, { bytes: number; sha256: string }>();
  for await (const member of members(file)) {
    if (small.has(names.contents)) throw failure('backup.damaged', { file, member: member.name });
    if (found.has(member.name) || memberOf(member.name) === undefined) throw failure('backup.damaged', { file, member: member.name.slice(0, 100) });
    const hash = createHash('sha256');
    const kept: Uint8Array[] = [];
    const isSmall = member.name.endsWith('.json');
    if (isSmall && member.bytes > limits.backupJsonBytes.value) throw failure('backup.damaged', { file, member: member.name });
    for await (const piece of member.pieces) {
      hash.update(piece);
      if (isSmall) kept.push(piece);
    }
    if (isSmall) small.set(member.name, jsonOf(file, member.name, Buffer.concat(kept)));
    if (member.name !== names.contents) found.set(member.name, { bytes: member.bytes, sha256: hash.digest('hex') });
    if (member.name === names.manifest) checkFormat(file, small.get(names.manifest));
  }
  const contents = small.get(names.contents);
  if (!isContents(contents) || !small.has(names.manifest) || !small.has(names.structure)) throw failure('backup.unreadable', { file, reason: 'it ends before its end' });
  compare(file, contents, found);
  // Written by ourselves: the checksums say that it is as it was written, and the format in which form.
  return { manifest: small.get(names.manifest) as Manifest, key: (small.get(names.key) as WrappedKey | undefined) ?? null, structure: small.get(names.structure) as Structure, contents };
}

export type Part = { kind: 'table'; table: string; pieces: AsyncIterable<Uint8Array> } | { kind: 'blob'; hash: string; pieces: AsyncIterable<Uint8Array> };

/** What has to be loaded, in its order: the rows of a table as one stream, whatever members they are cut into. Each part has to be read to its end. */
export async function* parts(file: string): AsyncGenerator<Part> {
  const source = members(file);
  let next = await source.next();
  const rowsOf = async function* (table: string): AsyncGenerator<Uint8Array> {
    while (next.done !== true && isChunkOf(table, next.value)) {
      yield* next.value.pieces;
      next = await source.next();
    }
  };
  while (next.done !== true) {
    const what = memberOf(next.value.name);
    if (what?.kind === 'chunk') yield { kind: 'table', table: what.table, pieces: rowsOf(what.table) };
    else {
      if (what?.kind === 'blob') yield { kind: 'blob', hash: what.hash, pieces: next.value.pieces };
      next = await source.next();
    }
  }
}

function isChunkOf(table: string, { name }: Member): boolean {
  const what = memberOf(name);
  return what?.kind === 'chunk' && what.table === table;
}

/** The members in their order; each has to be read to its end before the next. Whether the last one was there is for the reader to see. */
async function* members(file: string): AsyncGenerator<Member> {
  const entries = extract();
  const source = createReadStream(file);
  // What goes wrong on the way ends `entries`, and so is thrown by whoever reads them.
  pipeline(source, createZstdDecompress(), entries).catch(() => undefined);
  try {
    for await (const entry of told(file, entries)) {
      yield { name: entry.header.name, bytes: entry.header.size ?? 0, pieces: told(file, entry as AsyncIterable<Uint8Array>) }; // an entry gives buffers, though its type does not say so
      entry.resume();
    }
  } finally {
    source.destroy();
  }
}

/** No file, no zstd, no tar, cut off: the words of the libraries become ours. */
async function* told<T>(file: string, source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (cause) {
    throw cause instanceof Failure ? cause : failure('backup.unreadable', { file, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

function checkFormat(file: string, manifest: unknown): void {
  const found = typeof manifest === 'object' && manifest !== null && 'format' in manifest ? manifest.format : undefined;
  if (typeof found !== 'number') throw failure('backup.unreadable', { file, reason: 'it is no backup of Zveno' });
  if (found > format) throw failure('backup.format', { file, found, supported: format });
}

function compare(file: string, contents: Contents, found: ReadonlyMap<string, { bytes: number; sha256: string }>): void {
  for (const [member, { bytes, sha256 }] of Object.entries(contents.members)) {
    const one = found.get(member);
    if (one?.bytes !== bytes || one.sha256 !== sha256) throw failure('backup.damaged', { file, member });
  }
  const foreign = [...found.keys()].find((member) => !Object.hasOwn(contents.members, member));
  if (foreign !== undefined) throw failure('backup.damaged', { file, member: foreign });
}

function jsonOf(file: string, member: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw failure('backup.damaged', { file, member }, { cause });
  }
}

const isContents = (value: unknown): value is Contents => typeof value === 'object' && value !== null && 'members' in value && 'rows' in value && typeof value.members === 'object' && value.members !== null;
