/** Roles, groups, who may give what, and publishing checked object by object. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called, type CallOptions } from './platform.ts';

let api: ApiCaller;
const password = 'a long enough password';

beforeAll(async () => {
  api = await startApi();
  await api.call('PUT', '/api/v1/secrets/db', { body: { value: 'x' } });
  await api.apply(
    'kind: Template\nname: Order\nattributes: {number: text, region: text}\n',
    'kind: Connection\nname: shopIn\ntype: http-in\nproperties: {path: shop, auth: basic}\n',
    'kind: Connection\nname: db\ntype: sql\nproperties: {host: 127.0.0.1, database: x, user: x, password: "${secret:db}"}\nallow: [loopback]\n',
  );
});
afterAll(() => api.close());

async function account(name: string, grants: { roles?: string[]; groups?: string[]; permissions?: string[] }): Promise<CallOptions['as']> {
  const made = await api.call('POST', '/api/v1/accounts', { body: { name, password, ...grants } });
  expect(made).toMatchObject({ status: 201 });
  return { basic: `${name}:${password}` };
}

const applied = (as: CallOptions['as'], ...documents: string[]): Promise<Called> => api.call('POST', '/api/v1/configuration/apply', { as, body: { documents } });
const revision = async (): Promise<number> => (await api.call('GET', '/api/v1/configuration')).json.revision;

describe('a role', () => {
  it('gives its permissions to accounts and to the members of groups, at once, and takes them at once', async () => {
    const viewer = await account('viewer', {});
    expect((await api.call('GET', '/api/v1/messages', { as: viewer })).status).toBe(403);
    expect(await api.call('PUT', '/api/v1/roles/journalReader', { body: { title: { ru: 'Читатель журнала' }, permissions: ['api.call', 'messages.view'] } })).toMatchObject({ status: 200, json: { role: { builtIn: false, permissions: ['api.call', 'messages.view'] }, losses: [] } });
    await api.call('PATCH', '/api/v1/accounts/viewer', { body: { roles: ['journalReader'] } });
    expect((await api.call('GET', '/api/v1/messages', { as: viewer })).status).toBe(200);
    await api.call('PUT', '/api/v1/groups/north', { body: { roles: ['journalReader'] } });
    await api.call('PATCH', '/api/v1/accounts/viewer', { body: { roles: [], groups: ['north'] } });
    expect((await api.call('GET', '/api/v1/messages', { as: viewer })).status).toBe(200);
    expect((await api.call('GET', '/api/v1/roles/journalReader')).json).toMatchObject({ accounts: [], groups: ['north'] });
    await api.call('PUT', '/api/v1/roles/journalReader', { body: { enabled: false, permissions: ['api.call', 'messages.view'] } });
    expect((await api.call('GET', '/api/v1/messages', { as: viewer })).status).toBe(403);
  });

  it('is deleted after a look at who would lose what, is remembered, and comes back to those who had it', async () => {
    await api.call('PUT', '/api/v1/roles/passing', { body: { permissions: ['api.call', 'messages.edit'], records: [{ template: 'Order', verbs: ['read'] }] } });
    const holder = await account('holder', { roles: ['passing'], permissions: ['api.call'] });
    const losses = [{ account: 'holder', loses: ['messages.view', 'messages.edit', 'Order: read'] }];
    expect(await api.call('DELETE', '/api/v1/roles/passing?preview=true')).toMatchObject({ status: 200, json: { losses } });
    expect((await api.call('GET', '/api/v1/messages', { as: holder })).status).toBe(200);
    expect(await api.call('DELETE', '/api/v1/roles/passing')).toMatchObject({ status: 200, json: { losses } });
    expect((await api.call('GET', '/api/v1/messages', { as: holder })).status).toBe(403);
    expect(await api.call('POST', '/api/v1/roles/passing/restore')).toMatchObject({ status: 200, json: { accounts: ['holder'], permissions: ['api.call', 'messages.edit'] } });
    expect((await api.call('GET', '/api/v1/messages', { as: holder })).status).toBe(200);
    expect(await api.call('POST', '/api/v1/roles/passing/restore')).toMatchObject({ status: 409, json: { code: 'role.exists' } });
    expect(await api.call('POST', '/api/v1/roles/neverWas/restore')).toMatchObject({ status: 404, json: { code: 'role.neverWas' } });
  });

  it('is cloned, a built-in one too, and merged so that nobody loses anything', async () => {
    expect(await api.call('POST', '/api/v1/roles/messageOperators/clone', { body: { name: 'ownOperators' } })).toMatchObject({ status: 201, json: { builtIn: false, permissions: ['api.call', 'messages.edit'], accounts: [] } });
    await api.call('PUT', '/api/v1/roles/one', { body: { permissions: ['api.call', 'secrets.view'] } });
    await api.call('PUT', '/api/v1/roles/two', { body: { permissions: ['api.call', 'audit.view'] } });
    await api.call('PUT', '/api/v1/groups/both', { body: { roles: ['one', 'two'] } });
    const merged = await account('merged', { roles: ['one'] });
    expect(await api.call('POST', '/api/v1/roles/two/merge', { body: { from: ['one'] } })).toMatchObject({ status: 200, json: { permissions: ['api.call', 'secrets.view', 'audit.view'], accounts: ['merged'], groups: ['both'] } });
    expect((await api.call('GET', '/api/v1/secrets', { as: merged })).status).toBe(200);
    expect(await api.call('GET', '/api/v1/roles/one')).toMatchObject({ status: 404, json: { code: 'role.unknown' } });
  });

  it('is no way to more by merging: whoever may edit roles gives himself, or others, by it no more than he has', async () => {
    await api.call('PUT', '/api/v1/roles/weak', { body: { permissions: ['api.call', 'roles.edit'] } });
    await api.call('PUT', '/api/v1/roles/strong', { body: { permissions: ['api.call', 'secrets.edit', 'roles.edit'] } });
    const climber = await account('climber', { roles: ['weak'] });
    const before = await revision();
    expect(await api.call('POST', '/api/v1/roles/strong/merge', { as: climber, body: { from: ['weak'] } })).toMatchObject({ status: 403, json: { code: 'access.grantTooWide', parameters: { lacking: 'secrets.view, secrets.edit' } } });
    expect(await api.call('POST', '/api/v1/roles/strong/clone', { as: climber, body: { name: 'strong2' } })).toMatchObject({ status: 403, json: { code: 'access.objectsForbidden' } });
    expect(await revision()).toBe(before);
    expect((await api.call('GET', '/api/v1/secrets', { as: climber })).status).toBe(403);
  });

  it('that its editor holds does not grow by his hand, even if he may give others more than he has', async () => {
    await api.call('PUT', '/api/v1/roles/guards', { body: { permissions: ['api.call'] } });
    await api.call('PUT', '/api/v1/roles/gone', { body: { permissions: ['api.call', 'secrets.edit'] } });
    await api.call('PUT', '/api/v1/groups/watch', { body: { roles: ['guards'] } });
    const guard = await account('guard', { roles: ['securityAdministrators', 'guards', 'gone'], groups: ['watch'] });
    await api.call('DELETE', '/api/v1/roles/gone');
    const grow = { permissions: ['api.call', 'secrets.edit'] };
    const refused = { status: 403, json: { code: 'access.objectsForbidden' } };
    expect(await api.call('PUT', '/api/v1/roles/guards', { as: guard, body: grow })).toMatchObject(refused);
    expect(await api.call('PUT', '/api/v1/groups/watch', { as: guard, body: { roles: ['systemArchitects'] } })).toMatchObject(refused);
    expect(await api.call('POST', '/api/v1/roles/gone/restore', { as: guard })).toMatchObject(refused);
    expect(await api.call('PUT', '/api/v1/roles/others', { as: guard, body: grow })).toMatchObject({ status: 200 });
    expect(await api.call('POST', '/api/v1/roles/others/merge', { as: guard, body: { from: ['guards'] } })).toMatchObject({ status: 403 });
    expect((await api.call('GET', '/api/v1/secrets', { as: guard })).status).toBe(403);
  });

  it('that is built in, names what is not there, or is no role, is refused and nothing changes', async () => {
    const before = await revision();
    expect(await api.call('PUT', '/api/v1/roles/apiClients', { body: {} })).toMatchObject({ status: 409, json: { code: 'role.builtIn' } });
    expect(await api.call('DELETE', '/api/v1/roles/systemAdministrators')).toMatchObject({ status: 409 });
    expect(await api.call('PUT', '/api/v1/roles/wrong', { body: { permissions: ['mesages.view'], records: [{ template: 'Ordr', verbs: ['read', 'fly'], owner: 'x' }, 7] } })).toMatchObject({ status: 422, json: { code: 'http.invalid' } });
    const wrong = await api.call('PUT', '/api/v1/roles/wrong', { body: { permissions: ['mesages.view'], records: [{ template: 'Order', verbs: ['fly'], where: { op: 'eq' } }] } });
    expect(wrong).toMatchObject({ status: 422, json: { code: 'config.invalid' } });
    expect(wrong.json.problems.map((one: { path: string }) => one.path)).toEqual(expect.arrayContaining(['permissions[0]', 'records[0].verbs[0]', 'records[0].where']));
    const unfitting = await api.call('PUT', '/api/v1/roles/wrong', { body: { records: [{ template: 'Ordr', verbs: ['read'] }, { template: 'Order', verbs: ['read'], owner: 'who', where: { op: 'eq', attribute: 'regoin', value: 'x' } }] } });
    expect(unfitting.json.problems.map((one: { path: string }) => one.path)).toEqual(['records[0].template', 'records[1].owner', 'records[1].where']);
    expect(await api.call('PUT', '/api/v1/groups/wrong', { body: { roles: ['apiClient'] } })).toMatchObject({ status: 422, json: { problems: [{ path: 'roles[0]', code: 'config.missingReference', text: expect.stringContaining('apiClients') }] } });
    expect(await api.call('PATCH', '/api/v1/accounts/viewer', { body: { roles: ['apiClient'] } })).toMatchObject({ status: 404, json: { code: 'role.unknown', parameters: { nearest: 'apiClients' } } });
    expect(await revision()).toBe(before);
  });
});

describe('whoever manages accounts', () => {
  it('gives no more than he has, unless he may grant; and even then not to himself, and not the role of administrators', async () => {
    const clerk = await account('accountsClerk', { permissions: ['api.call', 'accounts.edit', 'messages.view'] });
    const security = await account('security', { roles: ['securityAdministrators'] });
    const made = (as: CallOptions['as'], name: string, grants: object): Promise<Called> => api.call('POST', '/api/v1/accounts', { as, body: { name, password, ...grants } });
    expect(await made(clerk, 'puppet', { permissions: ['api.call', 'messages.edit'] })).toMatchObject({ status: 403, json: { code: 'access.grantTooWide', parameters: { lacking: 'messages.edit' } } });
    expect((await made(clerk, 'reader', { permissions: ['api.call', 'messages.view'] })).status).toBe(201);
    expect((await made(security, 'architect', { roles: ['systemArchitects'] })).status).toBe(201);
    expect(await made(security, 'root2', { roles: ['systemAdministrators'] })).toMatchObject({ status: 403, json: { code: 'access.grantTooWide' } });
    expect(await api.call('PATCH', '/api/v1/accounts/security', { as: security, body: { roles: ['securityAdministrators', 'systemArchitects'] } })).toMatchObject({ status: 403, json: { code: 'access.grantTooWide' } });
    expect(await api.call('PUT', '/api/v1/groups/admins', { as: security, body: { roles: ['systemAdministrators'] } })).toMatchObject({ status: 403, json: { code: 'access.objectsForbidden' } });
  });

  it('takes over nobody who may more: neither by a password, nor by a token, nor by shutting him out', async () => {
    const clerk = { basic: `accountsClerk:${password}` };
    const security = { basic: `security:${password}` };
    for (const as of [clerk, security]) {
      for (const body of [{ password: 'another password' }, { enabled: false }]) expect(await api.call('PATCH', '/api/v1/accounts/admin', { as, body })).toMatchObject({ status: 403, json: { code: 'access.notOver', parameters: { target: 'admin' } } });
      expect(await api.call('POST', '/api/v1/accounts/admin/tokens', { as, body: { name: 't', scopes: ['api'] } })).toMatchObject({ status: 403, json: { code: 'access.notOver' } });
    }
    expect((await api.call('GET', '/api/v1/me')).status).toBe(200);
  });

  it('with a token hands on no more than the token may', async () => {
    const { token } = (await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 'narrow', scopes: ['api', 'accounts'] } })).json;
    expect(await api.call('POST', '/api/v1/accounts', { as: { token }, body: { name: 'byToken', password, roles: ['systemAdministrators'] } })).toMatchObject({ status: 403, json: { code: 'access.grantTooWide' } });
  });
});

describe('publishing', () => {
  const route = (fields: string): string => `kind: Route\nname: guarded\nconnection: shopIn\noperation: receive\nproperties: {path: guarded}\n${fields}request: {text: string}\n`;
  const sql = 'kind: Route\nname: counts\nconnection: db\noperation: custom\nproperties: {sql: "SELECT 1", resultKind: none}\n';

  it.each([
    ['a template', ['connections.edit'], 'kind: Template\nname: Stolen\nattributes: {a: text}\n', 'templates.edit'],
    ['a scenario', ['connections.edit'], 'kind: Scenario\nname: s\non: {api: true}\nsteps: []\n', 'scenarios.edit'],
    ['SQL of its own by who may edit connections only', ['connections.edit'], sql, 'code.edit'],
    ['SQL by who may edit the configuration only', ['configuration.edit'], sql, 'code.edit'],
    ['a route in the name of the system', ['connections.edit'], route('initiator: system\n'), 'records.edit'],
    ['a route in the name of an administrator', ['connections.edit', 'records.edit'], route('initiator: {account: admin}\n'), 'systemAdministrators'],
    ['a route in the name of an account that somebody may make later', ['connections.edit'], route('initiator: {account: nobodyYet}\n'), 'roles.grant'],
    ['a scenario as the system', ['scenarios.edit'], 'kind: Scenario\nname: s\non: {api: true}\nrunAs: system\nsteps: []\n', 'records.edit'],
    ['a connection that would bring a secret elsewhere', ['connections.edit'], 'kind: Connection\nname: db\ntype: sql\nproperties: {host: 10.9.9.9, database: x, user: x, password: "${secret:db}"}\nallow: [loopback]\n', 'secrets.edit'],
    ['a new connection with a secret that is there already', ['connections.edit'], 'kind: Connection\nname: thief\ntype: sql\nproperties: {host: 10.9.9.9, database: x, user: x, password: "${secret:db}"}\n', 'secrets.edit'],
    ['a role by who may edit connections', ['connections.edit'], 'kind: Role\nname: mine\npermissions: [api.call]\n', 'roles.edit'],
    ['a role that gives more than its author has', ['roles.edit'], 'kind: Role\nname: mine\npermissions: [api.call, messages.edit]\n', 'messages.edit'],
    ['a role that opens records its author does not see', ['roles.edit'], 'kind: Role\nname: mine\nrecords: [{template: Order, verbs: [read]}]\n', 'Order: read'],
    ['a group for administrators', ['roles.edit'], 'kind: Group\nname: mine\nroles: [systemAdministrators]\n', 'systemAdministrators'],
  ] as const)('%s takes the right to it: nothing is published without', async (what, permissions, document, lacking) => {
    const name = `p${what.replace(/\W/g, '').slice(0, 40)}`;
    const as = await account(name, { permissions: ['api.call', ...permissions] });
    const before = await revision();
    const refused = await applied(as, document);
    expect(refused).toMatchObject({ status: 403, json: { code: 'access.objectsForbidden', problems: [{ code: 'access.objectForbidden', text: expect.stringContaining(lacking) }] } });
    expect((await api.call('POST', '/api/v1/configuration/plan', { as, body: { documents: [document] } })).json.findings).toMatchObject([{ code: 'access.objectForbidden' }]);
    expect(await revision()).toBe(before);
  });

  it('a scenario on a route that acts as somebody else takes his rights too', async () => {
    await api.apply(route('initiator: system\n'));
    const as = await account('scenarioAuthor', { permissions: ['api.call', 'scenarios.edit'] });
    expect(await applied(as, 'kind: Scenario\nname: rider\non: {message: guarded}\nsteps: []\n')).toMatchObject({ status: 403, json: { problems: [{ path: 'Scenario rider' }] } });
  });

  it('is whole or not at all: one object without the right keeps back the others', async () => {
    const as = await account('halfway', { permissions: ['api.call', 'connections.edit'] });
    const before = await revision();
    expect(await applied(as, 'kind: Connection\nname: fine\ntype: loopback\n', sql)).toMatchObject({ status: 403, json: { problems: [{ path: 'Route counts' }] } });
    expect(await revision()).toBe(before);
    expect((await applied(as, 'kind: Connection\nname: fine\ntype: loopback\n')).status).toBe(200);
  });

  it('a connection that holds secrets may be switched off and limited without a right to them, and its address is moved by who may set them only', async () => {
    const as = await account('limiter', { permissions: ['api.call', 'configuration.edit'] });
    expect((await applied(as, 'kind: Connection\nname: db\ntype: sql\nenabled: false\nlimits: {concurrency: 2}\nproperties: {host: 127.0.0.1, database: x, user: x, password: "${secret:db}"}\nallow: [loopback]\n')).status).toBe(200);
    await api.call('PUT', '/api/v1/configuration/addresses', { body: { addresses: { dbHost: '127.0.0.1', other: 'x' } } });
    await api.apply('kind: Connection\nname: db\ntype: sql\nproperties: {host: "${address:dbHost}", database: x, user: x, password: "${secret:db}"}\nallow: [loopback]\n');
    const move = (addresses: object): Promise<Called> => api.call('PUT', '/api/v1/configuration/addresses', { as, body: { addresses } });
    expect(await move({ dbHost: '10.9.9.9' })).toMatchObject({ status: 403, json: { parameters: { permission: 'secrets.edit' } } });
    expect((await move({ other: 'y' })).status).toBe(200);
  });

  it('deleting takes the right too', async () => {
    const as = await account('deleter', { permissions: ['api.call', 'scenarios.edit'] });
    expect(await api.call('POST', '/api/v1/configuration/apply', { as, body: { documents: [], prune: true } })).toMatchObject({ status: 403, json: { code: 'access.objectsForbidden' } });
  });

  it('carries roles and groups from one installation to another', async () => {
    const { documents } = (await api.call('GET', '/api/v1/configuration/export')).json as { documents: { kind: string; yaml: string }[] };
    const ours = documents.filter(({ kind }) => kind === 'Role' || kind === 'Group' || kind === 'Template').map(({ yaml }) => yaml);
    const other = await startApi();
    try {
      await other.apply(...ours);
      const exported = (await other.call('GET', '/api/v1/configuration/export')).json as { documents: { kind: string; yaml: string }[] };
      expect(exported.documents.map(({ yaml }) => yaml).sort()).toEqual([...ours].sort());
    } finally {
      await other.close();
    }
  });
});
