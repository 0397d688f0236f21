import { afterAll, beforeAll, expect, test } from 'vitest';
import { isKeyLookup } from '../../src/store/postgres/records/key-lookup.ts';
import { shopTemplates } from '../../src/core/scenario/testing/shop-templates.ts';
import type { RecordQuery } from '../../src/core/query.ts';
import { openKeyReader, type KeyReader } from '../../src/store/postgres/key-reader.ts';
import { quietLog, testDatabase, type TestDatabase } from './test-store.ts';

let database: TestDatabase;
let keys: KeyReader;
beforeAll(async () => {
  database = await testDatabase();
  keys = openKeyReader(database.settings, quietLog);
});
afterAll(async () => {
  await keys.close();
  await database.drop();
});

const backend = async (): Promise<number | undefined> => (await keys.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid', values: [] })).rows[0]?.pid;

test('many look-ups at once are answered over one connection, each with its own answer', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => keys.query<{ n: number }>({ text: 'SELECT $1::int AS n', values: [n] })));
  expect(answers.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(await backend()).toBe(await backend());
});

test('a look-up that fails says why, and its neighbours are answered', async () => {
  const [good, bad, other] = await Promise.allSettled([
    keys.query({ text: 'SELECT 1 AS one', values: [] }),
    keys.query({ text: 'SELECT 1 / $1::int', values: [0] }),
    keys.query({ text: 'SELECT 2 AS two', values: [] }),
  ]);
  expect([good, other]).toMatchObject([{ value: { rows: [{ one: 1 }] } }, { value: { rows: [{ two: 2 }] } }]);
  expect(bad).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
});

test('a lost connection is replaced at the next look-up', async () => {
  const lost = await backend();
  await database.sql('SELECT pg_terminate_backend($1)', [lost]);
  await expect.poll(() => backend().catch(() => lost)).not.toBe(lost);
});

test('nothing can be written by a look-up', async () => {
  await expect(keys.query({ text: 'INSERT INTO zveno.set_mark (id) VALUES (gen_random_uuid())', values: [] })).rejects.toMatchObject({ code: '25006' });
});

const query = (more: Partial<RecordQuery>): Parameters<typeof isKeyLookup>[0] => ({ kind: 'query', query: { template: 'Order', sort: [], limit: 2, ...more } });
const byNumber = { op: 'eq', attribute: 'number', value: 'A-1' } as const;

test.each([
  ['by id', { kind: 'get', template: 'Order', id: 'x' }, true],
  ['by id with a list of links', { kind: 'get', template: 'Order', id: 'x', links: ['tags'] }, false],
  ['by a unique attribute', query({ filter: byNumber }), true],
  ['by a link and an attribute', query({ template: 'OrderLine', filter: { op: 'and', of: [{ op: 'eq', attribute: 'order', value: 'x' }, { op: 'eq', attribute: 'sku', value: 's' }] } }), true],
  ['by an attribute without an index', query({ filter: { op: 'eq', attribute: 'state', value: 'new' } }), false],
  ['by a range', query({ filter: { op: 'gt', attribute: 'number', value: 'A-1' } }), false],
  ['by an empty value', query({ filter: { op: 'eq', attribute: 'number', value: null } }), false],
  ['sorted', query({ filter: byNumber, sort: [{ attribute: 'number', descending: false }] }), false],
  ['counted', query({ filter: byNumber, count: true }), false],
  ['without a filter', query({}), false],
  ['of a template that is not there', query({ template: 'Nothing', filter: byNumber }), false],
] as const)('a read %s: is it a look-up by key?', (_name, request, expected) => {
  expect(isKeyLookup(request, shopTemplates())).toBe(expected);
});
