/** A delivery whose call is out when something else happens: what nobody knows is never taken for "not done". */
import { describe, expect, test } from 'vitest';
import { Scene, ack } from './scene.ts';
import { simulatedShop, type ShopChange } from './simulated-configuration.ts';

const scenarios: ShopChange['scenarios'] = {
  acceptAck: { on: { message: 'ackOrders' }, runAs: 'system', steps: [{ send: { route: 'charge', message: '=message' } }] },
};
const shop = (change: ShopChange = {}) => simulatedShop({ scenarios, ...change });

/** One node, one order, and its delivery over the route that must not repeat is under way. */
async function delivering(scene: Scene): Promise<Awaited<ReturnType<Scene['node']>>> {
  scene.publish(shop());
  scene.remote.slowMs = 60_000;
  scene.calling('charge', 'slowActed');
  const one = await scene.node('one');
  await scene.soon(scene.post(one, ack));
  await scene.until(() => scene.calls('charge') === 1);
  return one;
}

describe('a delivery that is out when its node shuts down', () => {
  test('is parked where repeats are not allowed', async () => {
    const scene = new Scene();
    const one = await delivering(scene);
    await scene.soon(one.engine.drain());
    await scene.node('two');
    await scene.until(() => scene.stateOf('out') === 'dead');
    expect(scene.messageOf('out').failure?.code).toMatch(/unknownOutcome/);
    expect(scene.calls('charge')).toBe(1);
    expect(scene.crashes).toEqual([]);
  });

  test('is repeated at once under its effect id where repeats are allowed', async () => {
    const scene = new Scene();
    scene.publish(shop({ routes: { charge: { onUnknown: 'repeat' } } }));
    scene.remote.slowMs = 60_000;
    scene.calling('charge', 'slowActed');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ack));
    await scene.until(() => scene.calls('charge') === 1);
    await scene.soon(one.engine.drain());
    await scene.node('two');
    await scene.until(() => scene.stateOf('out') === 'done');
    expect(scene.calls('charge')).toBe(2);
    expect(new Set(scene.remote.acts.map(({ effectId }) => effectId)).size).toBe(1);
  });

  test('and has sent nothing yet goes out from the next node', async () => {
    const scene = new Scene();
    scene.publish(shop());
    scene.calling('charge', 'stuck');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ack));
    await scene.until(() => [...scene.database.state.outbox.values()].some(({ owner }) => owner !== null));
    await scene.soon(one.engine.drain());
    await scene.node('two');
    await scene.rest();
    expect(scene.messageOf('out')).toMatchObject({ state: 'done', attempts: 1 });
    expect(scene.calls('charge')).toBe(1);
  });
});

describe('a delivery of which nobody knows what came of it', () => {
  /** Its node has died after the remote acted. */
  async function unknown(change: ShopChange): Promise<Scene> {
    const scene = new Scene();
    const one = await delivering(scene);
    scene.publish(shop({ revision: 2, ...change }));
    one.node.die();
    await scene.node('two');
    return scene;
  }

  test('stays unknown while its route is disabled', async () => {
    const scene = await unknown({ routes: { charge: { enabled: false } } });
    await scene.pass(20_000);
    scene.publish(shop({ revision: 3 }));
    await scene.until(() => scene.stateOf('out') === 'dead');
    expect(scene.messageOf('out').failure?.code).toBe('run.unknownOutcome');
    expect(scene.calls('charge')).toBe(1);
  });

  test('is parked as unknown, too, when its route is deleted', async () => {
    const scene = await unknown({ routes: { charge: null }, scenarios: {} });
    await scene.until(() => scene.stateOf('out') === 'dead');
    expect(scene.messageOf('out').failure?.code).toBe('run.unknownOutcome');
  });
});

test('a delivery that waits while its route is deleted is parked, and names the route', async () => {
  const scene = new Scene();
  scene.publish(shop({ routes: { charge: { enabled: false } } }));
  const one = await scene.node('one');
  await scene.soon(scene.post(one, ack));
  await scene.until(() => scene.stateOf('out') === 'waiting');
  scene.publish(shop({ revision: 2, routes: { charge: null }, scenarios: {} }));
  await scene.until(() => scene.stateOf('out') === 'dead');
  expect(scene.messageOf('out').failure).toMatchObject({ code: 'route.unknown', parameters: { route: 'charge' } });
});

describe('a call that breaks by a bug of ours', () => {
  const broken = async (onUnknown: 'park' | 'repeat'): Promise<Scene> => {
    const scene = new Scene();
    scene.publish(shop({ routes: { charge: { onUnknown, retry: { attempts: 3, firstMs: 10, maxMs: 10 } } } }));
    scene.remote.decide = () => 'bug';
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ack));
    await scene.until(() => scene.stateOf('out') === 'dead');
    return scene;
  };

  test('is an unknown outcome: parked where repeats are not allowed', async () => {
    const scene = await broken('park');
    expect(scene.calls('charge')).toBe(1);
    expect(scene.messageOf('out').failure?.code).toBe('run.crashed');
  });

  test('comes to its end after the attempts of its route where repeats are allowed', async () => {
    const scene = await broken('repeat');
    expect(scene.calls('charge')).toBe(3);
    expect(scene.messageOf('out').attempts).toBe(3);
  });
});

test('an answer that cannot be kept does not make the delivery look undone', async () => {
  const scene = new Scene();
  scene.publish(shop());
  scene.remote.answer = { text: 'x'.repeat(70_000) };
  scene.blobsFull = true;
  const one = await scene.node('one');
  await scene.soon(scene.post(one, ack));
  await scene.rest();
  expect(scene.messageOf('out')).toMatchObject({ state: 'done', reply: null, replyStatus: 200 });
  expect(scene.calls('charge')).toBe(1);
});

test('a worker that hears of its claim only when the lease is over sends nothing', async () => {
  const scene = new Scene();
  scene.publish(shop());
  const one = await scene.node('one');
  await scene.soon(scene.post(one, ack));
  await scene.until(() => [...scene.database.state.outbox.values()].some(({ owner }) => owner !== null));
  one.node.pause();
  await scene.pass(3_000);
  await scene.node('two');
  await scene.until(() => scene.stateOf('out') === 'dead');
  one.node.resume();
  await scene.pass(5_000);
  expect(scene.calls('charge')).toBe(0);
  expect(scene.messageOf('out').failure?.code).toBe('run.unknownOutcome');
});

test('a delivery that was cancelled while its call was out shows what came of the call', async () => {
  const scene = new Scene();
  scene.publish(shop());
  scene.calling('charge', 'slowActed');
  const one = await scene.node('one');
  await scene.soon(scene.post(one, ack));
  await scene.until(() => scene.calls('charge') === 1);
  expect(await scene.soon(one.engine.cancel(scene.messageOf('out').id))).toBe(true);
  await scene.pass(10_000);
  expect(scene.messageOf('out')).toMatchObject({ state: 'cancelled', replyStatus: 200, failure: { code: 'run.cancelled' } });
});
