/** What happens when more comes in than can go out. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../core/limits.ts';
import { ack, bodyOf, failureOf, now, Scene } from './scene.ts';

const full = { inbox: new Map<string, number>(), outbox: new Map([['remote', limits.outboxRows.value]]) };
const empty = { inbox: new Map<string, number>(), outbox: new Map<string, number>() };

async function seen(scene: Scene, levels: Scene['levels']): Promise<void> {
  scene.levels = levels;
  await scene.pass(10_000);
}

describe('while too many messages wait to be sent over a connection', () => {
  test('a caller who waits is told to come later, and nothing is recorded', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    await seen(scene, full);
    expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('outbox.full');
    expect(scene.database.state.messages.size).toBe(0);
    await seen(scene, empty);
    expect(bodyOf(await scene.soon(scene.post(one, now)))).toEqual({ status: 200, repeated: false });
  });

  test('an acknowledged message waits, and its run is done when there is room', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    await seen(scene, full);
    await scene.soon(scene.post(one, ack));
    await scene.pass(60_000);
    expect(scene.message).toMatchObject({ state: 'waiting', attempts: 0, failure: { code: 'outbox.full', parameters: { connection: 'remote' } } });
    scene.levels = empty;
    await scene.rest();
    expect([scene.message.state, scene.count('Receipt'), scene.calls('notify')]).toEqual(['done', 1, 1]);
  });
});

test('while too many messages of a route wait to be handled, no more are taken', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  await seen(scene, { inbox: new Map([['route-ackOrders', limits.inboxRows.value]]), outbox: new Map() });
  expect(failureOf(await scene.soon(scene.post(one, ack)))).toBe('inbox.full');
  expect(scene.database.state.messages.size).toBe(0);
  expect(bodyOf(await scene.soon(scene.post(one, now))).status).toBe(200);
});

test('who repeats what was done already gets his answer however full the queues are', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  await scene.soon(scene.post(one, now));
  await scene.soon(scene.post(one, { ...ack, number: 'A-2' }));
  await seen(scene, { inbox: new Map([['route-ackOrders', limits.inboxRows.value]]), outbox: full.outbox });
  expect(bodyOf(await scene.soon(scene.post(one, now)))).toEqual({ status: 200, repeated: true });
  expect(await scene.soon(scene.post(one, { ...ack, number: 'A-2' }))).toMatchObject({ reply: { repeated: true } });
});
