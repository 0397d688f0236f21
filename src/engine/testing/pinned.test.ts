/** Publications in the middle of a backlog, of a series of retries and of a run whose node dies: a run finishes on the version it began on. */
import { describe, expect, test } from 'vitest';
import { ack, charge, Scene } from './scene.ts';
import { simulatedShop, type ShopChange } from './simulated-configuration.ts';

const storing = (template: string): ShopChange['scenarios'] => ({
  acceptCharge: {
    on: { message: 'chargeOrders' },
    runAs: 'system',
    steps: [{ send: { route: 'quote', message: '=message', response: 'quoted' } }, { create: { template, set: { number: '=message.number' } } }],
  },
});
const first = simulatedShop({ scenarios: storing('Receipt') });
const second = (change: ShopChange = {}) => simulatedShop({ revision: 2, scenarios: storing('Shadow'), ...change });

describe('a publication while a message is under way', () => {
  test('leaves a run that is retried with the version that its message was accepted under', async () => {
    const scene = new Scene();
    scene.publish(first);
    scene.calling('quote', 'busy', 'busy');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.until(() => scene.message.state === 'waiting');
    scene.publish(second());
    await scene.until(() => scene.message.state === 'done');
    expect([scene.count('Receipt'), scene.count('Shadow')]).toEqual([1, 0]);
  });

  test('leaves a message that nobody has begun yet with it, and also one whose node dies in the middle', async () => {
    const scene = new Scene();
    scene.publish(first);
    const one = await scene.node('one');
    one.node.dieAt('request.afterIntent', 1);
    await scene.soon(scene.post(one, charge));
    await scene.until(() => !one.node.alive);
    scene.publish(second());
    await scene.node('two');
    await scene.until(() => scene.message.state === 'done' || scene.message.state === 'dead');
    expect([scene.message.state, scene.count('Shadow')]).toEqual([scene.message.state, 0]);
    expect(scene.message.revision).toBe(first.revision);
  });

  test('makes what comes after it run by the new one', async () => {
    const scene = new Scene();
    scene.publish(second());
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.until(() => scene.message.state === 'done');
    expect([scene.count('Receipt'), scene.count('Shadow')]).toEqual([0, 1]);
  });

  test('that switches the scenario or the route off stops also what began before', async () => {
    const scene = new Scene();
    scene.publish(first);
    scene.calling('quote', 'busy');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.until(() => scene.message.state === 'waiting');
    scene.publish(second({ routes: { chargeOrders: { enabled: false } } }));
    await scene.until(() => scene.message.failure?.code === 'route.disabled');
    expect(scene.count('Receipt')).toBe(0);
  });

  test('is what a dead letter runs by when a person puts it back', async () => {
    const scene = new Scene();
    scene.publish(simulatedShop({ scenarios: storing('Receipt'), routes: { chargeOrders: { retry: { attempts: 1, firstMs: 10, maxMs: 10 } } } }));
    scene.calling('quote', 'busy');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.until(() => scene.message.state === 'dead');
    scene.publish(second());
    expect(await scene.soon(one.engine.retry(scene.message.id))).toBe(true);
    await scene.until(() => scene.message.state === 'done');
    expect([scene.count('Receipt'), scene.count('Shadow')]).toEqual([0, 1]);
  });
});

test('a run that was queued by a commit finishes on the version of that commit', async () => {
  const scene = new Scene();
  scene.publish(first);
  const one = await scene.node('one');
  await scene.soon(scene.post(one, ack));
  await scene.rest();
  expect(scene.message.revision).toBe(first.revision);
});
