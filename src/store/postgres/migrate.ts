/**
 * Brings a database to the shape that this version of the platform needs. Each migration runs in its own
 * transaction and is recorded with the checksum of its text; whoever comes second waits and finds the work done.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import { makePartitions } from './partitions.ts';
import { openSession, sqlErrorOf, type ConnectionSettings, type Session } from './pool.ts';

export interface Migration {
  number: number;
  name: string;
  text: string;
}

/** Any number that nobody else locks in this database. */
const migrationLock = 7_310_004;

export const checksumOf = (migration: Migration): string => createHash('sha256').update(migration.text).digest('hex');

export const migrationTable = `CREATE SCHEMA IF NOT EXISTS zveno;
    CREATE TABLE IF NOT EXISTS zveno.migration (number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`;

export interface MigrationPlan {
  /** Those of this version unless told. */
  migrations?: readonly Migration[];
  /** Is waited for before the shape of a database that is in use is changed, by one node while others wait. What it throws leaves all as it is. */
  before?: ((last: Migration) => Promise<void>) | undefined;
}

/** Migrates to the newest shape and makes the partitions of the next days. Throws `store.newerVersion`, `store.migrationChanged`, `store.migrationBusy`, `store.migrationFailed`. */
export async function migrate(settings: ConnectionSettings, log: Log, plan: MigrationPlan = {}): Promise<void> {
  const session = await openSession(settings, 'plain', log);
  try {
    await lockMigrations(session);
    await run(session, plan.migrations ?? (await readMigrations()), plan.before, log);
    await makePartitions(session, limits.partitionDaysAhead.value);
  } finally {
    await session.close();
  }
}

/** The migrations in this folder, in the order of their numbers. */
export async function readMigrations(): Promise<Migration[]> {
  const folder = new URL('./migrations/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => /^\d{4}-.+\.sql$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ number: Number(name.slice(0, 4)), name, text: await readFile(new URL(name, folder), 'utf8') })));
}

export async function lockMigrations(session: Session): Promise<void> {
  await session.script(`SET lock_timeout = ${limits.migrationWaitMs.value}`);
  try {
    await session.query({ text: 'SELECT pg_advisory_lock($1)', values: [migrationLock] });
  } catch (error) {
    throw sqlErrorOf(error)?.code === '55P03' ? failure('store.migrationBusy', {}, { cause: error }) : error;
  }
  await session.script('RESET lock_timeout');
}

async function run(session: Session, migrations: readonly Migration[], before: MigrationPlan['before'], log: Log): Promise<void> {
  await session.script(migrationTable);
  const { rows } = await session.query<{ number: number; name: string; checksum: string }>({ text: 'SELECT number, name, checksum FROM zveno.migration', values: [] });
  const applied = new Map(rows.map((row) => [row.number, row]));
  const known = new Set(migrations.map((migration) => migration.number));
  for (const row of rows) if (!known.has(row.number)) throw failure('store.newerVersion', { migration: row.name });
  for (const migration of migrations) {
    const row = applied.get(migration.number);
    if (row !== undefined && row.checksum !== checksumOf(migration)) throw failure('store.migrationChanged', { migration: migration.name });
  }
  const pending = migrations.filter(({ number }) => !applied.has(number));
  const last = pending.at(-1);
  if (last !== undefined && applied.size > 0) await before?.(last);
  for (const migration of pending) {
    await apply(session, migration);
    log.info('store.migrated', { migration: migration.name });
  }
}

async function apply(session: Session, migration: Migration): Promise<void> {
  await session.script('BEGIN');
  try {
    await applyWithin(session, migration);
    await session.script('COMMIT');
  } catch (error) {
    if (!session.lost) await session.script('ROLLBACK');
    const detail = error instanceof Error ? error.message : String(error);
    throw failure('store.migrationFailed', { migration: migration.name, detail }, { cause: error });
  }
}

/** Within the transaction of the caller. */
export async function applyWithin(session: Session, migration: Migration): Promise<void> {
  await session.script(migration.text);
  await session.query({ text: 'INSERT INTO zveno.migration (number, name, checksum) VALUES ($1, $2, $3)', values: [migration.number, migration.name, checksumOf(migration)] });
}
