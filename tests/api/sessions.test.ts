/** Browsers that sign in: the cookie, what comes with it, when it ends, and what strangers make of it. */
import { Script } from 'node:vm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platformSettings } from '../../src/cli/platform-settings.ts';
import { startPlatform } from '../../src/main.ts';
import { adminPassword, callApi, startApi, type ApiCaller, type Called, type CallOptions } from './platform.ts';

let api: ApiCaller;
let sql: pg.Client;
const password = 'a long enough password';

beforeAll(async () => {
  api = await startApi();
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  await api.call('POST', '/api/v1/accounts', { body: { name: 'Ирина', password, permissions: ['api', 'accounts.view'] } });
});
afterAll(async () => {
  await sql.end();
  await api.close();
});

interface Browser {
  cookie: string;
  csrf: string;
  id: string;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Called>;
}

const signIn = (login: string, secret: string, options: CallOptions = {}): Promise<Called> => api.call('POST', '/api/v1/session', { body: { login, password: secret }, as: null, ...options });

const cookieOf = ({ headers }: Called | Response): string => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

async function browser(login = 'Ирина', secret = password, headers: Record<string, string> = {}): Promise<Browser> {
  const opened = await signIn(login, secret, { headers });
  if (opened.status !== 201) throw new Error(opened.text);
  return browserOf(opened);
}

function browserOf(opened: Called): Browser {
  const cookie = cookieOf(opened);
  const { csrf, id } = opened.json.session ?? opened.json;
  return { cookie, csrf, id, call: (method, path, options = {}) => api.call(method, path, { as: null, ...options, headers: { cookie, 'zveno-csrf': csrf, ...options.headers } }) };
}

const accounts = (path = ''): string => `/api/v1/accounts/${encodeURIComponent('Ирина')}${path}`;

describe('a session', () => {
  it('is opened by name and password, in a cookie that pages do not see, and tells who it is', async () => {
    const opened = await signIn('Ирина', password, { headers: { 'user-agent': 'A browser' } });
    expect(opened).toMatchObject({ status: 201, json: { account: 'Ирина', agent: 'A browser', may: ['api.call', 'accounts.view'], administrator: false, mustChangePassword: false } });
    expect(opened.headers.get('set-cookie')).toMatch(/^zveno-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const { call } = browserOf(opened);
    expect(await call('GET', '/api/v1/session')).toMatchObject({ status: 200, json: { id: opened.json.id, csrf: opened.json.csrf } });
    expect(await call('GET', '/api/v1/me')).toMatchObject({ status: 200, json: { account: { name: 'Ирина' } } });
    expect(await call('GET', '/api/v1/secrets')).toMatchObject({ status: 403, json: { code: 'access.forbidden' } });
  });

  it('keeps nothing in the database by which anybody could sign in', async () => {
    const { cookie, csrf } = await browser();
    const { rows } = await sql.query('SELECT to_jsonb(s)::text AS text FROM zveno.session s');
    const stored = rows.map(({ text }) => text).join('\n');
    for (const secret of [cookie.split('=')[1] ?? '', csrf]) for (const form of [secret, Buffer.from(secret).toString('hex')]) expect(stored).not.toContain(form);
  });

  it('is not opened by a wrong password or an unknown name, and the two are told alike; both are on record by the claimed name', async () => {
    const wrong = await signIn('Ирина', 'wrong password');
    const unknown = await signIn('Nobody', 'wrong password');
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    expect(unknown.text).toBe(wrong.text);
    const onRecord = async (): Promise<string[]> => (await api.call('GET', '/api/v1/audit?action=createSession&outcome=refused')).json.rows.map((row: { actor: string }) => row.actor);
    await expect.poll(onRecord).toEqual(expect.arrayContaining(['Ирина', 'Nobody']));
    for (const body of [{}, { login: '', password }, { login: 'a', password: 'x'.repeat(257) }, { login: ['a'], password }, { login: 'a', password, more: 1 }]) {
      expect(await api.call('POST', '/api/v1/session', { as: null, body })).toMatchObject({ status: 422, json: { code: 'http.invalid' } });
    }
    expect((await signIn('a\0b', password)).status).toBe(400);
  });

  it('is refused to an account that may not call the API', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'idle', password } });
    expect(await signIn('idle', password)).toMatchObject({ status: 403, json: { code: 'access.forbidden' } });
  });

  it('is always a new one: what a browser brings along is ended and never taken over', async () => {
    const first = await browser();
    const second = await browser('Ирина', password, { cookie: first.cookie });
    expect(second.cookie).not.toBe(first.cookie);
    expect((await first.call('GET', '/api/v1/me')).json.code).toBe('access.sessionEnded');
    const planted = `zveno-session=${'A'.repeat(43)}`;
    const third = await browser('Ирина', password, { cookie: planted });
    expect(third.cookie).not.toBe(planted);
    expect((await api.call('GET', '/api/v1/me', { as: null, headers: { cookie: planted } })).json.code).toBe('access.sessionEnded');
  });

  it('is not believed when two cookies of the name come, nor one of a strange form, nor a plain one where browsers use https', async () => {
    const { cookie } = await browser();
    const status = async (header: string): Promise<number> => (await api.call('GET', '/api/v1/me', { as: null, headers: { cookie: header } })).status;
    expect(await status(`other=1; ${cookie}`)).toBe(200);
    expect(await status(`${cookie}; ${cookie.slice(0, -1)}x`)).toBe(401);
    for (const header of ['zveno-session=', 'zveno-session', `zveno-session="${cookie.split('=')[1]}"`, `zveno-session=${'x'.repeat(5_000)}`, 'zveno-session=%00']) expect(await status(header)).toBe(401);
  });

  it('with a header beside it is not looked at: whoever says who he is means it', async () => {
    const { cookie } = await browser();
    expect((await api.call('GET', '/api/v1/me', { headers: { cookie } })).json.account.name).toBe('admin');
    expect((await api.call('GET', '/api/v1/me', { as: { token: 'zvn_wrong' }, headers: { cookie } })).status).toBe(401);
  });

  it('never sends messages: a route takes no cookie', async () => {
    const { call } = await browser('admin', adminPassword);
    await api.apply('kind: Connection\nname: inn\ntype: http-in\nproperties: {path: inn, auth: basic}\n', 'kind: Route\nname: take\nconnection: inn\noperation: receive\nproperties: {path: take}\nrequest: {text: string}\n', 'kind: Scenario\nname: takeIt\non: {message: take}\nrunAs: system\nsteps: []\n');
    expect((await api.call('POST', '/api/public/adapter/inn/take', { body: { text: 'a' } })).status).toBeLessThan(300);
    expect(await call('POST', '/api/public/adapter/inn/take', { body: { text: 'a' } })).toMatchObject({ status: 401, json: { code: 'access.unauthenticated' } });
  });
});

describe('a change within a session', () => {
  it('needs the token that only our pages can read; the refusal is on record under the account', async () => {
    const { cookie, csrf, call } = await browser('admin', adminPassword);
    const other = await browser('admin', adminPassword);
    const put = (headers: Record<string, string>): Promise<Called> => api.call('PUT', '/api/v1/secrets/planted', { as: null, body: { value: 'v' }, headers: { cookie, ...headers } });
    for (const headers of [{}, { 'zveno-csrf': '' }, { 'zveno-csrf': other.csrf }, { 'zveno-csrf': `${csrf}x` }] as Record<string, string>[]) expect(await put(headers)).toMatchObject({ status: 403, json: { code: 'access.csrf' } });
    expect((await api.call('GET', '/api/v1/secrets')).json.secrets).toEqual([]);
    await expect.poll(async () => (await api.call('GET', '/api/v1/audit?action=setSecret')).json.rows).toMatchObject([{ actor: 'admin', via: 'session', outcome: 'refused', code: 'access.csrf' }, {}, {}, {}]);
    expect((await put({ 'zveno-csrf': csrf })).status).toBe(204);
    expect((await call('GET', '/api/v1/secrets')).status).toBe(200);
  });

  it('that a page of another site causes is refused, also with the token, and so is signing in from there', async () => {
    const { call } = await browser('admin', adminPassword);
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }] as Record<string, string>[]) {
      expect(await call('PUT', '/api/v1/secrets/foreign', { body: { value: 'v' }, headers })).toMatchObject({ status: 403, json: { code: 'access.crossSite' } });
      expect(await signIn('admin', adminPassword, { headers })).toMatchObject({ status: 403, json: { code: 'access.crossSite' } });
    }
    expect((await call('PUT', '/api/v1/secrets/own', { body: { value: 'v' }, headers: { origin: api.url, 'sec-fetch-site': 'same-origin' } })).status).toBe(204);
  });
});

describe('a session ends', () => {
  const dead = async ({ call }: Browser): Promise<void> => expect((await call('GET', '/api/v1/me')).json.code).toBe('access.sessionEnded');

  it('when it is signed out, and the cookie is taken away', async () => {
    const own = await browser();
    const out = await own.call('DELETE', '/api/v1/session');
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, 'zveno-session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0']);
    await dead(own);
    expect(await api.call('DELETE', '/api/v1/session')).toMatchObject({ status: 404, json: { code: 'session.none' } });
  });

  it('when it was idle for too long or lived long enough, whichever comes first; use moves the former only', async () => {
    const [idle, old, used] = [await browser(), await browser(), await browser()];
    const before = (await used.call('GET', '/api/v1/session')).json;
    expect(Date.parse(before.idleUntil) - Date.parse(before.createdAt)).toBe(30 * 60_000);
    expect(Date.parse(before.expiresAt) - Date.parse(before.createdAt)).toBe(12 * 3_600_000);
    await sql.query("UPDATE zveno.session SET idle_until = clock_timestamp() - interval '1 second' WHERE id = $1", [idle.id]);
    await sql.query("UPDATE zveno.session SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1", [old.id]);
    await dead(idle);
    await dead(old);
    await sql.query("UPDATE zveno.session SET last_used_at = last_used_at - interval '10 minutes', idle_until = clock_timestamp() + interval '1 minute' WHERE id = $1", [used.id]);
    await used.call('GET', '/api/v1/me');
    await expect.poll(async () => Date.parse((await used.call('GET', '/api/v1/session')).json.idleUntil) - Date.now()).toBeGreaterThan(20 * 60_000);
    expect((await used.call('GET', '/api/v1/session')).json.expiresAt).toBe(before.expiresAt);
  });

  it('one by one, or all but the one that asks, by whoever owns it', async () => {
    const [one, two, three] = [await browser(), await browser(), await browser()];
    const listed = (await one.call('GET', '/api/v1/sessions')).json.sessions;
    expect(listed.filter(({ current }: { current: boolean }) => current)).toMatchObject([{ id: one.id }]);
    expect((await one.call('DELETE', `/api/v1/sessions/${two.id}`)).status).toBe(204);
    await dead(two);
    expect(await one.call('DELETE', `/api/v1/sessions/${two.id}`)).toMatchObject({ status: 404, json: { code: 'session.unknown' } });
    expect((await one.call('DELETE', '/api/v1/sessions?others=true')).json.ended).toBeGreaterThan(0);
    await dead(three);
    expect((await one.call('GET', '/api/v1/me')).status).toBe(200);
    const stranger = await browser('admin', adminPassword);
    expect((await one.call('DELETE', `/api/v1/sessions/${stranger.id}`)).json.code).toBe('session.unknown');
    expect((await one.call('DELETE', '/api/v1/sessions')).json).toEqual({ ended: 1 });
    await dead(one);
  });

  it('by somebody who may edit accounts and is not less than its owner', async () => {
    const [one, two] = [await browser(), await browser()];
    const admin = await browser('admin', adminPassword);
    expect((await one.call('GET', accounts('/sessions'))).status).toBe(200);
    expect((await one.call('DELETE', accounts(`/sessions/${two.id}`))).json.code).toBe('access.forbidden');
    expect((await admin.call('DELETE', accounts(`/sessions/${two.id}`))).status).toBe(204);
    await dead(two);
    expect((await admin.call('DELETE', accounts('/sessions'))).json.ended).toBeGreaterThan(0);
    await dead(one);
    await api.call('POST', '/api/v1/accounts', { body: { name: 'clerk', password, permissions: ['api', 'accounts'] } });
    expect(await (await browser('clerk', password)).call('DELETE', '/api/v1/accounts/admin/sessions')).toMatchObject({ status: 403, json: { code: 'access.notOver' } });
  });

  it('when its account is disabled, or gets another password', async () => {
    const one = await browser();
    await api.call('PATCH', accounts(), { body: { enabled: false } });
    await dead(one);
    await api.call('PATCH', accounts(), { body: { enabled: true } });
    await dead(one);
    const two = await browser();
    expect((await two.call('PUT', '/api/v1/me/password', { body: { current: password, password } })).json.code).toBe('account.samePassword');
    expect((await two.call('PUT', '/api/v1/me/password', { body: { current: password, password: 'password1234' } })).json.code).toBe('account.passwordGuessed');
    await api.call('PATCH', accounts(), { body: { password } });
    await dead(two);
  });

  it('not with its node: another one, or the next start, knows it', async () => {
    const own = await browser();
    const settings = platformSettings({ ZVENO_PORT: '0', ZVENO_DATA: '/tmp', DATABASE_URL: api.databaseUrl, ZVENO_LOG_LEVEL: 'silent', ZVENO_NODE: 'second', ZVENO_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), ZVENO_PUBLIC_URL: 'http://zveno.example' });
    const second = await startPlatform(settings, new AbortController().signal);
    try {
      const headers = { cookie: own.cookie, 'zveno-csrf': own.csrf };
      expect((await callApi(second.url, 'GET', '/api/v1/session', { as: null, headers })).json).toMatchObject({ id: own.id, csrf: own.csrf });
      expect((await callApi(second.url, 'DELETE', '/api/v1/session', { as: null, headers })).status).toBe(204);
      await dead(own);
    } finally {
      await second.close();
    }
  });

  it('for the oldest when there are too many of one account', async () => {
    await sql.query("INSERT INTO zveno.session (id, account, hash, address, agent, created_at, idle_until, expires_at) SELECT gen_random_uuid(), a.id, sha256(n::text::bytea), '', '', clock_timestamp() - n * interval '1 second', clock_timestamp() + interval '1 hour', clock_timestamp() + interval '1 hour' FROM zveno.account a, generate_series(1, 60) n WHERE a.name = 'Ирина'");
    const own = await browser();
    expect((await own.call('GET', '/api/v1/sessions')).json.sessions).toHaveLength(50);
    await own.call('DELETE', '/api/v1/sessions');
  });
});

describe('one\'s own password', () => {
  it('is changed by whoever knows the present one; other sessions end, this one goes on under a new cookie', async () => {
    const [own, other] = [await browser(), await browser()];
    const change = (current: string, wanted: string): Promise<Called> => own.call('PUT', '/api/v1/me/password', { body: { current, password: wanted } });
    expect(await change('wrong password', 'another long password')).toMatchObject({ status: 422, json: { code: 'account.wrongPassword' } });
    expect((await other.call('GET', '/api/v1/me')).status).toBe(200);
    const changed = await change(password, 'another long password');
    expect(changed.status).toBe(200);
    const now = browserOf(changed);
    expect((await now.call('GET', '/api/v1/me')).status).toBe(200);
    expect((await now.call('PUT', '/api/v1/me/password', { body: { current: 'another long password', password } })).status).toBe(200);
    for (const old of [own, other, now]) expect((await old.call('GET', '/api/v1/me')).status).toBe(401);
  });

  it('that somebody else has chosen opens nothing until it is changed, neither the API nor a route nor the documents', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'fresh', password, mustChangePassword: true, permissions: ['api', 'records.view'] } });
    const fresh = await browser('fresh', password);
    expect(await fresh.call('GET', '/api/v1/session')).toMatchObject({ status: 200, json: { mustChangePassword: true } });
    const as = { basic: `fresh:${password}` };
    for (const refused of [await fresh.call('GET', '/api/v1/templates'), await api.call('GET', '/api/v1/me', { as }), await api.call('GET', '/docs/json', { as }), await api.call('POST', '/api/public/adapter/inn/take', { as, body: { text: 'a' } })]) {
      expect(refused).toMatchObject({ status: 403, json: { code: 'access.passwordChange' } });
    }
    const { token } = (await api.call('POST', '/api/v1/accounts/fresh/tokens', { body: { name: 't', scopes: ['api'] } })).json;
    expect((await api.call('GET', '/api/v1/me', { as: { token } })).status).toBe(200);
    const changed = browserOf(await fresh.call('PUT', '/api/v1/me/password', { body: { current: password, password: 'chosen by myself' } }));
    expect((await changed.call('GET', '/api/v1/templates')).status).toBe(200);
    expect((await api.call('GET', '/api/v1/me', { as: { basic: 'fresh:chosen by myself' } })).json.account.mustChangePassword).toBe(false);
  });
});

describe('the sign-in page', () => {
  const fromPage = { origin: '', 'content-type': 'application/x-www-form-urlencoded' };
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${api.url}${path}`, { method: 'POST', redirect: 'manual', headers: { ...fromPage, origin: api.url, ...headers }, body: new URLSearchParams(fields).toString() });
  const html = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${api.url}${path}`, { redirect: 'manual', headers: { accept: 'text/html', ...headers } });

  it('is where a browser is led that wants the documents; a program is answered 401', async () => {
    const led = await html('/docs/');
    expect([led.status, led.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fdocs%2F']);
    expect((await api.call('GET', '/docs/json', { as: null })).status).toBe(401);
    const fetched = await html('/api/v1/me', { 'sec-fetch-site': 'same-origin' });
    expect([fetched.status, fetched.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Zveno"']);
  });

  it('signs in by a form without scripts, goes where the person wanted, and shows the documents', async () => {
    const page = await html('/sign-in?to=/docs/', { 'accept-language': 'ru' });
    const text = await page.text();
    expect(text).toContain('<html lang="ru">');
    expect(text).not.toMatch(/<script|javascript:|style=| on\w+=/i);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const signed = await post('/sign-in', { login: 'Ирина', password, to: '/docs/' });
    expect([signed.status, signed.headers.get('location')]).toEqual([303, '/docs/']);
    const cookie = cookieOf(signed);
    const docs = await html('/docs/', { cookie });
    expect([docs.status, (await docs.text()).includes('swagger')]).toEqual([200, true]);
    const own = await (await html('/sign-in', { cookie })).text();
    expect(own).toContain('Signed in as Ирина');
    const csrf = /name="csrf" value="([^"]+)"/.exec(own)?.[1] ?? '';
    expect((await post('/sign-out', { csrf: 'x' }, { cookie })).status).toBe(403);
    const out = await post('/sign-out', { csrf }, { cookie });
    expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-in']);
    expect((await html('/docs/', { cookie })).status).toBe(303);
  });

  it('leads nowhere else, shows what was typed as text, and takes no form of another site or of no page at all', async () => {
    for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/a"b', '/sign-in', '/docs\r\nx: y']) {
      expect((await post('/sign-in', { login: 'Ирина', password, to })).headers.get('location')).toBe('/docs/');
    }
    const refused = await post('/sign-in', { login: '"><script>alert(1)</script>', password: 'x', to: '"><img>' });
    const text = await refused.text();
    expect([refused.status, text.includes('<script'), text.includes('<img>'), text.includes('&lt;script&gt;')]).toEqual([401, false, false, true]);
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) expect((await post('/sign-in', { login: 'Ирина', password }, headers)).status).toBe(403);
    const silent = await fetch(`${api.url}/sign-in`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'login=a&password=b' });
    expect(silent.status).toBe(403);
    expect((await post('/sign-in', {}, { 'content-type': 'application/json' })).status).toBe(400);
    expect((await post('/sign-in', { login: 'x'.repeat(20_000) })).status).toBe(413);
  });

  it('has a person change a password that was chosen for him', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'newcomer', password, mustChangePassword: true, permissions: ['api'] } });
    const signed = await post('/sign-in', { login: 'newcomer', password, to: '/docs/' });
    expect(signed.headers.get('location')).toBe('/sign-in/password?to=%2Fdocs%2F');
    const cookie = cookieOf(signed);
    expect((await html('/docs/', { cookie })).headers.get('location')).toBe('/sign-in/password?to=%2Fdocs%2F');
    const csrf = /name="csrf" value="([^"]+)"/.exec(await (await html('/sign-in/password', { cookie })).text())?.[1] ?? '';
    const change = (fields: Record<string, string>): Promise<Response> => post('/sign-in/password', { csrf, current: password, password: 'chosen by myself', again: 'chosen by myself', to: '/docs/', ...fields }, { cookie });
    expect((await change({ csrf: '' })).status).toBe(403);
    expect(await (await change({ again: 'something else' })).text()).toContain('repeated differently');
    expect((await change({ current: 'wrong' })).status).toBe(422);
    const changed = await change({});
    expect([changed.status, changed.headers.get('location')]).toEqual([303, '/docs/']);
    expect((await html('/docs/', { cookie: cookieOf(changed) })).status).toBe(200);
  });

  it('gives the documents what tries changes out within the session', async () => {
    const { cookie } = await browser();
    const script = await (await html('/docs/static/swagger-initializer.js', { cookie })).text();
    expect(script).toContain('Zveno-Csrf');
    expect(() => new Script(script)).not.toThrow();
  });
});

describe('behind https', () => {
  it('the cookie is bound to this host and to https, and a plain one is not believed', async () => {
    const settings = platformSettings({ ZVENO_PORT: '0', ZVENO_DATA: '/tmp', DATABASE_URL: api.databaseUrl, ZVENO_LOG_LEVEL: 'silent', ZVENO_NODE: 'https', ZVENO_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), ZVENO_PUBLIC_URL: 'https://zveno.example' });
    const node = await startPlatform(settings, new AbortController().signal);
    try {
      const opened = await callApi(node.url, 'POST', '/api/v1/session', { as: null, body: { login: 'Ирина', password }, headers: { origin: 'https://zveno.example' } });
      expect(opened.headers.get('set-cookie')).toMatch(/^__Host-zveno-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
      const cookie = cookieOf(opened);
      expect((await callApi(node.url, 'GET', '/api/v1/me', { as: null, headers: { cookie } })).status).toBe(200);
      expect((await callApi(node.url, 'GET', '/api/v1/me', { as: null, headers: { cookie: cookie.replace('__Host-', '') } })).status).toBe(401);
    } finally {
      await node.close();
    }
  });
});
