/** What a service may answer instead of what was asked: said in one sentence in both languages, nothing of it kept, nothing lost by it. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startHttp, type SeenRequest } from '../../src/sdk/testing/server.ts';
import { onecConnection } from './onec-scene.ts';
import { Scene } from './platform.ts';

const described = `<edmx:Edmx xmlns:edmx="e" Version="4.0"><edmx:DataServices>
<Schema Namespace="N" xmlns="s"><EntityType Name="Item"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.String" Nullable="false"/><Property Name="Name" Type="Edm.String"/><Property Name="Count" Type="Edm.Int64"/><Property Name="At" Type="Edm.DateTimeOffset"/><Property Name="Weight" Type="Edm.Decimal"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Items_of'all" EntityType="N.Item"/><EntitySet Name="Items" EntityType="N.Item"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;

type Reply = (request: SeenRequest, response: ServerResponse) => void;
interface Row { Id: string; Name: string }

let scene: Scene;
let service: Awaited<ReturnType<typeof startHttp>>;
let reply: Reply = () => undefined;
let description: string | Uint8Array = described;

const json = { 'content-type': 'application/json' };
const body = (text: string | Uint8Array, headers: Record<string, string> = json): Reply => (_request, response) => void response.writeHead(200, headers).end(text);
const atom = (text: string): Reply => body(text, { 'content-type': 'application/atom+xml' });

const honest: readonly Row[] = ['a', 'b', 'c', 'd'].map((Id) => ({ Id, Name: `имя ${Id}` }));
/** Of the letters from А to я and ASCII. */
const windows1251 = (text: string): Uint8Array => Uint8Array.from(text, (sign) => (sign < '\u0080' ? sign.charCodeAt(0) : sign.charCodeAt(0) - 0x410 + 0xc0));

/** The first page is honest; the second is what a test wants, until it is mended. */
const second = (bad: Reply): Reply => (request, response) => {
  if (!decodeURIComponent(request.url).includes('$skip=2')) return body(JSON.stringify({ value: decodeURIComponent(request.url).includes('$skip=4') ? [] : honest.slice(0, 2) }))(request, response);
  return bad(request, response);
};

beforeAll(async () => {
  scene = await Scene.start();
  service = await startHttp((request, response) => (request.url.endsWith('/$metadata') ? void response.writeHead(200, { 'content-type': 'application/xml' }).end(description) : reply(request, response)));
  await scene.apply(onecConnection({ url: `${service.url}/service` }), `
kind: Route
name: readPage
connection: trade
operation: query
properties: {set: Items, pageRows: 2}
retry: {attempts: 1}
request: {cursor: string}
response: {rows: {type: object, array: true}, next: string}
---
kind: Template
name: Item
attributes: {key: {type: text, unique: true}, title: text, count: text, at: text, weight: text}
---
kind: Template
name: Reading
attributes: {cursor: text}
---
kind: Scenario
name: readOn
on: {api: true}
runAs: system
steps:
  - find: {template: Reading, where: {}, as: places}
  - send: {route: readPage, message: {cursor: "=places[0].cursor"}, response: page}
  - forEach:
      in: =page.rows
      as: row
      steps:
        - upsert: {template: Item, by: {key: =row.Id}, set: {title: =row.Name, count: "=$string(row.Count)", at: =row.At, weight: "=$string(row.Weight)"}}
  - forEach: {in: =places, as: place, steps: [{delete: {record: =place}}]}
  - create: {template: Reading, set: {cursor: =page.next}}
  - return: {response: {ended: "=page.next = null"}}
`);
});

afterAll(async () => {
  await scene.close();
  await service[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const template of ['Item', 'Reading']) for (const { id } of await scene.node.records(template)) await scene.node.call('DELETE', `/api/v1/records/${template}/${id}`);
});

interface Problem { code: string; title: string }

const readOn = async (language = 'en'): Promise<{ status: number; problem: Problem; text: string }> => {
  const answer = await scene.node.call('POST', '/api/v1/scenarios/readOn/runs', { body: { variables: {} }, headers: { 'accept-language': language } });
  return { status: answer.status, problem: answer.body as Problem, text: answer.text };
};
const kept = async (): Promise<unknown[]> => (await scene.node.records('Item', '&sort=key')).map(({ key }) => key);

/** One sentence or two of a person's language that name the connection, and nothing of a program's inside. */
function expectSentence({ title }: Problem, language: 'ru' | 'en'): void {
  expect(title).toMatch(language === 'ru' ? /^Подключение «trade»/ : /^Connection "trade"/);
  expect(title).toMatch(/[.:)»"]$/);
  expect(title).not.toMatch(/undefined|\[object|SyntaxError|Unexpected token|node_modules|\n/);
}

const bomb = `<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><feed xmlns="http://www.w3.org/2005/Atom"><title>&b;</title></feed>`;

describe('a second page that is', () => {
  test.each<[string, Reply, string]>([
    ['cut off in the middle of a row', body('{"value":[{"Id":"c","Name":"имя'), 'connection.malformedResponse'],
    ['cut off with its connection', (_request, response) => { response.writeHead(200, { ...json, 'content-length': '5000' }).write('{"value":[{"Id":"c"},'); setImmediate(() => response.destroy()); }, 'connection.malformedResponse'],
    ['cut off inside gzip', body(gzipSync(JSON.stringify({ value: honest })).subarray(0, 30), { ...json, 'content-encoding': 'gzip' }), 'connection.malformedResponse'],
    ['said to be gzip and is not', body('{"value":[]}', { ...json, 'content-encoding': 'gzip' }), 'connection.malformedResponse'],
    ['said to be JSON and is a page for signing in', body('<!DOCTYPE html><html><title>Вход</title></html>'), 'odata.htmlPage'],
    ['in windows-1251 and does not say so', body(windows1251(JSON.stringify({ value: honest.slice(2) }))), 'connection.malformedResponse'],
    ['in UTF-16', body(Buffer.from('{"value":[]}', 'utf16le')), 'connection.malformedResponse'],
    ['an error with 200', body('{"error":{"code":"x","message":"не сегодня"}}'), 'odata.refused'],
    ['an error with 200 behind rows', body('{"value":[{"Id":"c","Name":"x"}],"error":{"code":"x","message":"no"}}'), 'odata.refused'],
    ['nothing', body(''), 'connection.malformedResponse'],
    ['no list', body('{"rows":[]}'), 'connection.malformedResponse'],
    ['rows that are none', body('{"value":[5,null]}'), 'connection.malformedResponse'],
    ['a number that no one can hold', body('{"value":[{"Id":"c","Count":1e99999}]}'), 'connection.malformedResponse'],
    ['nested without a bottom', body(`{"value":[{"Id":${'['.repeat(100_000)}`), 'connection.malformedResponse'],
    ['Atom with a bomb of entities', atom(bomb), 'connection.malformedResponse'],
    ['Atom that is not finished', atom('<feed xmlns="http://www.w3.org/2005/Atom"><entry>'), 'connection.malformedResponse'],
    ['followed by one elsewhere', body('{"value":[{"Id":"c","Name":"x"}],"@odata.nextLink":"http://evil.example/Items"}'), 'odata.nextLinkForeign'],
  ])('%s fails the run in a sentence, keeps nothing, and the next run goes on where it stood', async (_name, bad, code) => {
    reply = second(bad);
    expect(await readOn()).toMatchObject({ status: 200 });
    const texts: string[] = [];
    for (const language of ['en', 'ru'] as const) {
      const { problem, text } = await readOn(language);
      expect(problem, text).toMatchObject({ code });
      expectSentence(problem, language);
      texts.push(problem.title);
    }
    expect(texts[0]).not.toBe(texts[1]);
    expect(await kept()).toEqual(['a', 'b']);
    reply = second(body(JSON.stringify({ value: honest.slice(2) })));
    expect(await readOn()).toMatchObject({ status: 200 });
    expect(await kept()).toEqual(['a', 'b', 'c', 'd']);
    expect((await scene.node.call('GET', '/health/live')).status).toBe(200);
  });
});

test.each<[string, Reply]>([
  ['a byte order mark', body(`\uFEFF${JSON.stringify({ value: honest.slice(2) })}`)],
  ['a wrong label of its type', body(JSON.stringify({ value: honest.slice(2) }), { 'content-type': 'text/html' })],
  ['windows-1251 that is said', body(windows1251(JSON.stringify({ value: honest.slice(2) })), { 'content-type': 'application/json; charset=windows-1251' })],
  ['a wrong label of its charset', body(JSON.stringify({ value: honest.slice(2) }), { 'content-type': 'application/json; charset=windows-1251' })],
])('a page with %s is read all the same', async (_name, page) => {
  reply = second(page);
  await readOn();
  expect((await readOn()).status).toBe(200);
  expect((await scene.node.records('Item', '&sort=key')).map(({ title }) => title)).toEqual(honest.map(({ Name }) => Name));
});

test('numbers beyond doubles, dates of the years 1 and 209 and odd keys come through as they are', async () => {
  const odd = String.raw`{"value":[{"Id":"O'Neil/_key\u0026%2F 😀","Name":"“кавычки” \"'","Count":9007199254740993,"At":"0209-05-11T00:00:00Z","Weight":0.10000000000000000001},{"Id":"😀","Count":-9223372036854775808,"At":"0001-01-01T00:00:00Z","Weight":12345678901234567890.5}]}`;
  reply = (_request, response) => void response.writeHead(200, json).end(odd);
  expect((await readOn()).status).toBe(200);
  const found = await scene.node.records('Item', '&sort=key');
  expect(found.map(({ key, count, at, weight }) => [key, count, at, weight])).toEqual(expect.arrayContaining([
    ["O'Neil/_key&%2F 😀", '9007199254740993', '0209-05-11T00:00:00Z', '0.10000000000000000001'],
    ['😀', '-9223372036854775808', '0001-01-01T00:00:00Z', '12345678901234567890.5'],
  ]));
  expect(found).toHaveLength(2);
});

describe('pages without an end', () => {
  test('that come again are noticed, and nothing is read for ever', async () => {
    const page = (_request: SeenRequest, response: ServerResponse): void => void response.writeHead(200, json).end(JSON.stringify({ value: honest.slice(0, 2), '@odata.nextLink': 'Items?$skiptoken=same' }));
    reply = page;
    expect((await readOn()).status).toBe(200);
    const { problem } = await readOn('ru');
    expect(problem).toMatchObject({ code: 'odata.pagesRepeat' });
    expectSentence(problem, 'ru');
    expect(await kept()).toEqual(['a', 'b']);
  });
});

describe('a description that is', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['a page', '<html><head><title>1C</title></head></html>', 'odata.htmlPage'],
    ['some other XML', '<note><to>you</to></note>', 'odata.notMetadata'],
    ['JSON', '{"value":[]}', 'odata.notMetadata'],
    ['cut off', described.slice(0, 400), 'odata.metadataMalformed'],
    ['full of entities', `<!DOCTYPE x [<!ENTITY a "b">]>${described}`, 'odata.metadataEntities'],
    ['in another encoding than it says', Buffer.concat([Buffer.from('<?xml version="1.0" encoding="utf-8"?>'), Buffer.from(described.replace('Items_of', 'Товары_'), 'utf16le')]), 'odata.notMetadata'],
  ])('%s is told in a sentence, and the connection works again once it is mended', async (name, text, code) => {
    description = text;
    reply = body(JSON.stringify({ value: honest.slice(0, 1) }));
    // Opened anew, so that the description is read.
    await scene.apply(onecConnection({ url: `${service.url}/${code}/${name.length}/service` }));
    const told: string[] = [];
    for (const language of ['en', 'ru'] as const) {
      const { problem, text: whole } = await readOn(language);
      told.push(problem.code);
      expect(whole).toContain(problem.code);
      expectSentence(problem, language);
    }
    expect(new Set(told)).toEqual(new Set([code]));
    description = described;
    await scene.apply(onecConnection({ url: `${service.url}/service` }));
    expect((await readOn()).status).toBe(200);
    expect(await kept()).toEqual(['a']);
  });
});
