import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommitResult, EffectSet } from '../../src/core/effect-set.ts';
import type { CrashPoint } from '../../src/core/ports.ts';
import { noFaults } from '../../src/store/postgres/faults.ts';
import { committedAfterAll } from '../../src/store/postgres/commit/lost-commit.ts';
import type { Readers } from '../../src/store/postgres/pool.ts';
import type { PostgresStore } from '../../src/store/postgres/store.ts';
import { cuttingProxy, type Cut, type CuttingProxy } from './cutting-proxy.ts';
import { createCustomer, freshId, messageRow, queuedRun, quietLog, realClock, set, testDatabase, testStore, updateCustomer, uuid, type TestDatabase } from './test-store.ts';

let database: TestDatabase;
let proxy: CuttingProxy;
let store: PostgresStore;

beforeAll(async () => {
  database = await testDatabase();
  proxy = await cuttingProxy(database.connection);
  store = await testStore(database, { connection: proxy.settings });
});
afterAll(async () => {
  await store.close();
  await proxy.close();
  await database.drop();
});

const commit = async (one: EffectSet, by = store): Promise<CommitResult> => {
  const [result] = await by.commit([one]);
  if (result === undefined) throw new Error('no result');
  return result;
};
const present = async (id: string): Promise<boolean> => (await database.sql('SELECT 1 FROM zveno_data.r_aaaaaaaa WHERE id = $1', [id])).length === 1;

/** Every kind of set has its own proof of having been committed. */
const run = freshId();
const intent = { run, path: 'p', effectId: 'e', requestHash: new Uint8Array([1]), connectionName: 'c', routeName: 'r', request: null };
const kinds: Record<string, () => Partial<EffectSet>> = {
  'records alone': () => ({}),
  'a message': () => ({ message: { op: 'insert', row: messageRow() } }),
  'a queued run': () => ({ runs: queuedRun().set.runs }),
  'an intent': () => ({ intents: [{ ...intent, path: uuid() }] }),
  'a timer': () => ({ timers: [{ id: uuid(), kind: 'k', dueInMs: 0, payload: null }] }),
};

const expected: Record<Cut, CommitResult['kind']> = { request: 'unavailable', commit: 'unavailable', answer: 'committed' };

for (const [name, parts] of Object.entries(kinds)) {
  for (const cut of ['request', 'commit', 'answer'] as const) {
    test(`a connection lost in COMMIT (${cut} cut) of ${name} is told as ${expected[cut]}, and so it is`, async () => {
      const id = uuid();
      const before = proxy.cuts;
      proxy.cutNext(cut);
      const result = await commit(set({ records: [createCustomer(id, id)], ...parts() }));
      expect(proxy.cuts).toBe(before + 1);
      expect(result.kind).toBe(expected[cut]);
      expect(await present(id)).toBe(expected[cut] === 'committed');
    });
  }
}

test('a server process that still holds a lost transaction open is ended before the answer', async () => {
  const id = uuid();
  await commit(set({ records: [createCustomer(id, id)] }));
  proxy.cutNext('commit');
  expect((await commit(set({ records: [updateCustomer(id, 1, 'lost')] }))).kind).toBe('unavailable');
  expect(await commit(set({ records: [updateCustomer(id, 1, 'found')] }))).toEqual({ kind: 'committed' });
});

test('nobody looks whether a set is there before the process that commits it is gone', async () => {
  const asked: string[] = [];
  let alive = 3;
  const query = async (text: string): Promise<number> => {
    asked.push(text.includes('pg_terminate_backend') ? 'end' : 'look');
    if (!text.includes('pg_terminate_backend')) return 1;
    alive -= 1;
    if (alive === 1) throw new Error('Connection terminated unexpectedly');
    return alive > 0 ? 1 : 0;
  };
  const readers: Readers = {
    query: async ({ text }) => ({ rows: [], rowCount: await query(text) }),
    transaction: () => Promise.reject(new Error('not asked for')),
    rolledBack: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
  };
  const context = { readers, clock: realClock, log: quietLog, signal: new AbortController().signal };
  expect(await committedAfterAll(set({ message: { op: 'insert', row: messageRow() } }), { pid: 1, startedAt: 'then' }, context)).toBe(true);
  expect(asked).toEqual(['end', 'end', 'end', 'look']);
});

test('an outcome that was lost in COMMIT is found by its set', async () => {
  const known = { ...intent, path: uuid() };
  await commit(set({ intents: [known] }));
  proxy.cutNext('answer');
  expect(await commit(set({ outcomes: [{ run, path: known.path, outcome: new Uint8Array([1]) }] }))).toEqual({ kind: 'committed' });
  proxy.cutNext('commit');
  expect((await commit(set({ outcomes: [{ run, path: known.path, outcome: new Uint8Array([2]) }] }))).kind).toBe('unavailable');
});

test('a set whose message somebody else had recorded is not taken for committed', async () => {
  const row = messageRow();
  await commit(set({ message: { op: 'insert', row } }));
  proxy.cutNext('answer');
  expect((await commit(set({ message: { op: 'insert', row } }))).kind).toBe('unavailable');
});

test('whatever the moment at which the server ends a committing process, the answer is the truth', async () => {
  const admin = new pg.Client({ connectionString: database.superuserUrl });
  await admin.connect();
  let ends = 0;
  const reach = async (point: CrashPoint): Promise<void> => {
    if (point !== 'commit.sent') return;
    ends += 1;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'zveno lane'");
  };
  const shaken = await testStore(database, { crashPoints: { reach } });
  for (let round = 0; round < 20; round += 1) {
    const id = uuid();
    const { kind } = await commit(set({ records: [createCustomer(id, id)], message: { op: 'insert', row: messageRow() } }), shaken);
    expect(await present(id)).toBe(kind === 'committed');
  }
  expect(ends).toBeGreaterThanOrEqual(20);
  await shaken.close();
  await admin.end();
}, 60_000);

test('a store that is closed while an outcome is unknown says that it is unknown', async () => {
  let refuse = false;
  const second = await cuttingProxy(database.connection);
  const lonely = await testStore(database, {
    connection: second.settings,
    crashPoints: {
      reach: async (point) => {
        if (point === 'commit.sent' && refuse) await second.close();
      },
    },
  });
  refuse = true;
  const pending = lonely.commit([set({ records: [createCustomer(uuid(), uuid())] })]).then(
    () => 'told',
    (error: unknown) => error,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  await lonely.close();
  expect(await pending).toMatchObject({ code: 'store.outcomeUnknown' });
});

test('without a database a set is told as unavailable', async () => {
  const third = await cuttingProxy(database.connection);
  const cutOff = await testStore(database, { connection: third.settings });
  await third.close();
  expect((await commit(set({ records: [createCustomer(uuid(), uuid())] }), cutOff)).kind).toBe('unavailable');
  await expect(cutOff.claim('inbox', 'n/b', 1, 1_000)).rejects.toMatchObject({ code: 'store.unavailable' });
  await expect(cutOff.message(freshId())).rejects.toMatchObject({ code: 'store.unavailable' });
  await cutOff.close();
});

test('a COMMIT that is answered with ROLLBACK is no commit; the planted bug believes it', async () => {
  const id = uuid();
  const bad = (): EffectSet => set({ records: [createCustomer(id, id), updateCustomer(uuid(), 1, 'nobody')] });
  expect((await commit(bad())).kind).toBe('conflict');
  const naive = await testStore(database, { faults: { ...noFaults, ignoreCommitTag: true } });
  expect((await commit(bad(), naive)).kind).toBe('committed');
  expect(await present(id)).toBe(false);
  await naive.close();
});
