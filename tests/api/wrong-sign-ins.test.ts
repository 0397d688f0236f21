/** Guessing: what it costs, where it is remembered, and whom it does not shut out. Two nodes behind one trusted proxy, and a restart. */
import { createHash, createHmac } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { platformSettings } from '../../src/cli/platform-settings.ts';
import { startPlatform, type Platform } from '../../src/main.ts';
import { adminPassword, callApi, startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
let second: Platform;
let sql: pg.Client;
const password = 'a long enough password';
const proxies = { ZVENO_TRUSTED_PROXIES: '127.0.0.0/8, ::1' };

const join = (node: string): Promise<Platform> =>
  startPlatform(platformSettings({ ZVENO_PORT: '0', ZVENO_DATA: '/tmp', DATABASE_URL: api.databaseUrl, ZVENO_LOG_LEVEL: 'silent', ZVENO_NODE: node, ZVENO_DEMO: 'off', ZVENO_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), ...proxies }), new AbortController().signal);

beforeAll(async () => {
  api = await startApi(proxies);
  second = await join('second');
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  await api.call('POST', '/api/v1/accounts', { body: { name: 'target', password, permissions: ['api'] } });
});
afterAll(async () => {
  await sql.end();
  await second.close();
  await api.close();
});
beforeEach(async () => {
  await sql.query('TRUNCATE zveno.sign_in_failure, zveno.sign_in_place');
});

const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

const asBasic = (url: string, address: string, name: string, secret: string): Promise<Called> => callApi(url, 'GET', '/api/v1/me', { as: { basic: `${name}:${secret}` }, headers: from(address) });

const asSession = (url: string, address: string, name: string, secret: string): Promise<Called> => callApi(url, 'POST', '/api/v1/session', { as: null, body: { login: name, password: secret }, headers: from(address) });

/** So many were counted already: one that is not made here is not waited for. */
async function after(failures: number, kind: 'pair' | 'name' | 'address', address: string, name = 'target'): Promise<void> {
  await asBasic(api.url, address, name, 'wrong');
  await sql.query('UPDATE zveno.sign_in_failure SET failures = $2 WHERE kind = $1', [kind, failures]);
}

it('by Basic, by session and on any node are counted together; then the right password is answered like a wrong one, and an unknown name like a known one', async () => {
  const statuses: number[] = [];
  for (let at = 0; at < 10; at += 1) {
    const way = at % 2 === 0 ? asBasic : asSession;
    statuses.push((await way(at % 3 === 0 ? api.url : second.url, '203.0.113.1', 'target', `wrong ${at}`)).status);
  }
  expect(statuses).toEqual(Array.from({ length: 10 }, () => 401));
  for (const url of [api.url, second.url]) {
    const answers = [await asBasic(url, '203.0.113.1', 'target', password), await asBasic(url, '203.0.113.1', 'target', 'wrong'), await asSession(url, '203.0.113.1', 'target', password)];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 429, json: { code: 'access.slowDown', parameters: answers[0]?.json.parameters } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  }
  for (let at = 0; at < 10; at += 1) await asBasic(api.url, '203.0.113.1', 'nobody', `wrong ${at}`);
  expect(await asBasic(api.url, '203.0.113.1', 'nobody', 'wrong')).toMatchObject({ status: 429, json: { code: 'access.slowDown' } });
  expect((await asBasic(api.url, '203.0.113.2', 'target', password)).status).toBe(200);
});

it('are still counted after a restart, and the pause doubles up to a bound', async () => {
  await after(20, 'pair', '203.0.113.1');
  await asBasic(api.url, '203.0.113.1', 'target', 'wrong');
  const restarted = await join('restarted');
  try {
    const slowed = await asBasic(restarted.url, '203.0.113.1', 'target', password);
    expect([slowed.status, Number(slowed.headers.get('retry-after')) > 600]).toEqual([429, true]);
  } finally {
    await restarted.close();
  }
  const { rows } = await sql.query<{ ms: number }>("SELECT extract(epoch FROM until - last_at)::float8 * 1000 AS ms FROM zveno.sign_in_failure WHERE kind = 'pair'");
  expect(rows).toEqual([{ ms: 900_000 }]);
});

it('are forgotten after an hour of silence, by success from there, and when an administrator sets a new password', async () => {
  await after(15, 'pair', '203.0.113.1');
  await sql.query("UPDATE zveno.sign_in_failure SET last_at = last_at - interval '61 minutes', until = last_at");
  expect((await asBasic(api.url, '203.0.113.1', 'target', 'wrong')).status).toBe(401);
  expect((await sql.query("SELECT failures FROM zveno.sign_in_failure WHERE kind = 'pair'")).rows).toEqual([{ failures: 1 }]);
  await asBasic(api.url, '203.0.113.1', 'target', password);
  expect((await sql.query("SELECT failures FROM zveno.sign_in_failure WHERE kind = 'pair'")).rows).toEqual([]);
  await after(15, 'pair', '203.0.113.3');
  await asBasic(api.url, '203.0.113.3', 'target', 'wrong');
  expect((await asBasic(api.url, '203.0.113.3', 'target', password)).status).toBe(429);
  await api.call('PATCH', '/api/v1/accounts/target', { body: { password } });
  expect((await asBasic(api.url, '203.0.113.3', 'target', password)).status).toBe(200);
});

it('of one name from many addresses slow it down anywhere but where it has signed in before', async () => {
  expect((await asBasic(api.url, '198.51.100.7', 'target', password)).status).toBe(200);
  await after(150, 'name', '203.0.113.1');
  await asBasic(api.url, '203.0.113.9', 'target', 'wrong');
  expect((await asBasic(api.url, '203.0.113.10', 'target', password)).status).toBe(429);
  expect((await asSession(api.url, '198.51.100.7', 'target', password)).status).toBe(201);
  const { rows } = await sql.query<{ ms: number }>("SELECT extract(epoch FROM until - last_at)::float8 * 1000 AS ms FROM zveno.sign_in_failure WHERE kind = 'name'");
  expect(rows).toEqual([{ ms: 60_000 }]);
});

it('of many names from one address, or one network of IPv6, slow down all names but those that sign in from there', async () => {
  expect((await asBasic(api.url, '2001:db8:0:1::1', 'admin', adminPassword)).status).toBe(200);
  await after(150, 'address', '2001:db8:0:1::2', 'somebody');
  await asBasic(api.url, '2001:db8:0:1::3', 'somebody else', 'wrong');
  expect((await asBasic(api.url, '2001:db8:0:1:ffff::4', 'target', password)).status).toBe(429);
  expect((await asBasic(api.url, '2001:db8:0:2::1', 'target', password)).status).toBe(200);
  expect((await asSession(api.url, '2001:db8:0:1::5', 'admin', adminPassword)).status).toBe(201);
});

it('by signature are counted by credential and address', async () => {
  const key = (await api.call('POST', '/api/v1/accounts/target/keys', { body: { name: 'k', expiresAt: '2099-01-01T00:00:00Z' } })).json;
  const signed = (url: string, secret: string): Promise<Called> => {
    const date = new Date().toUTCString();
    const hash = createHash('sha256').update('').digest('base64');
    const text = `GET\n/api/v1/me\n${date};${new URL(url).host};${hash}`;
    const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(text).digest('base64');
    return callApi(url, 'GET', '/api/v1/me', { as: null, headers: { ...from('203.0.113.1'), 'x-ms-date': date, 'x-ms-content-sha256': hash, authorization: `HMAC-SHA256 Credential=${key.credential}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}` } });
  };
  const wrong = Buffer.alloc(32, 1).toString('base64');
  for (let at = 0; at < 10; at += 1) expect((await signed(at % 2 === 0 ? api.url : second.url, wrong)).status).toBe(401);
  expect((await signed(second.url, wrong)).status).toBe(429);
  expect((await signed(api.url, key.secret)).status).toBe(429);
});

it('keep no name and no password that was typed in place of one', async () => {
  await asBasic(api.url, '203.0.113.1', 'my-secret-typed-as-name', 'wrong');
  const { rows } = await sql.query<{ text: string }>('SELECT to_jsonb(f)::text AS text FROM zveno.sign_in_failure f');
  expect(rows.length).toBe(3);
  for (const { text } of rows) for (const form of ['my-secret-typed-as-name', Buffer.from('my-secret-typed-as-name').toString('hex')]) expect(text).not.toContain(form);
});

it('at once get no further than one after another', async () => {
  const statuses = await Promise.all(Array.from({ length: 40 }, (_, at) => asBasic(api.url, '203.0.113.1', 'target', `wrong ${at}`).then(({ status }) => status)));
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(12);
});

it('come from where a trusted proxy says; a stranger says nothing that counts', async () => {
  const alone = await startApi();
  try {
    for (let at = 0; at < 10; at += 1) await asBasic(alone.url, `203.0.113.${at}`, 'admin', `wrong ${at}`);
    expect((await asBasic(alone.url, '203.0.113.77', 'admin', adminPassword)).status).toBe(429);
  } finally {
    await alone.close();
  }
});
