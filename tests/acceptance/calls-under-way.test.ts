/** Runs that are ended while a call of theirs is out, and calls whose answer never comes. */
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messageOf, type TestNode } from './node.ts';
import { eventually } from './platform.ts';
import { ackRoute, callRoute, note, scenario, TwoNodes } from './two-nodes.ts';

let nodes: TwoNodes;

beforeAll(async () => {
  nodes = await TwoNodes.start();
});

afterAll(() => nodes.close());

beforeEach(() => nodes.remote.reset());

describe('a run whose request is out', () => {
  beforeAll(() => nodes.scene.apply(
    ackRoute('asking'),
    callRoute('askingCall'),
    scenario('asking', `
  - send: {route: askingCall, message: {text: =message.text}, response: answered}${note('asking')}`),
  ));

  test('is cancelled: the call is still answered and recorded, and nothing is written', async () => {
    nodes.remote.hold();
    const id = messageOf(await nodes.first.send('in/asking', { text: 'cancelled' }));
    await nodes.remote.callIsOut();
    const worker = await workerOf(id);
    expect((await worker.call('POST', `/api/v1/runs/${id}/cancel`)).status).toBe(200);
    await leaseIsMissed();
    nodes.remote.release();
    const story = await eventually('the outcome is recorded', async () => {
      const found = await nodes.first.message(id);
      return found.calls[0]?.outcomeAt === null ? null : found;
    });
    expect(story).toMatchObject({ state: 'cancelled', failure: { code: 'run.cancelled' }, queued: null, calls: [{ route: 'askingCall', outcome: { kind: 'ok', status: 200 } }] });
    expect(await nodes.notes('asking')).toEqual([]);
    expect((await nodes.first.call('POST', `/api/v1/runs/${id}/cancel`)).status).toBe(409);
  });

  test('is cancelled over the other node in the same way', async () => {
    nodes.remote.hold();
    const id = messageOf(await nodes.first.send('in/asking', { text: 'cancelled elsewhere' }));
    await nodes.remote.callIsOut();
    const other = (await workerOf(id)) === nodes.first ? nodes.second : nodes.first;
    expect((await other.call('POST', `/api/v1/runs/${id}/cancel`)).status).toBe(200);
    await leaseIsMissed();
    nodes.remote.release();
    const story = await eventually('the outcome is recorded', async () => {
      const found = await nodes.first.message(id);
      return found.calls[0]?.outcomeAt === null ? null : found;
    });
    expect(story).toMatchObject({ state: 'cancelled', calls: [{ outcome: { kind: 'ok' } }] });
    expect(await nodes.notes('asking')).toEqual([]);
  });

  test('is killed, on its node or over the other: the call is dropped, its outcome stays unknown, and nothing is written', async () => {
    for (const elsewhere of [false, true]) {
      nodes.remote.hold();
      const id = messageOf(await nodes.first.send('in/asking', { text: 'killed' }));
      const response = await nodes.remote.callIsOut();
      const dropped = once(response, 'close');
      const worker = await workerOf(id);
      const told = elsewhere ? (worker === nodes.first ? nodes.second : nodes.first) : worker;
      expect((await told.call('POST', `/api/v1/runs/${id}/kill`)).status).toBe(200);
      await dropped;
      nodes.remote.hangUp();
      const story = await nodes.over(id, 'cancelled');
      expect(story).toMatchObject({ queued: null, calls: [{ route: 'askingCall', outcomeAt: null, outcome: null }] });
      expect(await nodes.notes('asking')).toEqual([]);
    }
  });

  /** Time enough for several renewals that find no lease any more. */
  const leaseIsMissed = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400));

  async function workerOf(id: string): Promise<TestNode> {
    const { queued } = await nodes.first.message(id);
    return queued?.owner?.startsWith('second') === true ? nodes.second : nodes.first;
  }
});

describe('a call whose answer is lost', () => {
  beforeAll(() => nodes.scene.apply(
    ackRoute('losing'),
    callRoute('losingCall'),
    scenario('losing', `
  - send: {route: losingCall, message: {text: =message.text}, response: answered}${note('losing')}`),
    ackRoute('losingDelivery'),
    scenario('losingDelivery', `
  - send: {route: losingCall, message: {text: =message.text}}`),
  ));

  /** The remote reads the request and hangs up. */
  async function lose(): Promise<void> {
    await nodes.remote.callIsOut();
    nodes.remote.hangUp();
  }

  test('parks its run where a repeat might do harm; when a person retries it, it is made again with the same effect id', async () => {
    nodes.remote.hold();
    const id = messageOf(await nodes.first.send('in/losing', { text: 'lost' }));
    await lose();
    expect(await nodes.over(id, 'dead')).toMatchObject({ failure: { code: 'run.unknownOutcome' }, calls: [{ outcomeAt: null }] });
    expect(nodes.remote.effectIds()).toHaveLength(1);
    expect(await nodes.notes('losing')).toEqual([]);
    expect((await nodes.second.call('POST', `/api/v1/messages/${id}/retry`)).status).toBe(200);
    expect(await nodes.over(id, 'done')).toMatchObject({ calls: [{ outcome: { kind: 'ok', status: 200 } }] });
    const [sent, again, ...more] = nodes.remote.effectIds();
    expect([again, more]).toEqual([sent, []]);
    expect(await nodes.notes('losing')).toEqual(['lost']);
  });

  test('parks a delivery in the same way', async () => {
    nodes.remote.hold();
    const parent = messageOf(await nodes.first.send('in/losingDelivery', { text: 'lost' }));
    await lose();
    const { children: [child] } = await nodes.over(parent, 'done');
    await nodes.over(child?.id ?? '', 'dead');
    expect(nodes.remote.effectIds()).toHaveLength(1);
    expect((await nodes.second.call('POST', `/api/v1/messages/${child?.id}/retry`)).status).toBe(200);
    await nodes.over(child?.id ?? '', 'done');
    const [sent, again, ...more] = nodes.remote.effectIds();
    expect([again, more]).toEqual([sent, []]);
  });
});

