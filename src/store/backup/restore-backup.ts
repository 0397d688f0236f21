/** Makes a database of a backup: all of it in one transaction, or nothing. What was restored stands still until a person confirms it. */
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../core/ports.ts';
import { failure } from '../../core/failure.ts';
import type { PauseReason } from '../../core/instance.ts';
import type { Blobs } from '../blobs/disk.ts';
import { pauseInstance } from '../postgres/instance.ts';
import { applyWithin, checksumOf, lockMigrations, migrate, migrationTable, readMigrations, type Migration } from '../postgres/migrate.ts';
import { openSession, type ConnectionSettings, type Session } from '../postgres/pool.ts';
import type { Structure } from './archive.ts';
import { parts, type Archive, type Part } from './archive-reader.ts';
import type { BackupProgress } from './make-backup.ts';

export interface RestoreRequest {
  /** Verified. */
  archive: Archive;
  file: string;
  database: ConnectionSettings;
  /** For messages: no password. */
  address: string;
  blobs: Blobs;
  /** Null: it goes on where it was, as when it only moves. */
  pause: PauseReason | null;
  log: Log;
  signal: AbortSignal;
  progress: BackupProgress;
}

/** Returns how many bodies that the rows name are in neither the file nor the place of bodies. Throws `backup.targetNotEmpty`, `backup.newer`, `backup.damaged`; the database then is as it was. */
export async function restoreBackup(request: RestoreRequest): Promise<{ missingBlobs: number }> {
  const session = await openSession(request.database, 'plain', request.log);
  let missingBlobs = 0;
  try {
    await lockMigrations(session);
    await refuseLiveData(session, request.address);
    const { theirs, later } = await migrationsOf(request.archive);
    await session.script('BEGIN');
    try {
      await restore(session, theirs, request);
      for (const migration of later) await applyWithin(session, migration);
      await settle(session, request);
      await session.script('COMMIT');
      missingBlobs = await missing(session, request.blobs);
    } catch (error) {
      if (!session.lost) await session.script('ROLLBACK');
      throw error;
    }
  } finally {
    await session.close();
  }
  await migrate(request.database, request.log);
  return { missingBlobs };
}

/** A backup made before an upgrade has none: they are where they were. */
async function missing(session: Session, blobs: Blobs): Promise<number> {
  const { rows } = await session.query<{ hash: string }>({ text: "SELECT encode(hash, 'hex') AS hash FROM zveno.blob", values: [] });
  let count = 0;
  for (const { hash } of rows) if (!(await blobs.has(hash))) count += 1;
  return count;
}

/** A schema of ours, even one without a row, is somebody's database. */
async function refuseLiveData(session: Session, address: string): Promise<void> {
  const { rows } = await session.query<{ schema: string }>({ text: "SELECT nspname AS schema FROM pg_namespace WHERE nspname IN ('zveno', 'zveno_data')", values: [] });
  if (rows.length > 0) throw failure('backup.targetNotEmpty', { address });
}

/** Those that the backup's database had, and those that have come since. */
async function migrationsOf({ manifest }: Archive): Promise<{ theirs: readonly Migration[]; later: readonly Migration[] }> {
  const known = await readMigrations();
  const theirs = manifest.migrations.map(({ number, name, checksum }) => {
    const migration = known.find((one) => one.number === number);
    if (migration === undefined || checksumOf(migration) !== checksum) throw failure('backup.newer', { migration: name });
    return migration;
  });
  return { theirs, later: known.filter((migration) => !theirs.includes(migration)) };
}

async function restore(session: Session, migrations: readonly Migration[], request: RestoreRequest): Promise<void> {
  const { archive: { structure } } = request;
  await session.script(migrationTable);
  for (const migration of migrations) await applyWithin(session, migration);
  for (const { name, parent, bound } of await missingPartitions(session, structure)) await session.script(`CREATE TABLE ${name} PARTITION OF ${parent} ${bound}`);
  for (const { create } of structure.records) await session.script(create);
  await emptied(session, structure);
  await loadAll(session, request);
  for (const { rules } of structure.records) for (const rule of rules) await session.script(rule);
  for (const link of structure.links) await session.script(link);
  for (const { name, value } of structure.sequences) await session.query({ text: 'SELECT setval($1::regclass, $2)', values: [name, value] });
}

/** A copy is another instance, which stands still; what moves is the same one, at another place. */
async function settle(session: Session, { pause, archive: { manifest } }: RestoreRequest): Promise<void> {
  await session.query({ text: `UPDATE zveno.instance SET place = NULL, hardware = NULL, machine = NULL${pause === null ? '' : ', id = gen_random_uuid()'}`, values: [] });
  if (pause !== null) await pauseInstance(session, pause, manifest.createdAt);
}

async function missingPartitions(session: Session, { partitions }: Structure): Promise<Structure['partitions']> {
  const { rows } = await session.query<{ name: string }>({ text: "SELECT 'zveno.' || relname AS name FROM pg_class WHERE relnamespace = to_regnamespace('zveno')", values: [] });
  const there = new Set(rows.map(({ name }) => name));
  return partitions.filter(({ name }) => !there.has(name));
}

/** Migrations bring first rows, which are in the backup as well; triggers of our own would change what is loaded. */
async function emptied(session: Session, { tables }: Structure): Promise<void> {
  const filled: string[] = [];
  for (const { name } of tables) {
    const { rows } = await session.query<{ filled: boolean }>({ text: `SELECT EXISTS (SELECT 1 FROM ${name}) AS filled`, values: [] });
    if (rows[0]?.filled === true) filled.push(name);
    await session.script(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
  }
  if (filled.length > 0) await session.script(`TRUNCATE ${filled.join(', ')} CASCADE`);
}

async function loadAll(session: Session, { archive, file, blobs, signal, progress }: RestoreRequest): Promise<void> {
  const { structure: { tables }, contents } = archive;
  const loaded = new Set<string>();
  let stored = 0;
  for await (const part of parts(file)) {
    signal.throwIfAborted();
    if (part.kind === 'blob') {
      await restoreBlob(blobs, file, part);
      stored += 1;
      if (stored % 100 === 0 || stored === contents.blobs) progress({ kind: 'blobs', done: stored, of: contents.blobs });
      continue;
    }
    const table = tables.find(({ name }) => name === part.table);
    if (table === undefined || loaded.has(part.table)) throw failure('backup.damaged', { file, member: part.table });
    const target = session.copyIn(`COPY ${table.name} (${table.columns.join(', ')}) FROM STDIN`);
    await pipeline(part.pieces, target, { signal });
    if (target.rowCount !== contents.rows[table.name]) throw failure('backup.damaged', { file, member: table.name });
    loaded.add(table.name);
    progress({ kind: 'table', table: table.name, rows: target.rowCount, done: loaded.size, of: tables.length });
  }
  for (const { name } of tables) await session.script(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
}

/** As it comes: one may have gigabytes. */
async function restoreBlob(blobs: Blobs, file: string, { hash, pieces }: Extract<Part, { kind: 'blob' }>): Promise<void> {
  const taken = await blobs.take(pieces);
  try {
    if (taken.hash !== hash) throw failure('backup.damaged', { file, member: hash });
    await taken.keep();
  } finally {
    await taken.drop();
  }
}
