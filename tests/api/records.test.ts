/** Records by REST, on a real server and a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Customer\nattributes:\n  phone: {type: text, required: true, unique: true}\n  name: text\n  Номер_заявки: text\n',
    'kind: Template\nname: Order\nattributes:\n  number: {type: text, required: true, unique: true}\n  state: {type: enum, values: [new, paid, shipped], default: new}\n  total: {type: number, decimals: 2}\n  paid: boolean\n  customer: {type: record, template: Customer, inverse: {name: orders, multiple: true}}\n  tags: {type: record, template: Tag, multiple: true}\n',
    'kind: Template\nname: Tag\nattributes:\n  name: {type: text, required: true}\n',
  );
});
afterAll(() => api.close());

describe('records', () => {
  it('are created, read with an ETag, changed and deleted', async () => {
    const created = await api.call('POST', '/api/v1/records/Customer', { body: { phone: '+71', name: 'Ирина', Номер_заявки: 'З-1' } });
    expect(created).toMatchObject({ status: 201, json: { phone: '+71', name: 'Ирина', Номер_заявки: 'З-1', _version: 1, _origin: 'api' } });
    const { id } = created.json;
    expect(created.headers.get('location')).toBe(`/api/v1/records/Customer/${id}`);
    const read = await api.call('GET', `/api/v1/records/Customer/${id}`);
    expect(read.headers.get('etag')).toMatch(/^"1-[\w-]+"$/);
    const changed = await api.call('PATCH', `/api/v1/records/Customer/${id}`, { body: { name: null }, headers: { 'if-match': '"1"' } });
    expect(changed).toMatchObject({ status: 200, json: { name: null, phone: '+71', _version: 2 } });
    expect(await api.call('DELETE', `/api/v1/records/Customer/${id}`, { headers: { 'if-match': '"2"' } })).toMatchObject({ status: 204 });
    expect(await api.call('GET', `/api/v1/records/Customer/${id}`)).toMatchObject({ status: 404, json: { code: 'record.unknown' } });
  });

  it('refuse a change of a version that is no longer there', async () => {
    const { id } = (await api.call('POST', '/api/v1/records/Customer', { body: { phone: '+72' } })).json;
    await api.call('PATCH', `/api/v1/records/Customer/${id}`, { body: { name: 'А' } });
    const late = await api.call('PATCH', `/api/v1/records/Customer/${id}`, { body: { name: 'Б' }, headers: { 'if-match': '"1"' } });
    expect(late).toMatchObject({ status: 412, json: { code: 'http.preconditionFailed', parameters: { expected: 1, actual: 2 } } });
    expect((await api.call('GET', `/api/v1/records/Customer/${id}`)).json.name).toBe('А');
  });

  it('keep every digit of a number', async () => {
    const created = await api.call('POST', '/api/v1/records/Order', { raw: '{"number":"N-1","total":12345678901234567890.12}' });
    expect(created.text).toContain('"total":12345678901234567890.12');
  });

  it('are created or changed by key, and a second match is refused', async () => {
    const first = await api.call('PUT', '/api/v1/records/Order?by=number', { body: { number: 'U-1', total: 5 } });
    expect(first).toMatchObject({ status: 201, json: { number: 'U-1', total: 5, state: 'new' } });
    const second = await api.call('PUT', '/api/v1/records/Order?by=number', { body: { number: 'U-1', state: 'paid' } });
    expect(second).toMatchObject({ status: 200, json: { id: first.json.id, total: 5, state: 'paid' } });
    await api.call('POST', '/api/v1/records/Tag', { body: { name: 'двойной' } });
    await api.call('POST', '/api/v1/records/Tag', { body: { name: 'двойной' } });
    expect(await api.call('PUT', '/api/v1/records/Tag?by=name', { body: { name: 'двойной' } })).toMatchObject({ status: 409, json: { code: 'run.severalMatches' } });
    expect(await api.call('PUT', '/api/v1/records/Order?by=number', { body: { total: 1 } })).toMatchObject({ status: 422, json: { code: 'run.keyMissing' } });
    expect(await api.call('PUT', '/api/v1/records/Order', { body: { total: 1 } })).toMatchObject({ status: 422, json: { problems: [{ path: 'by', code: 'http.missingField' }] } });
  });

  it('refuse a second value of a unique attribute and take another case of it', async () => {
    await api.call('POST', '/api/v1/records/Order', { body: { number: 'same' } });
    expect(await api.call('POST', '/api/v1/records/Order', { body: { number: 'same' } })).toMatchObject({ status: 409, json: { code: 'record.notUnique' } });
    expect(await api.call('POST', '/api/v1/records/Order', { body: { number: 'Same' } })).toMatchObject({ status: 201 });
  });

  it('are found page by page, each once, with a count', async () => {
    for (let at = 0; at < 7; at++) await api.call('POST', '/api/v1/records/Order', { body: { number: `P-${at}`, total: at, paid: at % 2 === 0 } });
    const filter = { op: 'startsWith', attribute: 'number', value: 'P-' };
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.call('POST', '/api/v1/records/Order/query', { body: { filter, sort: ['-total'], limit: 3, count: true, ...(cursor === undefined ? {} : { cursor }) } });
      expect(page.json.count).toBe(7);
      seen.push(...page.json.records.map((record: { number: string }) => record.number));
      cursor = page.json.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['P-6', 'P-5', 'P-4', 'P-3', 'P-2', 'P-1', 'P-0']);
    const paid = await api.call('GET', `/api/v1/records/Order?eq=paid:true&filter=${encodeURIComponent(JSON.stringify(filter))}&sort=number`);
    expect(paid.json.records.map((record: { number: string }) => record.number)).toEqual(['P-0', 'P-2', 'P-4', 'P-6']);
    expect((await api.call('GET', '/api/v1/records/Order?eq=number:P-3&eq=total:3')).json.records).toHaveLength(1);
  });

  it('refuse conditions that cannot be, naming the place', async () => {
    const query = (filter: unknown): Promise<Called> => api.call('POST', '/api/v1/records/Order/query', { body: { filter } });
    expect(await query({ op: 'and', of: [{ op: 'eq', attribute: 'number' }] })).toMatchObject({ status: 422, json: { code: 'query.shape', parameters: { place: 'filter.of[0].value' } } });
    expect(await query({ op: 'equals', attribute: 'number', value: 1 })).toMatchObject({ status: 422, json: { code: 'query.shape' } });
    expect(await query({ op: 'eq', attribute: 'numbre', value: 'x' })).toMatchObject({ status: 422, json: { code: 'query.unknownAttribute', parameters: { nearest: 'number' } } });
    expect(await query({ op: 'eq', attribute: 'number', value: {} })).toMatchObject({ status: 422, json: { code: 'query.shape' } });
    expect(await api.call('GET', '/api/v1/records/Order?cursor=abc')).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
  });

  it('take a value that looks like SQL as a value', async () => {
    const hostile = "RUS' OR '1'='1";
    expect((await api.call('GET', `/api/v1/records/Customer?eq=phone:${encodeURIComponent(hostile)}`)).json.records).toEqual([]);
    await api.call('POST', '/api/v1/records/Customer', { body: { phone: 'a,b:c' } });
    expect((await api.call('GET', '/api/v1/records/Customer?eq=phone:a,b:c')).json.records).toHaveLength(1);
    const created = await api.call('POST', '/api/v1/records/Customer', { body: { phone: `'); DROP TABLE zveno.message; --` } });
    expect(created.status).toBe(201);
    expect((await api.call('GET', '/api/v1/messages?limit=1')).status).toBe(200);
  });

  it('are linked and unlinked from both sides', async () => {
    const customer = (await api.call('POST', '/api/v1/records/Customer', { body: { phone: '+79' } })).json.id;
    const order = (await api.call('POST', '/api/v1/records/Order', { body: { number: 'L-1', customer } })).json.id;
    expect((await api.call('GET', `/api/v1/records/Customer/${customer}?links=orders`)).json.orders).toEqual([order]);
    const tag = (await api.call('POST', '/api/v1/records/Tag', { body: { name: 'т' } })).json.id;
    expect((await api.call('POST', `/api/v1/records/Order/${order}/links/tags`, { body: { add: [tag] } })).json).toMatchObject({ tags: [tag] });
    expect((await api.call('POST', `/api/v1/records/Order/${order}/links/tags`, { body: { exclude: [tag] } })).json.tags).toEqual([]);
    expect((await api.call('GET', `/api/v1/records/Tag/${tag}`)).status).toBe(200);
    expect(await api.call('POST', `/api/v1/records/Order/${order}/links/customer`, { body: { add: [customer] } })).toMatchObject({ status: 422, json: { code: 'run.notMultiple' } });
  });

  it('name every wrong value at once and write nothing', async () => {
    const refused = await api.call('POST', '/api/v1/records/Order', { body: { total: 'много', state: 'lost', numbr: 1, _version: 7 } });
    expect(refused.status).toBe(422);
    expect(refused.json.problems.map(({ path, code }: { path: string; code: string }) => [path, code]).sort()).toEqual([
      ['_version', 'record.systemAttribute'], ['number', 'record.required'], ['numbr', 'record.unknownAttribute'], ['state', 'record.notInList'], ['total', 'record.wrongType'],
    ]);
    expect((await api.call('GET', '/api/v1/records/Order?eq=state:lost')).json.records).toEqual([]);
  });

  it('of an unknown template are refused with the nearest name', async () => {
    expect(await api.call('GET', '/api/v1/records/Ordr')).toMatchObject({ status: 404, json: { code: 'record.unknownTemplate', parameters: { nearest: 'Order' } } });
  });
});

describe('templates', () => {
  it('are listed and shown in system names', async () => {
    expect((await api.call('GET', '/api/v1/templates')).json.templates.map(({ name }: { name: string }) => name)).toEqual(['Customer', 'Order', 'Tag']);
    const { attributes } = (await api.call('GET', '/api/v1/templates/Order')).json;
    expect(attributes).toContainEqual({ name: 'customer', type: 'record', required: false, template: 'Customer', multiple: false, inverse: 'orders', deleteLinked: false });
  });

  it('with a name that is no system name are refused', async () => {
    expect(await api.call('POST', '/api/v1/configuration/apply', { body: { documents: ['kind: Template\nname: 1abc\nattributes: {a: text}\n'] } })).toMatchObject({
      status: 422, json: { code: 'config.invalid', problems: [{ code: 'config.systemName' }] },
    });
  });
});
