import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MessageRow } from '../../src/core/effect-set.ts';
import type { PostgresStore } from '../../src/store/postgres/store.ts';
import { createCustomer, finished, freshId, messageRow, queuedRun, set, testDatabase, testStore, uuid, type TestDatabase } from './test-store.ts';

let database: TestDatabase;
let store: PostgresStore;
const now = Date.now();
let rows: MessageRow[];

beforeAll(async () => {
  database = await testDatabase();
  store = await testStore(database);
  const days = [1, 7, 30, 365] as const;
  rows = Array.from({ length: 20 }, (_, index) =>
    messageRow({
      id: freshId(days[index % 4], now - index * 1_000),
      state: index === 3 ? 'dead' : index === 5 ? 'failed' : 'done',
      direction: index % 5 === 0 ? 'out' : 'in',
      route: index % 2 === 0 ? 'even' : 'odd',
      keys: { order: `A-${index % 7}`, customer: 'C' },
      failure: index === 5 ? { code: 'store.unavailable', parameters: {}, next: { kind: 'fail' } } : null,
    }),
  );
  await store.commit(rows.map((row) => set({ message: { op: 'insert', row } })));
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const list = async (filter: Parameters<typeof store.journal.list>[0], limit = 100) => (await store.journal.list(filter, { limit })).messages.map((message) => message.id);
const where = (wanted: (row: MessageRow, index: number) => boolean): string[] => rows.filter(wanted).map((row) => row.id);

test('messages are listed newest first across all retention classes, page by page, without gaps or repeats', async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.journal.list({}, { limit: 6, cursor });
    seen.push(...page.messages.map((message) => message.id));
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual(rows.map((row) => row.id));
});

test('a list shows no payload, but what a person needs to find a message', async () => {
  const [message] = (await store.journal.list({ states: ['failed'] }, { limit: 1 })).messages;
  expect(message).toMatchObject({ id: rows[5]?.id, state: 'failed', failureCode: 'store.unavailable', payloadBytes: 3, routeName: 'orders', receivedAt: '2026-11-22T12:10:22.000001Z' });
  expect(message).not.toHaveProperty('payload');
});

test('filters by state, direction, route, time and business key can be combined', async () => {
  expect(await list({ states: ['dead', 'failed'] })).toEqual(where((row) => row.state !== 'done'));
  expect(await list({ directions: ['out'] })).toEqual(where((row) => row.direction === 'out'));
  expect(await list({ route: 'odd', states: ['done'] })).toEqual(where((row) => row.route === 'odd' && row.state === 'done'));
  expect(await list({ key: { name: 'order', value: 'A-3' } })).toEqual(where((row) => row.keys['order'] === 'A-3'));
  expect(await list({ key: { value: 'C' }, route: 'even' })).toEqual(where((row) => row.route === 'even'));
  expect(await list({ key: { name: 'customer', value: 'A-3' } })).toEqual([]);
  const [from, to] = [new Date(now - 10_000).toISOString(), new Date(now - 4_000).toISOString()];
  expect(await list({ from, to })).toEqual(where((_, index) => index > 4 && index <= 10));
  expect(await list({ states: [] })).toEqual([]);
});

test('hostile filter values find nothing and harm nothing', async () => {
  expect(await list({ route: `' OR '1'='1` })).toEqual([]);
  expect(await list({ key: { value: `'); DROP TABLE zveno.message; --` } })).toEqual([]);
  expect(await list({})).toHaveLength(20);
});

test('wrong pages, cursors and instants are refused with their reason', async () => {
  await expect(store.journal.list({}, { limit: 0 })).rejects.toMatchObject({ code: 'store.page' });
  await expect(store.journal.list({}, { limit: 100_000 })).rejects.toMatchObject({ code: 'store.page' });
  await expect(store.journal.list({}, { limit: 1, cursor: Buffer.from("' OR 1=1").toString('base64url') })).rejects.toMatchObject({ code: 'store.cursor' });
  await expect(store.journal.list({ from: 'yesterday' }, { limit: 1 })).rejects.toMatchObject({ code: 'store.instant' });
});

test('a message is shown with its children, calls, changes and its place in the queue', async () => {
  const parent = messageRow({ keys: { order: 'story' } });
  const child = messageRow({ id: freshId(30), parent: parent.id, state: 'pending', direction: 'out', effectId: 'e-1', orderKey: 'o' });
  const record = uuid();
  const intent = { run: parent.id, path: 'steps[1]', effectId: 'e-0', requestHash: new Uint8Array([1]), connectionName: 'partner', routeName: 'notify', request: { kind: 'bytes', bytes: new Uint8Array([4]) } as const };
  await store.commit([
    set({
      message: { op: 'insert', row: parent },
      records: [createCustomer(record, 'story')],
      intents: [intent],
      outbox: [{ row: child, route: 'route-1', connection: 'c', orderKey: 'o', dueInMs: 60_000 }],
    }),
  ]);
  await store.commit([set({ outcomes: [{ run: parent.id, path: 'steps[1]', outcome: new Uint8Array([8]) }] })]);
  const story = await store.journal.show(parent.id);
  expect(story).toMatchObject({
    message: { id: parent.id, keys: { order: 'story' } },
    children: [{ id: child.id, direction: 'out', state: 'pending', effectId: 'e-1' }],
    calls: [{ path: 'steps[1]', effectId: 'e-0', connectionName: 'partner', request: { kind: 'bytes' } }],
    changes: [{ template: 'aaaaaaaa', record, op: 'create', run: parent.id }],
    queued: null,
  });
  expect([...(story?.calls[0]?.outcome ?? [])]).toEqual([8]);
  expect((await store.journal.show(child.id))?.queued).toMatchObject({ queue: 'outbox', attempts: 0, owner: null, blocked: false, ahead: 0 });
  expect(await store.journal.show(freshId())).toBeNull();
  expect(await store.journal.show('../../etc/passwd')).toBeNull();
});

test('counts tell what is open however old, and everything of late', async () => {
  const queued = queuedRun({ direction: 'run' });
  await store.commit([queued.set]);
  const counts = await store.journal.counts(now - 4_500);
  expect(counts.open).toContainEqual({ direction: 'run', state: 'pending', count: 1 });
  expect(counts.open).toContainEqual({ direction: 'in', state: 'dead', count: 1 });
  expect(counts.open.some(({ state }) => state === 'done')).toBe(false);
  expect(counts.recent.filter(({ state }) => state === 'failed')).toEqual([]);
  const [claimed] = await store.claim('inbox', 'n/b', 1, 60_000);
  if (claimed !== undefined) await store.commit([set({ fence: claimed.fence, message: finished(queued.id), queue: { op: 'remove' } })]);
});

test('readers of changes miss none, also not one whose transaction was begun before theirs and ended after', async () => {
  // What earlier tests changed has to be behind the horizon first: transactions of other databases of the shared server hold it for a moment.
  const [earlier] = await database.sql<{ count: string }>('SELECT count(*) FROM zveno.record_change');
  await expect.poll(async () => (await store.changes(null, 1_000)).changes.length, { timeout: 10_000 }).toBe(Number(earlier?.count));
  const start = (await store.changes(null, 1_000)).position;
  const slow = database.sql(`
    BEGIN; INSERT INTO zveno.record_change (template, record, version, op, attributes, origin, set_id) VALUES ('aaaaaaaa', gen_random_uuid(), 1, 'create', '{}', 'slow', gen_random_uuid()); SELECT pg_sleep(0.3); COMMIT`);
  await expect.poll(async () => (await database.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%slow%' AND datname = current_database() AND pid <> pg_backend_pid()")).length).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await store.commit([set({ records: [createCustomer(uuid(), 'quick')] })]);
  expect((await store.changes(start, 10)).changes).toEqual([]);
  await slow;
  await expect.poll(async () => (await store.changes(start, 10)).changes.length, { timeout: 10_000 }).toBe(2);
  const page = await store.changes(start, 10);
  expect(page.changes.map(({ origin }) => origin).sort()).toEqual(['scenario', 'slow']);
  expect((await store.changes(page.position, 10)).changes).toEqual([]);
});
