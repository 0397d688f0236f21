/** A publication in the middle of retries, over the death of the node that accepted the message: it finishes on the version it came under. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callHttp, messageOf } from './node.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';

let scene: Scene;
let port: number;
let answering = false;
const remote: Server = createServer((request, response) => {
  request.resume();
  response.writeHead(answering ? 200 : 503, { 'content-type': 'application/json' }).end('{}');
});

const version = (name: string, mapping: string): string => `
kind: Route
name: orders
connection: shopIn
operation: receive
properties: {path: orders, reply: ack}
retry: {attempts: 200, firstMs: 100, maxMs: 200}
mapping: {number: ${mapping}}
request: {number: string}
---
kind: Scenario
name: take
on: {message: orders}
runAs: system
steps:
  - send: {route: ask, message: {}, response: answer}
  - create: {template: Taken, set: {number: =message.number, by: ${name}}}
`;

beforeAll(async () => {
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve));
  port = (remote.address() as AddressInfo).port;
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: Taken
attributes: {number: text, by: text}
---
kind: Connection
name: shopIn
type: http-in
properties: {path: shop, auth: none}
---
kind: Connection
name: partner
type: http-out
allow: [loopback]
properties: {url: "http://127.0.0.1:${port}", auth: none}
---
kind: Route
name: ask
connection: partner
operation: call
properties: {method: PUT, path: /}
---${version('first', 'a')}`);
});

afterAll(async () => {
  await scene.close();
  remote.close();
});

test('an accepted message is mapped and run by the version it came under, later ones by the newest, and a dead letter that is put back too', async () => {
  const doomed = await startProcess(scene.environment('doomed'));
  const sent = await callHttp(doomed.url, 'POST', '/api/public/adapter/shop/orders', { body: { a: 'A-1', b: 'B-1' }, as: null });
  expect(sent.status).toBe(202);
  const before = messageOf(sent);
  await eventually('it has been tried', async () => (await scene.node.message(before)).state === 'waiting');
  await scene.apply(version('second', 'b'));
  doomed.child.kill('SIGKILL');
  await doomed.gone;
  const after = messageOf(await scene.node.send('shop/orders', { a: 'A-2', b: 'B-2' }, { as: null }));
  answering = true;
  await eventually('both are done', async () => (await scene.node.message(before)).state === 'done' && (await scene.node.message(after)).state === 'done');
  expect((await scene.node.records('Taken', '&sort=number')).map(({ number, by }) => [number, by])).toEqual([['A-1', 'first'], ['B-2', 'second']]);
  const revisionOf = async (id: string): Promise<number> => (await scene.node.ask<{ revision: number }>('GET', `/api/v1/messages/${id}`)).revision;
  expect(await revisionOf(before)).toBeLessThan(await revisionOf(after));
}, 120_000);
