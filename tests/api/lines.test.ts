/** Records as lines of JSON, in and out, on a real server and a real database. */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { adminPassword, startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
let sql: pg.Client;
let table: string;

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Item\nattributes:\n  code: {type: text, required: true, unique: true}\n  state: {type: enum, values: [new, old]}\n  amount: number\n  twice: {type: number, calculated: "=amount * 2"}\n  box: {type: record, template: Box, inverse: {name: items, multiple: true}}\n',
    'kind: Template\nname: Box\nattributes:\n  label: text\n',
  );
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  table = `zveno_data.r_${(await sql.query("SELECT id FROM zveno.template WHERE name = 'Item'")).rows[0].id}`;
}, 60_000);
afterAll(async () => {
  await sql.end();
  await api.close();
});
beforeEach(async () => {
  await sql.query(`DELETE FROM ${table}`);
});

const type = { 'content-type': 'application/x-ndjson' };
const path = (query: Record<string, string> = {}): string => `/api/v1/records/Item/bulk/lines?${new URLSearchParams(query).toString()}`;
const send = (raw: string | Uint8Array, query: Record<string, string> = {}, headers: Record<string, string> = type): Promise<Called> => api.call('POST', path(query), { raw, headers });
const linesOf = ({ text }: { text: string }): any[] => text.trim().split('\n').map((line) => JSON.parse(line)); // oxlint-disable-line typescript/no-explicit-any -- lines of several shapes
const items = (from: number, to: number, more: object = {}): string => Array.from({ length: to - from + 1 }, (_, at) => `${JSON.stringify({ code: `C-${from + at}`, amount: from + at, ...more })}\n`).join('');
const count = async (): Promise<number> => (await sql.query(`SELECT count(*)::int AS count FROM ${table}`)).rows[0].count;

describe('lines of one transaction', () => {
  it('are all written and told of, with their ids when asked', async () => {
    const written = await send(items(1, 1_000), { results: 'all' });
    expect(written).toMatchObject({ status: 200 });
    expect(written.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = linesOf(written);
    expect(lines.slice(-2)).toEqual([{ from: 1, to: 1_000, committed: true, created: 1_000, updated: 0, unchanged: 0, refused: 0 }, { done: true, dryRun: false, lines: 1_000, created: 1_000, updated: 0, unchanged: 0, refused: 0 }]);
    expect(lines[6]).toEqual({ line: 7, op: 'created', id: expect.any(String), version: 1, failure: null });
    expect((await sql.query(`SELECT count(DISTINCT xmin::text)::int AS transactions FROM ${table}`)).rows).toEqual([{ transactions: 1 }]);
  });

  it('are all refused for one of them, which is named with its field', async () => {
    const bad = `${items(1, 3)}\n{"code":"C-5","state":"lost"}\n{"code":"C-1"}\n{"code": 1,}\n[1]\n{"code":"C-9","code":"C-10"}\n{"code":"x\\u0000"}\n`;
    const refused = await send(bad);
    expect(refused).toMatchObject({ status: 422, json: { code: 'bulk.refused', parameters: { refused: 5 } } });
    expect(refused.json.problems.map(({ path: place, code }: { path: string; code: string }) => [place, code])).toEqual([['line 5.state', 'record.notInList'], ['line 7', 'message.malformed'], ['line 8', 'bulk.lineNotObject'], ['line 9', 'message.duplicateKey'], ['line 10', 'message.forbiddenText']]);
    const twice = await send(items(1, 3) + items(2, 2));
    expect(twice).toMatchObject({ status: 422, json: { problems: [{ path: expect.stringMatching(/^line [24]\.code$/), code: 'record.notUnique' }] } });
    expect(await send(items(1, 3) + items(2, 2), { by: 'code' })).toMatchObject({ status: 422, json: { problems: [{ path: 'line 4', code: 'bulk.keyTwice', text: expect.stringContaining('line 2') }] } });
    expect(await count()).toBe(0);
  });

  it('are no more than 1,000, of the right type, and nothing else', async () => {
    expect(await send(items(1, 1_001))).toMatchObject({ status: 422, json: { code: 'bulk.tooMany' } });
    for (const wrong of [{ 'content-type': 'application/json' }, { 'content-type': 'multipart/form-data; boundary=x' }, { 'content-type': 'application/x-ndjson; charset=windows-1251' }]) expect(await send(items(1, 1), {}, wrong), JSON.stringify(wrong)).toMatchObject({ status: 415, json: { code: 'bulk.linesType' } });
    expect(await send(items(1, 1), { by: 'cod' })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute', parameters: { nearest: 'code' } } });
    expect(await send(items(1, 1), { mode: 'some' })).toMatchObject({ status: 422, json: { code: 'http.invalid' } });
    expect(linesOf(await send(''))).toEqual([{ done: true, dryRun: false, lines: 0, created: 0, updated: 0, unchanged: 0, refused: 0 }]);
    expect(await count()).toBe(0);
  });
});

describe('lines in sets', () => {
  it('are written set by set; what is refused is named and left out, a line too long and one that is no text among them', async () => {
    const body = Buffer.concat([Buffer.from(`\ufeff${items(1, 1_500)}`), Buffer.from(`{"code":"${'x'.repeat(1024 * 1024)}"}\n`), Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d, 0x0a]), Buffer.from(items(1_501, 2_100).replaceAll('\n', '\r\n')), Buffer.from('{"code":"C-1"}')]);
    const lines = linesOf(await send(body, { mode: 'each' }));
    expect(lines.map(({ from, to, line, done, failure }) => (done === true ? 'done' : (failure?.code ?? `${from ?? line}-${to}`)))).toEqual(['1-1000', 'bulk.lineTooLong', 'message.charset', '1001-2000', 'record.notUnique', '2001-2103', 'done']);
    expect(lines.filter(({ line }) => line !== undefined).map(({ line }) => line)).toEqual([1_501, 1_502, 2_103]);
    expect(lines.at(-1)).toMatchObject({ lines: 2_103, created: 2_100, refused: 3 });
    expect(await count()).toBe(2_100);
    expect((await sql.query(`SELECT count(DISTINCT xmin::text)::int AS transactions FROM ${table}`)).rows).toEqual([{ transactions: 3 }]);
  });

  it('with a key change what is there, and a key that comes again finds what its earlier line made', async () => {
    await send(items(1, 2, { state: 'old' }));
    const lines = linesOf(await send(`${items(1, 3, { state: 'new' })}{"code":"C-3","amount":0.10}\n{"code":"C-3","amount":0.1}\n{"amount":5}\n`, { mode: 'each', by: 'code', results: 'all' }));
    expect(lines.flatMap(({ line, op }) => (line === undefined ? [] : [`${line} ${op}`]))).toEqual(['1 updated', '2 updated', '3 created', '4 updated', '5 unchanged', '6 refused']);
    expect(lines.at(-1)).toMatchObject({ done: true, created: 1, updated: 3, unchanged: 1, refused: 1 });
  });

  it('end when too many are refused, and what was written stays', async () => {
    const lines = linesOf(await send(`${items(1, 1_000)}${'{"state":"lost"}\n'.repeat(1_500)}${items(2_000, 2_100)}`, { mode: 'each', problemBudget: '10' }));
    expect(lines.at(-1)).toMatchObject({ failure: { code: 'bulk.tooManyRefused' }, from: 2_001, created: 1_000, refused: 1_000 });
    expect(await count()).toBe(1_000);
    const dry = linesOf(await send(items(5_000, 5_001), { mode: 'each', dryRun: 'true' }));
    expect(dry).toEqual([{ from: 1, to: 2, committed: false, created: 2, updated: 0, unchanged: 0, refused: 0 }, { done: true, dryRun: true, lines: 2, created: 2, updated: 0, unchanged: 0, refused: 0 }]);
    expect(await count()).toBe(1_000);
  });

  const open = (query: Record<string, string> = {}): ClientRequest => {
    const { hostname, port } = new URL(api.url);
    return httpRequest({ hostname, port, method: 'POST', path: path({ mode: 'each', ...query }), headers: { ...type, authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}` } });
  };
  const firstText = async (answer: IncomingMessage): Promise<string> => String((await once(answer, 'data'))[0]);

  it('are told of while the others are still on their way, and a connection that breaks off writes no half set', async () => {
    const call = open();
    call.on('error', () => undefined);
    call.write(items(1, 1_200));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.on('error', () => undefined);
    expect(JSON.parse(await firstText(answer))).toMatchObject({ from: 1, to: 1_000, committed: true });
    expect(await count()).toBe(1_000);
    call.write('{"code":"half');
    call.destroy();
    const again = linesOf(await send(items(1, 1_200), { mode: 'each', by: 'code' }));
    expect(again.at(-1)).toMatchObject({ done: true, created: 200, unchanged: 1_000 });
  });

  it('are read no faster than they are written', async () => {
    // What has come when the connection breaks off is still tried, and would be among the rows of the next test.
    const call = open({ dryRun: 'true' });
    call.on('error', () => undefined);
    // Holds every writer of the table back.
    await sql.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`);
    const megabyte = items(1, 1_000, { box: null, state: 'new' }).repeat(16);
    let taken = 0;
    let isFull = false;
    for (let index = 0; index < 64 && !isFull; index++) {
      isFull = !call.write(megabyte);
      if (isFull) isFull = await Promise.race([once(call, 'drain').then(() => false), new Promise<true>((resolve) => void setTimeout(resolve, 1_000, true))]);
      else taken += megabyte.length;
    }
    expect(isFull).toBe(true);
    expect(taken).toBeLessThan(64 * megabyte.length);
    call.destroy();
    await sql.query('ROLLBACK');
    expect(await count()).toBe(0);
  }, 60_000);
});

describe('an export as lines', () => {
  const exported = (body: unknown, options: Parameters<ApiCaller['call']>[2] = {}): Promise<Called> => api.call('POST', '/api/v1/records/Item/export/lines', { body, ...options });

  it('brings every record once, over pages, with what was chosen and exact numbers', async () => {
    const box = (await api.call('POST', '/api/v1/records/Box', { body: { label: 'one' } })).json.id;
    await send(items(1, 2_100, { box }), { mode: 'each' });
    await send('{"code":"C-0","amount":9007199254740993.10}\n');
    const all = await exported({ select: ['code', 'twice', 'box.label'], sort: ['amount'], filter: { op: 'isNotNull', attribute: 'box' } });
    expect(all.headers.get('content-type')).toBe('application/x-ndjson');
    expect(all.headers.get('content-disposition')).toContain('Item.jsonl');
    const lines = linesOf(all);
    expect(lines.map(({ code }) => code)).toEqual(Array.from({ length: 2_100 }, (_, n) => `C-${n + 1}`));
    expect(lines[1]).toEqual({ id: expect.any(String), _version: 1, code: 'C-2', twice: 4, box: { id: box, _version: 1, label: 'one' } });
    expect((await exported({ filter: { op: 'eq', attribute: 'code', value: 'C-0' }, select: ['amount'] })).text).toContain('"amount":9007199254740993.1}');
    expect((await exported({ filter: { op: 'eq', attribute: 'code', value: 'none' } })).text).toBe('');
    expect(await exported({ select: ['cod'] })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute' } });
  });

  it('goes in again as it came out', async () => {
    await send(items(1, 30));
    const { text } = await exported({ select: ['code', 'amount'] });
    const back = text.replaceAll(/"id":"[^"]*","_version":1,/g, '');
    expect(linesOf(await send(back, { by: 'code' })).at(-1)).toMatchObject({ done: true, unchanged: 30 });
  });
});
