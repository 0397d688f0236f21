/** Filters kept by a name: whose they are, who may use them, and what becomes of them when the template changes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called, type CallOptions } from './platform.ts';

let api: ApiCaller;
const password = 'a long enough password';
const as = (name: string): CallOptions['as'] => ({ basic: `${name}:${password}` });
const base = '/api/v1/records/Order';
const call = (method: string, path: string, body?: unknown, who?: CallOptions['as'], headers?: Record<string, string>): Promise<Called> =>
  api.call(method, path, { ...(who === undefined ? {} : { as: who }), ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) });
const template = (attributes: string): string => `kind: Template\nname: Order\nattributes: {number: {type: text, unique: true}, ${attributes}}\n`;
const whole = template('note: {type: text, searchable: true}, region: text, total: number');
const numbers = ({ json }: Called): readonly string[] => json.records.map(({ number }: { number: string }) => number);

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    whole,
    'kind: Role\nname: northern\npermissions: [api.call]\nrecords:\n  - {template: Order, verbs: [read], where: {op: eq, attribute: region, value: north}}\n',
    'kind: Role\nname: other\npermissions: [api.call, records.view]\n',
  );
  for (const [name, roles] of [['ira', ['other']], ['oleg', ['northern', 'other']], ['eve', ['other']], ['nina', ['northern']]] as const) await call('POST', '/api/v1/accounts', { name, password, roles });
  for (const [number, region, total, note] of [['n1', 'north', 5, 'срочная поставка'], ['n2', 'north', 50, 'поставка'], ['s1', 'south', 70, 'срочные поставки'], ['s2', 'south', 1, 'возврат']]) await call('POST', base, { number, region, total, note });
});
afterAll(() => api.close());

describe('a saved filter', () => {
  it('is saved with an ETag, used with further conditions, changed, and deleted', async () => {
    const created = await call('POST', `${base}/saved-filters`, { name: 'Крупные', filter: { op: 'ge', attribute: 'total', value: 999_999 }, sort: ['-total'] });
    expect(created).toMatchObject({ status: 201, json: { name: 'Крупные', own: true, roles: [], edit: 1, broken: null } });
    const at = `${base}/saved-filters/${created.json.id}`;
    const changed = await call('PUT', at, { name: 'Крупные', filter: { op: 'ge', attribute: 'total', value: 5 }, sort: ['-total'] }, undefined, { 'if-match': '"1"' });
    expect(changed).toMatchObject({ status: 200, json: { edit: 2 } });
    expect(await call('PUT', at, { name: 'Другое' }, undefined, { 'if-match': created.headers.get('etag') ?? '"1"' })).toMatchObject({ status: 412, json: { code: 'http.preconditionFailed' } });
    const use = `${base}?savedFilter=${encodeURIComponent('Крупные')}`;
    expect(numbers(await call('GET', use))).toEqual(['s1', 'n2', 'n1']);
    expect(numbers(await call('GET', `${use}&eq=region:north&sort=total`))).toEqual(['n1', 'n2']);
    expect(numbers(await call('POST', `${base}/query`, { savedFilter: created.json.id, search: 'срочные' }))).toEqual(['s1', 'n1']);
    expect((await call('POST', `${base}/aggregate`, { savedFilter: 'Крупные', values: ['sum:total'] })).json.groups[0].values).toEqual({ 'sum:total': 125 });
    expect((await call('POST', `${base}/aggregate`, { search: 'поставка ', groupBy: ['region'] })).json.groups.map(({ values }: { values: object }) => values)).toEqual([{ count: 2 }, { count: 1 }]);
    expect((await call('POST', `${base}/export`, { savedFilter: 'Крупные', columns: ['number'] })).text).toMatch(/^number\r?\ns1\r?\nn2\r?\nn1\r?\n$/);
    expect((await call('DELETE', at, undefined, undefined, { 'if-match': '"2"' })).status).toBe(204);
    expect(await call('GET', use)).toMatchObject({ status: 404, json: { code: 'savedFilter.unknown' } });
  });

  it('keeps numbers exactly', async () => {
    const created = await api.call('POST', `${base}/saved-filters`, { raw: '{"name":"exact","filter":{"op":"eq","attribute":"total","value":12345678901234567890.5}}' });
    expect(created.text).toContain('12345678901234567890.5');
    expect((await call('GET', `${base}/saved-filters/${created.json.id}`)).text).toContain('12345678901234567890.5');
  });

  it('is private until it is shared, is changed by its owner only, and gives each reader what he may see', async () => {
    const { id } = (await call('POST', `${base}/saved-filters`, { name: 'Все', filter: { op: 'isNotNull', attribute: 'number' }, sort: ['number'] }, as('oleg'))).json;
    expect((await call('GET', `${base}/saved-filters`, undefined, as('eve'))).json.savedFilters).toEqual([]);
    expect(await call('GET', `${base}?savedFilter=${id}`, undefined, as('eve'))).toMatchObject({ status: 404 });
    expect(await call('PUT', `${base}/saved-filters/${id}`, { name: 'Все' }, as('eve'))).toMatchObject({ status: 404, json: { code: 'savedFilter.unknown' } });
    await call('PUT', `${base}/saved-filters/${id}`, { name: 'Все', roles: ['other', 'northern'], filter: { op: 'isNotNull', attribute: 'number' }, sort: ['number'] }, as('oleg'));
    expect((await call('GET', `${base}/saved-filters`, undefined, as('eve'))).json.savedFilters).toMatchObject([{ name: 'Все', own: false }]);
    expect(await call('PUT', `${base}/saved-filters/${id}`, { name: 'Все' }, as('eve'))).toMatchObject({ status: 403, json: { code: 'savedFilter.notOwner' } });
    expect(await call('DELETE', `${base}/saved-filters/${id}`, undefined, as('eve'))).toMatchObject({ status: 403 });
    expect(numbers(await call('GET', `${base}?savedFilter=${encodeURIComponent('Все')}`, undefined, as('eve')))).toEqual(['n1', 'n2', 's1', 's2']);
    expect(numbers(await call('GET', `${base}?savedFilter=${encodeURIComponent('Все')}`, undefined, as('nina')))).toEqual(['n1', 'n2']);
    expect(await call('POST', `${base}/saved-filters`, { name: 'x', roles: ['northern'] }, as('eve'))).toMatchObject({ status: 422, json: { code: 'savedFilter.role', parameters: { role: 'northern' } } });
  });

  it('of one\'s own goes before others of its name, and of several others the id is asked for', async () => {
    const save = async (who: string, name: string, value: string): Promise<string> => (await call('POST', `${base}/saved-filters`, { name, roles: ['other'], filter: { op: 'eq', attribute: 'number', value } }, as(who))).json.id;
    const his = await save('oleg', 'Мой', 'n1');
    await save('ira', 'Мой', 'n2');
    const use = (who: string, name: string): Promise<Called> => call('GET', `${base}?savedFilter=${encodeURIComponent(name)}`, undefined, as(who));
    expect(numbers(await use('ira', 'Мой'))).toEqual(['n2']);
    expect(await use('eve', 'Мой')).toMatchObject({ status: 409, json: { code: 'savedFilter.several', parameters: { count: 2 } } });
    expect(numbers(await use('eve', his))).toEqual(['n1']);
    expect(await call('POST', `${base}/saved-filters`, { name: 'Мой' }, as('ira'))).toMatchObject({ status: 409, json: { code: 'savedFilter.taken' } });
  });

  it('is refused when it does not fit the template, and told as broken when the template changes', async () => {
    for (const [body, code] of [
      [{ filter: { op: 'eq', attribute: 'numbr', value: 'x' } }, 'query.unknownAttribute'], [{ filter: { op: 'contains', attribute: 'total', value: 'x' } }, 'query.comparison'],
      [{ filter: { op: 'linksTo', attribute: 'number', where: {} } }, 'query.shape'], [{ sort: ['-__proto__'] }, 'query.unknownAttribute'], [{ search: '-' }, 'query.searchEmpty'], [{ filter: { op: 'and', of: [{}] } }, 'query.shape'],
    ] as const) expect((await call('POST', `${base}/saved-filters`, { name: 'wrong', ...body })).json.code, JSON.stringify(body)).toBe(code);
    expect((await call('POST', `${base}/saved-filters`, { name: 'wrong', owner: 'eve' })).status).toBe(422);
    const { id } = (await call('POST', `${base}/saved-filters`, { name: 'Север', filter: { op: 'eq', attribute: 'region', value: 'north' }, search: 'поставка' })).json;
    await api.apply(template('note: text, total: number'), 'kind: Role\nname: northern\npermissions: [api.call, records.view]\n');
    const listed = (await call('GET', `${base}/saved-filters/${id}`)).json;
    expect(listed).toMatchObject({ name: 'Север', broken: { code: 'query.unknownAttribute', parameters: { attribute: 'region' } } });
    expect(await call('GET', `${base}?savedFilter=${id}`)).toMatchObject({ status: 422, json: { code: 'savedFilter.broken', parameters: { name: 'Север' } } });
    await api.apply(whole);
    expect(numbers(await call('GET', `${base}?savedFilter=${id}&sort=number`))).toEqual(['n1', 'n2']);
  });

  it('of one person and template are a hundred at most', async () => {
    const results = await Promise.all(Array.from({ length: 101 }, (_, index) => call('POST', `${base}/saved-filters`, { name: `f${index}` }, as('eve'))));
    expect(results.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(100);
    expect(await call('POST', `${base}/saved-filters`, { name: 'one more' }, as('eve'))).toMatchObject({ status: 422, json: { code: 'savedFilter.tooMany', parameters: { limit: 100 } } });
  });
});
