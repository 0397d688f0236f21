/** The one convention of lists, and edits that are held to what was read, on a real server and a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationList } from '../../src/api/operations.ts';
import { startApi, type ApiCaller, type Called } from './platform.ts';
import { allOfShop } from './shop.ts';

let api: ApiCaller;

beforeAll(async () => {
  api = await startApi();
  await api.call('PUT', '/api/v1/secrets/shop-token', { body: { value: 'x' } });
  await api.call('PUT', '/api/v1/secrets/another', { body: { value: 'x' } });
  await api.apply(...allOfShop, 'kind: Role\nname: seller\npermissions: [api.call]\n', 'kind: Role\nname: buyer\npermissions: [api.call]\n', 'kind: Group\nname: shop\nroles: [seller]\n', 'kind: Group\nname: back\nroles: [buyer]\n');
  for (const name of ['anna', 'boris', 'vera']) await api.call('POST', '/api/v1/accounts', { body: { name, password: 'a long enough password', ...(name === 'vera' ? { roles: ['seller'] } : {}) } });
  for (const name of ['one', 'two']) await api.call('POST', '/api/v1/accounts/anna/tokens', { body: { name, scopes: [] } });
}, 60_000);
afterAll(() => api.close());

const whole = operationList.flatMap(({ id, path, list }) => (list === undefined || path.includes('{') ? [] : [{ id, path, list }]));

describe('a list', () => {
  it.each(whole.map((one) => [one.id, one] as const))('%s comes whole or in pages, and is the same either way', async (_id, { path, list }) => {
    const all = (await api.call('GET', path)).json;
    expect(all.cursor).toBeNull();
    const keyOf = (item: Record<string, unknown>): string => JSON.stringify(list.key.map((field) => item[field]));
    const keys: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Called = await api.call('GET', `${path}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.json[list.items].length).toBeLessThanOrEqual(1);
      keys.push(...page.json[list.items].map(keyOf));
      cursor = page.json.cursor;
    }
    expect(keys).toHaveLength(all[list.items].length);
    expect(new Set(keys)).toEqual(new Set(all[list.items].map(keyOf)));
    const [field = ''] = list.fields;
    expect(await api.call('GET', `${path}?sort=-${field}&limit=1`)).toMatchObject({ status: 200 });
    expect(await api.call('GET', `${path}?sort=constructor`)).toMatchObject({ status: 422, json: { code: 'http.invalid' } });
    expect(await api.call('GET', `${path}?eq=constructor:x`)).toMatchObject({ status: 422, json: { code: 'query.shape' } });
    expect(await api.call('GET', `${path}?cursor=x`)).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
    expect((await api.call('GET', `${path}?search=${encodeURIComponent('нет такого')}`)).json[list.items]).toEqual([]);
  });

  const names = async (query: string): Promise<string[]> => (await api.call('GET', `/api/v1/accounts?${query}`)).json.accounts.map(({ name }: { name: string }) => name);

  it('is ordered, narrowed and searched alike', async () => {
    expect(await names('sort=-name')).toEqual(['vera', 'boris', 'anna', 'admin']);
    expect(await names('search=AN')).toEqual(['anna']);
    expect(await names('eq=enabled:true&eq=name:vera')).toEqual(['vera']);
    expect(await names('eq=enabled:false')).toEqual([]);
    const { cursor } = (await api.call('GET', '/api/v1/accounts?sort=-name&limit=2')).json;
    expect(await names(`sort=-name&limit=2&cursor=${cursor}`)).toEqual(['anna', 'admin']);
    expect(await api.call('GET', `/api/v1/accounts?sort=name&cursor=${cursor}`)).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
    expect(await api.call('GET', `/api/v1/roles?sort=-name&cursor=${cursor}`)).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
    await api.call('POST', '/api/v1/accounts', { body: { name: 'zoe', password: 'a long enough password' } });
    expect(await names(`sort=-name&cursor=${cursor}`)).toEqual(['anna', 'admin']);
    expect((await api.call('GET', '/api/v1/accounts/anna/tokens?sort=name&limit=1')).json).toMatchObject({ tokens: [{ name: 'one' }], cursor: expect.any(String) });
    expect(await api.call('GET', `/api/v1/accounts/boris/tokens?sort=name&cursor=${(await api.call('GET', '/api/v1/accounts/anna/tokens?sort=name&limit=1')).json.cursor}`)).toMatchObject({ json: { code: 'query.cursor' } });
  });

  it('of revisions goes back to the first', async () => {
    const all = (await api.call('GET', '/api/v1/configuration/revisions')).json.revisions;
    const found: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Called = await api.call('GET', `/api/v1/configuration/revisions?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      found.push(...page.json.revisions);
      cursor = page.json.cursor;
    }
    expect(found).toEqual(all);
  });
});

describe('an edit with If-Match', () => {
  const stale = { status: 412, json: { code: 'http.staleEdit' } };
  const edit = (method: string, path: string, body: unknown, tag: string): Promise<Called> => api.call(method, path, { ...(body === undefined ? {} : { body }), headers: { 'if-match': tag } });

  it('of an account is refused once somebody else has changed it, in the same transaction too', async () => {
    const tag = (await api.call('GET', '/api/v1/accounts/boris')).headers.get('etag') ?? '';
    const first = await edit('PATCH', '/api/v1/accounts/boris', { roles: ['seller'] }, tag);
    expect(first).toMatchObject({ status: 200, json: { roles: ['seller'] } });
    expect(await edit('PATCH', '/api/v1/accounts/boris', { roles: ['buyer'] }, tag)).toMatchObject(stale);
    expect((await api.call('GET', '/api/v1/accounts/boris')).json.roles).toEqual(['seller']);
    const fresh = first.headers.get('etag') ?? '';
    const both = await Promise.all(['shop', 'back'].map((group) => edit('PATCH', '/api/v1/accounts/boris', { groups: [group] }, fresh)));
    expect(both.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 412]);
    expect(await edit('PATCH', '/api/v1/accounts/boris', { enabled: true }, '*')).toMatchObject({ status: 200 });
    expect(await edit('PATCH', '/api/v1/accounts/boris', { enabled: true }, 'W/"x y"')).toMatchObject({ status: 400, json: { code: 'http.badHeader' } });
    expect(await api.call('PATCH', '/api/v1/accounts/boris', { body: { groups: [] } })).toMatchObject({ status: 200 });
  });

  it('of a role, a group and a secret likewise', async () => {
    const tag = (await api.call('GET', '/api/v1/roles/buyer')).headers.get('etag') ?? '';
    expect(await edit('PUT', '/api/v1/roles/buyer', { permissions: ['api.call', 'records.view'] }, tag)).toMatchObject({ status: 200 });
    expect(await edit('PUT', '/api/v1/roles/buyer', { permissions: ['api.call'] }, tag)).toMatchObject(stale);
    expect(await edit('DELETE', '/api/v1/roles/buyer', undefined, tag)).toMatchObject(stale);
    expect((await api.call('GET', '/api/v1/roles/buyer')).json.permissions).toEqual(['api.call', 'records.view']);
    expect(await edit('PUT', '/api/v1/roles/nobody', { permissions: ['api.call'] }, '*')).toMatchObject(stale);
    const { etag } = (await api.call('GET', '/api/v1/groups?eq=name:shop')).json.groups[0];
    expect(await edit('PUT', '/api/v1/groups/shop', { roles: ['buyer'] }, etag)).toMatchObject({ status: 200 });
    expect(await edit('PUT', '/api/v1/groups/shop', { roles: [] }, etag)).toMatchObject(stale);
    expect(await edit('DELETE', '/api/v1/groups/shop', undefined, etag)).toMatchObject(stale);
    const { version } = (await api.call('GET', '/api/v1/secrets?eq=name:another')).json.secrets[0];
    expect(await edit('PUT', '/api/v1/secrets/another', { value: 'y' }, `"${version}"`)).toMatchObject({ status: 204 });
    expect(await edit('PUT', '/api/v1/secrets/another', { value: 'z' }, `"${version}"`)).toMatchObject(stale);
    expect((await api.call('GET', '/api/v1/secrets?eq=name:another')).json.secrets[0].version).toBe(version + 1);
  });
});
