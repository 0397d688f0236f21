/** What happens when two things happen at once on two platforms over one database. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messageOf } from './node.ts';
import { eventually } from './platform.ts';
import { ackRoute, callRoute, note, scenario, TwoNodes } from './two-nodes.ts';

let nodes: TwoNodes;

beforeAll(async () => {
  nodes = await TwoNodes.start();
  await nodes.scene.apply('kind: Template\nname: Counter\nattributes: {name: {type: text, unique: true}, value: {type: number, default: 0}}\n');
});

afterAll(() => nodes.close());

beforeEach(() => nodes.remote.reset());

describe('a configuration published between two attempts', () => {
  test('moves the address, and leaves the message to the scenario that it was accepted under', async () => {
    await nodes.scene.apply(
      ackRoute('republished', 'retry: {attempts: 100, firstMs: 50, maxMs: 50}'),
      'kind: Connection\nname: moving\ntype: http-out\nproperties: {url: "http://127.0.0.1:1"}\nallow: [loopback]\n',
      callRoute('movingCall').replace('connection: outside', 'connection: moving'),
      scenario('republished', `${note('republished', 'old')}
  - send: {route: movingCall, message: {text: =message.text}, response: answered}`),
    );
    const id = messageOf(await nodes.first.send('in/republished', { text: 'a' }));
    await eventually('the first attempt failed', async () => (await nodes.first.message(id)).attempts > 0);
    await nodes.scene.apply(
      `kind: Connection\nname: moving\ntype: http-out\nproperties: {url: "${nodes.remote.url}"}\nallow: [loopback]\n`,
      scenario('republished', `${note('republished', 'new')}
  - send: {route: movingCall, message: {text: =message.text}, response: answered}`),
    );
    await nodes.over(id, 'done');
    expect(await nodes.notes('republished')).toEqual(['old']);
    expect(nodes.remote.bodies()).toEqual([{ text: 'a' }]);
  });

  test('parks a dead letter that is put back when it would now say something else in a call that was answered, and the call is not made again', async () => {
    const steps = (text: string): string => `
  - send: {route: settledCall, message: {text: "${text}"}, response: one}
  - send: {route: refusedCall, message: {text: second}, response: two}${note('changed')}`;
    await nodes.scene.apply(
      ackRoute('changed', 'retry: {attempts: 2, firstMs: 50, maxMs: 50}'),
      'kind: Connection\nname: closed\ntype: http-out\nproperties: {url: "http://127.0.0.1:1"}\nallow: [loopback]\n',
      callRoute('settledCall'),
      callRoute('refusedCall').replace('connection: outside', 'connection: closed'),
      scenario('changed', steps('before')),
    );
    const id = messageOf(await nodes.first.send('in/changed', { text: 'a' }));
    await nodes.over(id, 'dead');
    await nodes.scene.apply(scenario('changed', steps('after')));
    expect((await nodes.second.call('POST', `/api/v1/messages/${id}/retry`)).status).toBe(200);
    const failed = async () => (await nodes.first.message(id)).failure;
    await eventually('another failure', async () => (await failed())?.code === 'run.requestChanged');
    expect(await failed()).toMatchObject({ code: 'run.requestChanged', parameters: { route: 'settledCall' } });
    expect(nodes.remote.bodies()).toEqual([{ text: 'before' }]);
    expect(await nodes.notes('changed')).toEqual([]);
  });
});

describe('messages of one order key', () => {
  test('are handled one after another in the order in which they were acknowledged, whichever node took them', async () => {
    await nodes.scene.apply(ackRoute('ordered', 'keys: {order: =key}'), scenario('ordered', note('ordered')));
    const texts = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, '0'));
    let last = '';
    for (const [index, text] of texts.entries()) last = messageOf(await (index % 2 === 0 ? nodes.first : nodes.second).send('in/ordered', { text, key: 'k' }));
    await nodes.over(last, 'done');
    expect(await nodes.notes('ordered')).toEqual(texts);
  });

  test('go on past a parked head, which is done after them when it is retried', async () => {
    const handle = (refused: string): string => scenario('parked', `
  - validate: {that: "=message.text != '${refused}'", else: not yet}${note('parked')}`);
    await nodes.scene.apply(ackRoute('parked', 'keys: {order: =key}\nretry: {attempts: 1}\norderPolicy: park'), handle('head'));
    const head = messageOf(await nodes.first.send('in/parked', { text: 'head', key: 'k' }));
    const younger = messageOf(await nodes.second.send('in/parked', { text: 'younger', key: 'k' }));
    const youngest = messageOf(await nodes.first.send('in/parked', { text: 'youngest', key: 'k' }));
    await nodes.over(head, 'dead');
    await Promise.all([nodes.over(younger, 'done'), nodes.over(youngest, 'done')]);
    await nodes.scene.apply(handle('nothing'));
    expect((await nodes.second.call('POST', `/api/v1/messages/${head}/retry`)).status).toBe(200);
    await nodes.over(head, 'done');
    expect(await nodes.notes('parked')).toEqual(['younger', 'youngest', 'head']);
    expect((await nodes.second.call('POST', `/api/v1/messages/${head}/retry`)).status).toBe(409);
  });

  test('wait behind a blocking head until it is retried', async () => {
    const handle = (refused: string): string => scenario('blocked', `
  - validate: {that: "=message.text != '${refused}'", else: not yet}${note('blocked')}`);
    await nodes.scene.apply(ackRoute('blocked', 'keys: {order: =key}\nretry: {attempts: 1}\norderPolicy: block'), handle('head'));
    const head = messageOf(await nodes.first.send('in/blocked', { text: 'head', key: 'k' }));
    const younger = messageOf(await nodes.second.send('in/blocked', { text: 'younger', key: 'k' }));
    const other = messageOf(await nodes.second.send('in/blocked', { text: 'other key', key: 'o' }));
    await nodes.over(head, 'dead');
    await nodes.over(other, 'done');
    expect((await nodes.first.message(younger)).state).toBe('pending');
    await nodes.scene.apply(handle('nothing'));
    expect((await nodes.first.call('POST', `/api/v1/messages/${head}/retry`)).status).toBe(200);
    await nodes.over(younger, 'done');
    expect(await nodes.notes('blocked')).toEqual(['other key', 'head', 'younger']);
  });
});

test('a disabled outbound route keeps its messages, and sends each of them once when it is enabled', async () => {
  const route = (enabled: boolean): string => callRoute('delivering', `retry: {attempts: 2, firstMs: 50}\nenabled: ${enabled}`);
  await nodes.scene.apply(ackRoute('deliver'), route(false), scenario('deliver', `
  - send: {route: delivering, message: {text: =message.text}}`));
  const parents = await Promise.all(['a', 'b', 'c'].map(async (text, index) => messageOf(await (index === 1 ? nodes.second : nodes.first).send('in/deliver', { text }))));
  const children = await Promise.all(parents.map(async (id) => {
    const { children: [child] } = await nodes.over(id, 'done');
    if (child === undefined) throw new Error('nothing was queued');
    return child.id;
  }));
  // Each has been looked at, more often than its attempts would allow.
  await eventually('they wait', async () => (await Promise.all(children.map((id) => nodes.first.message(id)))).every(({ state }) => state === 'waiting'));
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const id of children) expect(await nodes.first.message(id)).toMatchObject({ state: 'waiting', failure: { code: 'route.disabled' }, attempts: 0 });
  expect(nodes.remote.seen).toEqual([]);
  await nodes.scene.apply(route(true));
  for (const id of children) expect(await nodes.over(id, 'done')).toMatchObject({ failure: null });
  expect(nodes.remote.bodies()).toEqual(expect.arrayContaining([{ text: 'a' }, { text: 'b' }, { text: 'c' }]));
  expect(new Set(nodes.remote.effectIds()).size).toBe(3);
});

test('runs on two nodes that change one record lose no change', async () => {
  await nodes.scene.apply(
    'kind: Route\nname: count\nconnection: inside\noperation: receive\nproperties: {path: count}\nrequest: {name: string}\n',
    scenario('count', `
  - upsert: {template: Counter, by: {name: =message.name}, as: counter}
  - set: {record: =counter, values: {value: =counter.value + 1}}`),
  );
  const statuses = await Promise.all(Array.from({ length: 30 }, async (_, index) => {
    // A caller repeats what was refused because too many wanted the same record.
    for (;;) {
      const { status } = await (index % 2 === 0 ? nodes.first : nodes.second).send('in/count', { name: 'one' });
      if (status === 200) return status;
      expect(status).toBe(503);
    }
  }));
  expect(statuses).toHaveLength(30);
  expect(await nodes.first.records('Counter')).toMatchObject([{ name: 'one', value: 30 }]);
});

test('upserts of one key on two nodes at the same moment make one record', async () => {
  await nodes.scene.apply(
    'kind: Route\nname: meet\nconnection: inside\noperation: receive\nproperties: {path: meet}\nrequest: {name: string}\n',
    scenario('meet', `
  - upsert: {template: Counter, by: {name: =message.name}}`),
  );
  for (let round = 0; round < 10; round += 1) {
    const name = `met ${round}`;
    const answers = await Promise.all([nodes.first, nodes.second, nodes.first, nodes.second].map((node) => node.send('in/meet', { name })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  }
  expect((await nodes.first.records('Counter')).filter(({ name }) => String(name).startsWith('met '))).toHaveLength(10);
});

