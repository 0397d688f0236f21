/** Many operations in one request: what goes over the wire, and what is believed of the answers. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../sdk/index.ts';
import { answer, type SeenRequest } from '../../sdk/testing/server.ts';
import { startBase } from './testing/base.ts';

type Row = Record<string, Value>;

interface Results {
  results: { id: string; state: string; status: number | null; row: Row | null; etag: string | null; failure: { code: string; detail: Value } | null }[];
  done: number;
  failed: number;
  unknown: number;
  notRun: number;
}

const resultsOf = ({ response }: { response: Value }): Results => response as unknown as Results;
const states = (receipt: { response: Value }): string[] => resultsOf(receipt).results.map(({ id, state, failure }) => [id, state, failure?.code ?? ''].join(' ').trim());

const part = (status: number, body: unknown, contentId?: string): string =>
  ['Content-Type: application/http', ...(contentId === undefined ? [] : [`Content-ID: ${contentId}`]), '', `HTTP/1.1 ${status} X`, 'Content-Type: application/json', '', body === '' ? '' : JSON.stringify(body)].join('\r\n');

const parts = (boundary: string, pieces: readonly string[]): string => [...pieces.map((piece) => `--${boundary}\r\n${piece}\r\n`), `--${boundary}--\r\n`].join('');

const set = (...pieces: string[]): string => `Content-Type: multipart/mixed; boundary="out er"\r\n\r\n${parts('out er', pieces)}`;

const reply = (...pieces: string[]) => (_request: SeenRequest, response: ServerResponse): void =>
  void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=out' }).end(parts('out', pieces));

const refusal = { error: { code: 'x', message: 'no such colour' } };
const create = (Id: string, more: Row = {}): Row => ({ operation: 'create', row: { Id }, ...more });
const items = { set: 'Items' };
const message = (...operations: Row[]): Value => ({ operations });

describe('a batch', () => {
  it('of V2 has each change in a change set, as that version demands, and reads beside them', async () => {
    await using base = await startBase('v2', reply(set(part(201, { d: { Id: '1', Count: '9007199254740993', __metadata: { etag: 'W/"1"' } } })), part(200, { d: { Id: 'б/"' } }), set(part(204, ''))));
    const receipt = await base.send('batch', items, message(create('1'), { operation: 'get', key: { Id: "б/'" } }, { operation: 'update', row: { Id: '3', Name: 'Ы' } }));
    expect(receipt).toMatchObject({ kind: 'ok', response: { done: 3, failed: 0, results: [{ id: '1', state: 'done', status: 201, etag: 'W/"1"', row: { Id: '1' } }, { id: '2', row: { Id: 'б/"' } }, { id: '3', row: null, status: 204 }] } });
    expect(JSON.stringify(resultsOf(receipt).results[0]?.row)).toContain('9007199254740993');
    const { body, headers } = base.seen.find(({ url }) => url.endsWith('$batch')) ?? { body: '', headers: {} };
    const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '';
    expect(body.split('\r\n').map((line) => line.replaceAll(boundary, 'B'))).toEqual([
      '--B', 'Content-Type: multipart/mixed; boundary=changes_1_B', '',
      '--changes_1_B', 'Content-Type: application/http', 'Content-Transfer-Encoding: binary', 'Content-ID: 1', '',
      'POST Items HTTP/1.1', 'Accept: application/json', 'Content-Type: application/json', 'Content-Length: 10', '', '{"Id":"1"}', '--changes_1_B--', '',
      '--B', 'Content-Type: application/http', 'Content-Transfer-Encoding: binary', 'Content-ID: 2', '',
      "GET Items('%D0%B1%2F''') HTTP/1.1", 'Accept: application/json', '', '',
      '--B', 'Content-Type: multipart/mixed; boundary=changes_3_B', '',
      '--changes_3_B', 'Content-Type: application/http', 'Content-Transfer-Encoding: binary', 'Content-ID: 3', '',
      "MERGE Items('3') HTTP/1.1", 'Accept: application/json', 'Content-Type: application/json', 'Content-Length: 13', '', '{"Name":"Ы"}', '--changes_3_B--', '',
      '--B--', '',
    ]);
  });

  it('of V4 names what goes into a row that is only being made', async () => {
    await using base = await startBase('v4', reply(set(part(201, { Id: 'p' }, 'parent'), part(201, { Id: 'c' }, '2'))));
    await base.send('batch', { ...items, atomic: true }, message({ ...create('p'), id: 'parent' }, { operation: 'create', into: 'parent/Children', row: { Id: 'c', 'Parent@odata.bind': '$parent' } }));
    expect(base.seen.at(-1)?.body).toMatch(/Content-ID: parent[\s\S]*POST Items HTTP[\s\S]*POST \$parent\/Children HTTP[\s\S]*"Parent@odata.bind":"\$parent"/);
  });

  it('compares what came back with what was sent, member by member', async () => {
    await using base = await startBase('v4', reply(set(part(201, { Id: '1', Name: 'Nas' }, '1')), part(201, { Id: '2', Name: 'Pump' }, '2')));
    const operations = message(create('1', { row: { Id: '1', Name: 'Nasos' } }), create('2', { row: { Id: '2', Name: 'Pump' } }));
    const receipt = await base.send('batch', items, operations);
    expect(receipt).toMatchObject({ kind: 'ok', response: { done: 2, results: [{ checked: true, differences: [{ field: 'Name', sent: 'Nasos', stored: 'Nas', kind: 'cut' }] }, { checked: true, differences: [] }] } });
    expect(base.log.lines).toContainEqual(expect.stringMatching(/^warn odata\.storedOtherwise .*Name: cut/));
    expect(await base.send('batch', { ...items, onDifference: 'park' }, operations)).toMatchObject({ kind: 'error', failure: { code: 'odata.storedOtherwise', next: { kind: 'park' }, parameters: { key: '1' } }, response: { done: 2 } });
  });

  it('reads the rows that did not come back together, in one more request', async () => {
    let sent = 0;
    await using base = await startBase('v2', (request, response) => {
      sent += 1;
      if (sent === 1) return reply(set(part(204, '')), set(part(204, '')))(request, response);
      expect(request.body).toMatch(/GET Items\('3'\)[\s\S]*GET Items\('4'\)/);
      return reply(part(200, { d: { Id: '3', Name: 'a' } }), part(404, refusal))(request, response);
    });
    const receipt = await base.send('batch', items, message({ operation: 'update', row: { Id: '3', Name: 'abc' } }, { operation: 'update', row: { Id: '4', Name: 'b' } }));
    expect(receipt).toMatchObject({ kind: 'ok', response: { done: 2, results: [
      { id: '1', row: { Name: 'a' }, checked: true, differences: [{ field: 'Name', kind: 'cut' }], warnings: [] },
      { id: '2', row: null, checked: false, differences: [], warnings: [{ code: 'odata.notReadBack' }] },
    ] } });
    expect(sent).toBe(2);
  });

  it('stays done when its rows cannot be read back', async () => {
    let sent = 0;
    await using base = await startBase('v2', (request, response) => (++sent === 1 ? reply(set(part(204, '')))(request, response) : void response.socket?.destroy()));
    expect(await base.send('batch', items, message({ operation: 'update', row: { Id: '3', Name: 'abc' } }))).toMatchObject({ kind: 'ok', response: { done: 1, unknown: 0, results: [{ state: 'done', checked: false }] } });
  });

  it('odata 38: that answers 201 for a member of a failed group is not believed', async () => {
    await using base = await startBase('v4', reply(set(part(201, { Id: '1' }, '1'), part(400, refusal, '2'), part(201, { Id: '3' }, '3'))));
    const receipt = await base.send('batch', { ...items, atomic: true }, message(create('1'), create('2'), create('3')));
    expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'odata.batchPartly', parameters: { count: 3, done: 0, failed: 3, id: '1' }, next: { kind: 'park' } } });
    expect(states(receipt)).toEqual(['1 failed odata.batchGroupFailed', '2 failed odata.refused', '3 failed odata.batchGroupFailed']);
    expect(resultsOf(receipt).results.every(({ row }) => row === null)).toBe(true);
  });

  it('whose group is refused by one answer failed in all of its members, and others stand for themselves', async () => {
    await using base = await startBase('v4', reply(part(400, refusal), part(201, { Id: '3' }), part(404, refusal)));
    const receipt = await base.send('batch', items, message(create('1', { group: 'g' }), create('3'), create('2', { group: 'g' }), { operation: 'delete', key: { Id: '9' } }));
    expect(states(receipt)).toEqual(['1 failed odata.refused', '2 done', '3 failed odata.batchGroupFailed', '4 failed odata.rowNotFound']);
  });

  it('that a service stops at the first failure tells what was not reached; a gap without a failure is not known', async () => {
    await using stopping = await startBase('v4', reply(part(201, { Id: '1' }), part(400, refusal)));
    const three = message(create('1'), create('2'), create('3'));
    expect(states(await stopping.send('batch', items, three))).toEqual(['1 done', '2 failed odata.refused', '3 notRun odata.batchNotRun']);
    await using losing = await startBase('v4', reply(part(201, { Id: '1' }), part(201, { Id: '2' })));
    const receipt = await losing.send('batch', items, three);
    expect(states(receipt)).toEqual(['1 done', '2 done', '3 unknown odata.batchMemberLost']);
    expect(receipt).toMatchObject({ failure: { code: 'odata.batchUnknown', next: { kind: 'park' } } });
  });

  it('goes as JSON where a service of V4 does not know parts, and does so from then on', async () => {
    await using base = await startBase('v4', (request, response) => {
      if (!String(request.headers['content-type']).includes('json')) return answer(response, 415, refusal);
      const { requests } = JSON.parse(request.body) as { requests: { id: string; atomicityGroup?: string; body?: unknown }[] };
      return answer(response, 200, { responses: requests.map(({ id, body }) => ({ id, status: 201, headers: { ETag: 'W/"7"' }, body })).toReversed() });
    });
    const receipt = await base.send('batch', items, message(create('1', { group: 'a' }), { ...create('2'), id: 'x' }));
    expect(receipt).toMatchObject({ kind: 'ok', response: { results: [{ id: '1', row: { Id: '1' }, etag: 'W/"7"' }, { id: 'x', row: { Id: '2' } }] } });
    await base.send('batch', items, message(create('1')));
    expect(base.seen.map(({ method, headers }) => [method, headers['content-type']?.split(';')[0]])).toEqual([['GET', undefined], ['POST', 'multipart/mixed'], ['POST', 'application/json'], ['POST', 'application/json']]);
    expect(JSON.parse(base.seen[2]?.body ?? '')).toMatchObject({ requests: [{ id: '1', atomicityGroup: 'g1', method: 'post', url: 'Items', body: { Id: '1' } }, { id: 'x' }] });
  });

  it('in JSON says what depends on what, and of a failed group believes nothing', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, { responses: [{ id: '1', status: 201, body: { Id: '1' } }, { id: '2', status: 424 }, { id: '3', status: 409, body: refusal }] }));
    const receipt = await base.send('batch', { ...items, atomic: true, format: 'json' }, message(create('1'), { operation: 'create', into: '1/Children', row: { Id: '2' } }, create('3')));
    expect(states(receipt)).toEqual(['1 failed odata.batchGroupFailed', '2 failed odata.batchGroupFailed', '3 failed odata.conflict']);
    expect(JSON.parse(base.seen.at(-1)?.body ?? '')).toMatchObject({ requests: [{}, { dependsOn: ['1'], url: '$1/Children' }, {}] });
  });

  it('longer than a service takes is divided, but no group and nothing that refers to something', async () => {
    const sizes: number[] = [];
    await using base = await startBase('v4', (request, response) => {
      const { requests } = JSON.parse(request.body) as { requests: { id: string }[] };
      sizes.push(requests.length);
      answer(response, 200, { responses: requests.map(({ id }) => ({ id, status: 204 })) });
    });
    const operations = [create('a'), create('b', { group: 'g' }), create('c', { group: 'g' }), create('d'), { operation: 'create', into: '4/Children', row: { Id: 'e' } }, create('f')];
    const route = { ...items, format: 'json', maxOps: 2 };
    expect(await base.send('batch', route, message(...operations))).toMatchObject({ kind: 'ok', response: { done: 6 } });
    expect(sizes).toEqual([1, 2, 2, 1]);
    await expect(base.send('batch', { ...route, maxOps: 1 }, message(...operations))).rejects.toMatchObject({ code: 'odata.batchTooLarge', parameters: { count: 2, limit: 1 } });
    expect(sizes).toHaveLength(4);
  });

  it('divided, tells of the later ones what is known when the connection breaks between them', async () => {
    let asked = 0;
    await using base = await startBase('v4', (request, response) => {
      if (++asked === 2) return void response.socket?.destroy();
      const { requests } = JSON.parse(request.body) as { requests: { id: string }[] };
      return answer(response, 200, { responses: requests.map(({ id }) => ({ id, status: 204 })) });
    });
    const receipt = await base.send('batch', { ...items, format: 'json', maxOps: 1 }, message(create('1'), create('2'), create('3')));
    expect(states(receipt)).toEqual(['1 done', '2 unknown connection.unknownOutcome', '3 notRun odata.batchNotRun']);
    expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'odata.batchUnknown', parameters: { done: 1, unknown: 1 } } });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['breaks off', (response) => void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=out' }).end('--out\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 201 X\r\n')],
    ['has no parts', (response) => answer(response, 200, { value: [] })],
    ['has a part without a status', (response) => void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=out' }).end(parts('out', ['Content-Type: application/http\r\n\r\noops']))],
    ['never comes', (response) => void response.socket?.destroy()],
    ['is that of a gateway', (response) => answer(response, 504, '')],
  ])('whose answer %s has an unknown outcome', async (_name, handle) => {
    await using base = await startBase('v4', (_request, response) => handle(response));
    await expect(base.send('batch', items, message(create('1')))).rejects.toMatchObject({ code: 'connection.unknownOutcome' });
  });

  it.each<[keyof typeof statuses, string]>([['1c', 'odata.batchUnsupported'], ['v4', 'connection.busy']])('that %s refuses as a whole has its own failure, and nothing was carried out', async (dialect, code) => {
    await using base = await startBase(dialect, (_request, response) => answer(response, statuses[dialect], '', { 'retry-after': '7' }));
    await expect(base.send('batch', items, message(create('1')))).rejects.toMatchObject({ code });
  });

  const statuses = { '1c': 501, v4: 429 } as const;

  it('of which every member was told to come later is repeated as a whole', async () => {
    await using base = await startBase('v4', reply(part(503, ''), part(503, '')));
    expect(await base.send('batch', items, message(create('1'), create('2')))).toMatchObject({ failure: { code: 'odata.batchPartly', next: { kind: 'retry' } } });
  });

  it.each<[string, Value, string]>([
    ['no list', { operations: 'x' }, 'connection.valueWrongType'],
    ['nothing known to do', message({ operation: 'upsert', row: {} }), 'odata.batchMember'],
    ['an unknown field', message({ operation: 'create', row: {}, rows: [] }), 'odata.batchMember'],
    ['no row', message({ operation: 'create', key: {} }), 'odata.batchMember'],
    ['an id twice', message(create('1', { id: 'a' }), create('2', { id: 'a' })), 'odata.batchMember'],
    ['an id that would break the frame', message(create('1', { id: 'a\r\nX: 1' })), 'odata.batchMember'],
    ['a read in a group', message({ operation: 'get', key: { Id: '1' }, group: 'g' }), 'odata.batchMember'],
    ['a row of nowhere', message({ operation: 'create', into: 'x/Children', row: {} }), 'odata.batchMember'],
    ['a reference forward', message(create('1', { row: { 'Parent@odata.bind': '$2' } }), create('2')), 'odata.batchMember'],
    ['an unknown set', message(create('1', { set: 'Itmes' })), 'odata.unknownSet'],
    ['an unknown attribute', message({ operation: 'create', row: { Nmae: 'x' } }), 'odata.unknownField'],
    ['a text for a number', message({ operation: 'create', row: { Count: 'x' } }), 'connection.valueWrongType'],
    ['no key', message({ operation: 'delete', key: {} }), 'connection.valueMissing'],
    ['a header in a version', message({ operation: 'delete', key: { Id: '1' }, etag: 'W/"1"\r\nX: 1' }), 'odata.batchMember'],
  ])('with %s is refused before anything is sent', async (_name, request, code) => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, {}));
    await expect(base.send('batch', { ...items, match: 'etag' }, request)).rejects.toMatchObject({ code });
    expect(base.asked()).toEqual([]);
  });

  it('of no operations at all is done without asking anybody', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, {}));
    expect(await base.send('batch', items, message())).toMatchObject({ kind: 'ok', response: { results: [], done: 0 } });
    expect(base.asked()).toEqual([]);
  });
});
