/** How the platform gets on with an OData service that is busy, says "later", answers too much, or half believes in a group. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answer, startHttp, type SeenRequest } from '../../src/sdk/testing/server.ts';
import type { MessageSummary } from './node.ts';
import { eventually, Scene } from './platform.ts';

const description = (namespace: string, version: string): string => `<edmx:Edmx xmlns:edmx="e" Version="${version}"><edmx:DataServices DataServiceVersion="3.0">
<Schema Namespace="${namespace}" xmlns="s"><EntityType Name="Item"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.String" Nullable="false"/><Property Name="Name" Type="Edm.String"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Items" EntityType="${namespace}.Item"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;

interface Seen {
  at: number;
  line: string;
}

let scene: Scene;
let service: Awaited<ReturnType<typeof startHttp>>;
let reply: (request: SeenRequest, response: ServerResponse) => void | Promise<void> = () => undefined;
let asked: Seen[] = [];

beforeAll(async () => {
  scene = await Scene.start();
  service = await startHttp((request, response) => {
    if (request.url.endsWith('/$metadata')) return void response.writeHead(200).end(request.url.startsWith('/onec') ? description('StandardODATA', '1.0') : description('N', '4.0'));
    asked.push({ at: performance.now(), line: `${request.method} ${decodeURIComponent(request.url).split('/').at(-1) ?? ''}` });
    return reply(request, response);
  });
  await scene.apply(`
kind: Connection
name: crm
type: odata
properties: {url: "${service.url}/crm"}
allow: [loopback]
---
kind: Connection
name: onec
type: odata
properties: {url: "${service.url}/onec/odata/standard.odata"}
allow: [loopback]
---
kind: Route
name: toCrm
connection: crm
operation: update
properties: {set: Items}
retry: {attempts: 5, firstMs: 20, maxMs: 20}
request: {Id: string, Name: string}
---
kind: Route
name: toOnec
connection: onec
operation: update
properties: {set: Items}
retry: {attempts: 5, firstMs: 20, maxMs: 20}
request: {Id: string, Name: string}
---
kind: Route
name: readAll
connection: crm
operation: query
properties: {set: Items, paging: server}
retry: {attempts: 1}
request: {cursor: string}
response: {rows: {type: object, array: true}}
---
kind: Route
name: batchToCrm
connection: crm
operation: batch
properties: {set: Items, atomic: true}
retry: {attempts: 1}
request: {operations: {type: object, array: true}}
response: {done: number, results: {type: object, array: true}}
errorResponse: {fields: {done: number, failed: number, results: {type: object, array: true}}}
---
kind: Scenario
name: sendTo
on: {api: true}
runAs: system
steps:
  - send: {route: toCrm, message: {Id: =id, Name: x}}
---
kind: Scenario
name: sendToOnec
on: {api: true}
runAs: system
steps:
  - send: {route: toOnec, message: {Id: "1", Name: x}}
---
kind: Scenario
name: readItems
on: {api: true}
runAs: system
steps:
  - send: {route: readAll, message: {}, response: page}
---
kind: Template
name: Outcome
attributes: {title: text, failed: number}
---
kind: Scenario
name: batchItems
on: {api: true}
runAs: system
steps:
  - variables: {set: request, values: {operations: [{operation: create, row: {Id: "1"}}, {operation: create, row: {Id: "2"}}]}}
  - send: {route: batchToCrm, message: =request, response: made, error: problem}
  - create: {template: Outcome, set: {title: "=$join(problem.results.state, ',')", failed: =problem.failed}}
`);
});

afterAll(async () => {
  await scene.close();
  await service[Symbol.asyncDispose]();
});

beforeEach(() => {
  asked = [];
});

const sent = (route: string, state: string): Promise<readonly MessageSummary[]> =>
  eventually(`a message of ${route} that is ${state}`, async () => {
    const found = (await scene.node.messages(`direction=out&route=${route}`)).filter((message) => message.state === state);
    return found.length > 0 && found;
  });

describe('a service that is busy', () => {
  test('odata 36: is asked again until it can, and each attempt is counted', async () => {
    const answers = [503, 503, 200];
    reply = (_request, response) => answer(response, answers.shift() ?? 500, { Id: '36', Name: 'x' });
    expect(await scene.node.run('sendTo', { id: '36' })).toMatchObject({ state: 'done' });
    const [message] = await sent('toCrm', 'done');
    expect(message?.attempts).toBe(3);
    expect(asked.map(({ line }) => line)).toEqual(["PATCH Items('36')", "PATCH Items('36')", "PATCH Items('36')"]);
  });

  test('odata 36: is not asked again when it refuses for reasons of its business', async () => {
    reply = (_request, response) => answer(response, 500, '{"odata.error":{"code":"-1","message":{"lang":"ru","value":"Значение не уникально"}}}');
    expect(await scene.node.run('sendToOnec')).toMatchObject({ state: 'done' });
    const [message] = await sent('toOnec', 'dead');
    expect(message?.attempts).toBe(1);
    expect((await scene.node.message(message?.id ?? '')).failure).toMatchObject({ code: 'odata.business' });
    expect(asked.filter(({ line }) => line.startsWith('PATCH'))).toHaveLength(1);
  });

  test('odata 40: and says "later" is left alone until then, also by messages that it did not say it to', async () => {
    let told = 0;
    reply = (_request, response) => {
      if (told === 0) {
        told = performance.now();
        return answer(response, 429, { error: { code: '429', message: 'slow down' } }, { 'retry-after': '1' });
      }
      return answer(response, 200, { Id: '40', Name: 'x' });
    };
    await scene.node.run('sendTo', { id: '40' });
    await eventually('a first answer', async () => told > 0);
    for (const id of ['41', '42', '43']) await scene.node.run('sendTo', { id });
    // The first line stands for the refused attempt and for the one that repeats it: only the messages tell that all of them are through.
    await eventually('all four sent', async () => (await scene.node.messages('direction=out&route=toCrm')).every(({ state }) => state === 'done'));
    // The clock of this process is the service's too; it rounds to whole milliseconds.
    for (const { at, line } of asked.slice(1)) expect([line, at - told >= 990]).toEqual([line, true]);
    expect(asked).toHaveLength(5);
  });
});

describe('a service that answers', () => {
  test('odata 20: more than can be taken is refused with what to change, and the platform lives on', async () => {
    const piece = `"},{"Id":"${'x'.repeat(1024 * 1024)}`;
    let pieces = 0;
    reply = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"value":[{"Id":"');
      const more = (): void => {
        while (!response.destroyed && pieces++ < 200) if (!response.write(piece)) return void response.once('drain', more);
        response.destroy();
      };
      more();
    };
    expect(await scene.node.run('readItems')).toMatchObject({ state: 'failed', failure: { code: 'odata.pageTooLarge', parameters: { set: 'Items' } } });
    expect(pieces).toBeLessThan(200);
    expect((await scene.node.call('GET', '/health/live')).status).toBe(200);
  });

  test('odata 38: 201 for a member of a group that failed has all of its members reported failed', async () => {
    const part = (id: string, status: number, body: unknown): string => `--c\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\nHTTP/1.1 ${status} X\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`;
    reply = (_request, response) => void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' }).end(`--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n${part('1', 201, { Id: '1' })}${part('2', 409, { error: { code: 'dup', message: 'there' } })}--c--\r\n--b--`);
    expect(await scene.node.run('batchItems')).toMatchObject({ state: 'done', failure: null });
    expect(await scene.node.records('Outcome')).toMatchObject([{ title: 'failed,failed', failed: 2 }]);
  });
});

describe('what a service can do', () => {
  test('is told by the interface, and trial writes are refused where no set is named for them', async () => {
    reply = (request, response) => answer(response, request.url.endsWith('$batch') ? 501 : 200, { value: [{ Id: '1' }] });
    const { objects } = await scene.node.ask<{ objects: { path: string; facts: Record<string, unknown> }[] }>('GET', '/api/v1/connections/crm/discover?path=%24capabilities');
    expect(objects).toMatchObject([{ path: '$capabilities', facts: { set: 'Items', batch: [], count: false } }]);
    expect(await scene.node.call('POST', '/api/v1/connections/crm/actions/probeWrites')).toMatchObject({ status: 422, body: { code: 'odata.noScratchSet' } });
    expect(asked.filter(({ line }) => /^(?:PATCH|PUT|DELETE|POST (?!\$batch))/.test(line))).toEqual([]);
  });
});
