import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { withPlatformDatabase } from './platform-database.ts';

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the shared platform database', () => {
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
});
