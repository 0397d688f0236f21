/** What a service says about itself: kept, browsed, compared with what it said before; and filters over what it has. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { largeEdmx } from '../../bench/odata/large-edmx.ts';
import { instantPace } from '../../demo/onec/pace.ts';
import { rowsOf, textOf, type Row } from '../../demo/onec/row.ts';
import { startOnec, type Onec } from '../../demo/onec/server.ts';
import { ownMetadata } from '../../demo/onec/testing/client.ts';
import { startHttp } from '../../src/sdk/testing/server.ts';
import { root } from '../docs/guide-examples.ts';
import { Scene } from './platform.ts';

let scene: Scene;
let onec: Onec;

/** What was asked of 1C. */
const asked: string[] = [];

const start = (metadata: string, port = 0): Promise<Onec> => startOnec({ port, metadata, size: { rows: 60 }, pace: instantPace(), onRequest: (line) => void asked.push(decodeURIComponent(line)) });

beforeAll(async () => {
  [scene, onec] = await Promise.all([Scene.start(), start(ownMetadata)]);
  await scene.apply(connection('trade', onec.url), `
kind: Route
name: readPartners
connection: trade
operation: query
properties: {set: Catalog_Контрагенты, select: [Description, ИНН, КПП], missingFields: skip}
request: {cursor: string}
response: {rows: {type: object, array: true}, next: string, warnings: {type: object, array: true}}
---
kind: Route
name: readStrictly
connection: trade
operation: query
properties: {set: Catalog_Контрагенты, select: [Description, КПП]}
request: {cursor: string}
response: {rows: {type: object, array: true}, next: string}
---
kind: Route
name: createPartner
connection: trade
operation: create
properties: {set: Catalog_Контрагенты, missingFields: skip}
onUnknown: park
retry: {attempts: 1}
request: {Description: string, ИНН: string, КПП: string}
response: {row: {type: object}, warnings: {type: object, array: true}}
---
kind: Route
name: readAgreements
connection: trade
operation: query
properties: {set: Catalog__ДоговорПоставки, select: [Description, Owner_Key], pageRows: 20}
request: {cursor: string}
response: {rows: {type: object, array: true}, next: string}
---
kind: Route
name: readBills
connection: trade
operation: query
properties:
  set: Document_СчетНаОплату
  select: [Number]
  filter:
    op: and
    of:
      - {op: or, of: [{op: eq, field: Основание, type: Catalog_Склады, attribute: basis}, {op: isOf, field: Основание, type: Catalog_Номенклатура}]}
      - {op: any, field: Товары, of: {op: gt, field: Цена, attribute: price}}
      - {op: not, of: {op: le, field: Ref_Key, attribute: after}}
request: {basis: string, price: number, after: string}
response: {rows: {type: object, array: true}, next: string}
---
kind: Route
name: readListed
connection: trade
operation: query
properties: {set: Catalog_Контрагенты, select: [Ref_Key], filter: {op: in, field: Ref_Key, attribute: keys}}
request: {keys: {type: string, array: true}, cursor: string}
response: {rows: {type: object, array: true}, next: string}
`, ...['readPartners', 'readStrictly', 'createPartner', 'readAgreements', 'readBills', 'readListed'].map(throughScenario));
});

afterAll(async () => {
  await scene?.close();
  await onec?.close();
});

const byText = (one: string, other: string): number => (one < other ? -1 : 1);

const connection = (name: string, url: string): string => `
kind: Connection
name: ${name}
type: odata
properties: {url: "${url}"}
allow: [loopback]
`;

/** A run that asks the route with its variables and replies with the response. */
const throughScenario = (route: string): string => `
kind: Scenario
name: ask_${route}
on: {api: true}
runAs: system
steps:
  - send: {route: ${route}, message: =asked, response: given}
  - return: {response: =given}
`;

interface Page {
  rows: Record<string, unknown>[];
  next: string | null;
  warnings?: { code: string; field: string; detail: string }[];
}

async function ask(route: string, message: Record<string, unknown> = {}): Promise<Page> {
  const { state, failure, reply } = await scene.node.run(`ask_${route}`, { asked: message });
  if (state !== 'done') throw Object.assign(new Error(`${failure?.code}: ${failure?.text}`), { code: failure?.code, parameters: failure?.parameters });
  return reply as Page;
}

const metadataOf = (name: string, rest = ''): string => `/api/v1/connections/${name}/metadata${rest}`;

interface Comparison {
  counts: { added: number; removed: number; changed: number };
  changes: { kind: string; effect: string; object: string | null; field: string | null; text: string }[];
  impact: { route: string; place: string; effect: string; text: string }[];
}

async function refresh(name: string): Promise<{ stages: string[]; result: { result: string; text: string; comparison: Comparison | null } }> {
  const answer = await scene.node.call('POST', metadataOf(name, '/refresh'));
  const lines = answer.text.trim().split('\n').map((line) => JSON.parse(line));
  return { stages: lines.slice(0, -1).map(({ stage }) => stage), result: lines.at(-1) };
}

describe('the metadata of a connection', () => {
  test('is not there before it was read, and says how to read it', async () => {
    expect(await scene.node.call('GET', metadataOf('trade'))).toMatchObject({ status: 404, body: { code: 'connection.metadataUnread' } });
    expect(await scene.node.call('GET', metadataOf('nobody'))).toMatchObject({ status: 404, body: { code: 'connection.none' } });
  });

  test('odata 1: is read by stages with counts per kind; the same document is not read again', async () => {
    const first = await refresh('trade');
    expect(first).toMatchObject({ stages: ['fetched', 'read', 'capabilities'], result: { result: 'changed', comparison: null } });
    expect(await refresh('trade')).toMatchObject({ stages: ['fetched'], result: { result: 'unchanged' } });
    const summary = await scene.node.ask<{ title: string; kinds: unknown[]; previous: unknown[]; objects: number }>('GET', metadataOf('trade'));
    expect(summary).toMatchObject({ title: '1C:Enterprise (OData V3)', previous: [], objects: onec.base.roles.size });
    expect(summary.kinds).toContainEqual({ kind: 'Catalog', objects: 4, tableParts: 1 });
    expect(summary.kinds).toContainEqual({ kind: 'Document', objects: 1, tableParts: 1 });
  });

  test('is browsed page by page, searched in any letter case, and shows fields with their roles', async () => {
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { objects: { name: string }[]; cursor: string | null } = await scene.node.ask('GET', metadataOf('trade', `/objects?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`));
      names.push(...page.objects.map(({ name }) => name));
      ({ cursor } = page);
    }
    expect(names).toEqual(names.toSorted(byText));
    expect(names).toContain('Catalog__ДоговорПоставки');
    expect(names).not.toContain('Document_СчетНаОплату_Товары');
    expect(await scene.node.ask('GET', metadataOf('trade', `/objects?search=${encodeURIComponent('СЧЕТна')}&parts=true`))).toMatchObject({ count: 2, objects: [{ name: 'Document_СчетНаОплату', tableParts: ['Товары'] }, { name: 'Document_СчетНаОплату_Товары', partOf: 'Document_СчетНаОплату' }] });
    const bill = await scene.node.ask<{ fields: { name: string; role: string; leadsTo?: string[] }[]; functions: { name: string }[]; routes: string[] }>('GET', metadataOf('trade', `/objects/${encodeURIComponent('Document_СчетНаОплату')}`));
    const role = (name: string): unknown => bill.fields.find((field) => field.name === name);
    expect(role('Контрагент_Key')).toMatchObject({ role: 'reference', leadsTo: ['Catalog_Контрагенты'] });
    expect(role('Основание')).toMatchObject({ role: 'composite', typeField: 'Основание_Type' });
    expect(role('Товары')).toMatchObject({ role: 'tablePart', fields: expect.arrayContaining([expect.objectContaining({ name: 'Цена', type: 'Edm.Double' })]) });
    expect(role('DataVersion')).toMatchObject({ role: 'version' });
    expect(bill.functions.map(({ name }) => name)).toContain('Post');
    expect(bill.routes).toEqual(['readBills']);
  });

  test.each([
    ['/objects/Catalog_Nobody', 404, 'connection.unknownObject'], ['/objects?cursor=%21', 422, 'query.cursor'], ['/objects?limit=0', 422, 'http.invalid'], ['/diff?from=deadbeef01', 404, 'connection.unknownSnapshot'], ['/diff?from=a', 404, 'connection.unknownSnapshot'],
  ])('of which %s is asked is refused with its reason', async (path, status, code) => {
    expect(await scene.node.call('GET', metadataOf('trade', path))).toMatchObject({ status, body: { code } });
  });

  test('that cannot be read leaves the earlier snapshot in force', async () => {
    await onec.close();
    const port = onec.port;
    const broken = createServer((_request, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(ownMetadata.slice(0, 5_000))).listen(port, '127.0.0.1');
    await once(broken, 'listening');
    expect((await refresh('trade')).result).toMatchObject({ result: 'failed', failure: { code: 'odata.metadataMalformed' } });
    broken.closeAllConnections();
    broken.close();
    await once(broken, 'close');
    onec = await start(ownMetadata, port);
    expect(await scene.node.ask('GET', metadataOf('trade'))).toMatchObject({ objects: onec.base.roles.size, previous: [] });
  });
});

describe('a filter that is explained', () => {
  const explain = (body: Record<string, unknown>) => scene.node.call('POST', '/api/v1/connections/trade/explain', { body });

  test('of a route shows what 1C is asked, what is asked of its rows here, and why', async () => {
    const { status, body } = await explain({ route: 'readBills', message: { basis: '0d4a79cb-9843-4147-bcd9-80ac3ca2b9c7', price: 10, after: '00000000-0000-0000-0000-000000000001' } });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        dialect: '1C:Enterprise (OData V3)', limitBytes: 2_000, readingCount: 1,
        readings: [{ filter: expect.stringContaining("cast(guid'0d4a79cb-9843-4147-bcd9-80ac3ca2b9c7','Catalog_Склады')"), address: expect.stringMatching(/Document_.*\?\$filter=/), queryBytes: expect.any(Number), failure: null }],
        residue: { needs: ['Ref_Key'], expands: [], parts: [{ text: "Ref_Key le guid'00000000-0000-0000-0000-000000000001'", reason: 'guidOrder', why: expect.stringContaining('1C answers 500') }] },
      },
    });
  });

  test('over a long list shows its readings, the first of them, and nothing is read', async () => {
    const before = onec.counts().requests;
    const keys = Array.from({ length: 1_000 }, (_one, index) => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`);
    const { body } = await explain({ route: 'readListed', message: { keys } });
    const { readings, readingCount } = body as { readings: { queryBytes: number }[]; readingCount: number };
    expect(readings).toHaveLength(20);
    expect(readingCount).toBeGreaterThan(33);
    expect(readings.every(({ queryBytes }) => queryBytes <= 2_000)).toBe(true);
    expect(onec.counts().requests).toBe(before);
  });

  test('and does not fit into an address says so beside it', async () => {
    const filter = { op: 'and', of: Array.from({ length: 30 }, (_one, index) => ({ op: 'contains', field: 'Description', value: `очень длинный кусок ${index}` })) };
    expect(await explain({ properties: { set: 'Catalog_Контрагенты', filter } })).toMatchObject({ status: 200, body: { readings: [{ failure: { code: 'odata.queryTooLong' } }], residue: null } });
  });

  test.each([
    [{}, 'connection.explainWhat'],
    [{ route: 'readBills', properties: { set: 'x' } }, 'connection.explainWhat'],
    [{ route: 'nobody' }, 'route.unknown'],
    [{ properties: { set: 'Catalog_Nobody' } }, 'odata.unknownSet'],
    [{ properties: { set: 'Catalog_Контрагенты', filter: { op: 'eq', field: 'Nope', value: 1 } } }, 'odata.unknownField'],
    [{ properties: { set: 'Catalog_Контрагенты', filter: { op: 'near', field: 'Description' } } }, 'odata.filterShape'],
    [{ properties: { set: 'Catalog_Контрагенты', filter: 'Description eq 1' } }, 'odata.filterShape'],
    [{ properties: {} }, 'spec.refused'],
    [{ route: 'readListed' }, 'connection.valueMissing'],
  ])('as %j is refused', async (body, code) => {
    expect(await explain(body)).toMatchObject({ body: { code } });
  });
});

describe('names and filters', () => {
  test('odata 8: a set with "__" in its name is read by a route', async () => {
    const { rows } = await ask('readAgreements');
    expect(rows).toHaveLength(20);
    expect(rows[0]).toMatchObject({ Description: expect.any(String), Owner_Key: expect.any(String) });
  });

  test('odata 11, 55: a composite filter is asked as cast and isof, what 1C cannot be asked is sifted, and the rows are right', async () => {
    const bills = [...onec.base.rows('Document_СчетНаОплату')];
    const typeOf = (row: Row): string => textOf(row['Основание_Type']).replace('StandardODATA.', '');
    const basis = textOf(bills.find((row) => typeOf(row) === 'Catalog_Склады')?.['Основание']);
    const after = bills.map((row) => textOf(row['Ref_Key'])).toSorted(byText)[10] ?? '';
    const price = 20_000;
    const wanted = bills.filter((row) => (typeOf(row) === 'Catalog_Номенклатура' || (typeOf(row) === 'Catalog_Склады' && row['Основание'] === basis))
      && rowsOf(row['Товары']).some((line) => Number(textOf(line['Цена'])) > price) && textOf(row['Ref_Key']) > after);
    asked.length = 0;
    const { rows } = await ask('readBills', { basis, price, after });
    const [question] = asked.filter((line) => line.startsWith('GET Document_СчетНаОплату?'));
    expect(question).toContain(`$filter=((Основание eq cast(guid'${basis}','Catalog_Склады')) or (isof(Основание,'Catalog_Номенклатура'))) and (Товары/any(r0: r0/Цена gt ${price}))&`);
    expect(question).not.toContain('Ref_Key gt');
    expect(wanted.length).toBeGreaterThan(3);
    expect(new Set(rows.map((row) => row['Number']))).toEqual(new Set(wanted.map((row) => row['Number'])));
    expect(rows).toHaveLength(wanted.length);
    expect(new Set(Object.keys(rows[0] ?? {}))).toEqual(new Set(['Number', 'Ref_Key']));
  });

  test('a list of 55 keys is read in pieces, each row once', async () => {
    const keys = [...onec.base.rows('Catalog_Контрагенты')].slice(0, 55).map((row) => textOf(row['Ref_Key']));
    const found: unknown[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Page = await ask('readListed', { keys: [...keys, '00000000-0000-4000-8000-000000000000'], ...(cursor === null ? {} : { cursor }) });
      found.push(...page.rows.map((row) => row['Ref_Key']));
      cursor = page.next;
      pages += 1;
    } while (cursor !== null);
    expect(new Set(found)).toEqual(new Set(keys));
    expect(found).toHaveLength(keys.length);
    expect(pages).toBeGreaterThan(1);
  });
});

describe('another version of the configuration of 1C', () => {
  const changed = ownMetadata
    .replace('        <Property Name="КПП" Type="Edm.String" Nullable="true" MaxLength="9"/>\n', '        <Property Name="Сайт" Type="Edm.String" Nullable="true"/>\n')
    .replace('Name="ИНН" Type="Edm.String" Nullable="true" MaxLength="12"', 'Name="ИНН" Type="Edm.String" Nullable="true" MaxLength="10"');

  test('odata 10: the difference names what came, went and narrowed, and each place of a route that it concerns', async () => {
    expect(changed).not.toContain('КПП');
    const { port } = onec;
    await onec.close();
    onec = await start(changed, port);
    const { result } = await refresh('trade');
    expect(result.result).toBe('changed');
    const comparison = await scene.node.ask<Comparison>('GET', metadataOf('trade', '/diff'));
    expect(result.comparison).toEqual(comparison);
    expect(comparison.counts).toEqual({ added: 1, removed: 1, changed: 1 });
    expect(comparison.changes.map(({ kind, effect, field }) => [kind, effect, field])).toEqual([['fieldRemoved', 'broken', 'КПП'], ['lengthChanged', 'risky', 'ИНН'], ['fieldAdded', 'harmless', 'Сайт']]);
    expect(comparison.impact.map(({ route, place, effect }) => [route, place, effect])).toEqual([
      ['createPartner', 'request.ИНН', 'risky'], ['createPartner', 'request.КПП', 'broken'], ['readPartners', 'select[2]', 'broken'], ['readStrictly', 'select[1]', 'broken'],
    ]);
    expect(comparison.impact.at(-1)?.text).toContain('"readStrictly", select[1]: "Catalog_Контрагенты": the field "КПП" is gone.');
    const { previous } = await scene.node.ask<{ previous: { hash: string }[] }>('GET', metadataOf('trade'));
    expect(previous).toHaveLength(1);
  });

  test('odata 52: a route goes on without the field that is gone, and says so; one that may not refuses before anything is sent', async () => {
    // The connection reads the description anew by itself once an unknown name is told, at most once a minute: here it is opened anew.
    await scene.apply(connection('trade', onec.url).replace('properties: {', 'properties: {poolSize: 3, '));
    const { rows, warnings } = await ask('readPartners');
    expect(rows[0]).toMatchObject({ Description: expect.any(String), ИНН: expect.any(String) });
    expect(warnings).toEqual([expect.objectContaining({ code: 'odata.fieldMissing', field: 'КПП' })]);
    await expect(ask('readStrictly')).rejects.toMatchObject({ code: 'odata.unknownField', parameters: { set: 'Catalog_Контрагенты', field: 'КПП' } });
    const made = await scene.node.run('ask_createPartner', { asked: { Description: 'Новый', 'ИНН': '7700000000', 'КПП': '770001001' } });
    expect(made).toMatchObject({ state: 'done', reply: { row: { Description: 'Новый', 'ИНН': '7700000000' }, warnings: [{ field: 'КПП' }] } });
  });

  test('keeps the five snapshots before the present one', async () => {
    const { port } = onec;
    for (let version = 1; version <= 6; version += 1) {
      await onec.close();
      onec = await start(changed.replace('<Property Name="Сайт"', `<Property Name="Сайт${version}"`), port);
      expect((await refresh('trade')).result.result).toBe('changed');
    }
    const { previous } = await scene.node.ask<{ previous: { hash: string }[] }>('GET', metadataOf('trade'));
    expect(previous).toHaveLength(5);
    const far = await scene.node.ask<Comparison>('GET', metadataOf('trade', `/diff?from=${previous.at(-1)?.hash.slice(0, 12)}`));
    expect(far.counts).toEqual({ added: 1, removed: 1, changed: 0 });
  });
});

/** What a description declares, read by another way than ours: sets with names and types of their fields. */
function declaredSets(text: string): Map<string, string[][]> {
  const types = new Map([...text.matchAll(/<EntityType Name="([^"]+)".*?<\/EntityType>/gs)].map(([body, name = '']) => [name, [...body.matchAll(/<Property Name="([^"]+)" Type="([^"]+)"/g)].map(([, field = '', type = '']) => [field, type.replace(/^Collection\((.*)\)$/, '$1')])]));
  return new Map([...text.matchAll(/<EntitySet Name="([^"]+)" EntityType="StandardODATA\.([^"]+)"/g)].map(([, set = '', type = '']) => [set, types.get(type) ?? []]));
}

describe('descriptions of real size', () => {
  async function summaryOf(name: string, document: Uint8Array): Promise<unknown> {
    await using server = await startHttp((_request, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(document));
    await scene.apply(connection(name, `${server.url}/x/odata/standard.odata`));
    expect((await refresh(name)).result.result).toBe('changed');
    return scene.node.ask('GET', metadataOf(name));
  }

  test('odata 9: 4,200 sets in 18 MB are there completely, each with its fields, references and table parts', async () => {
    const { text, sets, tableParts, enums } = largeEdmx(4_200, 26);
    const summary = await summaryOf('large', new TextEncoder().encode(text));
    expect(summary).toMatchObject({ objects: sets, enums, warnings: [], snapshot: { bytes: Buffer.byteLength(text) } });
    const { kinds } = summary as { kinds: { objects: number; tableParts: number }[] };
    expect(kinds.reduce((sum, kind) => sum + kind.tableParts, 0)).toBe(tableParts);
    expect(kinds.reduce((sum, kind) => sum + kind.objects, 0)).toBe(sets - tableParts);
    // Each of them is there with all that was declared, from the first to the last.
    const declared = declaredSets(text);
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { objects: { name: string }[]; cursor: string | null } = await scene.node.ask('GET', metadataOf('large', `/objects?parts=true&limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`));
      names.push(...page.objects.map(({ name }) => name));
      ({ cursor } = page);
    }
    expect(names.toSorted(byText)).toEqual([...declared.keys()].toSorted(byText));
    for (const name of [0, 1, 2, 3, 1_999, 2_000, 4_198, 4_199].map((place) => [...declared.keys()][place] ?? '')) {
      const object = await scene.node.ask<{ fields: { name: string; type: string; role: string; leadsTo?: string[] }[] }>('GET', metadataOf('large', `/objects/${encodeURIComponent(name)}`));
      expect(object.fields.map((field) => [field.name, field.type]), name).toEqual(declared.get(name));
      for (const { role, leadsTo = [] } of object.fields) if (role === 'reference') expect(leadsTo.every((target) => declared.has(target)), name).toBe(true);
    }
  });

  test('odata 9: is read piece by piece: meanwhile the platform answers others', async () => {
    const { text } = largeEdmx(4_200, 26);
    const document = new TextEncoder().encode(text.replace('<EntityContainer', '<ComplexType Name="Другой"/><EntityContainer'));
    await using server = await startHttp((_request, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(document));
    await scene.apply(connection('patient', `${server.url}/x/odata/standard.odata`));
    let answered = 0;
    const over = new AbortController();
    const reading = refresh('patient').finally(() => over.abort());
    while (!over.signal.aborted) {
      expect((await scene.node.call('GET', '/health/live', { as: null })).status).toBe(200);
      answered += 1;
    }
    expect((await reading).result.result).toBe('changed');
    expect(answered).toBeGreaterThan(10);
  });

  test('odata 7: the 94 types and 43 complex types of a real base, its table parts, Post and Unpost bound to their documents', async (context) => {
    const file = join(root, '../shared/contracts/1c/1c-real-metadata-trimmed-94sets.edmx.xml');
    if (!existsSync(file)) context.skip(`no ${file} here`);
    const text = readFileSync(file, 'utf8');
    expect(await summaryOf('real', readFileSync(file))).toMatchObject({ objects: 94, types: 94, complexTypes: 43, functions: 4, warnings: [] });
    const { objects } = await scene.node.ask<{ objects: { name: string; partOf: string | null; tableParts: string[] }[] }>('GET', metadataOf('real', '/objects?parts=true&limit=1000'));
    // A table part has a line number in its key, whatever stands in its name; the owner's field of the same name holds its rows.
    const declared = new Map([...text.matchAll(/<EntityType Name="([^"]+)".*?<\/EntityType>/gs)].map(([body, name = '']) => [name, body]));
    const withLines = [...declared].filter(([, body]) => /<PropertyRef Name="LineNumber"/.test(body)).map(([name]) => name);
    expect(withLines.length).toBeGreaterThan(0);
    expect(objects.filter(({ partOf }) => typeof partOf === 'string').map(({ name }) => name).toSorted(byText)).toEqual(withLines.toSorted(byText));
    for (const { name, partOf } of objects) {
      if (typeof partOf !== 'string') continue;
      expect(declared.get(partOf), name).toContain(`Name="${name.slice(partOf.length + 1)}"`);
      expect(objects.find((object) => object.name === partOf)?.tableParts, name).toContain(name.slice(partOf.length + 1));
    }
    for (const [, name = '', binding = ''] of text.matchAll(/<FunctionImport Name="(\w+)"[^>]*>\s*<Parameter Name="bindingParameter" Type="StandardODATA\.([^"]+)"/g)) {
      expect(await scene.node.ask('GET', metadataOf('real', `/objects/${encodeURIComponent(binding)}`))).toMatchObject({ functions: expect.arrayContaining([expect.objectContaining({ name })]) });
    }
    const bill = await scene.node.ask<{ functions: { name: string }[] }>('GET', metadataOf('real', `/objects/${encodeURIComponent('Document_СчетНаОплатуПокупателю')}`));
    expect(new Set(bill.functions.map(({ name }) => name))).toEqual(new Set(['Post', 'Unpost']));
  });
});
