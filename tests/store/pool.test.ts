import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReaders, openSession, unavailable, type Readers } from '../../src/store/postgres/pool.ts';
import { quietLog, testDatabase, type TestDatabase } from './test-store.ts';

let database: TestDatabase;
let readers: Readers;
beforeAll(async () => {
  database = await testDatabase();
  readers = openReaders(database.settings, quietLog);
});
afterAll(async () => {
  await readers.close();
  await database.drop();
});

test('what JavaScript would round comes as exact text, instants as UTC with microseconds', async () => {
  const { rows } = await readers.query({
    text: `SELECT 9007199254740993::bigint AS int8, 0.1234567890123456789::numeric AS numeric, '2026-02-28'::date AS date, '2026-11-22 12:10:22.5+03'::timestamptz AS instant,
      '2026-11-22 12:10:22+00'::timestamptz AS whole, '2026-01-01 00:00:00.000001'::timestamp AS local, ARRAY[9007199254740993]::bigint[] AS ints, ARRAY[1.10, NULL]::numeric[] AS numbers,
      ARRAY['2026-11-22 12:10:22.5+03', NULL]::timestamptz[] AS instants, 'infinity'::timestamptz AS never, 7 AS int4, true AS yes`,
    values: [],
  });
  expect(rows).toEqual([
    {
      int8: '9007199254740993',
      numeric: '0.1234567890123456789',
      date: '2026-02-28',
      instant: '2026-11-22T09:10:22.500000Z',
      whole: '2026-11-22T12:10:22.000000Z',
      local: '2026-01-01 00:00:00.000001',
      ints: ['9007199254740993'],
      numbers: ['1.10', null],
      instants: ['2026-11-22T09:10:22.500000Z', null],
      never: 'infinity',
      int4: 7,
      yes: true,
    },
  ]);
});

test('a connection that is lost between two statements of a transaction fails it, and the pool goes on', async () => {
  const lost = readers.transaction(async (client) => {
    const { rows } = await client.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid', values: [] });
    await database.sql('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.query({ text: 'SELECT 1', values: [] });
  });
  await expect(lost).rejects.toSatisfy((error) => unavailable(error) !== error);
  expect((await readers.query({ text: 'SELECT 1 AS one', values: [] })).rows).toEqual([{ one: 1 }]);
});

test('a transaction that fails leaves nothing, and one that is only looked at neither', async () => {
  const count = async (): Promise<unknown> => (await readers.query({ text: 'SELECT count(*) AS count FROM zveno.set_mark', values: [] })).rows;
  const before = await count();
  const insert = { text: 'INSERT INTO zveno.set_mark (id) VALUES (gen_random_uuid())', values: [] };
  await expect(
    readers.transaction(async (client) => {
      await client.query(insert);
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  await readers.rolledBack((client) => client.query(insert));
  expect(await count()).toEqual(before);
});

test('behind a BEGIN that failed nothing on a lane can write', async () => {
  const lane = await openSession(database.settings, 'lane', quietLog);
  const insert = { text: 'INSERT INTO zveno.set_mark (id) VALUES (gen_random_uuid())', values: [] };
  const answers = await lane.send([{ text: 'BEGIN READ WRONG', values: [] }, insert, { text: 'COMMIT', values: [] }]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(answers[1]).toMatchObject({ reason: { code: '25006' } });
  await lane.close();
});
