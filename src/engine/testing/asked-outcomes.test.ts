/** Calls that got no answer, over routes whose remote can be asked what came of them: neither lost nor made twice. */
import { describe, expect, test } from 'vitest';
import { failure } from '../../core/failure.ts';
import { ack, Scene, type SimulatedOrder } from './scene.ts';
import { simulatedShop, type ShopChange } from './simulated-configuration.ts';

const scenarios: ShopChange['scenarios'] = { acceptAck: { on: { message: 'ackOrders' }, runAs: 'system', steps: [{ send: { route: 'book', message: '=message' } }] } };
const shop = (change: ShopChange = {}) => simulatedShop({ scenarios, ...change });
const reserve: SimulatedOrder = { ...ack, route: 'reserveOrders' };
const several = () => ({ kind: 'undecided' as const, failure: failure('odata.severalCandidates', { connection: 'remote', set: 'Partners', candidates: '1; 2' }) });

describe('a delivery without an answer', () => {
  test.each([['after', 'lostAfter'], ['before', 'lostBefore']] as const)('that was cut %s it acted has acted once in the end', async (_when, fate) => {
    const scene = new Scene();
    scene.publish(shop());
    scene.calling('book', fate);
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ack));
    await scene.until(() => scene.stateOf('out') === 'done');
    expect([scene.calls('book'), scene.messageOf('out').replyStatus]).toEqual([1, 200]);
  });

  test('because its node died is asked about by the next', async () => {
    const scene = new Scene();
    scene.publish(shop());
    const one = await scene.node('one');
    one.node.dieAt('outbox.afterBytes', 1);
    await scene.soon(scene.post(one, ack));
    await scene.until(() => !one.node.alive);
    await scene.node('two');
    await scene.until(() => scene.stateOf('out') === 'done');
    expect(scene.calls('book')).toBe(1);
  });

  test('stays unknown through attempts in which nobody can be asked', async () => {
    const scene = new Scene();
    scene.publish(shop());
    scene.calling('book', 'lostAfter', 'refuse', 'refuse');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ack));
    await scene.until(() => scene.stateOf('out') === 'waiting');
    expect(scene.messageOf('out').failure?.code).toBe('run.unverified');
    await scene.until(() => scene.stateOf('out') === 'done');
    expect(scene.calls('book')).toBe(1);
  });

  test('waits, still unknown, while its route is disabled', async () => {
    const scene = new Scene();
    scene.publish(shop({ routes: { book: { retry: { attempts: 2, firstMs: 10, maxMs: 10 } } } }));
    const one = await scene.node('one');
    one.node.dieAt('outbox.afterBytes', 1);
    await scene.soon(scene.post(one, ack));
    await scene.until(() => !one.node.alive);
    scene.publish(shop({ revision: 2, routes: { book: { enabled: false, retry: { attempts: 2, firstMs: 10, maxMs: 10 } } } }));
    await scene.node('two');
    await scene.pass(30_000);
    expect(scene.messageOf('out')).toMatchObject({ state: 'waiting', failure: { code: 'run.unverified' } });
    scene.publish(shop({ revision: 3 }));
    await scene.until(() => scene.stateOf('out') === 'done');
    expect(scene.calls('book')).toBe(1);
  });

  test('of which several things may have come waits for a person, and is asked about again when he sends it back', async () => {
    const scene = new Scene();
    scene.publish(shop());
    scene.calling('book', 'lostAfter');
    scene.remote.judge = several;
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ack));
    await scene.until(() => scene.stateOf('out') === 'dead');
    expect(scene.messageOf('out').failure).toMatchObject({ code: 'run.undecided', problems: [{ code: 'odata.severalCandidates', parameters: { candidates: '1; 2' } }] });
    scene.remote.judge = () => null;
    expect(await scene.soon(one.engine.retry(scene.messageOf('out').id))).toBe(true);
    await scene.until(() => scene.stateOf('out') === 'done');
    expect(scene.calls('book')).toBe(1);
  });
});

describe('a call of a run without an answer', () => {
  test.each([['after', 'lostAfter'], ['before', 'lostBefore']] as const)('that was cut %s it acted has acted once in the end', async (_when, fate) => {
    const scene = new Scene();
    scene.calling('reserve', fate);
    const one = await scene.node('one');
    await scene.soon(scene.post(one, reserve));
    await scene.rest();
    expect([scene.message.state, scene.calls('reserve'), scene.count('Receipt')]).toEqual(['done', 1, 1]);
  });

  test('that cannot be asked about yet is seen by no handler of its scenario', async () => {
    const scene = new Scene();
    const handled: ShopChange['scenarios'] = {
      acceptReserve: { on: { message: 'reserveOrders' }, runAs: 'system', steps: [
        { send: { route: 'reserve', message: '=message', response: 'reserved' }, onError: 'handle', handle: [{ create: { template: 'Shadow', set: { number: '=message.number' } } }] },
        { create: { template: 'Receipt', set: { number: '=message.number' } } },
      ] },
    };
    scene.publish(simulatedShop({ scenarios: handled }));
    scene.calling('reserve', 'lostAfter', 'refuse', 'refuse');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, reserve));
    await scene.rest();
    expect([scene.message.state, scene.calls('reserve'), scene.message.attempts > 1]).toEqual(['done', 1, true]);
    // One by the shop's own reaction to the receipt, none by the handler.
    expect(scene.count('Shadow')).toBe(1);
  });

  test('of which several things may have come waits for a person, and is asked about again when he sends it back', async () => {
    const scene = new Scene();
    scene.calling('reserve', 'lostAfter');
    scene.remote.judge = several;
    const one = await scene.node('one');
    await scene.soon(scene.post(one, reserve));
    await scene.until(() => scene.message.state === 'dead');
    expect(scene.message.failure?.code).toBe('run.undecided');
    scene.remote.judge = () => null;
    expect(await scene.soon(one.engine.retry(scene.message.id))).toBe(true);
    await scene.rest();
    expect([scene.message.state, scene.calls('reserve')]).toEqual(['done', 1]);
  });
});
