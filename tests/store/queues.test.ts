import { beforeEach, expect, test } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import type { EffectSet, MessageRow } from '../../src/core/effect-set.ts';
import type { Claimed } from '../../src/core/store-port.ts';
import { noFaults } from '../../src/store/postgres/faults.ts';
import type { PostgresStore } from '../../src/store/postgres/store.ts';
import { createCustomer, finished, freshId, messageRow, queuedRun, set, testStore, uuid } from './test-store.ts';
import { commit, database, other, store } from './two-nodes.ts';

beforeEach(() => database.sql('TRUNCATE zveno.inbox_queue, zveno.outbox_queue, zveno.timer, zveno.dead_letter'));

const minute = 60_000;
const enqueue = async (row: Partial<MessageRow> = {}, dueInMs = 0): Promise<string> => {
  const queued = queuedRun(row, dueInMs);
  expect(await commit(queued.set)).toEqual({ kind: 'committed' });
  return queued.id;
};
const claimOne = async (owner = 'n1/b1', by = store): Promise<Claimed> => {
  const [claimed] = await by.claim('inbox', owner, 1, minute);
  if (claimed === undefined) throw new Error('nothing to claim');
  return claimed;
};
const ids = (claimed: readonly Claimed[]): string[] => claimed.map(({ row }) => row.id);
const finish = (claimed: Claimed): EffectSet => set({ fence: claimed.fence, message: finished(claimed.row.id), queue: { op: 'remove' } });
const park = (claimed: Claimed, block: boolean): EffectSet => set({ fence: claimed.fence, message: finished(claimed.row.id, 'dead'), queue: { op: 'park', block } });
const expireLeases = (): Promise<unknown> => database.sql("UPDATE zveno.inbox_queue SET lease_until = clock_timestamp() - interval '1 ms' WHERE owner IS NOT NULL");

test('a queued message is claimed once, with its row, and is gone when its work is committed', async () => {
  const id = await enqueue({ keys: { order: 'A' } });
  const claims = await Promise.all([store.claim('inbox', 'n1/b1', 10, minute), other.claim('inbox', 'n2/b1', 10, minute)]);
  const [claimed] = claims.flat();
  expect(claims.flat()).toHaveLength(1);
  expect(claimed).toMatchObject({ row: { id, state: 'pending', keys: { order: 'A' } }, attempts: 0, unknown: false, outOfOrder: false });
  if (claimed === undefined) return;
  expect(await commit(finish(claimed))).toEqual({ kind: 'committed' });
  expect(await database.sql('SELECT 1 FROM zveno.inbox_queue')).toEqual([]);
  expect((await store.message(id))?.state).toBe('done');
});

test('many workers on two nodes take every message exactly once', async () => {
  const queued = await Promise.all(Array.from({ length: 60 }, () => enqueue()));
  const seen: string[] = [];
  const work = async (by: PostgresStore, owner: string): Promise<void> => {
    for (let claimed = await by.claim('inbox', owner, 3, minute); claimed.length > 0; claimed = await by.claim('inbox', owner, 3, minute)) {
      seen.push(...ids(claimed));
      await Promise.all(claimed.map((one) => commit(finish(one), by)));
    }
  };
  await Promise.all([work(store, 'n1/a'), work(store, 'n1/b'), work(other, 'n2/a'), work(other, 'n2/b')]);
  expect(seen.sort()).toEqual(queued.sort());
});

test('messages of one key are handed out one at a time, in the order of their commits', async () => {
  const order: string[] = [];
  for (let index = 0; index < 12; index += 1) order.push(await enqueue({ orderKey: 'k' }));
  const seen: string[] = [];
  const work = async (by: PostgresStore, owner: string): Promise<void> => {
    for (let pauses = 0; seen.length < order.length && pauses < 2_000; pauses += 1) {
      for (const one of await by.claim('inbox', owner, 5, minute)) {
        seen.push(one.row.id);
        await commit(finish(one), by);
      }
    }
  };
  await Promise.all([work(store, 'n1/a'), work(other, 'n2/a')]);
  expect(seen).toEqual(order);
});

test('while the head of a key is held, no node gets another message of the key', async () => {
  await enqueue({ orderKey: 'held' });
  await enqueue({ orderKey: 'held' });
  const head = await claimOne();
  expect(await store.claim('inbox', 'n1/b2', 10, minute)).toEqual([]);
  expect(await other.claim('inbox', 'n2/b1', 10, minute)).toEqual([]);
  await expireLeases();
  expect(ids(await other.claim('inbox', 'n2/b1', 10, minute))).toEqual([head.row.id]);
});

test('concurrent commits of one key get distinct numbers without gaps, whatever the node', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => commit(queuedRun({ orderKey: 'numbers' }).set, index % 2 === 0 ? store : other)));
  const rows = await database.sql<{ order_no: string }>("SELECT order_no FROM zveno.inbox_queue WHERE order_key = 'numbers' ORDER BY order_no");
  const numbers = rows.map((row) => Number(row.order_no));
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => (numbers[0] ?? 0) + index));
});

test('several messages of one key in one set keep the order of the set', async () => {
  const rows = [1, 2, 3].map(() => messageRow({ state: 'pending', direction: 'out', orderKey: 'batch' }));
  await commit(set({ outbox: rows.map((row) => ({ row, route: 'route-1', connection: 'c1', orderKey: 'batch', dueInMs: 0 })) }));
  const seen: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    const [claimed, ...more] = await store.claim('outbox', 'n1/b1', 10, minute);
    expect(more).toEqual([]);
    if (claimed === undefined) throw new Error('nothing to claim');
    seen.push(claimed.row.id);
    await commit(finish(claimed));
  }
  expect(seen).toEqual(rows.map((row) => row.id));
});

test('what is not due is not claimed, and the queue says when it will be', async () => {
  expect(await store.nextDueInMs('inbox')).toBeNull();
  await enqueue({}, 50_000);
  expect(await store.claim('inbox', 'n1/b1', 10, minute)).toEqual([]);
  const due = await store.nextDueInMs('inbox');
  expect(due).toBeGreaterThan(40_000);
  expect(due).toBeLessThanOrEqual(50_000);
  await enqueue();
  expect(await store.nextDueInMs('inbox')).toBe(0);
});

test('a lease that ran out hands the message on as unknown, and the late worker is fenced off', async () => {
  await enqueue();
  const late = await claimOne();
  expect(await store.claim('inbox', 'n2/b1', 1, minute)).toEqual([]);
  await expireLeases();
  const next = await claimOne('n2/b1', other);
  expect(next.unknown).toBe(true);
  expect(next.fence.fence).toBeGreaterThan(late.fence.fence);
  expect(await commit({ ...finish(late), records: [createCustomer(uuid(), 'late')] })).toEqual({ kind: 'fenced' });
  expect(await database.sql("SELECT 1 FROM zveno_data.r_aaaaaaaa WHERE a_00000001 = 'late'")).toEqual([]);
  expect(await commit(finish(next), other)).toEqual({ kind: 'committed' });
  expect(await commit(finish(late))).toEqual({ kind: 'fenced' });
});

test('a lease that is lost while a request is out refuses the outcome', async () => {
  await enqueue();
  const late = await claimOne();
  const call = { run: late.row.id, path: 'steps[0]' };
  const intent = { ...call, effectId: 'e', requestHash: new Uint8Array([1]), connectionName: 'c', routeName: 'r', request: null };
  expect(await commit(set({ fence: late.fence, intents: [intent] }))).toEqual({ kind: 'committed' });
  await expireLeases();
  await claimOne('n2/b1');
  expect(await commit(set({ fence: late.fence, outcomes: [{ ...call, outcome: new Uint8Array([1]) }] }))).toEqual({ kind: 'fenced' });
  expect(await store.intents(late.row.id)).toMatchObject([{ outcome: null }]);
});

test('the planted bug without fences lets a late worker commit its work again', async () => {
  await enqueue();
  const late = await claimOne();
  await expireLeases();
  await commit(finish(await claimOne('n2/b1')));
  const naive = await testStore(database, { faults: { ...noFaults, skipFence: true } });
  expect(await commit({ ...finish(late), records: [createCustomer(uuid(), 'doubled')] }, naive)).toEqual({ kind: 'committed' });
  await naive.close();
});

test('a renewed lease holds; one that ran out or belongs to another is not renewed', async () => {
  const [mine, lost, foreign] = [await enqueue(), await enqueue(), await enqueue()];
  await store.claim('inbox', 'n1/b1', 2, minute);
  await store.claim('inbox', 'n2/b1', 1, minute);
  await database.sql("UPDATE zveno.inbox_queue SET lease_until = clock_timestamp() - interval '1 ms' WHERE message = $1", [lost]);
  expect(await store.renew('inbox', 'n1/b1', [mine, lost, foreign, freshId()], minute)).toEqual([mine]);
  expect(await store.renew('inbox', 'n1/b1', [], minute)).toEqual([]);
});

test('a released message comes again without being unknown', async () => {
  const id = await enqueue();
  await claimOne();
  await store.release('inbox', 'n1/b1', [id]);
  expect(await claimOne()).toMatchObject({ unknown: false, attempts: 0 });
});

test('a node frees at its start what its own earlier boots held, as unknown, and nothing else', async () => {
  const [old, foreign] = [await enqueue(), await enqueue()];
  await store.claim('inbox', 'n1/old', 1, minute);
  await store.claim('inbox', 'n10/b1', 1, minute);
  expect(await store.freeEarlierBoots('n1', 'new')).toBe(1);
  const claimed = await store.claim('inbox', 'n1/new', 10, minute);
  expect(claimed).toMatchObject([{ row: { id: old }, unknown: true }]);
  expect(ids(claimed)).not.toContain(foreign);
});

test('a retry comes back later, keeps its place at the head of its key and counts its attempts', async () => {
  const first = await enqueue({ orderKey: 'retry' });
  const second = await enqueue({ orderKey: 'retry' });
  const claimed = await claimOne();
  await commit(set({ fence: claimed.fence, message: finished(first, 'waiting'), queue: { op: 'retry', dueInMs: 30_000, attempts: 1 } }));
  expect(await store.claim('inbox', 'n1/b1', 10, minute)).toEqual([]);
  await database.sql('UPDATE zveno.inbox_queue SET due_at = clock_timestamp() WHERE message = $1', [first]);
  const again = await claimOne();
  expect(again).toMatchObject({ row: { id: first, state: 'waiting' }, attempts: 1, unknown: false });
  await commit(finish(again));
  expect((await claimOne()).row.id).toBe(second);
});

test('a parked head lets its key go on; retried after the younger ones it comes out of order and says so', async () => {
  const [first, second, third] = [await enqueue({ orderKey: 'park' }), await enqueue({ orderKey: 'park' }), await enqueue({ orderKey: 'park' })];
  await commit(park(await claimOne(), false));
  expect((await store.message(first))?.state).toBe('dead');
  const younger = await claimOne();
  expect(younger.row.id).toBe(second);
  expect(await store.requeue(first)).toBe(true);
  expect(await store.requeue(first)).toBe(false);
  // The younger one is being worked on: the old head waits for it.
  expect(await store.claim('inbox', 'n2/b1', 10, minute)).toEqual([]);
  await commit(finish(younger));
  const retried = await claimOne();
  expect(retried).toMatchObject({ row: { id: first, state: 'pending' }, attempts: 0, unknown: false });
  await commit(park(retried, false));
  await commit(finish(await claimOne()));
  expect((await store.message(third))?.state).toBe('done');
  expect(await store.requeue(first)).toBe(true);
  expect(await claimOne()).toMatchObject({ row: { id: first }, outOfOrder: true });
});

test('a dead letter comes back only when no claim is under way that could take a younger one beside it', async () => {
  const [first, second] = [await enqueue({ orderKey: 'beside' }), await enqueue({ orderKey: 'beside' })];
  await commit(park(await claimOne(), false));
  const claiming = database.sql(`BEGIN; UPDATE zveno.inbox_queue SET owner = 'n2/b1', lease_until = now() + interval '1 min' WHERE message = '${second}'; SELECT pg_sleep(0.3); COMMIT`);
  await expect.poll(() => database.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.3)%' AND wait_event = 'PgSleep' AND datname = current_database()"), { timeout: 5_000 }).toHaveLength(1);
  await store.requeue(first);
  expect(await database.sql("SELECT owner FROM zveno.inbox_queue WHERE message = $1", [second])).toEqual([{ owner: 'n2/b1' }]);
  expect(await store.claim('inbox', 'n1/b1', 10, minute)).toEqual([]);
  await claiming;
});

test('a dead letter that comes back before any younger one was handled is in order', async () => {
  const first = await enqueue({ orderKey: 'early' });
  await enqueue({ orderKey: 'early' });
  await commit(park(await claimOne(), false));
  await store.requeue(first);
  expect(await claimOne()).toMatchObject({ row: { id: first }, outOfOrder: false });
});

test('a head that blocks stops its key until a person retries or discards it', async () => {
  const [first, second] = [await enqueue({ orderKey: 'block' }), await enqueue({ orderKey: 'block' })];
  await commit(park(await claimOne(), true));
  expect(await store.claim('inbox', 'n1/b1', 10, minute)).toEqual([]);
  expect(await store.nextDueInMs('inbox')).toBeNull();
  expect(await store.requeue(first)).toBe(true);
  const again = await claimOne();
  expect(again).toMatchObject({ row: { id: first }, outOfOrder: false, unknown: false });
  await commit(park(again, true));
  expect(await store.setMessageState(first, ['dead'], 'discarded', null)).toBe(true);
  expect((await claimOne()).row.id).toBe(second);
});

test('an unordered dead letter goes back to its queue with its connection', async () => {
  const row = messageRow({ state: 'pending', direction: 'out' });
  await commit(set({ outbox: [{ row, route: 'route-1', connection: 'c1', orderKey: null, dueInMs: 0 }] }));
  const [claimed] = await store.claim('outbox', 'n1/b1', 1, minute);
  if (claimed === undefined) throw new Error('nothing to claim');
  await commit(set({ fence: claimed.fence, message: finished(row.id, 'dead'), queue: { op: 'park', block: false } }));
  expect(await store.requeue(row.id)).toBe(true);
  expect(await database.sql('SELECT connection, scope FROM zveno.outbox_queue')).toEqual([{ connection: 'c1', scope: 'route-1' }]);
});

test('a failed message goes back on request, to the end of its key', async () => {
  const [first, second] = [await enqueue({ orderKey: 'failed' }), await enqueue({ orderKey: 'failed' })];
  const claimed = await claimOne();
  await commit(set({ fence: claimed.fence, message: finished(first, 'failed'), queue: { op: 'remove' } }));
  expect(await store.requeue(first)).toBe(false);
  expect(await store.requeue(first, ['failed'])).toBe(true);
  const next = await claimOne();
  expect(next.row.id).toBe(second);
  await commit(finish(next));
  expect(await claimOne()).toMatchObject({ row: { id: first, state: 'pending' }, outOfOrder: false });
  expect(await store.requeue('nonsense')).toBe(false);
});

test('a cancelled message leaves its queue, and the worker that holds it is fenced off', async () => {
  const id = await enqueue();
  const claimed = await claimOne();
  expect(await store.setMessageState(id, ['done'], 'cancelled', null)).toBe(false);
  expect(await store.setMessageState(id, ['pending', 'waiting'], 'cancelled', null)).toBe(true);
  expect(await commit(finish(claimed))).toEqual({ kind: 'fenced' });
  expect((await store.message(id))?.state).toBe('cancelled');
  expect(await store.setMessageState("' OR 1=1", ['pending'], 'cancelled', null)).toBe(false);
});

test('of a cancel and a commit at the same time exactly one wins', async () => {
  for (let round = 0; round < 10; round += 1) {
    const id = await enqueue();
    const claimed = await claimOne();
    const [cancelled, committed] = await Promise.all([store.setMessageState(id, ['pending'], 'cancelled', null), commit(finish(claimed), other)]);
    expect(cancelled).toBe(committed.kind === 'fenced');
    expect((await store.message(id))?.state).toBe(cancelled ? 'cancelled' : 'done');
  }
});

test('a listener on another node is woken, a closed one is not', async () => {
  const woken: string[] = [];
  const stop = other.onWake((queue) => woken.push(queue));
  await enqueue();
  await expect.poll(() => woken, { timeout: 5_000 }).toContain('inbox');
  await store.wake('configuration');
  await expect.poll(() => woken, { timeout: 5_000 }).toContain('configuration');
  stop();
  woken.length = 0;
  await enqueue();
  expect(woken).toEqual([]);
});

test('the listener comes back after its connection was lost', async () => {
  const woken: string[] = [];
  const stop = store.onWake((queue) => woken.push(queue));
  await expect.poll(async () => (await database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN zveno_wake' AND datname = current_database()")).length).toBeGreaterThan(0);
  await expect.poll(() => woken.filter((wake) => wake === 'cancel').length, { timeout: 10_000 }).toBeGreaterThan(0);
  stop();
}, 20_000);

test('timers come when due, with their exact payload, and plan themselves anew in the commit of their work', async () => {
  const payload = { amount: new Decimal('12345678901234567890.123'), text: '\u0000d1', list: [1, null, true], ['__proto__']: 'x' };
  await commit(set({ timers: [{ id: 't1', kind: 'schedule', dueInMs: 0, payload }, { id: 't2', kind: 'later', dueInMs: minute, payload: null }] }));
  const [timer, ...more] = await store.claimTimers('schedule', 'n1/b1', 10, minute);
  if (timer === undefined) throw new Error('no timer');
  expect(more).toEqual([]);
  expect(timer).toMatchObject({ kind: 'schedule', attempts: 0, unknown: false });
  expect(JSON.stringify(timer.payload)).toBe(JSON.stringify(payload));
  expect(await store.claimTimers('schedule', 'n2/b1', 10, minute)).toEqual([]);
  expect(await store.renew('timer', 'n1/b1', ['t1'], minute)).toEqual(['t1']);
  const again = set({ fence: timer.fence, queue: { op: 'remove' }, timers: [{ id: 't1', kind: 'schedule', dueInMs: 30_000, payload: 2 }] });
  expect(await commit(again)).toEqual({ kind: 'committed' });
  expect(await commit({ ...again, id: uuid() })).toEqual({ kind: 'fenced' });
  const due = await store.nextTimerInMs('schedule');
  expect(due).toBeGreaterThan(20_000);
  expect(due).toBeLessThanOrEqual(30_000);
});
