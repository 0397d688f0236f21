/** What happens when two things happen at once: on two platforms over one database, and on a platform that is told to stop. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answer, startHttp } from '../../src/sdk/testing/server.ts';
import { callHttp, messageOf, type Answer, type MessageStory, type TestNode } from './node.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';

let scene: Scene;
let first: TestNode;
let second: TestNode;
let remote: Awaited<ReturnType<typeof startHttp>>;
/** Calls that the remote has not answered yet. */
const held: ServerResponse[] = [];
let hold = false;

beforeAll(async () => {
  remote = await startHttp((_request, response) => {
    if (hold) held.push(response);
    else answer(response, 200, { ok: true });
  });
  // Renewed often, so that what happens to a lease is noticed while a test lasts.
  const engine = { leaseMs: 10_000, renewEveryMs: 100 };
  scene = await Scene.start(engine);
  first = scene.node;
  second = await scene.join('second', engine);
  await scene.apply(`
kind: Connection
name: inside
type: http-in
properties: {path: in, auth: basic}
---
kind: Connection
name: outside
type: http-out
properties: {url: "${remote.url}", timeoutMs: 60000}
allow: [loopback]
---
kind: Template
name: Note
attributes: {topic: text, text: text}
---
kind: Template
name: Counter
attributes: {name: {type: text, unique: true}, value: {type: number, default: 0}}
`);
});

afterAll(async () => {
  hold = false;
  for (const response of held.splice(0)) response.destroy();
  await scene.close();
  await remote[Symbol.asyncDispose]();
});

beforeEach(() => {
  remote.seen.length = 0;
  hold = false;
});

/** An inbound route that answers as soon as the message is recorded. */
const ackRoute = (name: string, more = ''): string => `
kind: Route
name: ${name}
connection: inside
operation: receive
properties: {path: ${name}, reply: ack}
request: {text: string, key: string}
${more}
`;

const callRoute = (name: string, more = ''): string => `
kind: Route
name: ${name}
connection: outside
operation: call
properties: {method: POST, path: ${name}}
request: {text: string}
onUnknown: park
${more}
`;

const scenario = (route: string, steps: string): string => `
kind: Scenario
name: ${route}Handle
on: {message: ${route}}
runAs: system
steps:${steps}
`;

const note = (topic: string, text = '=message.text'): string => `
  - create: {template: Note, set: {topic: ${topic}, text: "${text}"}}`;

async function notes(topic: string): Promise<readonly unknown[]> {
  const found = await first.records('Note', '&sort=_createdAt');
  return found.filter((record) => record['topic'] === topic).map((record) => record['text']);
}

const over = (id: string, state: string): Promise<MessageStory> =>
  eventually(`message ${id} is ${state}`, async () => {
    const story = await first.message(id);
    return story.state === state ? story : null;
  });

const callIsOut = (): Promise<unknown> => eventually('the call is out', async () => held.length > 0);

describe('a configuration published between two attempts', () => {
  test('is what the second attempt works by', async () => {
    await scene.apply(
      ackRoute('republished', 'retry: {attempts: 100, firstMs: 50, maxMs: 50}'),
      'kind: Connection\nname: moving\ntype: http-out\nproperties: {url: "http://127.0.0.1:1"}\nallow: [loopback]\n',
      callRoute('movingCall').replace('connection: outside', 'connection: moving'),
      scenario('republished', `${note('republished', 'old')}
  - send: {route: movingCall, message: {text: =message.text}, response: answered}`),
    );
    const id = messageOf(await first.send('in/republished', { text: 'a' }));
    await eventually('the first attempt failed', async () => (await first.message(id)).attempts > 0);
    await scene.apply(
      `kind: Connection\nname: moving\ntype: http-out\nproperties: {url: "${remote.url}"}\nallow: [loopback]\n`,
      scenario('republished', `${note('republished', 'new')}
  - send: {route: movingCall, message: {text: =message.text}, response: answered}`),
    );
    await over(id, 'done');
    expect(await notes('republished')).toEqual(['new']);
    expect(remote.seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([{ text: 'a' }]);
  });

  test('parks the run when it would now say something else in a call that was answered, and the call is not made again', async () => {
    const steps = (text: string): string => `
  - send: {route: settledCall, message: {text: "${text}"}, response: one}
  - send: {route: refusedCall, message: {text: second}, response: two}${note('changed')}`;
    await scene.apply(
      ackRoute('changed', 'retry: {attempts: 100, firstMs: 50, maxMs: 50}'),
      'kind: Connection\nname: closed\ntype: http-out\nproperties: {url: "http://127.0.0.1:1"}\nallow: [loopback]\n',
      callRoute('settledCall'),
      callRoute('refusedCall').replace('connection: outside', 'connection: closed'),
      scenario('changed', steps('before')),
    );
    const id = messageOf(await first.send('in/changed', { text: 'a' }));
    await eventually('the first attempt failed', async () => (await first.message(id)).attempts > 0);
    await scene.apply(scenario('changed', steps('after')));
    const story = await over(id, 'dead');
    expect(story.failure).toMatchObject({ code: 'run.requestChanged', parameters: { route: 'settledCall' } });
    expect(remote.seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([{ text: 'before' }]);
    expect(await notes('changed')).toEqual([]);
  });
});

describe('messages of one order key', () => {
  test('are handled one after another in the order in which they were acknowledged, whichever node took them', async () => {
    await scene.apply(ackRoute('ordered', 'keys: {order: =key}'), scenario('ordered', note('ordered')));
    const texts = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, '0'));
    let last = '';
    for (const [index, text] of texts.entries()) last = messageOf(await (index % 2 === 0 ? first : second).send('in/ordered', { text, key: 'k' }));
    await over(last, 'done');
    expect(await notes('ordered')).toEqual(texts);
  });

  test('go on past a parked head, which is done after them when it is retried', async () => {
    const handle = (refused: string): string => scenario('parked', `
  - validate: {that: "=message.text != '${refused}'", else: not yet}${note('parked')}`);
    await scene.apply(ackRoute('parked', 'keys: {order: =key}\nretry: {attempts: 1}\norderPolicy: park'), handle('head'));
    const head = messageOf(await first.send('in/parked', { text: 'head', key: 'k' }));
    const younger = messageOf(await second.send('in/parked', { text: 'younger', key: 'k' }));
    const youngest = messageOf(await first.send('in/parked', { text: 'youngest', key: 'k' }));
    await over(head, 'dead');
    await Promise.all([over(younger, 'done'), over(youngest, 'done')]);
    await scene.apply(handle('nothing'));
    expect((await second.call('POST', `/api/v1/messages/${head}/retry`)).status).toBe(200);
    await over(head, 'done');
    expect(await notes('parked')).toEqual(['younger', 'youngest', 'head']);
    expect((await second.call('POST', `/api/v1/messages/${head}/retry`)).status).toBe(409);
  });

  test('wait behind a blocking head until it is retried', async () => {
    const handle = (refused: string): string => scenario('blocked', `
  - validate: {that: "=message.text != '${refused}'", else: not yet}${note('blocked')}`);
    await scene.apply(ackRoute('blocked', 'keys: {order: =key}\nretry: {attempts: 1}\norderPolicy: block'), handle('head'));
    const head = messageOf(await first.send('in/blocked', { text: 'head', key: 'k' }));
    const younger = messageOf(await second.send('in/blocked', { text: 'younger', key: 'k' }));
    const other = messageOf(await second.send('in/blocked', { text: 'other key', key: 'o' }));
    await over(head, 'dead');
    await over(other, 'done');
    expect((await first.message(younger)).state).toBe('pending');
    await scene.apply(handle('nothing'));
    expect((await first.call('POST', `/api/v1/messages/${head}/retry`)).status).toBe(200);
    await over(younger, 'done');
    expect(await notes('blocked')).toEqual(['other key', 'head', 'younger']);
  });
});

describe('a run whose request is out', () => {
  beforeAll(() => scene.apply(
    ackRoute('asking'),
    callRoute('askingCall'),
    scenario('asking', `
  - send: {route: askingCall, message: {text: =message.text}, response: answered}${note('asking')}`),
  ));

  test('is cancelled: the call is still answered and recorded, and nothing is written', async () => {
    hold = true;
    const id = messageOf(await first.send('in/asking', { text: 'cancelled' }));
    await callIsOut();
    const worker = await workerOf(id);
    expect((await worker.call('POST', `/api/v1/runs/${id}/cancel`)).status).toBe(200);
    await leaseIsMissed();
    for (const response of held.splice(0)) answer(response, 200, { ok: true });
    const story = await eventually('the outcome is recorded', async () => {
      const found = await first.message(id);
      return found.calls[0]?.outcomeAt === null ? null : found;
    });
    expect(story).toMatchObject({ state: 'cancelled', failure: { code: 'run.cancelled' }, queued: null, calls: [{ route: 'askingCall', outcome: { kind: 'ok', status: 200 } }] });
    expect(await notes('asking')).toEqual([]);
    expect((await first.call('POST', `/api/v1/runs/${id}/cancel`)).status).toBe(409);
  });

  test('is cancelled over the other node in the same way', async () => {
    hold = true;
    const id = messageOf(await first.send('in/asking', { text: 'cancelled elsewhere' }));
    await callIsOut();
    const other = (await workerOf(id)) === first ? second : first;
    expect((await other.call('POST', `/api/v1/runs/${id}/cancel`)).status).toBe(200);
    await leaseIsMissed();
    for (const response of held.splice(0)) answer(response, 200, { ok: true });
    const story = await eventually('the outcome is recorded', async () => {
      const found = await first.message(id);
      return found.calls[0]?.outcomeAt === null ? null : found;
    });
    expect(story).toMatchObject({ state: 'cancelled', calls: [{ outcome: { kind: 'ok' } }] });
    expect(await notes('asking')).toEqual([]);
  });

  test('is killed, on its node or over the other: the call is dropped, its outcome stays unknown, and nothing is written', async () => {
    for (const elsewhere of [false, true]) {
      hold = true;
      const id = messageOf(await first.send('in/asking', { text: 'killed' }));
      await callIsOut();
      const [response] = held.splice(0);
      if (response === undefined) throw new Error('no call was held');
      const dropped = once(response, 'close');
      const worker = await workerOf(id);
      const told = elsewhere ? (worker === first ? second : first) : worker;
      expect((await told.call('POST', `/api/v1/runs/${id}/kill`)).status).toBe(200);
      await dropped;
      const story = await over(id, 'cancelled');
      expect(story).toMatchObject({ queued: null, calls: [{ route: 'askingCall', outcomeAt: null, outcome: null }] });
      expect(await notes('asking')).toEqual([]);
    }
  });

  /** Time enough for several renewals that find no lease any more. */
  const leaseIsMissed = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400));

  async function workerOf(id: string): Promise<TestNode> {
    const { queued } = await first.message(id);
    return queued?.owner?.startsWith('second') === true ? second : first;
  }
});

describe('a call whose answer is lost', () => {
  beforeAll(() => scene.apply(
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
    await callIsOut();
    for (const response of held.splice(0)) response.destroy();
    hold = false;
  }

  const effectIds = (): unknown[] => remote.seen.map(({ headers }) => headers['idempotency-key']);

  test('parks its run where a repeat might do harm; when a person retries it, it is made again with the same effect id', async () => {
    hold = true;
    const id = messageOf(await first.send('in/losing', { text: 'lost' }));
    await lose();
    expect(await over(id, 'dead')).toMatchObject({ failure: { code: 'run.unknownOutcome' }, calls: [{ outcomeAt: null }] });
    expect(effectIds()).toHaveLength(1);
    expect(await notes('losing')).toEqual([]);
    expect((await second.call('POST', `/api/v1/messages/${id}/retry`)).status).toBe(200);
    expect(await over(id, 'done')).toMatchObject({ calls: [{ outcome: { kind: 'ok', status: 200 } }] });
    const [once, again, ...more] = effectIds();
    expect([again, more]).toEqual([once, []]);
    expect(await notes('losing')).toEqual(['lost']);
  });

  test('parks a delivery in the same way', async () => {
    hold = true;
    const parent = messageOf(await first.send('in/losingDelivery', { text: 'lost' }));
    await lose();
    const { children: [child] } = await over(parent, 'done');
    await over(child?.id ?? '', 'dead');
    expect(effectIds()).toHaveLength(1);
    expect((await second.call('POST', `/api/v1/messages/${child?.id}/retry`)).status).toBe(200);
    await over(child?.id ?? '', 'done');
    const [once, again, ...more] = effectIds();
    expect([again, more]).toEqual([once, []]);
  });
});

test('a disabled outbound route keeps its messages, and sends each of them once when it is enabled', async () => {
  const route = (enabled: boolean): string => callRoute('delivering', `retry: {attempts: 2, firstMs: 50}\nenabled: ${enabled}`);
  await scene.apply(ackRoute('deliver'), route(false), scenario('deliver', `
  - send: {route: delivering, message: {text: =message.text}}`));
  const parents = await Promise.all(['a', 'b', 'c'].map(async (text, index) => messageOf(await (index === 1 ? second : first).send('in/deliver', { text }))));
  const children = await Promise.all(parents.map(async (id) => {
    const { children: [child] } = await over(id, 'done');
    if (child === undefined) throw new Error('nothing was queued');
    return child.id;
  }));
  // Each has been looked at, more often than its attempts would allow.
  await eventually('they wait', async () => (await Promise.all(children.map((id) => first.message(id)))).every(({ state }) => state === 'waiting'));
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const id of children) expect(await first.message(id)).toMatchObject({ state: 'waiting', failure: { code: 'route.disabled' }, attempts: 0 });
  expect(remote.seen).toEqual([]);
  await scene.apply(route(true));
  for (const id of children) expect(await over(id, 'done')).toMatchObject({ failure: null });
  expect(remote.seen.map(({ body }) => (JSON.parse(body) as { text: string }).text).sort()).toEqual(['a', 'b', 'c']);
  expect(new Set(remote.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
});

test('runs on two nodes that change one record lose no change', async () => {
  await scene.apply(
    'kind: Route\nname: count\nconnection: inside\noperation: receive\nproperties: {path: count}\nrequest: {name: string}\n',
    scenario('count', `
  - upsert: {template: Counter, by: {name: =message.name}, as: counter}
  - set: {record: =counter, values: {value: =counter.value + 1}}`),
  );
  const statuses = await Promise.all(Array.from({ length: 30 }, async (_, index) => {
    // A caller repeats what was refused because too many wanted the same record.
    for (;;) {
      const { status } = await (index % 2 === 0 ? first : second).send('in/count', { name: 'one' });
      if (status === 200) return status;
      expect(status).toBe(503);
    }
  }));
  expect(statuses).toHaveLength(30);
  expect(await first.records('Counter')).toMatchObject([{ name: 'one', value: 30 }]);
});

test('upserts of one key on two nodes at the same moment make one record', async () => {
  await scene.apply(
    'kind: Route\nname: meet\nconnection: inside\noperation: receive\nproperties: {path: meet}\nrequest: {name: string}\n',
    scenario('meet', `
  - upsert: {template: Counter, by: {name: =message.name}}`),
  );
  for (let round = 0; round < 10; round += 1) {
    const name = `met ${round}`;
    const answers = await Promise.all([first, second, first, second].map((node) => node.send('in/meet', { name })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  }
  expect((await first.records('Counter')).filter(({ name }) => String(name).startsWith('met '))).toHaveLength(10);
});

test('a node that is told to stop finishes what runs, takes nothing new, and leaves no lease behind', async () => {
  // A database of its own, so that no other node can take the message.
  const lonely = await Scene.start();
  try {
    await lonely.apply(
      'kind: Connection\nname: inside\ntype: http-in\nproperties: {path: in, auth: basic}\n',
      `kind: Connection\nname: outside\ntype: http-out\nproperties: {url: "${remote.url}", timeoutMs: 60000}\nallow: [loopback]\n`,
      'kind: Template\nname: Note\nattributes: {topic: text, text: text}\n',
      ackRoute('draining'),
      callRoute('drainingCall'),
      scenario('draining', `
  - send: {route: drainingCall, message: {text: =message.text}, response: answered}${note('draining')}`),
    );
    await lonely.node.close();
    await using alone = await startProcess(lonely.environment('alone'));
    const send = (text: string): Promise<Answer> => callHttp(alone.url, 'POST', '/api/public/adapter/in/draining', { body: { text } });
    hold = true;
    const id = messageOf(await send('drained'));
    await callIsOut();
    expect(await leases(lonely)).toEqual([{ message: id, owner: expect.stringMatching(/^alone/) }]);
    alone.child.kill('SIGTERM');
    await eventually('it takes nothing new', async () => (await send('late').catch(() => null))?.status !== 202);
    for (const response of held.splice(0)) answer(response, 200, { ok: true });
    expect(await alone.gone).toEqual([0, null]);
    expect(await leases(lonely)).toEqual([]);
    const { rows } = await lonely.sql.query<{ id: string; state: string }>("SELECT id, state FROM zveno.message WHERE direction = 'in' AND id = $1", [id]);
    expect(rows).toEqual([{ id, state: 'done' }]);
    // What it had acknowledged on its way out, if anything, is still there for the next to take.
    await using next = await startProcess(lonely.environment('next'));
    hold = false;
    await eventually('everything is handled', async () => {
      const { messages } = (await callHttp(next.url, 'GET', '/api/v1/messages?direction=in', {})).body as { messages: { state: string }[] };
      return messages.every(({ state }) => state === 'done');
    });
  } finally {
    await lonely.close();
  }
});

const leases = async (of: Scene): Promise<unknown[]> =>
  (await of.sql.query<{ message: string; owner: string }>('SELECT message, owner FROM zveno.inbox_queue WHERE owner IS NOT NULL UNION ALL SELECT message, owner FROM zveno.outbox_queue WHERE owner IS NOT NULL')).rows;
