import { expect, it } from 'vitest';
import type { MessageRow } from '../core/effect-set.ts';
import type { Clock } from '../core/ports.ts';
import type { Store } from '../core/store-port.ts';
import { createFeed } from './feed.ts';
import { createReplyWaiter, type ReplyWaiter } from './reply-waiter.ts';
import { defaultSettings } from './settings.ts';

const id = '01a2038b-faf1-76df-9962-0bd18492a45a';

/** A clock that stands still: what is waited for comes by news or not at all. */
const clock: Clock = {
  wallMs: () => 0,
  monotonicMs: () => 0,
  sleep: (_ms, signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped')))),
};

function scene(): { waiter: ReplyWaiter; finish: () => void } {
  const feed = createFeed(() => '');
  // Only what the waiter reads of a row and of the store.
  const row = { id, state: 'pending' } as MessageRow;
  const store = { message: async () => row } as unknown as Store;
  return {
    waiter: createReplyWaiter({ store, feed, clock, settings: defaultSettings }),
    finish() {
      row.state = 'done';
      feed.publish({ message: id, direction: 'in', state: 'done', route: null, failure: null });
    },
  };
}

it('resolves with the finished row as soon as the feed tells of it', async () => {
  const { waiter, finish } = scene();
  const waiting = waiter.wait(id, 1_000);
  finish();
  expect(await waiting).toMatchObject({ state: 'done' });
});

it('lets everybody go when it is closed, and later ones at once', async () => {
  const { waiter } = scene();
  const waiting = waiter.wait(id, 1_000);
  waiter.close();
  expect(await waiting).toBeNull();
  expect(await waiter.wait(id, 1_000)).toBeNull();
  expect(waiter.closed).toBe(true);
});

it('still tells of a message that is over already when it was closed', async () => {
  const { waiter, finish } = scene();
  finish();
  waiter.close();
  expect(await waiter.wait(id, 0)).toMatchObject({ state: 'done' });
});
