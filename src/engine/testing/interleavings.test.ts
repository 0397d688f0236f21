/** Meetings of two things at one moment, each made to happen. What no test here makes happen, the seeds of the simulation do. */
import { describe, expect, test } from 'vitest';
import { ack, ask, bodyOf, charge, failureOf, now, Scene } from './scene.ts';
import type { SimulatedOrder } from './simulated-cluster.ts';
import { simulatedShop, type ShopChange } from './simulated-configuration.ts';
import type { RemoteFate } from './simulated-remote.ts';

describe('a lease that is lost while a request is out', () => {
  /** The first node stops once the remote has acted, and goes on long after the second took over. */
  async function stoppedInCall(scene: Scene, order: SimulatedOrder): Promise<void> {
    const one = await scene.node('one');
    const posted = scene.post(one, order, 100_000);
    await scene.until(() => scene.remote.acts.length === 1);
    one.node.pause();
    await scene.node('two');
    await scene.pass(10_000);
    one.node.resume();
    await scene.soon(posted);
    await scene.rest();
    await scene.pass(5_000);
  }

  test('is parked by the next owner where repeats are not allowed, and the late answer changes nothing', async () => {
    const scene = new Scene();
    await stoppedInCall(scene, charge);
    expect(scene.message).toMatchObject({ state: 'dead', failure: { code: 'run.unknownOutcome' } });
    expect(scene.calls('charge')).toBe(1);
    expect(scene.count('Receipt')).toBe(0);
    expect(scene.commits).toContainEqual({ node: 'one', kind: 'fenced' });
    expect(scene.crashes).toEqual([]);
  });

  test('is repeated by the next owner under the same effect id where repeats are allowed', async () => {
    const scene = new Scene();
    await stoppedInCall(scene, ask);
    expect(scene.message.state).toBe('done');
    expect(scene.calls('quote')).toBe(2);
    expect(new Set(scene.remote.acts.filter(({ route }) => route === 'quote').map(({ effectId }) => effectId)).size).toBe(1);
    expect([scene.count('Receipt'), scene.count('Shadow'), scene.calls('notify')]).toEqual([1, 1, 1]);
  });
});

describe('a deadline against a commit', () => {
  const settings = { replyDeadlineMs: 1_000 };

  test('is won by a commit that has begun: its reply is sent', async () => {
    const scene = new Scene({ settings });
    const one = await scene.node('one');
    scene.commitDelay = () => 1_500;
    expect(bodyOf(await scene.soon(scene.post(one, now))).status).toBe(200);
    expect(scene.message.state).toBe('done');
    expect(scene.count('Receipt')).toBe(1);
  });

  test('does not keep the caller for ever: he is told that nobody knows yet, and his repeat gets the reply', async () => {
    const scene = new Scene({ settings });
    const one = await scene.node('one');
    scene.commitDelay = () => 3_000;
    expect(failureOf(await scene.soon(scene.post(one, now)))).toBe('run.outcomePending');
    await scene.until(() => scene.count('Receipt') === 1);
    expect(bodyOf(await scene.soon(scene.post(one, now)))).toEqual({ status: 200, repeated: true });
    expect(scene.count('Receipt')).toBe(1);
  });

  test('is won by the deadline before the commit of a pending message: nothing is written', async () => {
    const scene = new Scene({ settings });
    const one = await scene.node('one');
    // Large, so that it is recorded before it is run; the run's own commit comes too late.
    let commits = 0;
    scene.commitDelay = () => (++commits === 2 ? 3_000 : null);
    const answer = await scene.soon(scene.post(one, { ...now, padding: 'x'.repeat(70_000) }));
    expect(failureOf(answer)).toBe('run.deadline');
    await scene.pass(10_000);
    expect(scene.message.state).toBe('cancelled');
    expect(scene.count('Receipt')).toBe(0);
    expect(scene.commits.at(-1)).toEqual({ node: 'one', kind: 'fenced' });
  });

  test('when a request has left, tells the caller that it goes on, and it does', async () => {
    const scene = new Scene({ settings });
    const one = await scene.node('one');
    scene.calling('quote', 'slow');
    const answer = await scene.soon(scene.post(one, ask));
    expect(answer).toMatchObject({ kind: 'reply', reply: { kind: 'accepted' } });
    await scene.rest();
    expect(scene.message.state).toBe('done');
  });

  test('a failure after the caller was told "accepted" is retried here, not left to him', async () => {
    const scene = new Scene({ settings });
    const one = await scene.node('one');
    scene.calling('quote', 'slowLost', 'busy', 'refuse');
    expect(await scene.soon(scene.post(one, ask))).toMatchObject({ kind: 'reply', reply: { kind: 'accepted' } });
    expect(scene.calls('quote')).toBe(0);
    await scene.rest();
    expect(scene.message.state).toBe('done');
    expect([scene.count('Receipt'), scene.calls('notify')]).toEqual([1, 1]);
  });
});

describe('a repeat while the first still runs', () => {
  test('on the same node waits for it and gets its reply', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    scene.commitDelay = () => 500;
    const [first, second] = await scene.soon(Promise.all([scene.post(one, now), scene.post(one, now)]));
    expect(bodyOf(first)).toEqual({ status: 200, repeated: false });
    expect(bodyOf(second)).toEqual({ status: 200, repeated: true });
    expect(scene.count('Receipt')).toBe(1);
  });

  test('on the same node is told to come later when the first takes too long', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    scene.commitDelay = () => 3_000;
    const [first, second] = await scene.soon(Promise.all([scene.post(one, now), scene.post(one, now)]));
    expect(bodyOf(first).status).toBe(200);
    expect(failureOf(second)).toBe('message.inProgress');
    expect(scene.count('Receipt')).toBe(1);
  });

  test('on another node loses at the key and answers with what the first stored', async () => {
    const scene = new Scene();
    const nodes = [await scene.node('one'), await scene.node('two')] as const;
    scene.commitDelay = (node) => (node === 'one' ? 300 : 400);
    const [first, second] = await scene.soon(Promise.all([scene.post(nodes[0], now), scene.post(nodes[1], now)]));
    expect(bodyOf(first)).toEqual({ status: 200, repeated: false });
    expect(bodyOf(second)).toEqual({ status: 200, repeated: true });
    await scene.rest();
    expect([scene.count('Receipt'), scene.count('Order'), scene.count('Shadow')]).toEqual([1, 1, 1]);
  });

  test('of a message that asks a remote system waits on any node and is answered or told to come later', async () => {
    const scene = new Scene();
    const nodes = [await scene.node('one'), await scene.node('two')] as const;
    scene.calling('quote', 'slow');
    const first = scene.post(nodes[0], ask);
    await scene.until(() => scene.database.state.intents.size === 1);
    expect(failureOf(await scene.soon(scene.post(nodes[1], ask)))).toBe('message.inProgress');
    expect(bodyOf(await scene.soon(first)).status).toBe(200);
    expect(bodyOf(await scene.soon(scene.post(nodes[1], ask)))).toEqual({ status: 200, repeated: true });
    expect(scene.calls('quote')).toBe(1);
  });

  test('with the same body and another query is another message to a route that reads the query', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    await scene.soon(scene.post(one, { ...now, query: 'page=1' }));
    expect(failureOf(await scene.soon(scene.post(one, { ...now, query: 'page=2' })))).toBe('message.keyReused');
    expect(bodyOf(await scene.soon(scene.post(one, { ...now, query: 'page=1' })))).toEqual({ status: 200, repeated: true });
  });

  test('with another body is refused and changes nothing', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    await scene.soon(scene.post(one, now));
    expect(failureOf(await scene.soon(scene.post(one, { ...now, customer: 'B' })))).toBe('message.keyReused');
    expect(scene.count('Receipt')).toBe(1);
  });
});

test('a late worker with an old fence commits nothing', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  expect(await scene.soon(scene.post(one, ack))).toMatchObject({ reply: { kind: 'accepted' } });
  await scene.until(() => [...scene.database.state.inbox.values()].some(({ owner }) => owner?.startsWith('one/') === true));
  one.node.pause();
  await scene.node('two');
  await scene.pass(10_000);
  expect(scene.message.state).toBe('done');
  one.node.resume();
  await scene.rest();
  await scene.pass(5_000);
  expect([scene.count('Receipt'), scene.count('Shadow'), scene.calls('notify')]).toEqual([1, 1, 1]);
  expect(scene.crashes).toEqual([]);
});

describe('a publish between two attempts', () => {
  /** The first attempt is charged and then told "later" by the second remote; the next attempt runs on the changed scenario. */
  const twoCalls = (message: string): ShopChange['scenarios'] => ({
    acceptCharge: {
      on: { message: 'chargeOrders' },
      runAs: 'system',
      steps: [
        { send: { route: 'charge', message, response: 'charged' } },
        { send: { route: 'quote', message: '=message', response: 'quoted' } },
        { create: { template: 'Receipt', set: { number: '=message.number', seq: '=message.seq' } } },
      ],
    },
  });
  const other = '=$merge([message, {"customer": "B"}])';

  /** Also puts a dead letter back, which then runs by what is published now. */
  async function published(route: string, fate: RemoteFate, message: string, attempts = 3): Promise<Scene> {
    const scene = new Scene();
    const routes: ShopChange['routes'] = { chargeOrders: { retry: { attempts, firstMs: 10, maxMs: 10 } } };
    scene.publish(simulatedShop({ scenarios: twoCalls('=message'), routes }));
    scene.calling(route, fate);
    const one = await scene.node('one');
    await scene.soon(scene.post(one, charge));
    await scene.until(() => scene.message.state === (attempts === 1 ? 'dead' : 'waiting'));
    scene.publish(simulatedShop({ revision: 2, scenarios: twoCalls(message), routes }));
    if (attempts === 1) expect(await scene.soon(one.engine.retry(scene.message.id))).toBe(true);
    await scene.rest();
    return scene;
  }
  const charged = (scene: Scene) => scene.remote.acts.filter(({ route }) => route === 'charge').map(({ message }) => message['customer']);

  test.each([['quote', other], ['charge', other], ['quote', '=message']])('changes nothing for a run that has begun (%s)', async (route, message) => {
    const scene = await published(route, 'busy', message);
    expect(scene.message.state).toBe('done');
    expect([charged(scene), scene.calls('quote'), scene.count('Receipt')]).toEqual([['A'], 1, 1]);
  });

  test('replays what was carried out for a dead letter that is put back when the request is the same', async () => {
    const scene = await published('quote', 'busy', '=message', 1);
    expect(scene.message.state).toBe('done');
    expect([scene.calls('charge'), scene.calls('quote'), scene.count('Receipt')]).toEqual([1, 1, 1]);
  });

  test('parks a dead letter that is put back when what was carried out would now be another request', async () => {
    const scene = await published('quote', 'busy', other, 1);
    expect(scene.message).toMatchObject({ state: 'dead', failure: { code: 'run.requestChanged' } });
    expect([scene.calls('charge'), scene.count('Receipt')]).toEqual([1, 0]);
  });

  test.each(['busy', 'refuse'] as const)('has a dead letter that is put back send the changed request when the first was not carried out (%s)', async (fate) => {
    const scene = await published('charge', fate, other, 1);
    expect(scene.message.state).toBe('done');
    expect([charged(scene), scene.count('Receipt')]).toEqual([['B'], 1]);
  });
});

test('an error answer that ended a run is asked for again, one that the scenario handled is replayed', async () => {
  const scene = new Scene();
  const handled = {
    acceptCharge: {
      on: { message: 'chargeOrders' },
      runAs: 'system',
      steps: [
        { send: { route: 'charge', message: '=message', response: 'charged', error: 'trouble' } },
        { send: { route: 'quote', message: '=message', response: 'quoted' } },
        { create: { template: 'Receipt', set: { number: '=message.number' } } },
      ],
    },
  };
  scene.publish(simulatedShop({ scenarios: handled }));
  const fates: Record<string, RemoteFate[]> = { charge: ['busy'], quote: ['busy', 'refuse', 'lostAfter'] };
  const asked: string[] = [];
  scene.remote.decide = (route) => {
    asked.push(route);
    return fates[route]?.shift() ?? 'answer';
  };
  const one = await scene.node('one');
  await scene.soon(scene.post(one, charge));
  await scene.rest();
  expect(scene.message.state).toBe('done');
  expect(asked).toEqual(['charge', 'quote', 'quote', 'quote', 'quote']);
  expect(scene.count('Receipt')).toBe(1);
});
