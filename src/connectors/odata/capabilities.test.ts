/** What is found out of a service: by reads alone in the check, by writes only where a person has named a set for it. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { CheckStage, Discovered } from '../../sdk/index.ts';
import { memoryDossier } from '../../sdk/testing/memory-dossier.ts';
import { answer, type SeenRequest } from '../../sdk/testing/server.ts';
import definition from './index.ts';
import { startBase, type Base } from './testing/base.ts';

const never = new AbortController().signal;

const capabilitiesOf = async ({ context }: Base): Promise<Discovered['facts']> => (await definition.discover?.(context, { path: '$capabilities', limit: 10 }, never))?.[0]?.facts;
const act = ({ context }: Base) => definition.actions?.['probeWrites']?.run(context, never);

const parts = '--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{"value":[]}\r\n--b--';

/** A service of V4 that can do everything. */
function able(request: SeenRequest, response: ServerResponse): void {
  const url = decodeURIComponent(request.url);
  if (url.endsWith('/$batch')) {
    if (String(request.headers['content-type']).includes('json')) return answer(response, 200, { responses: [{ id: '1', status: 200, body: { value: [] } }] });
    return void response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' }).end(parts);
  }
  if (request.headers['x-csrf-token'] === 'Fetch') return answer(response, 200, {}, { 'x-csrf-token': 'abc', 'set-cookie': 'session=1' });
  const row = { Id: "a'b", '@odata.etag': 'W/"1"' };
  const tracked = String(request.headers['prefer']).includes('track-changes');
  return answer(response, 200, { ...(url.includes('$count=true') ? { '@odata.count': 3 } : {}), value: url.includes(' in ') && !url.includes("Id in ('a''b')") ? [] : [row], ...(tracked ? { '@odata.nextLink': 'Items?$skiptoken=1' } : {}) }, tracked ? { 'preference-applied': 'odata.track-changes' } : {});
}

describe('the record of a service', () => {
  it('of V4 that can do everything says so, having read no more than a few rows', async () => {
    await using base = await startBase('v4', able);
    expect(await capabilitiesOf(base)).toMatchObject({ set: 'Items', batch: ['multipart', 'json'], delta: true, count: true, inOperator: true, serverPaging: true, etag: true, csrf: true, session: true, maxQueryBytes: 8_000 });
    expect(base.asked().every((asked) => /\$top=[12]\b|^POST \$batch$|^GET $|^GET \/odata\/service$/.test(asked))).toBe(true);
  });

  it('of V4 that can do nothing says that, and is shown in the check of the connection', async () => {
    await using base = await startBase('v4', (request, response) => (decodeURIComponent(request.url).endsWith('$top=1') ? answer(response, 200, { value: [{ Id: '1' }] }) : answer(response, request.url.endsWith('$batch') ? 501 : 400, {})));
    expect(await capabilitiesOf(base)).toMatchObject({ batch: [], delta: null, count: false, inOperator: false, serverPaging: null, etag: false, csrf: null });
    const stages: CheckStage[] = [];
    for await (const stage of definition.check(base.context, never)) stages.push(stage);
    expect(stages.at(-2)).toMatchObject({ stage: 'capabilities', state: 'ok', detail: { ru: expect.stringContaining('версия OData: 4.0; $batch: нет; изменения с прошлого раза: не выяснено; подсчёт: нет'), en: expect.stringContaining('$batch: no') } });
  });

  it('of 1C knows that it takes no batch and counts apart from pages', async () => {
    await using base = await startBase('1c', (request, response) => {
      if (request.url.endsWith('/$count')) return void response.writeHead(200, { 'content-type': 'text/plain' }).end('\uFEFF7');
      if (request.url.endsWith('/$batch')) return void response.writeHead(501).end('<m:error xmlns:m="m"><m:code>0</m:code><m:message>x</m:message></m:error>');
      return answer(response, 200, { value: [] });
    });
    expect(await capabilitiesOf(base)).toMatchObject({ batch: [], count: true, delta: false, inOperator: false, maxQueryBytes: 2_000 });
  });

  it('of 1C knows that it gives sessions, though only its first answer does, and whatever was known before', async () => {
    const dossier = memoryDossier();
    await using base = await startBase('1c', (request, response) => answer(response, 200, { value: [] }, request.headers['ibsession'] === 'start' ? { 'set-cookie': 'ibsession=abc' } : {}), { dossier: () => dossier });
    const session = async (): Promise<unknown> => (await definition.capabilities?.probe(base.context, never))?.learnt.find(({ name }) => name === 'session')?.value;
    expect(await session()).toBe(true);
    dossier.facts = [{ name: 'session', value: false, learned: 'probed', address: `${base.url}/odata/service/$metadata`, metadataHash: 'x', learnedAt: new Date().toISOString() }];
    expect(await session()).toBe(true);
  });

  it('of which nothing can be read is open, and no failure', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 500, ''));
    expect(await capabilitiesOf(base)).toMatchObject({ set: null, batch: null, count: null, csrf: null });
  });

  it('that does not answer is a failure: what was known of it must not look like news', async () => {
    await using base = await startBase('v4', (_request, response) => void response.socket?.destroy());
    await expect(definition.capabilities?.probe(base.context, never)).rejects.toMatchObject({ code: 'connection.lost' });
  });
});

/** Rows in memory; `strict` demands versions, `upserts` makes rows that it does not find, `sticky` keeps what it should remove. */
function keeping(rows: Map<string, Record<string, unknown>>, { strict = false, upserts = false, sticky = false }): (request: SeenRequest, response: ServerResponse) => void {
  let version = 0;
  return (request, response) => {
    const key = /Items\('(.*)'\)$/.exec(decodeURIComponent(request.url))?.[1];
    const match = request.headers['if-match'];
    if (request.method === 'POST') {
      const row: Record<string, unknown> = { ...(JSON.parse(request.body) as Record<string, unknown>), '@odata.etag': `W/"${++version}"` };
      rows.set(String(row['Id']), row);
      return answer(response, 201, row);
    }
    const row = rows.get(key ?? '');
    if (row === undefined && !(upserts && request.method !== 'DELETE')) return answer(response, 404, {});
    if (request.method === 'GET') return answer(response, 200, row);
    if (row !== undefined && strict && match === undefined) return answer(response, 428, {});
    if (row !== undefined && match !== undefined && (strict || match !== '*') && match !== row['@odata.etag']) return answer(response, 412, {});
    if (request.method === 'DELETE') {
      if (!sticky) rows.delete(key ?? '');
      return void response.writeHead(sticky ? 403 : 204).end();
    }
    rows.set(key ?? '', { Id: key, ...row, ...(JSON.parse(request.body) as Record<string, unknown>), '@odata.etag': `W/"${++version}"` });
    return void response.writeHead(204).end();
  };
}

const scratch = { properties: { scratchSet: 'Items' } };

describe('trial writes', () => {
  it('tell how versions, keys and absent rows are treated, and leave nothing behind', async () => {
    const rows = new Map<string, Record<string, unknown>>([['theirs', { Id: 'theirs' }]]);
    await using base = await startBase('v4', keeping(rows, { strict: true, upserts: true }), scratch);
    const told = await act(base);
    for (const part of ['a new row comes back: yes', 'a key of the client is taken: yes', 'a change without a version: HTTP 428', 'the version is checked: yes', 'PATCH creates a row that is not there: yes', 'PUT creates a row that is not there: yes', 'were removed']) expect(told?.en).toContain(part);
    expect([...rows.keys()]).toEqual(['theirs']);
  });

  it('are kept as facts of the service', async () => {
    const dossier = memoryDossier();
    await using base = await startBase('v4', keeping(new Map(), { strict: true, upserts: true }), { ...scratch, dossier: () => dossier });
    await act(base);
    expect(dossier.facts.map(({ name, value, learned }) => [name, value, learned])).toEqual([
      ['returnRepresentation', true, 'written'], ['clientKeyOnCreate', true, 'written'], ['etag', true, 'written'], ['etagNeeded', true, 'written'],
      ['etagEnforced', true, 'written'], ['upsertPatch', true, 'written'], ['upsertPut', true, 'written'],
    ]);
  });

  it('tell of a service that checks no versions and creates nothing by a change', async () => {
    const rows = new Map<string, Record<string, unknown>>();
    await using base = await startBase('v2', keeping(rows, {}), scratch);
    const told = await act(base);
    for (const part of ['изменение без версии: да', 'MERGE создаёт строку, которой нет: нет']) expect(told?.ru).toContain(part);
    expect(rows.size).toBe(0);
  });

  it('name the rows that could not be removed', async () => {
    const rows = new Map<string, Record<string, unknown>>();
    await using base = await startBase('v4', keeping(rows, { sticky: true }), scratch);
    expect((await act(base))?.en).toMatch(/could not be removed, remove them yourself: Items\('z[0-9a-f]+'\)|could not be removed, remove them yourself: Items\(%27z[0-9a-f]+%27\)/);
  });

  it('do not begin without a set that is named for them, nor on one that refuses a row', async () => {
    await using unnamed = await startBase('v4', (_request, response) => answer(response, 200, {}));
    await expect(act(unnamed)).rejects.toMatchObject({ code: 'odata.noScratchSet' });
    expect(unnamed.asked()).toEqual([]);
    await using unknown = await startBase('v4', (_request, response) => answer(response, 200, {}), { properties: { scratchSet: 'Itms' } });
    await expect(act(unknown)).rejects.toMatchObject({ code: 'odata.unknownSet' });
    await using refusing = await startBase('v4', (_request, response) => answer(response, 400, { error: { code: 'x', message: 'read only' } }), scratch);
    await expect(act(refusing)).rejects.toMatchObject({ code: 'odata.scratchSetUnfit', parameters: { detail: 'HTTP 400 read only' } });
  });
});
