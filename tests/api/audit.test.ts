/** The audit log: every change and refusal, who and from where, and nothing that is a secret. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller } from './platform.ts';

let api: ApiCaller;
let sql: pg.Client;
const password = 'a long enough password';

beforeAll(async () => {
  api = await startApi();
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await api.close();
});

interface Row {
  id: string;
  actor: string;
  action: string;
  name: string | null;
  outcome: string;
  code: string | null;
  count: number;
  changes: Record<string, unknown> | null;
}

const rows = async (query: string): Promise<readonly Row[]> => (await api.call('GET', `/api/v1/audit?${query}`)).json.rows;

/** Refusals are written beside the answer. */
async function eventually(query: string, enough = 1): Promise<readonly Row[]> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await rows(query);
    if (found.length >= enough) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no ${enough} rows for ${query}`);
}

describe('on record is', () => {
  it('a change of an account, before and after by name, and of its password only that it changed', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'anna', password, roles: ['apiClients'] } });
    await api.call('PATCH', '/api/v1/accounts/anna', { body: { roles: ['messageOperators'], password: 'another long password', enabled: false } });
    const [changed, created] = await rows('kind=Account&name=anna');
    expect(created).toMatchObject({ actor: 'admin', via: 'basic', action: 'createAccount', outcome: 'done', changes: { roles: ['apiClients'] }, address: expect.stringMatching(/127\.0\.0\.1|::1/), request: expect.any(String) });
    expect(changed).toMatchObject({ action: 'changeAccount', changes: { roles: { from: ['apiClients'], to: ['messageOperators'] }, enabled: { from: true, to: false }, password: 'changed' } });
    expect(JSON.stringify(await rows('actor=admin'))).not.toMatch(/another long password|argon2/);
  });

  it('a publication, object by object, and roles with it', async () => {
    await api.apply('kind: Connection\nname: partner\ntype: loopback\n');
    await api.apply('kind: Connection\nname: partner\ntype: loopback\nlog: full\n');
    await api.call('PUT', '/api/v1/roles/reader', { body: { permissions: ['api.call'] } });
    await api.call('DELETE', '/api/v1/roles/reader');
    expect((await rows('kind=Connection&name=partner')).map(({ action, changes }) => [action, changes])).toMatchObject([['change', { details: [{ path: 'log', op: 'added', to: 'full' }] }], ['create', { to: { type: 'loopback' } }]]);
    expect((await rows('kind=Role&name=reader')).map(({ action }) => action)).toEqual(['delete', 'create']);
  });

  it('tokens, keys, secrets and addresses, without themselves', async () => {
    const { token, id } = (await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 'till', scopes: ['api'] } })).json;
    const key = (await api.call('POST', '/api/v1/accounts/admin/keys', { body: { name: 'signer', expiresAt: '2099-01-01T00:00:00Z' } })).json;
    await api.call('DELETE', `/api/v1/accounts/admin/tokens/${id}`);
    await api.call('DELETE', `/api/v1/accounts/admin/keys/${key.id}`);
    await api.call('PUT', '/api/v1/secrets/canary', { body: { value: 'canary-55aa' } });
    await api.call('PUT', '/api/v1/configuration/addresses', { body: { addresses: { host: 'partner.example' } } });
    const all = await rows('limit=1000');
    expect(all.map(({ action }) => action)).toEqual(expect.arrayContaining(['createToken', 'revokeToken', 'createKey', 'revokeKey', 'setSecret', 'setAddresses']));
    for (const secret of [token, key.secret, 'canary-55aa']) expect(JSON.stringify(all)).not.toContain(secret);
  });

  it('a refusal of somebody who signed in, with what he lacked, and a failed change with its code', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'small', password, permissions: ['api'] } });
    const as = { basic: `small:${password}` };
    await api.call('GET', '/api/v1/messages', { as });
    await api.call('POST', '/api/v1/configuration/apply', { as, body: { documents: [] } });
    const refused = await eventually('actor=small&outcome=refused', 2);
    expect(refused).toEqual(expect.arrayContaining([expect.objectContaining({ action: 'listMessages', code: 'access.forbidden', changes: { lacking: 'messages.view' } }), expect.objectContaining({ action: 'applyConfiguration' })]));
    await api.call('POST', '/api/v1/accounts', { body: { name: 'small', password } });
    expect(await eventually('outcome=failed')).toMatchObject([{ action: 'createAccount', code: 'account.exists' }]);
  });

  it('strangers, once a minute with their number, so that nobody fills the log', async () => {
    for (let at = 0; at < 8; at++) await api.call('GET', '/api/v1/me', { as: { basic: `stranger:wrong ${at}` } });
    expect(await eventually('actor=stranger')).toMatchObject([{ outcome: 'refused', code: 'access.unauthenticated', count: 1 }]);
    await api.apply('kind: Connection\nname: shopIn\ntype: http-in\nproperties: {path: shop, auth: basic}\n', 'kind: Route\nname: orders\nconnection: shopIn\noperation: receive\nproperties: {path: orders}\nrequest: {text: string}\n');
    await api.call('POST', '/api/public/adapter/shop/orders', { as: { basic: 'strange\u0000r:x' }, body: {} });
    expect(await eventually('kind=Route&name=orders&outcome=refused')).toMatchObject([{ action: 'message' }]);
  });
});

describe('the log', () => {
  it('is read by pages, filtered, exported whole, and only by those who may', async () => {
    const first = (await api.call('GET', '/api/v1/audit?limit=3')).json;
    const second = (await api.call('GET', `/api/v1/audit?limit=3&cursor=${first.cursor}`)).json;
    expect(Number(second.rows[0].id)).toBeLessThan(Number(first.rows[2].id));
    const exported = (await api.call('GET', '/api/v1/audit/export?action=createAccount')).text.trim().split('\n').map((line) => JSON.parse(line) as Row);
    expect(exported.length).toBeGreaterThan(2);
    expect(new Set(exported.map(({ action }) => action))).toEqual(new Set(['createAccount']));
    expect(await api.call('GET', '/api/v1/audit?cursor=x')).toMatchObject({ status: 422, json: { code: 'store.cursor' } });
    expect(await api.call('GET', '/api/v1/audit?from=yesterday')).toMatchObject({ status: 422, json: { code: 'store.instant' } });
    expect(await api.call('GET', '/api/v1/audit', { as: { basic: `small:${password}` } })).toMatchObject({ status: 403 });
  });

  it('refuses to be changed or emptied, whoever asks the database', async () => {
    for (const text of ["UPDATE zveno.audit SET actor = 'nobody'", 'DELETE FROM zveno.audit', 'TRUNCATE zveno.audit']) await expect(sql.query(text)).rejects.toThrow('rows of zveno.audit are not changed');
  });

  it('has nothing of a change that was rolled back', async () => {
    const before = await rows('action=create&limit=1000');
    expect((await api.call('POST', '/api/v1/configuration/apply', { body: { documents: ['kind: Connection\nname: half\ntype: loopback\n', 'kind: Connection\nname: wrong\ntype: nothing\n'] } })).status).toBe(422);
    expect(await rows('action=create&limit=1000')).toHaveLength(before.length);
    expect(await eventually('action=applyConfiguration&outcome=failed')).toMatchObject([{ code: 'config.invalid' }]);
  });
});
