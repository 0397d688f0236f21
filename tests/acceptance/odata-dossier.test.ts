/** What is kept of an OData service, over two nodes: its description, which is not read by each of them, and what it can do. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, startHttp, type SeenRequest } from '../../src/sdk/testing/server.ts';
import type { TestNode } from './node.ts';
import { eventually, Scene } from './platform.ts';

const documentOf = (field: string): string => `<edmx:Edmx xmlns:edmx="e" Version="4.0"><edmx:DataServices><Schema Namespace="N" xmlns="s">
<EntityType Name="Item"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.String" Nullable="false"/><Property Name="${field}" Type="Edm.String"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Items" EntityType="N.Item"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;

let scene: Scene;
let second: TestNode;
let service: Awaited<ReturnType<typeof startHttp>>;
let document = documentOf('Name');
/** Whether the service takes batches. */
let batches = true;

function serve({ url, headers }: SeenRequest, response: ServerResponse): void {
  if (url.endsWith('/$metadata')) return void response.writeHead(200, { 'content-type': 'application/xml' }).end(document);
  if (url.endsWith('/$batch')) {
    if (!batches) return void response.writeHead(501).end();
    if (String(headers['content-type']).includes('json')) return answer(response, 200, { responses: [{ id: '1', status: 200, body: { Id: '1' } }] });
    return void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' }).end('--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{"Id":"1"}\r\n--b--');
  }
  answer(response, 200, { value: [{ Id: '1' }] });
}

const connection = (name: string, url: string): string => `
kind: Connection
name: ${name}
type: odata
properties: {url: "${url}"}
allow: [loopback]
`;

const throughScenario = (name: string, route: string): string => `
kind: Scenario
name: ${name}
on: {api: true}
runAs: system
steps:
  - send: {route: ${route}, message: =asked, response: given}
  - return: {response: =given}
`;

const route = (name: string, operation: string, rest: string): string => `
kind: Route
name: ${name}
connection: shop
operation: ${operation}
properties: {set: Items${rest}}
retry: {attempts: 1}
onUnknown: park
`;

beforeAll(async () => {
  [scene, service] = await Promise.all([Scene.start(), startHttp(serve)]);
  second = await scene.join('second');
  await scene.apply(
    connection('shop', `${service.url}/svc`),
    `${route('readNames', 'query', ', select: [Name]')}response: {rows: {type: object, array: true}}\n`,
    `${route('readTitles', 'query', ', select: [Title]')}response: {rows: {type: object, array: true}}\n`,
    `${route('sendBatch', 'batch', '')}request: {operations: {type: object, array: true}}\nresponse: {done: integer}\n`,
    throughScenario('readNames', 'readNames'), throughScenario('readTitles', 'readTitles'), throughScenario('sendBatch', 'sendBatch'),
  );
});

afterAll(async () => {
  await scene?.close();
  await service?.[Symbol.asyncDispose]();
});

const readings = (): number => service.seen.filter(({ url }) => url.endsWith('/$metadata')).length;
const at = (rest: string): string => `/api/v1/connections/shop/${rest}`;

interface Fact {
  name: string;
  value: unknown;
  text: string;
  learned: string;
  how: string;
  ageSeconds: number;
  current: boolean;
}

const facts = async (node: TestNode): Promise<Map<string, Fact>> => new Map((await node.ask<{ capabilities: Fact[] }>('GET', at('capabilities'))).capabilities.map((fact) => [fact.name, fact]));
const lines = (text: string): Record<string, unknown>[] => text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
const outcome = async (node: TestNode, scenario: string, asked: Record<string, unknown> = {}): Promise<string> => {
  const { state, failure } = await node.run(scenario, { asked });
  return failure?.code ?? state;
};

describe('what is kept of a service', () => {
  test('is empty before anybody has looked, and says so for a system of another kind', async () => {
    expect(await facts(scene.node)).toEqual(new Map());
    expect(await scene.node.call('GET', '/api/v1/connections/nobody/capabilities')).toMatchObject({ status: 404, body: { code: 'connection.none' } });
  });

  test('is read once for all nodes, and then neither they nor discover ask for the document', async () => {
    await scene.node.call('POST', at('metadata/refresh'));
    const before = readings();
    expect(await outcome(scene.node, 'readNames')).toBe('done');
    expect(await outcome(second, 'readNames')).toBe('done');
    expect(await second.ask('GET', at('discover?path=Items'))).toMatchObject({ objects: [{ path: 'Items' }] });
    expect(readings()).toBe(before);
  });

  test('tells each fact with its age and how it was learnt', async () => {
    expect(Object.fromEntries(await facts(second))).toMatchObject({
      batch: { value: ['multipart', 'json'], learned: 'probed', how: 'tried by a reading', current: true, text: 'multipart, json', ageSeconds: expect.any(Number) },
      count: { value: false, text: 'no' },
      maxQueryBytes: { value: 8_000, learned: 'usual' },
    });
  });

  test('heals: a batch that is answered 501 on one node keeps the other from sending one; asked anew it may be sent again', async () => {
    batches = false;
    const message = { operations: [{ operation: 'get', key: { Id: '1' } }] };
    expect(await outcome(scene.node, 'sendBatch', message)).toBe('odata.batchUnsupported');
    await eventually('the other node knows', async () => (await outcome(second, 'sendBatch', message)) === 'odata.batchDenied');
    expect((await facts(second)).get('batch')).toMatchObject({ value: [], text: 'none', learned: 'used' });
    batches = true;
    await scene.node.call('POST', at('capabilities/refresh'));
    await eventually('the batch goes through', async () => (await outcome(second, 'sendBatch', message)) === 'done');
  });

  test('is exchanged on both nodes by a refresh, without a restart; the comparison names the routes that suffer', async () => {
    document = documentOf('Title');
    const refreshed = lines((await scene.node.call('POST', at('metadata/refresh'))).text);
    expect(refreshed.map(({ stage, result }) => stage ?? result)).toEqual(['fetched', 'read', 'capabilities', 'changed']);
    expect(refreshed.at(-1)).toMatchObject({ comparison: { impact: [{ route: 'readNames', effect: 'broken', field: 'Name' }] } });
    for (const node of [scene.node, second]) {
      await eventually('the new field is known', async () => (await outcome(node, 'readTitles')) === 'done');
      expect(await outcome(node, 'readNames')).toBe('odata.unknownField');
    }
    expect((await facts(scene.node)).get('batch')).toMatchObject({ learned: 'probed', current: true });
  });

  test('and is damaged is thrown away: the REST says what to do, and a connection reads the document anew', async () => {
    await scene.sql.query(`UPDATE zveno.remote_metadata SET document = '\\x1f8b0800'::bytea || document`);
    await scene.apply(connection('shop', `${service.url}/svc/`)); // opened anew, on both nodes
    const before = readings();
    expect(await outcome(second, 'readTitles')).toBe('done');
    expect(readings()).toBe(before + 1);
    expect(await scene.node.call('GET', at('metadata'))).toMatchObject({ status: 200, body: { findings: [] } });
  });

  test('of another address is not worked by, and shown with what to do', async () => {
    await scene.apply(connection('shop', `${service.url}/other`));
    expect(await scene.node.ask('GET', at('metadata'))).toMatchObject({ findings: [{ code: 'connection.snapshotElsewhere', text: expect.stringContaining('/other/$metadata') }] });
    expect([...(await facts(scene.node)).values()].map(({ current }) => current)).not.toContain(true);
    const before = readings();
    expect(await outcome(second, 'readTitles')).toBe('done');
    expect(readings()).toBe(before + 1);
    expect(await scene.node.ask('GET', at('metadata'))).toMatchObject({ findings: [] });
  });
});
