/** Accounts, tokens, secrets and what each permission opens. */
import { hash } from '@node-rs/argon2';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationList } from '../../src/api/operations.ts';
import { startApi, type ApiCaller } from './platform.ts';

let api: ApiCaller;
const password = 'a long enough password';

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('an account', () => {
  it('is made, signs in, changes its password at once, and is shut out at once', async () => {
    expect(await api.call('POST', '/api/v1/accounts', { body: { name: 'Ирина', password, permissions: ['api', 'records'] } })).toMatchObject({ status: 201, json: { permissions: ['api.call', 'records.view', 'records.edit'], roles: [], groups: [], enabled: true } });
    const me = (secret: string): Promise<{ status: number; json: unknown }> => api.call('GET', '/api/v1/me', { as: { basic: `Ирина:${secret}` } });
    expect(await me(password)).toMatchObject({ status: 200, json: { account: { name: 'Ирина' }, may: ['api.call', 'records.view', 'records.edit', 'templates.view'] } });
    await api.call('PATCH', `/api/v1/accounts/${encodeURIComponent('Ирина')}`, { body: { password: 'another long password' } });
    expect((await me(password)).status).toBe(401);
    expect((await me('another long password')).status).toBe(200);
    await api.call('PATCH', `/api/v1/accounts/${encodeURIComponent('Ирина')}`, { body: { enabled: false } });
    expect((await me('another long password')).status).toBe(401);
  });

  it('with a name that is taken or cannot be, or a short password, is refused', async () => {
    const create = (body: unknown): Promise<{ status: number; json: unknown }> => api.call('POST', '/api/v1/accounts', { body });
    expect(await create({ name: 'admin', password, permissions: [] })).toMatchObject({ status: 409, json: { code: 'account.exists' } });
    expect(await create({ name: 'a:b', password: 'short', permissions: ['everything'] })).toMatchObject({
      status: 422, json: { problems: [{ path: 'name', code: 'http.pattern' }, { path: 'permissions[0]', code: 'http.notOneOf' }] },
    });
    for (const [chosen, code] of [['short', 'account.passwordLength'], ['the new account', 'account.passwordName'], ['password1234', 'account.passwordGuessed'], ['йцукенгшщзхъ', 'account.passwordGuessed']] as const) {
      expect(await create({ name: code === 'account.passwordName' ? 'account' : 'another', password: chosen })).toMatchObject({ status: 422, json: { code } });
      expect(await api.call('PATCH', '/api/v1/accounts/admin', { body: { password: chosen.replace('account', 'admin') } })).toMatchObject({ status: 422, json: { code } });
    }
    expect(await api.call('GET', '/api/v1/accounts/admni')).toMatchObject({ status: 404, json: { code: 'account.unknown', parameters: { nearest: 'admin' } } });
    expect(await api.call('GET', '/api/v1/accounts/a%00b')).toMatchObject({ status: 422, json: { problems: [{ code: 'message.forbiddenText' }] } });
  });

  it('signs in by a password that was kept weakly or as it was typed, and it is kept better from then on', async () => {
    const sql = new pg.Client({ connectionString: api.databaseUrl });
    await sql.connect();
    try {
      const apart = 'буква \u0438\u0306 из двух знаков';
      await api.call('POST', '/api/v1/accounts', { body: { name: 'old', password, permissions: ['api'] } });
      const kept = async (): Promise<string> => (await sql.query<{ password_hash: string }>("SELECT password_hash FROM zveno.account WHERE name = 'old'")).rows[0]?.password_hash ?? '';
      await sql.query("UPDATE zveno.account SET password_hash = $1 WHERE name = 'old'", [await hash(apart, { memoryCost: 4_096, timeCost: 1 })]);
      expect((await api.call('GET', '/api/v1/me', { as: { basic: `old:${apart}` } })).status).toBe(200);
      expect(await kept()).toContain('m=19456,t=2');
      expect((await api.call('GET', '/api/v1/me', { as: { basic: `old:${apart.normalize('NFC')}` } })).status).toBe(200);
    } finally {
      await sql.end();
    }
  });

  it('that is the last to manage accounts cannot give that up', async () => {
    expect(await api.call('PATCH', '/api/v1/accounts/admin', { body: { enabled: false } })).toMatchObject({ status: 409, json: { code: 'account.lastAdministrator' } });
    expect(await api.call('PATCH', '/api/v1/accounts/admin', { body: { roles: [] } })).toMatchObject({ status: 409, json: { code: 'account.lastAdministrator' } });
    expect((await api.call('GET', '/api/v1/me')).status).toBe(200);
  });

  it('is slowed down after wrong passwords, and only where they came from', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'target', password, permissions: ['api'] } });
    const statuses: number[] = [];
    for (let at = 0; at < 12; at++) statuses.push((await api.call('GET', '/api/v1/me', { as: { basic: `target:wrong ${at}` } })).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.at(-1)).toBe(429);
    const slowed = await api.call('GET', '/api/v1/me', { as: { basic: `target:${password}` } });
    expect(slowed).toMatchObject({ status: 429, json: { code: 'access.slowDown' } });
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.call('GET', '/api/v1/me')).status).toBe(200);
  });
});

describe('a token', () => {
  it('is shown once, acts within its scopes, and is dead once revoked', async () => {
    const created = await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 'reader', scopes: ['api', 'messages.view'] } });
    expect(created).toMatchObject({ status: 201, json: { scopes: ['api.call', 'messages.view'], token: expect.stringMatching(/^zvn_/) } });
    const as = { token: created.json.token };
    expect((await api.call('GET', '/api/v1/messages', { as })).status).toBe(200);
    expect(await api.call('GET', '/api/v1/accounts', { as })).toMatchObject({ status: 403, json: { code: 'access.scope', parameters: { account: 'admin', scope: 'accounts:read' } } });
    const listed = await api.call('GET', '/api/v1/accounts/admin/tokens');
    expect(listed.text).not.toContain(created.json.token);
    expect((await api.call('DELETE', `/api/v1/accounts/admin/tokens/${created.json.id}`)).status).toBe(204);
    expect((await api.call('GET', '/api/v1/messages', { as })).status).toBe(401);
    expect(await api.call('DELETE', `/api/v1/accounts/admin/tokens/${created.json.id}`)).toMatchObject({ status: 404, json: { code: 'token.unknown' } });
  });

  it('gets no more than its account has, and no end in the past', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'small', password, permissions: ['api'] } });
    expect(await api.call('POST', '/api/v1/accounts/small/tokens', { body: { name: 't', scopes: ['admin'] } })).toMatchObject({ status: 422, json: { code: 'account.scopeTooWide' } });
    expect(await api.call('POST', '/api/v1/accounts/small/tokens', { body: { name: 't', scopes: ['api'], expiresAt: '2020-01-01T00:00:00Z' } })).toMatchObject({ status: 422, json: { code: 'account.expiry' } });
    expect(await api.call('POST', '/api/v1/accounts/small/tokens', { body: { name: 't', scopes: ['api'], expiresAt: 'soon' } })).toMatchObject({ status: 422 });
  });

  it('is no use to an account that lost the permission', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'demoted', password, permissions: ['api', 'messages'] } });
    const { token } = (await api.call('POST', '/api/v1/accounts/demoted/tokens', { body: { name: 't', scopes: ['api', 'messages'] } })).json;
    expect((await api.call('GET', '/api/v1/messages', { as: { token } })).status).toBe(200);
    await api.call('PATCH', '/api/v1/accounts/demoted', { body: { permissions: ['api'] } });
    expect((await api.call('GET', '/api/v1/messages', { as: { token } })).status).toBe(403);
  });
});

describe('every operation', () => {
  const at = (path: string): string => path.replace(/\{id\}/g, '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b').replace(/\{\w+\}/g, 'nothing');

  it.each(operationList.filter(({ id }) => id !== 'watchEvents').map((operation) => [operation.id, operation] as const))('%s is carried out: neither unknown nor missing', async (_, { method, path, body }) => {
    const { status, json } = await api.call(method, at(path), body === undefined ? {} : { body: {} });
    expect([405, 500, 501]).not.toContain(status);
    if (status === 404) expect(json.code).not.toBe('http.notFound');
  });

  it.each(operationList.filter(({ body }) => body !== undefined).map((operation) => [operation.id, operation] as const))('%s refuses a body that is no JSON, or of another type', async (_, { method, path }) => {
    expect((await api.call(method, at(path), { raw: '{"a":' })).json.code).toBe('message.malformed');
    expect(await api.call(method, at(path), { raw: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).toMatchObject({ status: 415, json: { code: 'http.contentType' } });
  });
});

describe('a secret', () => {
  it('goes in and never comes out', async () => {
    const canary = 'canary-8d1f';
    expect((await api.call('PUT', '/api/v1/secrets/partner', { body: { value: canary } })).status).toBe(204);
    expect((await api.call('GET', '/api/v1/secrets')).json.secrets).toMatchObject([{ name: 'partner', version: 1, setBy: 'admin' }]);
    for (const path of ['/api/v1/secrets', '/api/v1/configuration', '/api/v1/configuration/export', '/metrics', '/docs/json']) expect((await api.call('GET', path)).text).not.toContain(canary);
    expect(await api.call('PUT', '/api/v1/secrets/a%20b', { body: { value: canary } })).toMatchObject({ status: 422, json: { code: 'secret.name' } });
  });

  it('that ends soon or has ended is counted by the health of the node, without its name, and keeps nothing from working', async () => {
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
    await api.call('PUT', '/api/v1/secrets/endingOne', { body: { value: 'v', expiresAt: soon } });
    const ready = await api.call('GET', '/health/ready', { as: null });
    expect(ready).toMatchObject({ status: 200, json: { status: 'ok', warnings: [{ part: 'secrets', text: expect.stringMatching(/^1 expire within 14 days/) }] } });
    expect(ready.text).not.toContain('endingOne');
    await api.call('PUT', '/api/v1/secrets/endingOne', { body: { value: 'v' } });
    expect((await api.call('GET', '/health/ready', { as: null })).json.warnings).toEqual([]);
  });
});
