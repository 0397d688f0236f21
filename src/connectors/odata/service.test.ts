/** What goes over the wire and what comes of the answers, against a server that says what each test wants. */
import { fileURLToPath } from 'node:url';
import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Decimal, limits, Secret, type CheckStage, type Receipt, type Value } from '../../sdk/index.ts';
import { callOf, contextOf, keepLog, sendOnce, type Sample } from '../../sdk/testing/context.ts';
import { answer, startHttp, type SeenRequest, type TestServer } from '../../sdk/testing/server.ts';
import definition from './index.ts';

const guid = '2e11e0f0-fea6-45c1-8003-511ae023de33';

const body = (namespace: string): string => `<Schema Namespace="${namespace}" xmlns="s">
<EntityType Name="Catalog_Люди"><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="DataVersion" Type="Edm.String"/><Property Name="Имя" Type="Edm.String"/><Property Name="Возраст" Type="Edm.Int64"/>
<Property Name="Сумма" Type="Edm.Decimal"/><Property Name="Дата" Type="Edm.DateTime"/><Property Name="Основание" Type="Edm.String"/><Property Name="Основание_Type" Type="Edm.String"/><Property Name="Строки" Type="Collection(${namespace}.Строка_RowType)"/>
<NavigationProperty Name="Друг" Type="${namespace}.Catalog_Люди"/></EntityType>
<ComplexType Name="Строка_RowType"><Property Name="LineNumber" Type="Edm.Int64"/><Property Name="Количество" Type="Edm.Double"/></ComplexType>
<EntityContainer Name="C"><EntitySet Name="Catalog_Люди" EntityType="${namespace}.Catalog_Люди"/>
<FunctionImport Name="Post" IsBindable="true"><Parameter Name="bindingParameter" Type="${namespace}.Catalog_Люди"/><Parameter Name="Operational" Type="Edm.Boolean"/></FunctionImport>
<FunctionImport Name="SliceLast" IsBindable="true" HttpMethod="GET" EntitySetPath="Catalog_Люди" ReturnType="Collection(${namespace}.Строка_RowType)"><Parameter Name="Period" Type="Edm.DateTime"/></FunctionImport></EntityContainer></Schema>`;

const edmx = (version: string, service: string, inside: string): string => `<edmx:Edmx xmlns:edmx="e" Version="${version}"><edmx:DataServices DataServiceVersion="${service}">${inside}</edmx:DataServices></edmx:Edmx>`;

const documents = {
  '1c': edmx('1.0', '3.0', body('StandardODATA')),
  v2: edmx('1.0', '2.0', body('N')),
  v3: edmx('1.0', '3.0', body('N')),
  v4: edmx('4.0', '', body('N')),
  sap: edmx('1.0', '2.0', body('N')).replace('<EntityType ', '<EntityType xmlns:sap="sap" sap:label="x" '),
} as const;

type Handle = (request: SeenRequest, response: ServerResponse) => void;

interface Base extends TestServer {
  /** Requests other than for the description, addresses decoded. */
  asked(): string[];
  seen: SeenRequest[];
  send(operation: string, properties: Sample['properties'], request?: Value, connection?: Readonly<Record<string, unknown>>): Promise<Receipt>;
  check(connection?: Readonly<Record<string, unknown>>): Promise<CheckStage[]>;
}

async function startBase(dialect: keyof typeof documents, handle: Handle): Promise<Base> {
  const server = await startHttp((request, response) => {
    if (request.url.endsWith('/$metadata')) return void response.writeHead(200, { 'content-type': 'application/xml' }).end(documents[dialect]);
    return handle(request, response);
  });
  const url = `${server.url}/base/odata/standard.odata`;
  return Object.assign(server, {
    asked: () => server.seen.filter((seen) => !seen.url.includes('$metadata')).map((seen) => `${seen.method} ${decodeURIComponent(seen.url.replace('/base/odata/standard.odata/', ''))}`),
    async send(operation: string, properties: Sample['properties'], request: Value = {}, connection = {}): Promise<Receipt> {
      const open = definition.open(contextOf(definition, { url, ...connection }, { name: 'base' }));
      try {
        return await sendOnce(open, callOf({ operation, properties, request }));
      } finally {
        await open.close();
      }
    },
    check: (connection = {}) => stagesOf({ url, ...connection }),
  });
}

async function stagesOf(properties: Readonly<Record<string, unknown>>): Promise<CheckStage[]> {
  const stages: CheckStage[] = [];
  for await (const stage of definition.check(contextOf(definition, properties, { name: 'base' }), new AbortController().signal)) stages.push(stage);
  return stages;
}

const set = { set: 'Catalog_Люди' };
const row = { Ref_Key: guid, 'Имя': 'Анна' };

describe('a page of rows', () => {
  it.each<[keyof typeof documents, string, Value]>([
    ['1c', '{"odata.metadata":"x","value":[{"Ref_Key":"1","Возраст":"12345678901234567890","Сумма":1.10,"Дата":"0209-01-01T00:00:00","Основание":"x","Основание_Type":"StandardODATA.Undefined","Друг@navigationLinkUrl":"y","Строки":[{"LineNumber":"1","Количество":2}]}]}', null],
    ['v2', `{"d":{"__count":"7","results":[{"__metadata":{"uri":"u"},"Ref_Key":"1","Возраст":"12345678901234567890","Сумма":"1.10","Дата":"/Date(${Date.parse('0209-01-01T00:00:00Z')})/","Основание":null,"Друг":{"__deferred":{"uri":"u"}},"Строки":{"results":[{"LineNumber":"1","Количество":"2"}]}}]}}`, new Decimal(7)],
    ['v4', '{"@odata.context":"x","@odata.count":7,"value":[{"@odata.etag":"W/1","Ref_Key":"1","Возраст":12345678901234567890,"Сумма":1.10,"Дата":"0209-01-01T00:00:00","Основание":null,"Строки":[{"LineNumber":1,"Количество":2}]}]}', new Decimal(7)],
  ])('of %s comes without annotations, with exact numbers and dates of any year', async (dialect, text, count) => {
    await using base = await startBase(dialect, (_request, response) => answer(response, 200, text));
    const receipt = await base.send('query', { ...set, count: true });
    const { rows, ...rest } = receipt.response as { rows: Record<string, Value>[]; next: Value };
    expect(rest).toEqual({ next: null, count });
    const { 'Основание_Type': _type, ...read } = rows[0] ?? {};
    expect(JSON.stringify(read)).toBe(JSON.stringify({
      Ref_Key: '1', 'Возраст': new Decimal('12345678901234567890'), 'Сумма': new Decimal('1.1'), 'Дата': '0209-01-01T00:00:00', 'Основание': null, 'Строки': [{ LineNumber: new Decimal(1), 'Количество': 2 }],
    }));
  });

  it('is asked for with filter, key order, selected keys and spaces as %20', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: [] }));
    await base.send('query', { ...set, filter: { op: 'eq', field: 'Имя', attribute: 'name' }, select: ['Имя', 'Друг____Presentation'], pageRows: 5, allowedOnly: true, count: true }, { name: 'Анна и Ко' });
    expect(base.asked()).toEqual(["GET Catalog_Люди?$filter=Имя eq 'Анна и Ко'&$select=Имя,Друг____Presentation,Ref_Key&$orderby=Ref_Key&$top=5&allowedOnly=true"]);
    expect(base.seen.at(-1)?.url).not.toContain('+');
  });

  it('leads to the next one by number, until one is not full', async () => {
    const pages = [[{ Ref_Key: '1' }, { Ref_Key: '2' }], [{ Ref_Key: '3' }]];
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: pages.shift() }));
    const first = await base.send('query', { ...set, pageRows: 2 });
    const second = await base.send('query', { ...set, pageRows: 2 }, { cursor: (first.response as { next: string }).next });
    expect(second.response).toMatchObject({ rows: [{ Ref_Key: '3' }], next: null });
    expect(base.asked()[1]).toContain('$top=2&$skip=2');
  });

  it('follows links of the service, relative ones too, and goes on by number after them', async () => {
    const answers = ['{"value":[{"Ref_Key":"1"}],"@odata.nextLink":"Catalog_Люди?$skiptoken=a"}', '{"value":[{"Ref_Key":"2"}]}', '{"value":[]}'];
    await using base = await startBase('v4', (_request, response) => answer(response, 200, answers.shift()));
    let cursor: Value = null;
    for (let page = 0; page < 3; page++) cursor = ((await base.send('query', { ...set, pageRows: 2 }, { cursor })).response as { next: Value }).next;
    expect(cursor).toBeNull();
    expect(base.asked().map((asked) => asked.split('?')[1])).toEqual(['$orderby=Ref_Key&$top=2', '$skiptoken=a', '$orderby=Ref_Key&$top=2&$skip=2']);
  });

  it.each(['http://evil.example/Catalog', '//evil.example/x', 'https://127.0.0.1/base/odata/standard.odata/x', '/other/Catalog', '../../../secret', 'ftp://x/'])('does not follow a link to %s, and keeps the credentials', async (link) => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, { value: [{ Ref_Key: '1' }], '@odata.nextLink': link }));
    await expect(base.send('query', set)).rejects.toMatchObject({ code: 'odata.nextLinkForeign' });
    expect(base.asked()).toHaveLength(1);
  });

  it('that comes again and again ends the reading, whatever the length of the circle', async () => {
    let asked = 0;
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: [{ Ref_Key: String(asked++ % 3) }] }));
    let cursor: Value = null;
    const read = async (): Promise<void> => {
      for (let page = 0; page < 20; page++) cursor = ((await base.send('query', { ...set, pageRows: 1 }, { cursor })).response as { next: Value }).next;
    };
    await expect(read()).rejects.toMatchObject({ code: 'odata.pagesRepeat' });
    expect(asked).toBeLessThan(10);
  });

  it.each(['zzz', 'e30', 'not base64 !', 5, Buffer.from('{"page":1,"skip":-1,"seen":0,"mark":""}').toString('base64url')])('is refused for the cursor %j', async (cursor) => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: [] }));
    await expect(base.send('query', set, { cursor })).rejects.toMatchObject({ code: 'odata.cursor' });
  });

  it('is not asked for from another host by a forged cursor', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, { value: [] }));
    const cursor = Buffer.from('{"page":1,"skip":0,"seen":1,"mark":"","link":"http://evil.example/"}').toString('base64url');
    await expect(base.send('query', set, { cursor })).rejects.toMatchObject({ code: 'odata.nextLinkForeign' });
    expect(base.asked()).toEqual([]);
  });

  it('whose question is too long for the server is not asked for', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: [] }));
    const names = Array.from({ length: 100 }, (_each, index) => `имя ${index}`);
    const filter = { op: 'or', of: names.map((value) => ({ op: 'contains', field: 'Имя', value })) };
    await expect(base.send('query', { ...set, filter })).rejects.toMatchObject({ code: 'odata.queryTooLong', parameters: { limit: 2000 } });
    // In pieces it could be asked for, but not in one order.
    await expect(base.send('query', { ...set, filter: { op: 'in', field: 'Имя', value: names }, orderBy: ['Имя'] })).rejects.toMatchObject({ code: 'odata.listInPieces' });
    expect(base.asked()).toEqual([]);
  });

  it('of a long list is one of several readings, each within the bound of an address, each value asked for once', async () => {
    await using base = await startBase('1c', (request, response) => answer(response, 200, { value: decodeURIComponent(request.url).includes("'имя 7'") ? [row] : [] }));
    const names = Array.from({ length: 100 }, (_each, index) => `имя ${index}`);
    const rows: Value[] = [];
    let cursor: Value = '';
    do {
      const { response } = await base.send('query', { ...set, filter: { op: 'in', field: 'Имя', attribute: 'names' }, count: true }, { names, cursor });
      const page = response as { rows: readonly Value[]; next: Value };
      rows.push(...page.rows);
      cursor = page.next;
    } while (cursor !== null);
    const asked = base.seen.filter(({ url }) => !url.includes('$metadata')).map(({ url }) => url);
    expect(rows).toEqual([row]);
    expect(asked.length).toBeGreaterThan(3);
    for (const url of asked) expect(url.slice(url.indexOf('?') + 1).length).toBeLessThanOrEqual(2_000);
    const values = asked.flatMap((url) => decodeURIComponent(url).match(/'имя \d+'/g) ?? []);
    expect(values.toSorted()).toEqual(names.map((name) => `'${name}'`).toSorted());
    await expect(base.send('query', { ...set, filter: { op: 'in', field: 'Имя', value: ['a'] } }, { cursor: Buffer.from('{"page":1,"skip":0,"seen":0,"mark":"","reading":9}').toString('base64url') })).rejects.toMatchObject({ code: 'odata.cursor' });
  });

  it('of which the service can be told only a part is sifted here, and looks as if it had been told all', async () => {
    const rows = [{ Ref_Key: guid, 'Имя': 'Анна' }, { Ref_Key: guid.replace('2e', '00'), 'Имя': 'Анна Мария' }];
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: rows }));
    const filter = { op: 'and', of: [{ op: 'startsWith', field: 'Имя', value: 'Анна' }, { op: 'gt', field: 'Ref_Key', value: guid.replace('2e', '10') }] };
    const { response } = await base.send('query', { ...set, filter, select: ['Ref_Key'], count: true });
    expect(base.asked()).toEqual(["GET Catalog_Люди?$filter=startswith(Имя,'Анна')&$select=Ref_Key&$orderby=Ref_Key&$top=1000"]);
    expect(response).toEqual({ rows: [{ Ref_Key: guid, 'Имя': 'Анна' }], next: null, count: null });
    const patterned = { op: 'like', field: 'Имя', value: '%[%' };
    expect((await base.send('query', { ...set, filter: { op: 'not', of: patterned }, select: ['Ref_Key'] })).response).toMatchObject({ rows: [{ Ref_Key: guid }, {}] });
    expect(base.asked()[1]).toBe('GET Catalog_Люди?$select=Ref_Key,Имя&$orderby=Ref_Key&$top=1000');
    await expect(base.send('query', { ...set, filter: { op: 'gt', field: 'Друг/Ref_Key', value: guid } })).rejects.toMatchObject({ code: 'odata.filterNeedsExpand', parameters: { field: 'Друг' } });
  });

  it('that is larger than what is read says how to make it smaller', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, `{"value":[{"Имя":"${'x'.repeat(limits.remoteResponseBytes.value)}"}]}`));
    await expect(base.send('query', { ...set, pageRows: 500 })).rejects.toMatchObject({ code: 'odata.pageTooLarge', parameters: { set: 'Catalog_Люди', rows: 500 }, next: { kind: 'fail' } });
  });

  it.each([['not JSON', 200, 'oops', 'connection.malformedResponse'], ['cut JSON', 200, '{"value":[{"a":1}', 'connection.malformedResponse'], ['no list', 200, '{"a":1}', 'connection.malformedResponse']])('of %s is told and may be asked for again', async (_name, status, text, code) => {
    await using base = await startBase('1c', (_request, response) => answer(response, status, text));
    expect(await base.send('query', set)).toMatchObject({ kind: 'error', failure: { code, next: { kind: 'retry' } } });
  });
});

describe('one row', () => {
  it('is read by its key, with its version', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 200, { ...row, '@odata.etag': 'W/"5"' }));
    expect(await base.send('get', { ...set, select: ['Имя'] }, { Ref_Key: guid })).toMatchObject({ kind: 'ok', response: { row, etag: 'W/"5"' } });
    expect(base.asked()).toEqual([`GET Catalog_Люди(${guid})?$select=Имя,Ref_Key`]);
  });

  it('that is not there is told by set and key', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 404, '{"odata.error":{"code":"9","message":{"lang":"ru","value":"Экземпляр сущности не найден"}}}'));
    expect(await base.send('get', set, { Ref_Key: guid })).toMatchObject({ kind: 'error', failure: { code: 'odata.rowNotFound', parameters: { set: 'Catalog_Люди', key: `Ref_Key="${guid}"` }, next: { kind: 'fail' } } });
  });
});

describe('a change', () => {
  const echo: Handle = (request, response) => answer(response, request.method === 'POST' ? 201 : 200, request.body, { etag: '"2"' });
  const note = { ...row, 'Возраст': new Decimal('1234567890123456789'), 'Сумма': new Decimal('1.10'), 'Дата': '2026-11-22T12:00:00' };

  it.each<[keyof typeof documents, string, string]>([
    ['1c', 'PATCH', '{"Имя":"Анна","Возраст":"1234567890123456789","Сумма":1.1,"Дата":"2026-11-22T12:00:00"}'],
    ['v2', 'MERGE', '{"Имя":"Анна","Возраст":"1234567890123456789","Сумма":"1.1","Дата":"/Date(1795348800000)/"}'],
    ['v4', 'PATCH', '{"Имя":"Анна","Возраст":1234567890123456789,"Сумма":1.1,"Дата":"2026-11-22T12:00:00"}'],
  ])('in %s is a %s with numbers and dates as it wants them', async (dialect, method, text) => {
    await using base = await startBase(dialect, echo);
    expect(await base.send('update', set, note)).toMatchObject({ kind: 'ok', response: { etag: '"2"', checked: true, differences: [] } });
    const sent = base.seen.at(-1);
    expect([sent?.method, sent?.body, sent?.headers['if-match']]).toEqual([method, text, dialect === 'v4' ? '*' : undefined]);
  });

  it('under a version goes out with it, and without one in the message not at all', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 412, { error: { code: 'x', message: 'changed' } }));
    expect(await base.send('update', { ...set, match: 'etag' }, { ...row, etag: '"1"' })).toMatchObject({ kind: 'error', failure: { code: 'odata.conflict', next: { kind: 'fail' } } });
    expect([base.seen.at(-1)?.headers['if-match'], base.seen.at(-1)?.body]).toEqual(['"1"', '{"Имя":"Анна"}']);
    await expect(base.send('delete', { ...set, match: 'etag' }, { Ref_Key: guid })).rejects.toMatchObject({ code: 'connection.valueMissing', parameters: { attribute: 'etag' } });
  });

  it('names what the service stored otherwise than sent, and how', async () => {
    const stored = { Ref_Key: guid.toUpperCase(), DataVersion: 'AAAB', 'Имя': 'Ан', 'Возраст': '0', 'Дата': '2026-11-22T07:00:00', 'Основание': '', 'Строки': [{ LineNumber: '1', 'Количество': 0.3 }] };
    await using base = await startBase('1c', (_request, response) => answer(response, 200, stored));
    expect(await base.send('update', set, { ...note, 'Основание': 'договор', 'Строки': [{ 'Количество': 0.25 }] })).toMatchObject({ kind: 'ok', response: { differences: [
      { field: 'Имя', sent: 'Анна', stored: 'Ан', kind: 'cut' },
      { field: 'Возраст', sent: new Decimal('1234567890123456789'), stored: new Decimal(0), kind: 'zeroed' },
      { field: 'Сумма', sent: new Decimal('1.1'), stored: null, kind: 'ignored' },
      { field: 'Дата', sent: '2026-11-22T12:00:00', stored: '2026-11-22T07:00:00', kind: 'shifted' },
      { field: 'Основание', sent: 'договор', stored: '', kind: 'emptied' },
      { field: 'Строки[0].Количество', sent: 0.25, stored: 0.3, kind: 'rounded' },
    ] } });
  });

  it('that is answered without the row is read again; when that fails, the write still stands and says that it is unchecked', async () => {
    let reads = 0;
    await using base = await startBase('v2', (request, response) => {
      if (request.method !== 'GET') return void response.writeHead(204).end();
      return ++reads === 1 ? answer(response, 200, { d: { ...row, 'Имя': 'Ан' } }) : answer(response, 503, '');
    });
    expect(await base.send('update', set, row)).toMatchObject({ kind: 'ok', status: 204, response: { checked: true, differences: [{ field: 'Имя', kind: 'cut' }] } });
    expect(await base.send('update', set, row)).toMatchObject({ kind: 'ok', response: { checked: false, row: null, differences: [], warnings: [{ code: 'odata.notReadBack' }] } });
    expect(base.asked().map((line) => line.split(' ')[0])).toEqual(['MERGE', 'GET', 'MERGE', 'GET']);
  });

  it('that was answered without the row or its place is unchecked, and a place in another service is not visited', async () => {
    let location: Record<string, string> = {};
    await using base = await startBase('v4', (_request, response) => void response.writeHead(204, location).end());
    expect(await base.send('create', set, row)).toMatchObject({ response: { checked: false, location: null } });
    location = { location: 'http://evil.example/base/odata/standard.odata/Catalog' };
    expect(await base.send('create', set, row)).toMatchObject({ response: { checked: false, warnings: [{ code: 'odata.notReadBack' }] } });
    expect(base.asked()).toHaveLength(2);
  });

  it('of a table part numbers its rows without a gap, which 1C demands', async () => {
    await using base = await startBase('1c', echo);
    await base.send('create', set, { 'Строки': [{ LineNumber: 1, 'Количество': 2 }, { LineNumber: 3, 'Количество': 3 }, { 'Количество': 4 }] });
    expect(base.seen.at(-1)?.body).toBe('{"Строки":[{"LineNumber":"1","Количество":2},{"LineNumber":"2","Количество":3},{"Количество":4,"LineNumber":"3"}]}');
  });

  it.each<[string, Value, string]>([
    ['a list for a row', [{ 'Имя': 'a' }], 'connection.valueWrongType'],
    ['an unknown field', { 'Имья': 'a' }, 'odata.unknownField'],
    ['an unknown field inside', { 'Строки': [{ 'Колич': 1 }] }, 'odata.unknownField'],
    ['a text for a number', { 'Возраст': 'много' }, 'connection.valueWrongType'],
    ['half of a whole number', { 'Возраст': 1.5 }, 'connection.valueWrongType'],
    ['an instant for a wall clock', { 'Дата': '2026-11-22T12:00:00Z' }, 'connection.valueWrongType'],
  ])('with %s is refused before anything is sent', async (_name, request, code) => {
    await using base = await startBase('1c', echo);
    await expect(base.send('create', set, request)).rejects.toMatchObject({ code });
    expect(base.asked()).toEqual([]);
  });

  it('deletes by key', async () => {
    await using base = await startBase('1c', (_request, response) => void response.writeHead(204).end());
    expect(await base.send('delete', set, { Ref_Key: guid })).toMatchObject({ kind: 'ok', status: 204, response: {} });
    expect(base.asked()).toEqual([`DELETE Catalog_Люди(guid'${guid}')`]);
  });
});

describe('a function', () => {
  it('of a row is called on it, one of a set with its parameters in brackets', async () => {
    await using base = await startBase('1c', (request, response) => (request.method === 'POST' ? void response.writeHead(200).end() : answer(response, 200, { value: [{ LineNumber: '1', 'Количество': 2 }] })));
    expect(await base.send('callFunction', { ...set, name: 'Post' }, { key: { Ref_Key: guid }, parameters: { Operational: false } })).toMatchObject({ kind: 'ok', response: { result: null } });
    expect(await base.send('callFunction', { ...set, name: 'SliceLast' }, { parameters: { Period: '2026-01-01' } })).toMatchObject({ response: { result: [{ LineNumber: new Decimal(1) }] } });
    expect(base.asked()).toEqual([`POST Catalog_Люди(guid'${guid}')/Post?Operational=false`, "GET Catalog_Люди/SliceLast(Period=datetime'2026-01-01T00:00:00')"]);
  });

  it('that does not exist, or a parameter, is named with the nearest', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, {}));
    await expect(base.send('callFunction', { ...set, name: 'Pots' }, {})).rejects.toMatchObject({ code: 'odata.unknownFunction', parameters: { nearest: 'Post' } });
    await expect(base.send('callFunction', { ...set, name: 'Post' }, { key: { Ref_Key: guid }, parameters: { operational: true } })).rejects.toMatchObject({ code: 'odata.unknownField' });
  });
});

describe('a refusal', () => {
  const onec = (code: string, text: string): string => JSON.stringify({ 'odata.error': { code, message: { lang: 'ru', value: text } } });
  const page = '<html><head><title>Вход</title></head><body>Введите пароль</body></html>';

  it.each<[string, keyof typeof documents, number, string, string, string]>([
    ['an exception of the configuration', '1c', 500, onec('-1', 'Контрагент без договора'), 'odata.business', 'fail'],
    ['a key that is there', '1c', 400, onec('15', 'есть'), 'odata.keyExists', 'fail'],
    ['missing rights', '1c', 401, onec('20', 'нет прав'), 'odata.noRights', 'park'],
    ['a wrong password', '1c', 401, page, 'connection.authenticationFailed', 'park'],
    ['XML', '1c', 501, '<?xml version="1.0"?><m:error xmlns:m="m"><m:code>0</m:code><m:message>Возможность не поддерживается</m:message></m:error>', 'odata.refused', 'fail'],
    ['a page for people', '1c', 500, '<html><body>1C:Enterprise 8 application error: сбой</body></html>', 'odata.serverError', 'park'],
    ['a page with 200', '1c', 200, page, 'odata.htmlPage', 'park'],
    ['an error with 200', '1c', 200, onec('-1', 'нет'), 'odata.business', 'fail'],
    ['an error of V4 with 200', 'v4', 200, '{"error":{"code":"x","message":"no"}}', 'odata.refused', 'fail'],
    ['an error of V2', 'v2', 400, '{"error":{"code":"SY/530","message":{"lang":"en","value":"bad"},"innererror":{"errordetails":[{"message":"the reason"}]}}}', 'odata.refused', 'fail'],
    ['a missing version', 'v4', 428, '{}', 'odata.etagNeeded', 'fail'],
    ['a crash', 'v4', 500, '', 'odata.serverError', 'park'],
    ['too many requests', 'v4', 429, '', 'connection.busy', 'retry'],
    ['an overloaded server', 'v4', 503, '', 'connection.busy', 'retry'],
  ])('of a create by %s has a code and a way on of its own', async (_name, dialect, status, text, code, next) => {
    await using base = await startBase(dialect, (_request, response) => answer(response, status, text));
    expect(await base.send('create', set, row)).toMatchObject({ kind: 'error', status, failure: { code, next: { kind: next } } });
  });

  it('shows the text of the service, with control characters made visible and details beside it', async () => {
    const texts = [onec('-1', 'Символ \u0002 в имени'), onec('-1', Buffer.from('Запись не удалась: Контрагент').toString('base64')), onec('-1', '{"exception":{"descr":"Внешняя","inner":{"descr":"Внутренняя"}}}')];
    const expected = ['HTTP 500, code -1, Символ <02> в имени', 'HTTP 500, code -1, Запись не удалась: Контрагент', 'HTTP 500, code -1, Внешняя: Внутренняя'];
    await using base = await startBase('1c', (_request, response) => answer(response, 500, texts.shift()));
    for (const detail of expected) expect(await base.send('create', set, row)).toMatchObject({ failure: { parameters: { detail } } });
  });

  it('of a gateway leaves the fate of a create unknown, and a reading to be repeated', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 504, ''));
    await expect(base.send('create', set, row)).rejects.toMatchObject({ code: 'connection.unknownOutcome', next: { kind: 'park' } });
    expect(await base.send('query', set)).toMatchObject({ failure: { code: 'connection.busy', next: { kind: 'retry' } } });
  });

  it('that repeats a secret is shown without it', async () => {
    await using base = await startBase('v4', (_request, response) => answer(response, 400, '{"error":{"code":"x","message":"bad hunter-two"}}'));
    const receipt = await base.send('create', set, row, { auth: 'basic', username: 'Обмен', password: new Secret('hunter-two') });
    expect(JSON.stringify([receipt])).not.toContain('hunter-two');
    expect(base.seen.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from('Обмен:hunter-two', 'utf8').toString('base64')}`);
  });

  it('of a create that was accepted with an unreadable answer is not repeated', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 201, 'ok'));
    expect(await base.send('create', set, row)).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse', next: { kind: 'park' } } });
  });
});

describe('the token of SAP', () => {
  it('is fetched before a write, sent with its cookies, and fetched again when it has expired', async () => {
    let issued = 0;
    await using base = await startBase('sap', (request, response) => {
      if (request.headers['x-csrf-token'] === 'Fetch') return answer(response, 200, {}, { 'x-csrf-token': `t${++issued}`, 'set-cookie': 'sap_session=abc; path=/; expires=Mon, 01 Jan 2029 00:00:00 GMT' });
      if (request.headers['x-csrf-token'] !== 't2') return answer(response, 403, 'CSRF', { 'x-csrf-token': 'Required' });
      return answer(response, 201, { d: row });
    });
    const seen: string[] = [];
    const open = definition.open(contextOf(definition, { url: `${base.url}/base/odata/standard.odata` }, { name: 'base' }));
    const receipt = await sendOnce(open, callOf({ operation: 'create', properties: set, request: row }, { beforeBytes: () => void seen.push('before'), afterBytes: () => void seen.push('after') }));
    await open.close();
    expect(receipt).toMatchObject({ kind: 'ok', response: { row } });
    expect([seen, base.seen.at(-1)?.headers.cookie]).toEqual([['before', 'after'], 'sap_session=abc']);
  });
});

describe('the check', () => {
  it.each<[keyof typeof documents, string]>([['1c', '1C:Enterprise (OData V3)'], ['v2', 'OData V2'], ['v3', 'OData V3'], ['v4', 'OData V4'], ['sap', 'OData V2 (SAP Gateway)']])('recognises %s by itself and only reads', async (dialect, title) => {
    await using base = await startBase(dialect, (_request, response) => answer(response, 200, { value: [] }));
    const stages = await base.check();
    expect(stages.map((stage) => [stage.stage, stage.state])).toEqual([['address', 'ok'], ['tcp', 'ok'], ['tls', 'skipped'], ['authentication', 'ok'], ['permission', 'ok'], ['sample', 'ok'], ['capabilities', 'ok'], ['version', 'ok']]);
    expect(stages[3]).toMatchObject({ detail: { ru: expect.stringContaining(title) } });
    // A batch of readings is a reading.
    expect(base.seen.every((seen) => seen.method === 'GET' || (seen.url.endsWith('/$batch') && !/POST |PATCH |PUT |DELETE |"post"/.test(seen.body)))).toBe(true);
  });

  it('offers the right address for that of the publication itself', async () => {
    await using base = await startHttp((request, response) => (request.url === '/trade/odata/standard.odata/$metadata' ? void response.writeHead(200).end(documents['1c']) : void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>1С</title></html>')));
    expect((await stagesOf({ url: `${base.url}/trade/` })).at(-1)).toMatchObject({ stage: 'authentication', failure: { code: 'odata.addressSuffix', parameters: { suggestion: `${base.url}/trade/odata/standard.odata` } } });
    expect((await stagesOf({ url: `${base.url}/trade`, dialect: '1c' })).at(-1)).toMatchObject({ stage: 'address', failure: { code: 'odata.addressSuffix' } });
  });

  it.each<[string, number, string, string, string]>([
    ['a sign-in page with 200', 200, '<!DOCTYPE html><html><head><title>Вход</title></head></html>', 'authentication', 'odata.htmlPage'],
    ['a wrong password', 401, '', 'authentication', 'odata.signInRefused'],
    ['no rights at all', 403, '', 'authentication', 'connection.permissionDenied'],
    ['nothing there', 404, '', 'authentication', 'odata.notPublished'],
    ['a cut description', 200, documents['1c'].slice(0, 700), 'authentication', 'odata.metadataMalformed'],
    ['an empty composition', 200, edmx('1.0', '3.0', '<Schema Namespace="StandardODATA" xmlns="s"><EntityContainer Name="C"/></Schema>'), 'permission', 'odata.emptyComposition'],
  ])('tells %s', async (_name, status, text, stage, code) => {
    await using base = await startHttp((_request, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end(text));
    expect((await stagesOf({ url: `${base.url}/odata/standard.odata` })).at(-1)).toMatchObject({ stage, state: 'failed', failure: { code } });
  });

  it('tells that the description may be read and no row', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 401, '{"odata.error":{"code":"20","message":{"lang":"ru","value":"нет прав"}}}'));
    expect((await base.check()).at(-1)).toMatchObject({ stage: 'sample', state: 'failed', failure: { code: 'odata.noRights', parameters: { set: 'Catalog_Люди' } } });
  });
});

describe('discovery', () => {
  const discover = async (url: string, path?: string) => definition.discover?.(contextOf(definition, { url }, { name: 'base' }), { limit: 1000, ...(path === undefined ? {} : { path }) }, new AbortController().signal);

  it('turns a set into message schemas with nested table parts', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, {}));
    const [found] = (await discover(`${base.url}/base/odata/standard.odata`, 'Catalog_Люди')) ?? [];
    expect(found).toMatchObject({ path: 'Catalog_Люди', kind: 'Catalog', request: { 'Возраст': { type: 'decimal' }, 'Дата': { type: 'string' }, 'Строки': { type: 'object', array: true, description: 'tablePart', fields: { LineNumber: { type: 'decimal' } } } }, response: { rows: { array: true } } });
  });

  it('finds every set of a real 1C base, names with "_" too', async (context) => {
    const file = fileURLToPath(new URL('../../../../shared/contracts/1c/1c-real-metadata-trimmed-94sets.edmx.xml', import.meta.url));
    if (!existsSync(file)) context.skip(`no ${file} here`);
    await using base = await startHttp((_request, response) => void response.writeHead(200).end(readFileSync(file)));
    expect(await discover(`${base.url}/odata/standard.odata`)).toHaveLength(94);
    expect(await discover(`${base.url}/odata/standard.odata`, 'Document_СчетНаОплатуПокупателю')).toHaveLength(1);
  });
});

describe('the description', () => {
  it('stays in use when it cannot be read anew', async () => {
    let nowMs = 0;
    let gone = false;
    await using base = await startHttp((request, response) => (request.url.endsWith('$metadata') ? void response.writeHead(gone ? 503 : 200).end(documents['1c']) : answer(response, 200, { value: [] })));
    const log = keepLog();
    const context = contextOf(definition, { url: `${base.url}/odata/standard.odata` }, { name: 'base', log });
    const open = definition.open({ ...context, clock: { ...context.clock, monotonicMs: () => nowMs } });
    const query = () => sendOnce(open, callOf({ operation: 'query', properties: set, request: {} }));
    await query();
    [gone, nowMs] = [true, 3_600_001];
    expect(await query()).toMatchObject({ kind: 'ok' });
    await open.close();
    expect([base.seen.length, log.lines.filter((line) => !line.startsWith('debug'))]).toEqual([4, ['warn odata.descriptionKept {"connection":"base","code":"connection.busy"}']]);
  });

  it('is read once for calls at the same time', async () => {
    await using base = await startBase('1c', (_request, response) => answer(response, 200, { value: [] }));
    const open = definition.open(contextOf(definition, { url: `${base.url}/base/odata/standard.odata` }, { name: 'base' }));
    await Promise.all([1, 2, 3].map(() => sendOnce(open, callOf({ operation: 'query', properties: set, request: {} }))));
    await open.close();
    expect(base.seen.filter((seen) => seen.url.endsWith('$metadata'))).toHaveLength(1);
  });

  it('is read again for an unknown name, so that a field added to the service is known without a restart', async () => {
    let text: string = documents['1c'].replaceAll('Имя', 'Было');
    let nowMs = 0;
    await using base = await startHttp((request, response) => (request.url.endsWith('$metadata') ? void response.writeHead(200).end(text) : answer(response, 201, request.body)));
    const context = contextOf(definition, { url: `${base.url}/odata/standard.odata` }, { name: 'base' });
    const open = definition.open({ ...context, clock: { ...context.clock, monotonicMs: () => nowMs } });
    const create = () => sendOnce(open, callOf({ operation: 'create', properties: set, request: { 'Имя': 'a' } }));
    await expect(create()).rejects.toMatchObject({ code: 'odata.unknownField', parameters: { field: 'Имя' } });
    text = documents['1c'];
    await expect(create()).rejects.toMatchObject({ code: 'odata.unknownField' });
    nowMs += 61_000;
    expect(await create()).toMatchObject({ kind: 'ok', response: { row: { 'Имя': 'a' } } });
    await open.close();
    expect(base.seen.map((seen) => seen.method)).toEqual(['GET', 'GET', 'POST']);
  });
});
