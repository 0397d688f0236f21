/** Who is responsible for a failed message: its caller, as long as he waits for it; the platform, once he was told that it goes on. */
import { describe, expect, test } from 'vitest';
import { ask, bodyOf, charge, failureOf, now, Scene } from './scene.ts';
import { simulatedShop, type ShopChange } from './simulated-configuration.ts';

const once = { retry: { attempts: 1, firstMs: 10, maxMs: 10 } };

describe('a message whose caller was told at the deadline that it goes on', () => {
  test('becomes a dead letter when its failure was just being recorded as his', async () => {
    const scene = new Scene({ settings: { replyDeadlineMs: 1_000 } });
    scene.publish(simulatedShop({ routes: { askOrders: once } }));
    scene.calling('quote', 'busy');
    const one = await scene.node('one');
    // Intake, intent and outcome are quick; the record of the failure is not.
    let commits = 0;
    scene.commitDelay = () => (++commits > 3 ? 2_000 : null);
    expect(await scene.soon(scene.post(one, ask))).toMatchObject({ kind: 'reply', reply: { kind: 'accepted' } });
    await scene.rest();
    expect(scene.message).toMatchObject({ state: 'dead', failure: { code: 'connection.busy' } });
  });

  test('is retried here however the run was started', async () => {
    const scene = new Scene({ settings: { replyDeadlineMs: 1_000 } });
    scene.publish(simulatedShop({ scenarios: { byHand: { on: { manual: true }, runAs: 'system', steps: [{ create: { template: 'Shadow', set: { number: '1' } } }] } } }));
    const one = await scene.node('one');
    let refusals = 0;
    scene.commitDelay = () => (scene.database.state.inbox.size === 0 ? null : 1_500);
    scene.refuseCommit = ({ message, records }) => (message !== undefined && records.length > 0 && ++refusals === 1 ? { kind: 'unavailable', failure: { code: 'store.unavailable', parameters: {}, next: { kind: 'retry' } } } : null);
    expect(await scene.soon(one.engine.run('byHand', {}, null, 'someone'))).toMatchObject({ kind: 'accepted' });
    await scene.rest();
    expect(scene.messageOf('run').state).toBe('done');
    expect(scene.count('Shadow')).toBe(1);
  });
});

describe('a dead letter that a person sends back', () => {
  test('is a dead letter again when it fails, though its route leaves failures to the caller', async () => {
    const scene = new Scene();
    const scenarios: ShopChange['scenarios'] = { acceptAsk: { on: { message: 'askOrders' }, runAs: 'system', steps: [{ send: { route: 'charge', message: '=message', response: 'charged' } }] } };
    scene.publish(simulatedShop({ scenarios, routes: { askOrders: once } }));
    scene.calling('charge', 'lostAfter', 'busy');
    const one = await scene.node('one');
    expect(failureOf(await scene.soon(scene.post(one, ask)))).toBe('run.unknownOutcome');
    expect(scene.message.state).toBe('dead');
    expect(await scene.soon(one.engine.retry(scene.message.id))).toBe(true);
    await scene.rest();
    expect(scene.message).toMatchObject({ state: 'dead', failure: { code: 'connection.busy' } });
  });
});

describe('a repeat of a failed message', () => {
  test('that fails again, however late, is the caller\'s again', async () => {
    const scene = new Scene();
    scene.publish(simulatedShop({ routes: { askOrders: once } }));
    scene.calling('quote', 'busy', 'busy');
    const one = await scene.node('one');
    expect(failureOf(await scene.soon(scene.post(one, ask)))).toBe('connection.busy');
    await scene.pass(60_000);
    expect(failureOf(await scene.soon(scene.post(one, ask)))).toBe('connection.busy');
    expect(scene.message.state).toBe('failed');
    expect(bodyOf(await scene.soon(scene.post(one, ask))).status).toBe(200);
  });

  test('bridges a passing trouble inside its own deadline', async () => {
    const scene = new Scene();
    scene.publish(simulatedShop({ routes: { askOrders: { retry: { attempts: 2, firstMs: 10, maxMs: 10 } } } }));
    scene.calling('quote', 'busy', 'busy', 'busy');
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ask));
    await scene.pass(60_000);
    expect(bodyOf(await scene.soon(scene.post(one, ask))).status).toBe(200);
  });
});

test('a message that was acknowledged stays ours when its route begins to answer after the run', async () => {
  const scene = new Scene();
  scene.publish(simulatedShop({ routes: { chargeOrders: { retry: { attempts: 2, firstMs: 500, maxMs: 500 } } } }));
  scene.calling('charge', 'busy', 'busy');
  const one = await scene.node('one');
  await scene.soon(scene.post(one, charge));
  await scene.until(() => scene.message.state === 'waiting');
  scene.publish(simulatedShop({ revision: 2, routes: { chargeOrders: { reply: 'afterRun', retry: { attempts: 2, firstMs: 500, maxMs: 500 } } } }));
  await scene.rest();
  expect(scene.message.state).toBe('dead');
});

describe('at the deadline of a message that was recorded first', () => {
  test('the error reply that its scenario has set by then is sent', async () => {
    const scene = new Scene({ settings: { replyDeadlineMs: 1_000 } });
    const scenarios: ShopChange['scenarios'] = {
      acceptNow: { on: { message: 'nowOrders' }, runAs: 'system', steps: [{ return: { errorResponse: { reason: 'too slow' }, status: 418 } }, { upsert: { template: 'Order', by: { number: '=message.number' }, set: { customer: '=message.customer' } } }] },
    };
    scene.publish(simulatedShop({ scenarios }));
    const one = await scene.node('one');
    scene.readDelay = () => 5_000;
    expect(bodyOf(await scene.soon(scene.post(one, { ...now, padding: 'x'.repeat(70_000) }))).status).toBe(418);
    await scene.pass(10_000);
    expect(scene.message.state).toBe('cancelled');
    expect(scene.count('Order')).toBe(0);
  });
});
