import { beforeEach, describe, expect, test } from 'vitest';
import type { EffectSet, MessageState } from '../../src/core/effect-set.ts';
import type { Claimed } from '../../src/core/store-port.ts';
import { finished, freshId, messageRow, queuedRun, set } from './test-store.ts';
import { commit, database, other, store } from './two-nodes.ts';

beforeEach(() => database.sql('TRUNCATE zveno.inbox_queue, zveno.outbox_queue, zveno.dead_letter'));

const minute = 60_000;
const claimOne = async (): Promise<Claimed> => {
  const [claimed] = await store.claim('inbox', 'n1/b1', 1, minute);
  if (claimed === undefined) throw new Error('nothing to claim');
  return claimed;
};
const awaited = async (): Promise<{ id: string; claimed: Claimed }> => {
  const queued = queuedRun();
  await commit({ ...queued.set, runs: queued.set.runs.map((run) => ({ ...run, awaited: true })) });
  return { id: queued.id, claimed: await claimOne() };
};
/** As the engine records a failure that is the caller's to repeat. */
const failedFor = ({ fence, row }: Claimed): EffectSet => set({ fence: { ...fence, awaited: true }, message: finished(row.id, 'failed'), queue: { op: 'remove' } });
const ended = (claimed: Claimed, state: MessageState, block: boolean): EffectSet => set({ fence: claimed.fence, message: finished(claimed.row.id, state), queue: { op: 'park', block } });

describe('a message for whose end somebody waits', () => {
  test('says so to its worker, and for how long', async () => {
    const { claimed } = await awaited();
    expect(claimed.awaited).toBe(true);
    expect(claimed.queuedMs).toBeGreaterThanOrEqual(0);
    expect(claimed.queuedMs).toBeLessThan(minute);
  });

  test('may fail as long as nobody was told that it goes on', async () => {
    const { id, claimed } = await awaited();
    expect(await commit(failedFor(claimed))).toEqual({ kind: 'committed' });
    expect(await store.acknowledge(id)).toBe(false);
  });

  test('is ours once that was told', async () => {
    const { id, claimed } = await awaited();
    expect(await store.acknowledge(id)).toBe(true);
    expect(await commit(failedFor(claimed))).toEqual({ kind: 'fenced' });
    expect(await commit(set({ fence: claimed.fence, message: finished(id, 'waiting'), queue: { op: 'retry', dueInMs: 0, attempts: 1 } }))).toEqual({ kind: 'committed' });
    expect((await claimOne()).awaited).toBe(false);
  });

  test('either fails or goes on when both happen at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, claimed } = await awaited();
      const [told, failed] = await Promise.all([other.acknowledge(id), commit(failedFor(claimed))]);
      expect(told).toBe(failed.kind === 'fenced');
      expect((await store.message(id))?.state).toBe(told ? 'pending' : 'failed');
      await database.sql('TRUNCATE zveno.inbox_queue');
    }
  });

  test('is not acknowledged when it is a dead letter that blocks its key', async () => {
    const { id, claimed } = await awaited();
    await commit(ended(claimed, 'dead', true));
    expect(await store.acknowledge(id)).toBe(false);
    expect(await store.acknowledge('nonsense')).toBe(false);
  });
});

describe('a message that goes back to its queue', () => {
  test.each([true, false])('is nobody\'s but ours when a person sends a dead letter back (blocking: %s)', async (block) => {
    const { id, claimed } = await awaited();
    await commit(ended(claimed, 'dead', block));
    expect(await store.requeue(id)).toBe(true);
    expect((await claimOne()).awaited).toBe(false);
  });

  test('is awaited again when its caller repeats it', async () => {
    const { id, claimed } = await awaited();
    await commit(failedFor(claimed));
    await database.sql("UPDATE zveno.message SET received_at = received_at - interval '1 day' WHERE id = $1", [id]);
    expect(await store.requeue(id, ['failed'], { awaited: true })).toBe(true);
    const again = await claimOne();
    expect(again.awaited).toBe(true);
    expect(again.queuedMs).toBeLessThan(minute);
  });
});

describe('a cancel that must not meet a request', () => {
  const intent = (run: string) => ({ run, path: 'steps[0].send', effectId: 'e1', requestHash: new Uint8Array([1]), connectionName: 'c', routeName: 'r', request: null });

  test('does nothing once an intent is recorded', async () => {
    const { id, claimed } = await awaited();
    await commit(set({ fence: claimed.fence, intents: [intent(id)] }));
    expect(await store.setMessageState(id, ['pending'], 'cancelled', null, { unlessRequested: true })).toBe(false);
    expect((await store.message(id))?.state).toBe('pending');
    expect(await store.setMessageState(id, ['pending'], 'cancelled', null)).toBe(true);
  });

  test('and an intent at the same time: exactly one is there', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, claimed } = await awaited();
      const [cancelled, recorded] = await Promise.all([other.setMessageState(id, ['pending'], 'cancelled', null, { unlessRequested: true }), commit(set({ fence: claimed.fence, intents: [intent(id)] }))]);
      expect(cancelled).toBe(recorded.kind === 'fenced');
      await database.sql('TRUNCATE zveno.inbox_queue');
    }
  });
});

test('the levels of the queues are counted by route and by connection', async () => {
  const out = (connection: string): EffectSet['outbox'][number] => ({ row: messageRow({ id: freshId(), state: 'pending', direction: 'out' }), route: 'route-9', connection, orderKey: null, dueInMs: 0 });
  await commit(set({ outbox: [out('mail'), out('mail'), out('shop')] }));
  for (const route of ['route-1', 'route-1', 'route-2']) await commit(queuedRun({ route }).set);
  const { inbox, outbox } = await store.queueLevels();
  expect(Object.fromEntries(inbox)).toEqual({ 'route-1': 2, 'route-2': 1 });
  expect(Object.fromEntries(outbox)).toEqual({ mail: 2, shop: 1 });
});
