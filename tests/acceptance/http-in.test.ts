/** Messages that come in over HTTP: what is answered, what is stored, and who may send. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, startHttp } from '../../src/sdk/testing/server.ts';
import { counting, countingScenario, note, notesOf } from './counting-route.ts';
import { messageOf } from './node.ts';
import { eventually, Scene } from './platform.ts';

let scene: Scene;

/**
 * The documented idiom sets the variables `IncomingMessage` to the error reply before the main block and to the success
 * reply after it. Here the first is a step that returns the errorResponse, the second one that returns the response.
 */
const upload = `
kind: Connection
name: public
type: http-in
properties: {path: uploadData, auth: basic}
---
kind: Template
name: Parcel
attributes: {client: text, number: {type: number, required: true}, goods: text}
---
kind: Route
name: uploadData
connection: public
operation: receive
request:
  List:
    type: object
    array: true
    required: true
    # "No" may be anything here, so that it is the record that refuses a wrong one.
    fields: {Item: {type: object, required: true, fields: {Client: string, No: any, Goods: string}}}
response: {HasErrors: boolean, ResponseDescription: string}
---
kind: Scenario
name: acceptUpload
on: {message: uploadData}
runAs: system
steps:
  - return: {errorResponse: {HasErrors: true, ResponseDescription: nothing was taken}}
  - forEach:
      in: =message.List
      as: row
      steps:
        - create: {template: Parcel, set: {client: =row.Item.Client, number: =row.Item.No, goods: =row.Item.Goods}}
  - return: {response: {HasErrors: false, ResponseDescription: ok}}
`;

const item = (Client: string, No: unknown, Goods: string) => ({ Item: { Client, No, Goods } });

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(upload, note);
});

afterAll(() => scene.close());

describe('a list of items', () => {
  test('A10: each item becomes a record, and the reply is what the scenario returned', async () => {
    const caller = await scene.account('uploader', 'api.call');
    const given = { List: [item('Петрова', 7, 'груша'), item('Ли', 8, 'слива')] };
    const reply = await scene.node.send('uploadData', given, { as: caller });
    expect([reply.status, reply.body]).toEqual([200, { HasErrors: false, ResponseDescription: 'ok' }]);
    expect(await scene.node.records('Parcel', '&sort=number')).toMatchObject([
      { client: 'Петрова', number: 7, goods: 'груша' },
      { client: 'Ли', number: 8, goods: 'слива' },
    ]);
  });

  test('A11: a failing item answers with the error reply set before it, no record exists, and the journal names the scenario', async () => {
    const before = (await scene.node.records('Parcel')).length;
    const reply = await scene.node.send('uploadData', { List: [item('Орлова', 9, 'яблоко'), item('Ким', 'не число', 'вишня')] });
    expect([reply.status, reply.body]).toEqual([422, { HasErrors: true, ResponseDescription: 'nothing was taken' }]);
    expect(await scene.node.records('Parcel')).toHaveLength(before);
    const story = await scene.node.message(messageOf(reply));
    expect(story).toMatchObject({ state: 'failed', scenarios: ['acceptUpload'], failure: { code: 'run.values' } });
    expect(story.trace.filter(({ outcome }) => outcome === 'failed')).toMatchObject([{ path: expect.stringMatching(/^acceptUpload.*forEach\[1\]/), kind: 'create' }]);
  });

  test("A11: a message that the route's own schema refuses answers with the route's error reply, and no record exists", async () => {
    await scene.apply(`
kind: Route
name: strictUpload
connection: public
operation: receive
properties: {path: strict}
request: {List: {type: object, array: true, required: true, fields: {Item: {type: object, fields: {Client: string, No: {type: number, required: true}}}}}}
response: {HasErrors: boolean, ResponseDescription: string}
errorResponse: {body: {HasErrors: true, ResponseDescription: "=failure.message", where: "=failure.problems.path"}}
---
kind: Scenario
name: acceptStrictUpload
on: {message: strictUpload}
runAs: system
steps:
  - forEach: {in: =message.List, as: row, steps: [{create: {template: Parcel, set: {client: =row.Item.Client, number: =row.Item.No}}}]}
  - return: {response: {HasErrors: false, ResponseDescription: ok}}
`);
    const before = (await scene.node.records('Parcel')).length;
    const reply = await scene.node.send('uploadData/strict', { List: [item('Орлова', 9, 'яблоко'), item('Ким', 'abc', 'вишня')] });
    expect([reply.status, reply.body]).toMatchObject([400, { HasErrors: true, where: expect.stringContaining('List[1].Item.No') }]);
    expect(await scene.node.records('Parcel')).toHaveLength(before);
    expect((await scene.node.send('uploadData/strict', { List: [item('Орлова', 9, 'яблоко')] })).body).toEqual({ HasErrors: false, ResponseDescription: 'ok' });
  });

  test('A12: a scenario that returns nothing answers 200 with the declared attributes empty', async () => {
    await scene.apply(counting('silent'), countingScenario('silent'));
    const reply = await scene.node.send('silent', { text: 'a' });
    expect([reply.status, reply.body]).toEqual([200, { taken: null, left: null }]);
    expect(await notesOf(scene.node, 'silent')).toEqual(['a']);
  });
});

describe('bad input', () => {
  test('__proto__, constructor and prototype keys in a message change nothing but are kept out of the way', async () => {
    await scene.apply(counting('proto'), `
kind: Scenario
name: protoCount
on: {message: proto}
runAs: system
steps:
  - variables: {set: copied, values: {all: =message}}
  - create: {template: Note, set: {route: proto, text: "=$exists(message.polluted) ? 'polluted' : message.text"}}
  - return: {response: {taken: =copied.all.text}}
`);
    const raw = '{"__proto__": {"polluted": true, "text": "from the prototype"}, "constructor": {"prototype": {"polluted": true}}, "text": "own"}';
    const reply = await scene.node.call('POST', '/api/public/adapter/proto', { raw });
    expect([reply.status, reply.body]).toEqual([200, { taken: 'own', left: null }]);
    expect(await notesOf(scene.node, 'proto')).toEqual(['own']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const nested = await scene.node.call('POST', '/api/public/adapter/proto', { raw: '{"text": {"__proto__": {"toString": 1}}}' });
    expect([nested.status, nested.body]).toMatchObject([400, { code: 'message.refused', problems: [{ path: 'text' }] }]);
  });

  test('a line break in an idempotency key is refused, and one in a value never reaches a header of the reply', async () => {
    await scene.apply(counting('echo'), `
kind: Scenario
name: echoCount
on: {message: echo}
runAs: system
steps:
  - return: {response: {taken: =message.text}}
`);
    const reply = await scene.node.send('echo', { text: 'a\r\nSet-Cookie: evil=1' });
    expect([reply.status, reply.body]).toMatchObject([200, { taken: 'a\r\nSet-Cookie: evil=1' }]);
    expect(reply.headers.get('set-cookie')).toBeNull();
    for (const key of ['with space', 'x'.repeat(257), 'tab\there']) {
      const refused = await scene.node.send('echo', { text: 'a' }, { headers: { 'idempotency-key': key } });
      expect([key, refused.status, refused.body]).toMatchObject([key, 400, { code: 'http.badHeader' }]);
    }
  });

  test('the same key with another body is 422, with the same body the first reply again; it runs once', async () => {
    await scene.apply(counting('keyed'), countingScenario('keyed'));
    const key = { headers: { 'idempotency-key': randomUUID() } };
    const first = await scene.node.send('keyed', { text: 'one' }, key);
    const again = await scene.node.send('keyed', { text: 'one' }, key);
    const other = await scene.node.send('keyed', { text: 'two' }, key);
    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(messageOf(again)).toBe(messageOf(first));
    expect([other.status, other.body]).toMatchObject([422, { code: 'message.keyReused' }]);
    expect(await notesOf(scene.node, 'keyed')).toEqual(['one']);
  });

  test('a repeat while the first is under way is 409 with a time to come back, on the same node and on another one, and afterwards the first reply', async () => {
    const gate = Promise.withResolvers<void>();
    await using remote = await startHttp(async (_request, response) => {
      await gate.promise;
      answer(response, 200, {});
    });
    const second = await scene.join('second');
    await scene.apply(counting('slow'), `
kind: Connection
name: slowRemote
type: http-out
properties: {url: "${remote.url}"}
allow: [loopback]
---
kind: Route
name: slowCall
connection: slowRemote
operation: call
properties: {method: GET}
---
kind: Scenario
name: slowCount
on: {message: slow}
runAs: system
steps:
  - send: {route: slowCall, message: {}, response: answer}
  - create: {template: Note, set: {route: slow, text: =message.text}}
  - return: {response: {taken: =message.text}}
`);
    const key = { headers: { 'idempotency-key': randomUUID() } };
    const first = scene.node.send('slow', { text: 'slow' }, key);
    await eventually('the call is out', async () => remote.seen.length > 0);
    for (const node of [scene.node, second]) {
      const repeat = await node.send('slow', { text: 'slow' }, key);
      expect([repeat.status, repeat.body]).toMatchObject([409, { code: 'message.inProgress' }]);
      expect(Number(repeat.headers.get('retry-after'))).toBeGreaterThan(0);
      const other = await node.send('slow', { text: 'other' }, key);
      expect([other.status, other.body]).toMatchObject([422, { code: 'message.keyReused' }]);
    }
    gate.resolve();
    const done = await first;
    expect([done.status, done.body]).toEqual([200, { taken: 'slow', left: null }]);
    for (const node of [scene.node, second]) {
      const repeat = await node.send('slow', { text: 'slow' }, key);
      expect([repeat.status, repeat.text, repeat.headers.get('idempotent-replayed')]).toEqual([200, done.text, 'true']);
    }
    expect(await notesOf(scene.node, 'slow')).toEqual(['slow']);
    expect(remote.seen).toHaveLength(1);
  });

  test('two requests with one key at the same moment, on two nodes, run once and get one reply', async () => {
    const second = await scene.join('third');
    await scene.apply(counting('twins'), countingScenario('twins'));
    for (let round = 0; round < 10; round += 1) {
      const key = { headers: { 'idempotency-key': randomUUID() } };
      const text = `twin ${round}`;
      const replies = await Promise.all([scene.node, second, scene.node, second].map((node) => node.send('twins', { text }, key)));
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(new Set(replies.map(messageOf)).size).toBe(1);
      expect((await notesOf(scene.node, 'twins')).filter((noted) => noted === text)).toHaveLength(1);
    }
  });
});
