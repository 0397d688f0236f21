/** What each scope of a token opens, walked: every scope against every deed, by the status alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
let order: string;

beforeAll(async () => {
  api = await startApi();
  await api.apply(
    'kind: Template\nname: Order\nattributes: {number: text}\n', 'kind: Template\nname: Customer\nattributes: {name: text}\n',
    'kind: Connection\nname: inn\ntype: http-in\nproperties: {path: inn, auth: bearer}\n',
    ...['orders', 'other'].map((name) => `kind: Route\nname: ${name}\nconnection: inn\noperation: receive\nproperties: {path: ${name}}\nrequest: {text: string}\n`),
    ...['orders', 'other'].map((name) => `kind: Scenario\nname: ${name}Taken\non: {message: ${name}}\nrunAs: system\nsteps: []\n`),
    ...['accept', 'refuse'].map((name) => `kind: Scenario\nname: ${name}\non: {api: true}\nrunAs: system\nsteps: []\n`),
    ...['crm', 'erp'].map((name) => `kind: Connection\nname: ${name}\ntype: http-out\nproperties: {url: "http://127.0.0.1:9/"}\n`),
  );
  order = (await api.call('POST', '/api/v1/records/Order', { body: { number: '1' } })).json.id;
});
afterAll(() => api.close());

async function tokenOf(scopes: readonly string[], account = 'admin'): Promise<{ token: string }> {
  const issued = await api.call('POST', `/api/v1/accounts/${account}/tokens`, { body: { name: 't', scopes } });
  if (issued.status !== 201) throw new Error(issued.text);
  return { token: issued.json.token };
}

/** Deeds, each of which is refused with 403 or not at all. */
const deeds: Readonly<Record<string, (as: { token: string }) => Promise<Called>>> = {
  me: (as) => api.call('GET', '/api/v1/me', { as }),
  readOrder: (as) => api.call('GET', `/api/v1/records/Order/${order}`, { as }),
  listOrders: (as) => api.call('GET', '/api/v1/records/Order', { as }),
  editOrder: (as) => api.call('PATCH', `/api/v1/records/Order/${order}`, { as, body: { number: '2' } }),
  createOrder: (as) => api.call('POST', '/api/v1/records/Order', { as, body: { number: '3' } }),
  readCustomer: (as) => api.call('GET', '/api/v1/records/Customer', { as }),
  createCustomer: (as) => api.call('POST', '/api/v1/records/Customer', { as, body: { name: 'x' } }),
  sendOrders: (as) => api.call('POST', '/api/public/adapter/inn/orders', { as, body: { text: 'a' } }),
  sendOther: (as) => api.call('POST', '/api/public/adapter/inn/other', { as, body: { text: 'a' } }),
  runAccept: (as) => api.call('POST', '/api/v1/scenarios/accept/runs', { as, body: {} }),
  runRefuse: (as) => api.call('POST', '/api/v1/scenarios/refuse/runs', { as, body: {} }),
  checkCrm: (as) => api.call('POST', '/api/v1/connections/crm/check', { as }),
  checkErp: (as) => api.call('POST', '/api/v1/connections/erp/check', { as }),
  readConfiguration: (as) => api.call('GET', '/api/v1/configuration', { as }),
  readMessages: (as) => api.call('GET', '/api/v1/messages', { as }),
  readAudit: (as) => api.call('GET', '/api/v1/audit', { as }),
  readAccounts: (as) => api.call('GET', '/api/v1/accounts', { as }),
  readSecrets: (as) => api.call('GET', '/api/v1/secrets', { as }),
  readRoles: (as) => api.call('GET', '/api/v1/roles', { as }),
};

const all = Object.keys(deeds);
const orders = ['readOrder', 'listOrders', 'editOrder', 'createOrder'];

const walks: readonly (readonly [string, readonly string[]])[] = [
  ['*', all],
  ['records:read:Order', ['me', 'readOrder', 'listOrders']],
  ['records:write:Order', ['me', ...orders]],
  ['records:read:*', ['me', 'readOrder', 'listOrders', 'readCustomer']],
  ['records:write', ['me', ...orders, 'readCustomer', 'createCustomer']],
  ['messages:send:orders', ['me', 'sendOrders']],
  ['messages:send:*', ['me', 'sendOrders', 'sendOther']],
  ['scenarios:run:accept', ['me', 'runAccept']],
  ['scenarios:run:*', ['me', 'runAccept', 'runRefuse']],
  ['connections:run:crm', ['me', 'checkCrm']],
  ['connections:run', ['me', 'checkCrm', 'checkErp']],
  ['configuration:read', ['me', 'readConfiguration']],
  ['messages:read', ['me', 'readMessages']],
  ['audit:read', ['me', 'readAudit']],
  ['accounts:read', ['me', 'readAccounts']],
  ['secrets:read', ['me', 'readSecrets']],
  ['roles:read', ['me', 'readRoles']],
  ['api.call', ['me', 'sendOrders', 'sendOther']],
  ['records.view', []],
];

describe('a token', () => {
  it.each(walks)('with the scope %s does what it says, and nothing else', async (scope, expected) => {
    const as = await tokenOf([scope]);
    const done: string[] = [];
    for (const deed of all) if ((await deeds[deed]?.(as))?.status !== 403) done.push(deed);
    expect(done).toEqual(all.filter((deed) => expected.includes(deed)));
  });

  it('without a scope opens nothing, and several scopes add up', async () => {
    expect((await deeds['me']?.(await tokenOf([])))?.status).toBe(403);
    const as = await tokenOf(['records:read:Order', 'messages:send:orders']);
    const done: string[] = [];
    for (const deed of all) if ((await deeds[deed]?.(as))?.status !== 403) done.push(deed);
    expect(done).toEqual(['me', 'readOrder', 'listOrders', 'sendOrders']);
    expect(await deeds['sendOther']?.(as)).toMatchObject({ status: 403, json: { code: 'access.scope', parameters: { scope: 'messages:send:other' } } });
  });

  it('narrows an account that is bound itself, and loses what its account loses', async () => {
    await api.apply('kind: Role\nname: courier\npermissions: [api.call]\nrecords:\n  - {template: Order, verbs: [read], where: {op: eq, attribute: number, value: "7"}}\n');
    await api.call('POST', '/api/v1/accounts', { body: { name: 'boundOne', password: 'a long enough password', roles: ['courier'] } });
    const seven = (await api.call('POST', '/api/v1/records/Order', { body: { number: '7' } })).json.id;
    const as = await tokenOf(['records:read:Order'], 'boundOne');
    expect((await api.call('GET', '/api/v1/records/Order', { as })).json.records.map(({ id }: { id: string }) => id)).toEqual([seven]);
    for (const scope of ['records:write:Customer', 'scenarios:run:accept', 'audit:read']) {
      expect(await api.call('POST', '/api/v1/accounts/boundOne/tokens', { body: { name: 't', scopes: [scope] } })).toMatchObject({ status: 422, json: { code: 'account.scopeTooWide', parameters: { scopes: [scope] } } });
    }
    await api.call('PATCH', '/api/v1/accounts/boundOne', { body: { roles: ['apiClients'] } });
    expect((await api.call('GET', '/api/v1/records/Order', { as })).status).toBe(403);
  });

  it('that names nothing known is refused with the nearest name', async () => {
    for (const [scope, nearest] of [['records:read:Ordre', 'records:read:Order'], ['record:read:Order', 'records:read'], ['messages:send:order', 'messages:send:orders'], ['scenarios:run:acept', 'scenarios:run:accept'], ['configuration:reed', 'configuration:read'], ['records.vew', 'records.view']] as const) {
      expect(await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 't', scopes: [scope] } })).toMatchObject({ status: 422, json: { code: 'account.scopeUnknown', parameters: { scope, nearest } } });
    }
    for (const scope of ['', 'x'.repeat(10_000), 'records:read:\u0000']) expect((await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 't', scopes: [scope] } })).status).toBeGreaterThanOrEqual(400);
    expect((await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 't', scopes: ['x'.repeat(10_000)] } })).json.code).toBe('account.scopeUnknown');
  });

  it('cannot widen itself: by another token, a key, a new password or a new role of its account', async () => {
    const as = await tokenOf(['accounts:write']);
    expect(await api.call('POST', '/api/v1/accounts/admin/tokens', { as, body: { name: 't', scopes: ['*'] } })).toMatchObject({ status: 403, json: { code: 'access.notOver' } });
    expect((await api.call('POST', '/api/v1/accounts/admin/keys', { as, body: { name: 'k', expiresAt: '2099-01-01T00:00:00Z' } })).json.code).toBe('access.notOver');
    expect((await api.call('PATCH', '/api/v1/accounts/admin', { as, body: { password: 'another long password' } })).json.code).toBe('access.notOver');
    const own = (await api.call('GET', '/api/v1/accounts/admin/tokens')).json.tokens.at(-1);
    expect(own).toMatchObject({ scopes: ['accounts:write'], expiresAt: null, lastUsedAt: expect.any(String) });
    expect((await api.call('DELETE', `/api/v1/accounts/admin/tokens/${own.id}`, { as })).status).toBe(204);
    expect((await api.call('GET', '/api/v1/me', { as })).status).toBe(401);
  });
});
