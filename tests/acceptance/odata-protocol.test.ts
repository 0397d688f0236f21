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
/** Its messages are still waiting while other tests run. */
let toPatient: (response: ServerResponse) => void = (response) => void response.writeHead(503).end();
let patientAsked = 0;

beforeAll(async () => {
  scene = await Scene.start();
  service = await startHttp((request, response) => {
    if (request.url.endsWith('/$metadata')) return void response.writeHead(200).end(request.url.startsWith('/onec') ? description('StandardODATA', '1.0') : request.url.startsWith('/sap') ? description('N', '1.0').replace('3.0', '2.0') : description('N', '4.0'));
    if (request.url.startsWith('/patient')) return toPatient(response);
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
name: patient
type: odata
properties: {url: "${service.url}/patient"}
allow: [loopback]
---
kind: Route
name: toPatient
connection: patient
operation: update
properties: {set: Items}
retry: {attempts: 5, firstMs: 20, maxMs: 20}
request: {Id: string, Name: string}
---
kind: Scenario
name: sendToPatient
on: {api: true}
runAs: system
steps:
  - send: {route: toPatient, message: {Id: =id, Name: x}}
---
kind: Connection
name: onec
type: odata
properties: {url: "${service.url}/onec/odata/standard.odata"}
allow: [loopback]
---
kind: Connection
name: gateway
type: odata
properties: {url: "${service.url}/sap", dialect: v2}
allow: [loopback]
---
kind: Route
name: toGateway
connection: gateway
operation: create
properties: {set: Items}
retry: {attempts: 1}
onUnknown: park
request: {Id: string, Name: string}
response: {row: {type: object}}
---
kind: Route
name: follow
connection: crm
operation: changes
properties: {set: Items}
retry: {attempts: 1}
request: {cursor: string}
response: {rows: {type: object, array: true}, next: string, more: boolean, restarted: boolean}
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
kind: Scenario
name: createInGateway
on: {api: true}
runAs: system
steps:
  - send: {route: toGateway, message: {Id: =id, Name: x}, response: made}
  - return: {response: {id: =made.row.Id}}
---
kind: Template
name: Item
attributes: {key: {type: text, unique: true}, title: text}
---
kind: Scenario
name: followItems
on: {api: true}
runAs: system
steps:
  - variables: {set: place, values: {cursor: =cursor, restarted: false, more: true}}
  - repeat:
      times: 5
      steps:
        - conditions:
            cases:
              - when: =place.more
                steps:
                  - try:
                      steps:
                        - send: {route: follow, message: {cursor: =place.cursor}, response: page}
                        - forEach: {in: =page.rows, as: row, steps: [{upsert: {template: Item, by: {key: =row.Id}, set: {title: =row.Name}}}]}
                        - variables: {set: place, values: {cursor: =page.next, more: =page.more, restarted: =place.restarted}}
                      handle:
                        - variables: {set: place, values: {cursor: null, more: true, restarted: =error.code}}
  - return: {response: {cursor: =place.cursor, restarted: =place.restarted}}
---
kind: Scenario
name: followOnce
on: {api: true}
runAs: system
steps:
  - send: {route: follow, message: {}, response: page}
  - forEach: {in: =page.rows, as: row, steps: [{upsert: {template: Item, by: {key: =row.Id}, set: {title: =row.Name}}}]}
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

describe('a service that wants seven seconds', () => {
  test('odata 40: gets them from every message over its connection, those that it did not say it to as well', async () => {
    let toldAt = 0;
    toPatient = (response) => {
      toldAt ||= Date.now();
      patientAsked += 1;
      answer(response, 429, { error: { code: '429', message: 'slow down' } }, { 'retry-after': '7' });
    };
    const ids = ['70', '71', '72'];
    await scene.node.run('sendToPatient', { id: '70' });
    await eventually('a first answer', async () => toldAt > 0);
    for (const id of ids.slice(1)) await scene.node.run('sendToPatient', { id });
    const waiting = await eventually('all of them wait', async () => {
      const found = (await scene.node.messages('direction=out&route=toPatient&state=waiting'));
      return found.length === ids.length && found;
    });
    for (const { id } of waiting) {
      const { queued, failure } = await scene.node.message(id);
      expect(['connection.busy', 'connection.toldToWait']).toContain(failure?.code);
      // The clock of the database counts the wait from when the failure was kept.
      expect(Date.parse(queued?.dueAt ?? '') - toldAt).toBeGreaterThanOrEqual(6_900);
    }
    expect(patientAsked).toBe(1);
    // Another connection to the same machine goes on.
    reply = (_request, response) => answer(response, 200, { Id: '1', Name: 'x' });
    expect(await scene.node.run('sendToOnec')).toMatchObject({ state: 'done' });
    await sent('toOnec', 'done');
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

describe('a service that keeps a token against forged requests', () => {
  test('odata 39: is given its token; when that has expired, it is fetched anew and the write is tried once more', async () => {
    let issued = 0;
    let valid = 0;
    reply = (request, response) => {
      if (request.headers['x-csrf-token'] === 'Fetch') return answer(response, 200, {}, { 'x-csrf-token': `t${(valid = issued += 1)}`, 'set-cookie': `session=s${issued}; path=/` });
      if (request.headers['x-csrf-token'] !== `t${valid}` || request.headers.cookie !== `session=s${issued}`) return answer(response, 403, 'CSRF token validation failed', { 'x-csrf-token': 'Required' });
      return answer(response, 201, { d: { Id: JSON.parse(request.body).Id, Name: 'x' } });
    };
    expect(await scene.node.run('createInGateway', { id: 'first' })).toMatchObject({ state: 'done', reply: { id: 'first' } });
    // The service forgets its sessions, as it does after half an hour.
    valid = -1;
    asked = [];
    expect(await scene.node.run('createInGateway', { id: 'second' })).toMatchObject({ state: 'done', reply: { id: 'second' } });
    expect([asked.filter(({ line }) => line.startsWith('POST')).length, issued]).toEqual([2, 2]);
    // One that never accepts its own token is not asked for ever.
    reply = (request, response) => (request.headers['x-csrf-token'] === 'Fetch' ? answer(response, 200, {}, { 'x-csrf-token': 'x' }) : answer(response, 403, 'no', { 'x-csrf-token': 'Required' }));
    asked = [];
    expect(await scene.node.run('createInGateway', { id: 'third' })).toMatchObject({ state: 'failed' });
    expect(asked.filter(({ line }) => line.startsWith('POST'))).toHaveLength(2);
  });
});

describe('a service that tells what has changed', () => {
  const rows = (names: readonly string[]): { Id: string; Name: string }[] => names.map((Name, index) => ({ Id: String(index), Name }));
  const items = async (): Promise<unknown[]> => (await scene.node.records('Item', '&sort=key')).map(({ title }) => title);

  test('odata 41: and has forgotten where we stood is read anew, and no row is there twice', async () => {
    let names = ['а', 'б', 'в'];
    reply = (request, response) => {
      if (request.url.includes('deltatoken')) return answer(response, 410, { error: { code: 'gone', message: 'the token has expired' } });
      if (request.url.includes('skiptoken')) return answer(response, 200, { value: rows(names).slice(2), '@odata.deltaLink': 'Items?$deltatoken=a' });
      return answer(response, 200, { value: rows(names).slice(0, 2), '@odata.nextLink': 'Items?$skiptoken=2' });
    };
    const first = await scene.node.run('followItems', { cursor: null });
    expect(first).toMatchObject({ state: 'done', reply: { restarted: false } });
    names = ['а', 'бета', 'в', 'г'];
    const again = await scene.node.run('followItems', { cursor: (first.reply as { cursor: string }).cursor });
    expect(again).toMatchObject({ state: 'done', reply: { restarted: 'odata.deltaExpired' } });
    expect(await items()).toEqual(names);
  });

  test.each(['http://evil.example/x/Items?$skiptoken=1', '//evil.example/Items', '/elsewhere/Items'])('odata 42: and whose next page is at %s is not followed there, nothing of the page is kept', async (link) => {
    const before = await items();
    reply = (_request, response) => answer(response, 200, { value: [{ Id: 'evil', Name: 'evil' }], '@odata.nextLink': link });
    for (const scenario of ['followOnce', 'readItems']) expect(await scene.node.run(scenario)).toMatchObject({ state: 'failed', failure: { code: 'odata.nextLinkForeign' } });
    expect([asked.length, await items()]).toEqual([2, before]);
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
