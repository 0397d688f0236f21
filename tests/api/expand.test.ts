/** Chosen attributes and linked records in one answer: what they show, what they cost, and what they keep from those who may not see it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called, type CallOptions } from './platform.ts';

let api: ApiCaller;
let order: string;
let hiddenClient: string;
const password = 'a long enough password';
const north: CallOptions['as'] = { basic: `north:${password}` };

const call = (method: string, path: string, body?: unknown, as?: CallOptions['as']): Promise<Called> => api.call(method, path, { ...(as === undefined ? {} : { as }), ...(body === undefined ? {} : { body }) });
const create = async (template: string, values: object): Promise<string> => (await call('POST', `/api/v1/records/${template}`, values)).json.id;
const query = (body: object, as?: CallOptions['as']): Promise<Called> => call('POST', '/api/v1/records/Order/query', body, as);

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Client\nattributes:\n  name: text\n  region: text\n  manager: {type: record, template: Client}\n  title: {type: text, calculated: "=name & \' / \' & region"}\n',
    'kind: Template\nname: Product\nattributes: {name: text, region: text}\n',
    'kind: Template\nname: Line\nattributes:\n  n: number\n  product: {type: record, template: Product}\n  order: {type: record, template: Order, inverse: {name: lines, multiple: true}}\n',
    'kind: Template\nname: Order\nattributes:\n  number: {type: text, unique: true}\n  constructor: text\n  client: {type: record, template: Client}\n  watchers: {type: record, template: Client, multiple: true}\n',
    'kind: Role\nname: northern\npermissions: [api.call]\nrecords:\n  - {template: Order, verbs: [read]}\n  - {template: Line, verbs: [read]}\n  - {template: Client, verbs: [read], where: {op: eq, attribute: region, value: north}}\n',
  );
  await call('POST', '/api/v1/accounts', { name: 'north', password, roles: ['northern'] });
  const boss = await create('Client', { name: 'Босс', region: 'south' });
  const client = await create('Client', { name: 'Ира', region: 'north', manager: boss });
  hiddenClient = await create('Client', { name: 'Олег', region: 'south' });
  const product = await create('Product', { name: 'Кабель', region: 'north' });
  order = await create('Order', { number: 'A-1', constructor: 'c', client, watchers: [client, hiddenClient] });
  await create('Order', { number: 'A-2', client: hiddenClient });
  await create('Order', { number: 'A-3' });
  for (let n = 1; n <= 5; n++) await create('Line', { n, product, order });
});
afterAll(() => api.close());

describe('select and expand', () => {
  it('show chosen attributes only, the id and the version besides', async () => {
    const { records } = (await call('GET', '/api/v1/records/Order?select=number,constructor&sort=number&limit=1')).json;
    expect(records).toEqual([{ id: order, _version: 1, number: 'A-1', constructor: 'c' }]);
    expect(Object.keys((await call('GET', `/api/v1/records/Order/${order}?select=_createdAt`)).json)).toEqual(['id', '_version', '_createdAt']);
    expect((await call('GET', `/api/v1/records/Order/${order}?select=watchers`)).json.watchers).toHaveLength(2);
  });

  it('show linked records in place of ids, at every level, calculated attributes included', async () => {
    const found = (await query({ sort: ['number'], select: ['number', 'client.title', 'client.manager.name', 'lines.n', 'lines.product.name'] })).json.records;
    expect(found[0]).toMatchObject({ number: 'A-1', client: { title: 'Ира / north', manager: { name: 'Босс' } }, lines: [1, 2, 3, 4, 5].map((n) => ({ n, product: { name: 'Кабель' } })) });
    expect(Object.keys(found[0].client).sort()).toEqual(['_version', 'id', 'manager', 'title']);
    expect(found[2]).toMatchObject({ client: null, lines: [] });
    const whole = (await call('GET', `/api/v1/records/Order/${order}?expand=client,watchers`)).json;
    expect(whole).toMatchObject({ number: 'A-1', client: { name: 'Ира', region: 'north' }, watchers: [{ name: 'Ира' }, { name: 'Олег' }] });
  });

  it('page a multiple link, and its cursor goes on where the expansion ended', async () => {
    const shown = (await query({ filter: { op: 'eq', attribute: 'number', value: 'A-1' }, expand: [{ link: 'lines', limit: 2, select: ['n'] }] })).json.records[0];
    expect(shown.lines.map(({ n }: { n: number }) => n)).toEqual([1, 2]);
    const rest: number[] = [];
    let cursor: string | null = shown['_more'].lines;
    while (cursor !== null) {
      const next: Called = await call('GET', `/api/v1/records/Order/${order}/links/lines?limit=2&select=n&cursor=${encodeURIComponent(cursor)}`);
      rest.push(...next.json.records.map(({ n }: { n: number }) => n));
      cursor = next.json.cursor;
    }
    expect(rest).toEqual([3, 4, 5]);
    const watchers = (await query({ filter: { op: 'eq', attribute: 'number', value: 'A-1' }, expand: [{ link: 'watchers', limit: 1 }] })).json.records[0];
    expect((await call('GET', `/api/v1/records/Order/${order}/links/watchers?cursor=${encodeURIComponent(watchers['_more'].watchers)}`)).json).toMatchObject({ records: [{ name: 'Олег' }], cursor: null });
    expect(await call('GET', `/api/v1/records/Order/${order}/links/lines?cursor=${encodeURIComponent(watchers['_more'].watchers)}`)).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
    const forged = Buffer.from(JSON.stringify([(JSON.parse(Buffer.from(watchers['_more'].watchers, 'base64url').toString()) as string[])[0], "1'; DROP TABLE x"])).toString('base64url');
    expect(await call('GET', `/api/v1/records/Order/${order}/links/watchers?cursor=${forged}`)).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
  });

  it('keep what a role does not open from every level, from the pages of links and from their cursors', async () => {
    const found = (await query({ sort: ['number'], expand: ['client.manager', 'watchers', 'lines.product'] }, north)).json.records;
    expect(found[0]).toMatchObject({ client: { name: 'Ира', manager: null }, watchers: [{ name: 'Ира' }], lines: [1, 2, 3, 4, 5].map((n) => ({ n, product: null })) });
    expect(found[1].client).toBeNull();
    expect(JSON.stringify(found)).not.toMatch(/Олег|Босс|Кабель/);
    expect(JSON.stringify(found)).not.toContain(hiddenClient);
    const page = await call('GET', `/api/v1/records/Order/${order}/links/watchers?limit=1`, undefined, north);
    expect(page.json).toMatchObject({ records: [{ name: 'Ира' }], cursor: null });
    expect((await call('GET', `/api/v1/records/Client/${hiddenClient}/links/orders`, undefined, north)).status).toBe(404);
  });

  it('refuse what is no link, what does not exist, and too much of it', async () => {
    expect(await query({ expand: ['number'] })).toMatchObject({ status: 422, json: { code: 'query.notLink', parameters: { links: 'client, watchers, lines' } } });
    expect(await query({ expand: ['clint'] })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute', parameters: { nearest: 'client' } } });
    expect(await query({ select: ['toString'] })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute' } });
    expect(await query({ select: ['__proto__.name'] })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute' } });
    expect(await query({ expand: ["client'; DROP TABLE zveno.message; --"] })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute' } });
    expect(await query({ expand: ['client.manager.manager.manager.manager'] })).toMatchObject({ status: 422, json: { code: 'query.expandTooDeep', parameters: { depth: 5 } } });
    const deep = (levels: number): object => (levels === 0 ? { link: 'manager' } : { link: 'manager', expand: [deep(levels - 1)] });
    expect(await query({ expand: [{ link: 'client', expand: [deep(20)] }] })).toMatchObject({ status: 422, json: { code: 'query.expandTooDeep' } });
    const sixteen = ['client.manager.manager.manager', 'watchers.manager.manager.manager', 'lines.product', 'lines.order.client.manager', 'lines.order.watchers.manager', 'lines.order.lines'];
    expect((await query({ expand: sixteen })).status).toBe(200);
    expect(await query({ expand: [...sixteen, 'lines.order.lines.product'] })).toMatchObject({ status: 422, json: { code: 'query.expandTooWide', parameters: { limit: 16 } } });
    for (const wrong of ['lines', { link: 'lines' }, [{ link: 'lines', limit: 0 }], [{ link: 'lines', limit: 'many' }], [{ lnk: 'lines' }], [7], [{ link: 'lines', select: 'n' }]]) expect((await query({ expand: wrong })).status, JSON.stringify(wrong)).toBe(422);
    expect(await call('GET', `/api/v1/records/Order/${order}/links/client`)).toMatchObject({ status: 422, json: { code: 'query.wrongValue' } });
  });

  it('are in the document, typed by template', async () => {
    const document = (await call('GET', '/docs/json')).json;
    expect(document.components.schemas.Record_Order_part.properties.client.anyOf).toContainEqual({ $ref: '#/components/schemas/Record_Client_part' });
    expect(document.components.schemas.Record_Order_part.properties.lines.items.anyOf).toContainEqual({ $ref: '#/components/schemas/Record_Line_part' });
    expect(document.paths['/api/v1/records/Order'].get.responses['200'].content['application/json'].schema.properties.records.items.anyOf).toEqual([{ $ref: '#/components/schemas/Record_Order' }, { $ref: '#/components/schemas/Record_Order_part' }]);
    expect(document.paths['/api/v1/records/Order/query'].post.responses['200'].content['application/json'].schema.properties.records.items.anyOf).toHaveLength(2);
  });
});
