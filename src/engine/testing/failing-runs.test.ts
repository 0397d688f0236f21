/** Runs that fail in unusual places: each is recorded, answered, and comes to an end. */
import { describe, expect, test } from 'vitest';
import type { FailureData } from '../../core/failure.ts';
import { parseSchemaTree } from '../../core/message-schema.ts';
import { queueRow } from './model-database.ts';
import { ack, ask, bodyOf, charge, failureOf, now, Scene } from './scene.ts';
import { simulatedShop, type ShopChange } from './simulated-configuration.ts';
import { limits } from '../../core/limits.ts';

const away: FailureData = { code: 'store.unavailable', parameters: {}, next: { kind: 'retry' } };

describe('an error reply that cannot be made', () => {
  /** Adding a text to a number is a failure of the expression. */
  const broken = { errorResponse: { status: 422, tree: {}, body: { sum: '=message.number + 1' } } };
  const validate = { validate: { that: 'false', else: 'no' } };
  const scenarios: ShopChange['scenarios'] = {
    acceptAck: { on: { message: 'ackOrders' }, runAs: 'system', steps: [validate] },
    acceptNow: { on: { message: 'nowOrders' }, runAs: 'system', steps: [validate] },
  };

  test('leaves the answer to the failure itself, which is recorded', async () => {
    const scene = new Scene();
    scene.publish(simulatedShop({ scenarios, routes: { nowOrders: broken } }));
    const one = await scene.node('one');
    expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('run.validation');
    expect(scene.message).toMatchObject({ state: 'failed', reply: null, failure: { code: 'run.validation' } });
  });

  test('does not keep a message in its queue', async () => {
    const scene = new Scene();
    scene.publish(simulatedShop({ scenarios, routes: { ackOrders: broken } }));
    const one = await scene.node('one');
    await scene.soon(scene.post(one, ack));
    await scene.rest();
    expect(scene.message).toMatchObject({ state: 'dead', failure: { code: 'run.validation' } });
    expect(scene.crashes).toEqual([]);
  });
});

describe('a reply that cannot be stored', () => {
  const scenarios: ShopChange['scenarios'] = { acceptNow: { on: { message: 'nowOrders' }, runAs: 'system', steps: [{ create: { template: 'Receipt', set: { number: '=message.number' } } }, { return: { response: { text: '=$join([1..20000].("12345"))' } } }] } };
  const routes: ShopChange['routes'] = { nowOrders: { response: parseSchemaTree({ text: 'string' }, 'response'), errorResponse: { status: 503, tree: {}, body: { code: '=failure.code' } }, retry: { attempts: 1, firstMs: 10, maxMs: 10 } } };

  test('fails the run, which is recorded and answered like any other', async () => {
    const scene = new Scene();
    scene.publish(simulatedShop({ scenarios, routes }));
    scene.blobsFull = true;
    const one = await scene.node('one');
    expect(bodyOf(await scene.soon(scene.post(one, now))).status).toBe(503);
    expect(scene.message).toMatchObject({ state: 'failed', failure: { code: 'store.noSpace' } });
    expect(scene.count('Receipt')).toBe(0);
  });
});

describe('a passing trouble of a run in one commit', () => {
  test('is bridged inside the reply deadline', async () => {
    const scene = new Scene();
    let refusals = 0;
    scene.refuseCommit = () => (++refusals <= 3 ? { kind: 'unavailable', failure: away } : null);
    const one = await scene.node('one');
    expect(bodyOf(await scene.soon(scene.post(one, now)))).toEqual({ status: 200, repeated: false });
    expect([scene.message.state, scene.message.attempts, scene.count('Receipt')]).toEqual(['done', 4, 1]);
  });

  test('is told to the caller when it lasts, and that nothing was recorded', async () => {
    const scene = new Scene({ settings: { replyDeadlineMs: 2_000 } });
    scene.refuseCommit = () => ({ kind: 'unavailable', failure: away });
    const one = await scene.node('one');
    expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('store.unavailable');
    expect(scene.database.state.messages.size).toBe(0);
  });

  test('ends with the attempts of the route', async () => {
    const scene = new Scene();
    scene.publish(simulatedShop({ routes: { nowOrders: { retry: { attempts: 2, firstMs: 10, maxMs: 10 } } } }));
    scene.refuseCommit = ({ records }) => (records.length > 0 ? { kind: 'unavailable', failure: away } : null);
    const one = await scene.node('one');
    expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('store.unavailable');
    expect(scene.message).toMatchObject({ state: 'failed', attempts: 2 });
  });
});

test('a deadline that comes while a commit is under way ends the run when that commit comes to nothing', async () => {
  const scene = new Scene({ settings: { replyDeadlineMs: 1_000 } });
  const one = await scene.node('one');
  let commits = 0;
  scene.commitDelay = () => (++commits === 1 ? 1_500 : null);
  scene.refuseCommit = () => (commits === 1 ? { kind: 'conflict' } : null);
  expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('run.deadline');
  expect(scene.message.state).toBe('failed');
  expect(scene.count('Receipt')).toBe(0);
});

describe('an order key whose outbox is full', () => {
  async function full(): Promise<Scene> {
    const scene = new Scene();
    scene.publish(simulatedShop({ scenarios: { acceptNow: { on: { message: 'nowOrders' }, runAs: 'system', steps: [{ send: { route: 'notify', message: '=message', key: '=message.customer' } }] } } }));
    const { outbox } = scene.database.state;
    for (let index = 0; index < limits.orderKeyQueue.value; index += 1) outbox.set(`m${index}`, { ...queueRow(`m${index}`, 'route-notify', 'A', index, 0), parked: true });
    return scene;
  }

  test('makes a claimed run wait without counting attempts', async () => {
    const scene = await full();
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.pass(60_000);
    expect(scene.message).toMatchObject({ state: 'waiting', attempts: 0, failure: { code: 'order.queueFull' } });
    scene.database.state.outbox.clear();
    await scene.rest();
    expect(scene.message.state).toBe('done');
    expect([scene.calls('charge'), scene.count('Receipt')]).toEqual([1, 1]);
    expect(scene.crashes).toEqual([]);
  });

  test('is told to a caller who waits, and nothing is recorded', async () => {
    const scene = await full();
    const one = await scene.node('one');
    expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('order.queueFull');
    expect(scene.database.state.messages.size).toBe(0);
  });
});

test('a run that a run has caused keeps its initiator', async () => {
  const scene = new Scene();
  scene.publish(simulatedShop({ routes: { nowOrders: { initiator: { account: 'office' } }, ackOrders: { initiator: 'caller' } } }));
  const one = await scene.node('one');
  await scene.soon(scene.post(one, now));
  await scene.rest();
  expect(scene.messageOf('in').caller).toBe('client');
  expect(scene.messageOf('run').caller).toBe('office');
});

test('a run that is computed again after its request has another record commits nothing on old ground', async () => {
  const scene = new Scene();
  const scenarios: ShopChange['scenarios'] = {
    acceptAsk: {
      on: { message: 'askOrders' },
      runAs: 'system',
      steps: [
        { find: { template: 'Order', where: { number: '=message.number' }, as: 'order' } },
        { send: { route: 'quote', message: '=message', response: 'quoted' } },
        { create: { template: 'Receipt', set: { number: '=message.number', customer: '=order.customer' } } },
      ],
    },
  };
  scene.publish(simulatedShop({ scenarios }));
  const one = await scene.node('one');
  await scene.soon(scene.post(one, { ...now, key: 'first' }));
  await scene.rest();
  scene.remote.decide = () => 'slow';
  const asked = scene.post(one, ask, 60_000);
  await scene.until(() => scene.database.state.intents.size === 1);
  scene.remote.decide = () => 'answer';
  await scene.soon(scene.post(one, { ...now, customer: 'B', key: 'second' }));
  expect(bodyOf(await scene.soon(asked)).status).toBe(200);
  const receipts = [...scene.database.state.records.values()].filter(({ template }) => template === 't-Receipt').map(({ values }) => values['customer']);
  expect(receipts.at(-1)).toBe('B');
  expect(scene.commits.some(({ kind }) => kind === 'conflict')).toBe(true);
});

test('a message that the store refuses even as a failure is told why, not that the database is away', async () => {
  const scene = new Scene();
  const refused: FailureData = { code: 'store.keyTooLong', parameters: { what: 'Content type', length: 600, limit: 512 }, next: { kind: 'fail' } };
  scene.refuseCommit = () => ({ kind: 'refused', failure: refused });
  const one = await scene.node('one');
  expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('store.keyTooLong');
});

test('a run whose key expired and was taken over meanwhile is done, and answers nobody', async () => {
  const scene = new Scene();
  let lost = 0;
  scene.refuseCommit = ({ fence, idempotency }) => (fence !== undefined && idempotency !== undefined && ++lost === 1 ? { kind: 'duplicate', message: 'another', state: 'claimed', sameBody: true, reply: null, replyStatus: null } : null);
  const one = await scene.node('one');
  await scene.soon(scene.post(one, ack));
  await scene.rest();
  expect(lost).toBeGreaterThan(0);
  expect(scene.message.state).toBe('done');
  expect([scene.count('Receipt'), scene.crashes]).toEqual([1, []]);
});
