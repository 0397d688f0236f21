/** Writes a backup while the platform runs: one snapshot of the database, the bodies that it names, and the master key if asked. */
import type { Log } from '../../core/ports.ts';
import type { WrappedKey } from '../../core/backup-key.ts';
import { failure } from '../../core/failure.ts';
import { publicationKind } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import { housekeepingLock } from '../postgres/housekeeping.ts';
import { readInstance } from '../postgres/instance.ts';
import { openSession, sqlErrorOf, type ConnectionSettings, type Session } from '../postgres/pool.ts';
import type { Blobs } from '../blobs/disk.ts';
import { format, names, type Manifest, type Structure } from './archive.ts';
import { ArchiveWriter, type WrittenArchive } from './archive-writer.ts';
import { assertRoom, likelyBytes, type RoomAsked } from './backup-room.ts';
import { readStructure } from './structure.ts';

export interface BackupRequest extends RoomAsked {
  database: ConnectionSettings;
  /** Null: bodies stay where they are, as when only the database moves. */
  blobs: Blobs | null;
  checksumFile?: boolean;
  product: string;
  /** Id of the master key in hexadecimal digits; null where there are no secrets. */
  keyId: string | null;
  key: WrappedKey | null;
  log: Log;
  signal: AbortSignal;
  progress: BackupProgress;
}

/** What is being carried, for a person to watch. */
export type BackupProgress = (step: { kind: 'table'; table: string; rows: number; of: number; done: number } | { kind: 'blobs'; done: number; of: number }) => void;

export interface BackupReport extends WrittenArchive {
  manifest: Manifest;
  rows: number;
  tables: number;
  blobs: number;
}

/** Throws `backup.exists`, `backup.noSpace`, `backup.busy` when housekeeping or a publication does not end, `store.blobMissing`, `store.blobDamaged`; then there is no file. */
export async function makeBackup(request: BackupRequest): Promise<BackupReport> {
  const session = await openSession(request.database, 'plain', request.log);
  try {
    const writer = await ArchiveWriter.create(request.file, { checksumFile: request.checksumFile === true });
    try {
      return await write(session, writer, request);
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  } finally {
    await session.close(); // gives the lock back, too
  }
}

async function write(session: Session, writer: ArchiveWriter, request: BackupRequest): Promise<BackupReport> {
  await holdStill(session);
  const structure = await readStructure(session);
  const manifest = await readManifest(session, request);
  await assertRoom(request, await likelyBytes(session, request.blobs !== null));
  await writer.addJson(names.manifest, manifest);
  if (request.key !== null) await writer.addJson(names.key, request.key);
  await writer.addJson(names.structure, structure);
  const rows: Record<string, number> = {};
  for (const [done, table] of structure.tables.entries()) {
    request.signal.throwIfAborted();
    await assertRoom(request, 0);
    rows[table.name] = await writeTable(session, writer, table);
    request.progress({ kind: 'table', table: table.name, rows: rows[table.name] ?? 0, done: done + 1, of: structure.tables.length });
  }
  const blobs = await writeBlobs(session, writer, request);
  const written = await writer.finish({ rows, blobs });
  return { ...written, manifest, rows: Object.values(rows).reduce((sum, count) => sum + count, 0), tables: structure.tables.length, blobs };
}

/** One snapshot; no partition is dropped and no table changed while it is read. Whoever wants that waits, or says what he waits for. */
async function holdStill(session: Session): Promise<void> {
  try {
    await session.script(`SET lock_timeout = ${limits.backupLockMs.value}`);
    await session.query({ text: 'SELECT pg_advisory_lock($1)', values: [housekeepingLock] });
    await session.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await session.query<{ tables: string | null }>({
      text: `SELECT string_agg(n.nspname || '.' || c.relname, ', ') AS tables FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'zveno_data' AND c.relkind = 'r'`,
      values: [],
    });
    const tables = rows[0]?.tables ?? null;
    if (tables !== null) await session.script(`LOCK TABLE ${tables} IN ACCESS SHARE MODE`);
  } catch (error) {
    throw sqlErrorOf(error)?.code === '55P03' ? failure('backup.busy', {}, { cause: error }) : error;
  }
}

async function readManifest(session: Session, { product, keyId }: BackupRequest): Promise<Manifest> {
  const { rows } = await session.query<{ number: number; name: string; checksum: string }>({ text: 'SELECT number, name, checksum FROM zveno.migration ORDER BY number', values: [] });
  const now = await session.query<{ at: string }>({ text: `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`, values: [] });
  return { format, createdAt: now.rows[0]?.at ?? '', product, instance: await instanceOf(session), migrations: rows, keyId };
}

/** A database that is about to be brought to this version may not know yet who it is. */
async function instanceOf(session: Session): Promise<string | null> {
  const { rows } = await session.query<{ known: boolean }>({ text: "SELECT to_regclass('zveno.instance') IS NOT NULL AS known", values: [] });
  return rows[0]?.known === true ? (await readInstance(session)).id : null;
}

/**
 * Transaction numbers mean nothing in another cluster, and readers of changes would wait for them for years: there all of
 * these changes are older than any new one.
 */
const oldestTransaction = "'3'::xid8";

/** A publication that is under way reads the changes from such a number: elsewhere it begins again. */
const beginningOfPublications = `CASE WHEN kind = '${publicationKind}' THEN 'null' ELSE checkpoint END`;

const asElsewhere: Readonly<Record<string, string>> = { 'zveno.record_change xid': oldestTransaction, 'zveno.job checkpoint': beginningOfPublications };

async function writeTable(session: Session, writer: ArchiveWriter, table: Structure['tables'][number]): Promise<number> {
  const columns = table.columns.map((column) => {
    const expression = asElsewhere[`${table.name} ${column}`];
    return expression === undefined ? column : `${expression} AS ${column}`;
  });
  const source = session.copyOut(`COPY (SELECT ${columns.join(', ')} FROM ${table.name}) TO STDOUT`);
  let number = 0;
  for await (const chunk of chunksOf(source, limits.backupChunkBytes.value)) await writer.add(names.chunk(table.name, (number += 1)), chunk, chunk.length);
  return source.rowCount;
}

async function* chunksOf(source: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const piece of source) {
    waiting.push(piece);
    length += piece.length;
    if (length < bytes) continue;
    yield Buffer.concat(waiting);
    [waiting, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(waiting);
}

async function writeBlobs(session: Session, writer: ArchiveWriter, request: BackupRequest): Promise<number> {
  const { blobs, signal, progress } = request;
  if (blobs === null) return 0;
  const { rows } = await session.query<{ hash: string; size: string }>({ text: "SELECT encode(hash, 'hex') AS hash, size::text AS size FROM zveno.blob ORDER BY hash", values: [] });
  for (const [index, { hash, size }] of rows.entries()) {
    signal.throwIfAborted();
    if (index % 16 === 0) await assertRoom(request, 0);
    // None is collected while housekeeping waits for us, so one that is missing is a loss that has to be told.
    const found = await writer.add(names.blob(hash), await blobs.stream(hash), Number(size));
    if (found !== hash) throw failure('store.blobDamaged', { hash, file: 'blobs' });
    if (index % 25 === 24 || index === rows.length - 1) progress({ kind: 'blobs', done: index + 1, of: rows.length });
  }
  return rows.length;
}
