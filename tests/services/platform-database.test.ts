import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { isAlive, until } from '../embedded/scene.ts';
import { withPlatformDatabase } from './platform-database.ts';
import { testFolder } from './test-folder.ts';

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the shared platform database', { timeout: 60_000 }, () => {
  it('gives each caller an empty database of its own that its role can change', async () => {
    await using one = await withPlatformDatabase();
    await using two = await withPlatformDatabase();
    await query(one.url, 'CREATE TABLE mark (n int)');
    expect(await query(one.url, `SELECT to_regclass('mark')::text AS found`)).toEqual([{ found: 'mark' }]);
    expect(await query(two.url, `SELECT to_regclass('mark')::text AS found`)).toEqual([{ found: null }]);
    expect(await query(one.url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([{ rolsuper: false }]);
  });

  it('migrates once for callers that ask at the same time and clones the result', async () => {
    let migrations = 0;
    const migrate = async (url: string): Promise<void> => {
      migrations++;
      await query(url, 'CREATE TABLE migrated AS SELECT 42 AS n');
    };
    const key = `once ${crypto.randomUUID()}`;
    const databases = await Promise.all([1, 2, 3].map(() => withPlatformDatabase({ migrate, key })));
    for (const database of databases) expect(await query(database.url, 'SELECT n FROM migrated')).toEqual([{ n: 42 }]);
    expect(migrations).toBe(1);
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('reports a failed migration and builds the template again for the next caller', async () => {
    const key = `again ${crypto.randomUUID()}`;
    await expect(withPlatformDatabase({ migrate: (url) => query(url, 'SELECT nonsense').then(() => undefined), key })).rejects.toThrow('nonsense');
    await using database = await withPlatformDatabase({ migrate: (url) => query(url, 'CREATE TABLE migrated ()').then(() => undefined), key });
    expect(await query(database.url, 'SELECT * FROM migrated')).toEqual([]);
  });

  it('drops the database even while somebody is connected', async () => {
    const database = await withPlatformDatabase();
    const client = new pg.Client(database.url);
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow();
    await client.end().catch(() => undefined);
  });

  it('says at once why it cannot be had', async () => {
    await elsewhere(async (folder) => {
      writeFileSync(join(folder, 'platform'), 'in the way');
      await expect(withPlatformDatabase()).rejects.toThrow('cannot be written');
    });
  });

  it('outlives a killed keeper, and ends when the last user has gone', async () => {
    await elsewhere(async () => {
      const first = await withPlatformDatabase();
      await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n');
      process.kill(keeperPid(), 'SIGKILL');
      const second = await withPlatformDatabase();
      expect(await query(first.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
      const server = Number(readFileSync(join(testFolder(), 'platform/postgresql/postmaster.pid'), 'utf8').split('\n')[0]);
      await second.drop();
      await until(() => !isAlive(keeperPid()) && !isAlive(server));
    });
  });
});

const keeperPid = (): number => Number(readFileSync(join(testFolder(), 'platform/holder'), 'utf8'));

/** A shared database of its own, so that the one of the other test files is left alone. */
async function elsewhere(work: (folder: string) => Promise<void>): Promise<void> {
  const before = process.env['ZVENO_TEST_FOLDER'];
  const base = mkdtempSync(join(tmpdir(), 'zv-keeper-'));
  chmodSync(base, 0o755);
  process.env['ZVENO_TEST_FOLDER'] = base;
  try {
    await work(testFolder());
  } finally {
    if (before === undefined) delete process.env['ZVENO_TEST_FOLDER'];
    else process.env['ZVENO_TEST_FOLDER'] = before;
    rmSync(base, { recursive: true, force: true });
  }
}
