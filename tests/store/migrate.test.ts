import { afterEach, expect, test } from 'vitest';
import pg from 'pg';
import { withPlatformDatabase, type PlatformDatabase } from '../services/platform-database.ts';
import { migrate, readMigrations, type Migration } from '../../src/store/postgres/migrate.ts';
import { createPostgresStore } from '../../src/store/postgres/store.ts';
import { openDiskBlobs } from '../../src/store/blobs/disk.ts';
import { noCrashes, quietLog, realClock, realRandom, testBlobFolder } from './test-store.ts';
import { testRecords, testTemplates } from './test-records.ts';

let database: PlatformDatabase;
afterEach(() => database.drop());

const sql = async (text: string, url = database.url): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
};
const run = (migrations?: readonly Migration[]): Promise<void> => migrate(database.connection, quietLog, migrations === undefined ? {} : { migrations });

test('two nodes that migrate an empty database at once both succeed, and each migration ran once', async () => {
  database = await withPlatformDatabase();
  await Promise.all([run(), run(), run()]);
  const migrations = await readMigrations();
  expect(await sql('SELECT name FROM zveno.migration ORDER BY number')).toEqual(migrations.map(({ name }) => ({ name })));
});

test('migrating again changes nothing', async () => {
  database = await withPlatformDatabase();
  await run();
  const before = await sql('SELECT number, checksum, applied_at::text FROM zveno.migration ORDER BY number');
  await run();
  expect(await sql('SELECT number, checksum, applied_at::text FROM zveno.migration ORDER BY number')).toEqual(before);
});

test('a migration that fails leaves nothing of itself, and the ones before it stay', async () => {
  database = await withPlatformDatabase();
  const known = await readMigrations();
  const broken: Migration = { number: 9000, name: '9000-broken.sql', text: 'CREATE TABLE zveno.half (id int); SELECT 1/0;' };
  await expect(run([...known, broken])).rejects.toMatchObject({ code: 'store.migrationFailed', parameters: { migration: '9000-broken.sql', detail: 'division by zero' } });
  expect(await sql("SELECT to_regclass('zveno.half') AS half, to_regclass('zveno.message') IS NOT NULL AS message")).toEqual([{ half: null, message: true }]);
  await run([...known, { ...broken, text: 'CREATE TABLE zveno.half (id int)' }]);
});

test('what has to be done before the shape changes is done once, by one of several nodes, not for an empty database, and its failure leaves all as it is', async () => {
  database = await withPlatformDatabase();
  const known = await readMigrations();
  const asked: string[] = [];
  const upgrade = (text: string, before = async ({ name }: Migration): Promise<void> => void asked.push(name)): Promise<void> => migrate(database.connection, quietLog, { migrations: [...known, { number: 9000, name: '9000-new.sql', text }], before });
  await migrate(database.connection, quietLog, { before: () => Promise.reject(new Error('nothing is there to be kept')) });
  await expect(upgrade('CREATE TABLE zveno.later (id int)', () => Promise.reject(new Error('no space')))).rejects.toThrow('no space');
  expect(await sql("SELECT to_regclass('zveno.later') AS later")).toEqual([{ later: null }]);
  await Promise.all([upgrade('CREATE TABLE zveno.later (id int)'), upgrade('CREATE TABLE zveno.later (id int)')]);
  expect(asked).toEqual(['9000-new.sql']);
});

test('a database of a newer version, or one with another history, is refused', async () => {
  database = await withPlatformDatabase();
  const known = await readMigrations();
  await run([...known, { number: 9000, name: '9000-future.sql', text: 'CREATE TABLE zveno.future (id int)' }]);
  await expect(run()).rejects.toMatchObject({ code: 'store.newerVersion', parameters: { migration: '9000-future.sql' } });
  await sql('DELETE FROM zveno.migration WHERE number = 9000');
  await sql("UPDATE zveno.migration SET checksum = 'x' WHERE number = 1");
  await expect(run()).rejects.toMatchObject({ code: 'store.migrationChanged' });
});

test('a database that answers before its commits are durable is refused', async () => {
  database = await withPlatformDatabase();
  await run();
  const name = database.connection.database;
  await sql(`ALTER DATABASE ${name} SET synchronous_commit = off`, database.superuserUrl);
  const blobs = await openDiskBlobs(await testBlobFolder(), realRandom);
  const open = () =>
    createPostgresStore({ connection: database.connection, records: testRecords, templates: () => testTemplates, blobs, clock: realClock, random: realRandom, log: quietLog, crashPoints: noCrashes });
  await expect(open()).rejects.toMatchObject({ code: 'store.notDurable', parameters: { setting: 'synchronous_commit' } });
  await sql(`ALTER DATABASE ${name} RESET synchronous_commit`, database.superuserUrl);
  await (await open()).close();
});

test('a database that cannot be reached is told as unavailable', async () => {
  database = await withPlatformDatabase();
  const blobs = await openDiskBlobs(await testBlobFolder(), realRandom);
  const connection = { ...database.connection, port: 1 };
  await expect(
    createPostgresStore({ connection, records: testRecords, templates: () => testTemplates, blobs, clock: realClock, random: realRandom, log: quietLog, crashPoints: noCrashes }),
  ).rejects.toMatchObject({ code: 'store.unavailable' });
});
