/** Calls to other systems over HTTP. A scenario started over the API stands in for the buttons of the specification. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answer, startHttp, type SeenRequest } from '../../src/sdk/testing/server.ts';
import { Scene } from './platform.ts';

let scene: Scene;
let stub: Awaited<ReturnType<typeof startHttp>>;
let reply: (request: SeenRequest, response: ServerResponse) => void = () => undefined;

/** Lists of {name, value[]} become parameters of the address or headers. */
const pairs = '{type: object, array: true, fields: {name: string, value: {type: string, array: true}}}';

beforeAll(async () => {
  scene = await Scene.start();
  stub = await startHttp((request, response) => reply(request, response));
  await scene.apply(`
kind: Connection
name: crm
type: http-out
# Without a slash at the end.
properties: {url: "${stub.url}/api"}
allow: [loopback]
---
kind: Route
name: getOrders
connection: crm
operation: call
properties: {method: GET, path: orders, queryAttribute: queryParams}
request: {queryParams: ${pairs}}
---
kind: Route
name: postContact
connection: crm
operation: call
properties: {method: POST, path: contacts}
onUnknown: park
retry: {attempts: 1}
request: {Contact: {type: object, fields: {ID: string, FullName: string, PhoneNumber: string}}}
response: {Success: boolean}
---
kind: Template
name: Client
attributes:
  title: text
  orders: {type: record, template: Order, multiple: true, inverse: {name: client}}
---
kind: Template
name: Order
attributes: {num: number, state: text, sum: {type: number, decimals: 2}}
---
kind: Template
name: Contact
attributes: {ID: text, FullName: text, PhoneNumber: text, DataUpdated: {type: boolean, default: false}, problem: text}
`);
});

afterAll(async () => {
  await scene.close();
  await stub[Symbol.asyncDispose]();
});

beforeEach(() => {
  stub.seen.length = 0;
  reply = (_request, response) => answer(response, 500, {});
});

describe('a call whose answer is used', () => {
  test('A01: each order of the answer becomes a record that is linked to the client it was asked for', async () => {
    reply = (_request, response) =>
      answer(response, 200, '{"orders":[{"orderID":11,"orderStatus":"New","orderAmount":420.5},{"orderID":12,"orderStatus":"Done","orderAmount":90}]}');
    await scene.apply(`
kind: Scenario
name: loadOrders
on: {manual: Client}
runAs: system
steps:
  - variables: {set: request, values: {queryParams: [{name: clientName, value: ["=context.title"]}]}}
  - send: {route: getOrders, message: =request, response: response}
  - forEach:
      in: =response.orders
      as: order
      steps:
        - create: {template: Order, link: {attribute: orders, op: add}, set: {num: =order.orderID, state: =order.orderStatus, sum: =order.orderAmount}}
`);
    const client = await scene.node.create('Client', { title: 'Сокол' });
    const outcome = await scene.node.run('loadOrders', {}, { template: 'Client', id: client.id });
    expect(outcome).toMatchObject({ state: 'done', failure: null });
    expect(stub.seen.map(({ method, url }) => [method, decodeURIComponent(url)])).toEqual([['GET', '/api/orders?clientName=Сокол']]);
    const orders = await scene.node.records('Order', '&sort=num');
    expect(orders).toMatchObject([
      { num: 11, state: 'New', sum: 420.5, client: client.id },
      { num: 12, state: 'Done', sum: 90, client: client.id },
    ]);
    const { orders: linked } = await scene.node.record('Client', client.id, 'orders');
    expect(new Set(linked as string[])).toEqual(new Set(orders.map(({ id }) => id)));
  });

  test('A02: two rows under one name become two parameters of the address', async () => {
    reply = (_request, response) => answer(response, 200, {});
    await scene.apply(`
kind: Scenario
name: twoParameters
on: {api: true}
runAs: system
steps:
  - variables: {set: request, op: add, values: {queryParams: {name: a, value: ["1"]}}}
  - variables: {set: request, op: add, values: {queryParams: {name: b, value: ["2"]}}}
  - send: {route: getOrders, message: =request, response: response}
`);
    expect(await scene.node.run('twoParameters')).toMatchObject({ state: 'done' });
    expect(stub.seen.map(({ url }) => url)).toEqual(['/api/orders?a=1&b=2']);
  });

  test('A03: the set of variables is the body, without its own name, and a boolean of the answer becomes an attribute', async () => {
    reply = (_request, response) => answer(response, 200, { Success: true });
    await scene.apply(`
kind: Scenario
name: sendContact
on: {manual: Contact}
runAs: system
steps:
  - variables: {set: Message, values: {Contact: {ID: =context.ID, FullName: =context.FullName, PhoneNumber: =context.PhoneNumber}}}
  - send: {route: postContact, message: =Message, response: response, error: problem}
  - set: {DataUpdated: =response.Success}
`);
    const contact = await scene.node.create('Contact', { ID: 'c-5', FullName: 'Орлова А.', PhoneNumber: '+7 900 000-00-05' });
    expect(await scene.node.run('sendContact', {}, { template: 'Contact', id: contact.id })).toMatchObject({ state: 'done' });
    expect(stub.seen).toHaveLength(1);
    expect(stub.seen[0]?.method).toBe('POST');
    expect(JSON.parse(stub.seen[0]?.body ?? '')).toEqual({ Contact: { ID: 'c-5', FullName: 'Орлова А.', PhoneNumber: '+7 900 000-00-05' } });
    expect(await scene.node.record('Contact', contact.id)).toMatchObject({ DataUpdated: true });
  });

  test('A04: an error answer fills the error variable, leaves the response empty, lets later steps run and stands in the journal under its connection', async () => {
    reply = (_request, response) => answer(response, 422, { errorResponse: 'bad phone' });
    await scene.apply(`
kind: Scenario
name: sendBadContact
on: {manual: Contact}
runAs: system
steps:
  - send: {route: postContact, message: {Contact: {ID: =context.ID}}, response: response, error: problem}
  - validate: {that: "=$not($exists(response)) or response = null", else: the response is not empty}
  - set: {problem: =problem.errorResponse, DataUpdated: true}
`);
    const contact = await scene.node.create('Contact', { ID: 'c-6' });
    const outcome = await scene.node.run('sendBadContact', {}, { template: 'Contact', id: contact.id });
    expect(outcome).toMatchObject({ state: 'done', failure: null });
    expect(await scene.node.record('Contact', contact.id)).toMatchObject({ problem: 'bad phone', DataUpdated: true });
    const { calls } = await scene.node.message(outcome.id);
    expect(calls).toMatchObject([{ connection: 'crm', route: 'postContact', outcome: { kind: 'error', status: 422, response: { errorResponse: 'bad phone' } } }]);
  });

  test('an error answer without an error variable fails the run, and nothing of it is stored', async () => {
    reply = (_request, response) => answer(response, 422, { errorResponse: 'bad phone' });
    await scene.apply(`
kind: Scenario
name: sendOrFail
on: {manual: Contact}
runAs: system
steps:
  - set: {problem: written before the call}
  - send: {route: postContact, message: {Contact: {ID: =context.ID}}, response: response}
`);
    const contact = await scene.node.create('Contact', { ID: 'c-7' });
    const outcome = await scene.node.run('sendOrFail', {}, { template: 'Contact', id: contact.id });
    expect(outcome.state).not.toBe('done');
    expect(outcome.failure?.text).toContain('crm');
    expect(await scene.node.record('Contact', contact.id)).toMatchObject({ problem: null, _version: 1 });
  });
});

describe('hostile values in an outgoing call', () => {
  test('a line break in the value of a header is refused before anything is sent', async () => {
    await scene.apply(`
kind: Route
name: withHeaders
connection: crm
operation: call
properties: {method: POST, path: "things/{part}", headersAttribute: headers, queryAttribute: queryParams}
onUnknown: park
retry: {attempts: 1}
request: {part: string, headers: ${pairs}, queryParams: ${pairs}}
---
kind: Scenario
name: callWithHeaders
on: {api: true}
runAs: system
steps:
  - send: {route: withHeaders, message: {part: =part, headers: [{name: =headerName, value: [=headerValue]}], queryParams: [{name: q, value: [=query]}]}, response: response}
  - return: {response: =response}
`);
    reply = (_request, response) => answer(response, 200, {});
    const good = { part: 'x', headerName: 'X-Note', headerValue: 'plain', query: 'y' };
    for (const evil of [{ headerValue: 'a\r\nX-Evil: 1' }, { headerValue: 'a\nX-Evil: 1' }, { headerName: 'X-Note\r\nX-Evil' }, { headerValue: 'a\u007fb' }]) {
      const outcome = await scene.node.run('callWithHeaders', { ...good, ...evil });
      expect({ evil, ...outcome }).toMatchObject({ evil, failure: { code: 'connection.headerRefused' } });
    }
    expect(stub.seen).toEqual([]);
  });

  test('line breaks, slashes and question marks in parts of the address stay parts of it', async () => {
    reply = (_request, response) => answer(response, 200, {});
    const outcome = await scene.node.run('callWithHeaders', { part: 'a/../b?x=1#y\r\nX-Evil: 1', headerName: 'X-Note', headerValue: 'plain', query: '1&admin=true\r\n' });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(stub.seen).toHaveLength(1);
    expect(stub.seen[0]?.url).toBe('/api/things/a%2F..%2Fb%3Fx%3D1%23y%0D%0AX-Evil%3A%201?q=1%26admin%3Dtrue%0D%0A');
    expect(stub.seen[0]?.headers['x-evil']).toBeUndefined();
    expect(await scene.node.run('callWithHeaders', { part: '..', headerName: 'X-Note', headerValue: 'plain', query: 'y' })).toMatchObject({ failure: { code: 'connection.valueWrongType' } });
  });
});

describe('an address that must not be dialled', () => {
  const connectionTo = (name: string, url: string, more = ''): string => `
kind: Connection
name: ${name}
type: http-out
properties: {url: "${url}"}
${more}
---
kind: Route
name: ${name}Get
connection: ${name}
operation: call
properties: {method: GET, path: secret}
retry: {attempts: 1}
---
kind: Scenario
name: ${name}Call
on: {api: true}
runAs: system
steps:
  - send: {route: ${name}Get, message: {}, response: response}
`;

  test('is refused when it is loopback in any spelling, or a name that resolves to loopback', async () => {
    reply = (_request, response) => answer(response, 200, { secret: 1 });
    const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '127.1', '0.0.0.0', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]'];
    await scene.apply(hosts.map((host, index) => connectionTo(`inner${index}`, `http://${host}:${stub.port}`)).join('---\n'));
    for (const [index, host] of hosts.entries()) {
      const outcome = await scene.node.run(`inner${index}Call`);
      expect({ host, ...outcome }).toMatchObject({ host, failure: { code: 'connection.addressForbidden' } });
    }
    expect(stub.seen).toEqual([]);
  });

  test('is refused as the target of a redirect of a system that may be dialled', async () => {
    reply = (_request, response) => void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    await scene.apply(connectionTo('redirecting', stub.url, 'allow: [loopback]'));
    expect(await scene.node.run('redirectingCall')).toMatchObject({ failure: { code: 'connection.addressForbidden' } });
    expect(stub.seen).toHaveLength(1);
  });
});
