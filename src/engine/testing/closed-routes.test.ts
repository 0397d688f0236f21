/** Routes that are disabled or deleted while messages and runs are under way. */
import { describe, expect, test } from 'vitest';
import { parseSchemaTree } from '../../core/message-schema.ts';
import { ack, charge, failureOf, now, Scene } from './scene.ts';
import { simulatedShop, type ShopChange } from './simulated-configuration.ts';

/** Charges, then asks; an attempt that is told "later" by the second comes again. */
const scenarios: ShopChange['scenarios'] = {
  acceptCharge: {
    on: { message: 'chargeOrders' },
    runAs: 'system',
    steps: [
      { send: { route: 'charge', message: '=message', response: 'charged' }, onError: 'handle', handle: [{ create: { template: 'Shadow', set: { number: '=message.number' } } }] },
      { send: { route: 'quote', message: '=message', response: 'quoted' } },
      { create: { template: 'Receipt', set: { number: '=message.number' } } },
    ],
  },
};
const shop = (change: ShopChange = {}) => simulatedShop({ scenarios, ...change });
const disabled = { enabled: false };

describe('a run that was repeated after the route it calls was disabled', () => {
  test('replays what was carried out', async () => {
    const scene = new Scene();
    scene.publish(shop());
    scene.calling('quote', 'busy');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.until(() => scene.message.state === 'waiting');
    scene.publish(shop({ revision: 2, routes: { charge: disabled } }));
    await scene.until(() => scene.message.state === 'done');
    expect([scene.calls('charge'), scene.count('Shadow'), scene.count('Receipt')]).toEqual([1, 0, 1]);
  });

  test('is parked when nobody knows what came of its call, whatever its scenario handles', async () => {
    const scene = new Scene();
    scene.publish(shop());
    const one = await scene.node('one');
    one.node.dieAt('request.afterBytes', 1);
    await scene.soon(scene.post(one, charge));
    await scene.until(() => !one.node.alive);
    scene.publish(shop({ revision: 2, routes: { charge: disabled } }));
    await scene.node('two');
    await scene.until(() => scene.message.state === 'dead' || scene.message.state === 'done');
    expect(scene.message).toMatchObject({ state: 'dead', failure: { code: 'run.unknownOutcome' } });
    expect(scene.count('Shadow')).toBe(0);
  });

  test('waits for the route when its call is the first', async () => {
    const scene = new Scene();
    scene.publish(shop({ routes: { quote: disabled, chargeOrders: { retry: { attempts: 2, firstMs: 10, maxMs: 10 } } } }));
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.pass(30_000);
    expect(scene.message).toMatchObject({ state: 'waiting', failure: { code: 'route.disabled', parameters: { route: 'quote' } } });
    scene.publish(shop({ revision: 2 }));
    await scene.rest();
    expect(scene.message.state).toBe('done');
    expect(scene.calls('charge')).toBe(1);
  });
});

describe('a message that waits while its route', () => {
  const waiting = async (change: ShopChange): Promise<Scene> => {
    const scene = new Scene();
    scene.publish(simulatedShop({ routes: { chargeOrders: { retry: { attempts: 3, firstMs: 10, maxMs: 10 } } } }));
    scene.calling('charge', 'busy');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.until(() => scene.message.state === 'waiting');
    scene.publish(simulatedShop({ revision: 2, ...change }));
    return scene;
  };

  test.each([
    ['is disabled', { routes: { chargeOrders: disabled } }],
    ['has no active scenario', { scenarios: { acceptCharge: { enabled: false, on: { message: 'chargeOrders' }, runAs: 'system', steps: [] } } }],
  ] as const)('%s is handled when that is over', async (_, change) => {
    const scene = await waiting(change);
    await scene.pass(60_000);
    expect(scene.message.state).toBe('waiting');
    scene.publish(simulatedShop({ revision: 3 }));
    await scene.rest();
    expect(scene.message.state).toBe('done');
    expect([scene.calls('charge'), scene.count('Receipt')]).toEqual([1, 1]);
  });

  test.each([
    ['is deleted', null],
    ['gets a schema that it does not fit', { request: parseSchemaTree({ total: { type: 'string', required: true } }, 'request') }],
  ])('%s finishes on the version that it was accepted under', async (_, route) => {
    const scene = await waiting({ routes: { chargeOrders: route } });
    await scene.rest();
    expect(scene.message.state).toBe('done');
  });
});

test('a caller who waits is told when his route was disabled before the run, and nothing is parked', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  // Large, so that it is recorded before it is run.
  const posted = scene.post(one, { ...now, padding: 'x'.repeat(70_000) });
  await scene.until(() => scene.database.state.inbox.size === 1);
  scene.publish(simulatedShop({ revision: 2, routes: { nowOrders: disabled } }));
  expect(failureOf(await scene.soon(posted))).toBe('route.disabled');
  expect(scene.message.state).toBe('failed');
});

test('a message over a disabled route is refused before it is recorded', async () => {
  const scene = new Scene();
  scene.publish(simulatedShop({ routes: { ackOrders: disabled } }));
  const one = await scene.node('one');
  expect(failureOf(await scene.soon(scene.post(one, ack)))).toBe('route.disabled');
  expect(scene.database.state.messages.size).toBe(0);
});
