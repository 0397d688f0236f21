/**
 * Secrets that can be told from everything else go into every place that holds one, are used with success and without, and
 * are then looked for, in every form, wherever something is written or answered. Whatever is found is a leak.
 */
import { createHmac, createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHttp, answer } from '../../src/sdk/testing/server.ts';
import { basic, callHttp, type Answer, type Call } from './node.ts';
import { Scene } from './platform.ts';
import { startProcess, type StartedProcess } from './started-process.ts';

/** No two have a long part in common, and none looks like what a program draws. */
const canary = (name: string): string => `Kanarek/${name}+${createHash('sha256').update(`canary ${name}`).digest('hex').slice(0, 12)} =ы`;

/** Of signs that a header can carry. */
const plain = (name: string): string => canary(name).replaceAll(/[^!-~]/g, 'u');

const planted = {
  bearer: plain('bearer'), header: plain('header'), httpPassword: canary('http password'), sqlPassword: canary('sql password'), odataPassword: canary('odata password'), clientSecret: canary('client secret'),
  routeToken: `Kanarek-route-${createHash('sha256').update('route').digest('hex').slice(0, 12)}`,
  password: canary('password'), changedPassword: canary('changed password'), wrongPassword: canary('wrong password'), passphrase: canary('passphrase'), backupPassphrase: canary('backup passphrase'),
  strangeToken: `zvn_Kanarek-${createHash('sha256').update('strange').digest('hex').slice(0, 20)}`,
  strangeCookie: createHash('sha256').update('strange cookie').digest('base64url'),
};

/** What the platform draws is planted as soon as it is known. */
const drawn: Record<string, string> = {};

/** No secret: a message says it, and the sweep has to find it. */
const visible = canary('visible');

let scene: Scene;
let process: StartedProcess;
let remote: Awaited<ReturnType<typeof startHttp>>;
let log = '';
/** All that was answered, with where it came from; what shows a secret on purpose is left out. */
const answered: [string, string][] = [];

const call = async (method: string, path: string, options: Call = {}): Promise<Answer> => {
  const got = await callHttp(process.url, method, path, options);
  answered.push([`${method} ${path}`, `${got.text}\n${[...got.headers].map(([name, value]) => `${name}: ${value}`).join('\n')}`]);
  return got;
};

const shown = async <T>(method: string, path: string, options: Call): Promise<{ body: T; headers: Headers }> => {
  const got = await callHttp(process.url, method, path, options);
  if (got.status >= 300) throw new Error(got.text);
  return { body: got.body as T, headers: got.headers };
};

async function start(): Promise<void> {
  process = await startProcess({ ...scene.environment('canaries'), ZVENO_LOG_LEVEL: 'debug', ZVENO_POLL_MS: '50' }, undefined, (text) => (log += text));
  log += process.greeting.join('\n');
  process.child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
}

beforeAll(async () => {
  remote = await startHttp((request, response) => {
    if (request.url.includes('refused')) answer(response, 401, { error: 'wrong credentials' });
    else answer(response, 200, { ok: true });
  });
  scene = await Scene.start();
  for (const name of ['bearer', 'header', 'httpPassword', 'sqlPassword', 'odataPassword', 'clientSecret', 'routeToken'] as const) await scene.secret(name, planted[name]);
  await scene.apply(documents(remote.url, scene.database.url));
  await start();
});
afterAll(async () => {
  await process?.[Symbol.asyncDispose]();
  await scene?.close();
  await remote?.[Symbol.asyncDispose]();
});

test('secrets are used, with success and without, by connections, callers and people', { timeout: 120_000 }, async () => {
  // Connections: what works, what is refused, what is not there, what speaks no TLS.
  for (const name of ['partner', 'keyed', 'withPassword', 'nowhere', 'noTls', 'database', 'service', 'oauth']) {
    await call('POST', `/api/v1/connections/${name}/check`);
    await call('GET', `/api/v1/connections/${name}`);
  }
  await call('POST', '/api/v1/connections/check', { body: { type: 'sql', properties: { host: '127.0.0.1', port: 1, database: 'x', user: 'x', password: '${secret:sqlPassword}' }, allow: ['loopback'] } });
  const runs: Record<string, [number, unknown]> = {};
  for (const scenario of ['callPartner', 'callRefused', 'callKeyed', 'callWithPassword', 'callNowhere', 'callNoTls', 'callDatabase']) {
    const { status, body } = await call('POST', `/api/v1/scenarios/${scenario}/runs`, { body: {} });
    runs[scenario] = [status, (body as { code?: string }).code];
  }
  expect(runs).toMatchObject({
    callPartner: [200, undefined], callKeyed: [200, undefined], callWithPassword: [200, undefined],
    callRefused: [expect.any(Number), 'connection.authenticationFailed'], callNowhere: [expect.any(Number), 'connection.refused'], callNoTls: [expect.any(Number), 'connection.tlsFailed'], callDatabase: [expect.any(Number), 'connection.authenticationFailed'],
  });
  await call('GET', '/api/v1/connections/service/discover');
  // Callers: with everything a request may carry.
  const hostile = { cookie: `zveno-session=${planted.strangeCookie}; other=${planted.strangeCookie}`, 'proxy-authorization': basic('x', planted.wrongPassword) };
  await call('POST', '/api/public/adapter/in/take', { as: `Bearer ${planted.routeToken}`, headers: hostile, body: { text: visible } });
  await call('POST', '/api/public/adapter/in/take', { as: `Bearer ${planted.strangeToken}`, headers: hostile, body: { text: 'a' } });
  await call('POST', '/api/public/adapter/in/take', { as: `Bearer ${planted.routeToken}`, headers: hostile, raw: '{"text":' });
  // People: passwords, sessions, tokens and keys, right and wrong.
  await call('POST', '/api/v1/accounts', { body: { name: 'vera', password: planted.password, permissions: ['api.call', 'records.view', 'accounts.view'] }, headers: { 'idempotency-key': 'vera-1' } });
  await call('POST', '/api/v1/accounts', { body: { name: 'v era', password: planted.password, permissions: 1, more: planted.password } });
  await call('GET', '/api/v1/me', { as: basic('vera', planted.password) });
  await call('GET', '/api/v1/me', { as: basic('vera', planted.wrongPassword) });
  await call('GET', '/api/v1/me', { as: null, headers: hostile });
  await call('POST', '/api/v1/session', { as: null, body: { login: 'vera', password: planted.wrongPassword } });
  const session = await shown<{ csrf: string }>('POST', '/api/v1/session', { as: null, body: { login: 'vera', password: planted.password } });
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  Object.assign(drawn, { csrf: session.body.csrf, cookie: cookie.split('=')[1] });
  await call('DELETE', '/api/v1/sessions', { as: null, headers: { cookie, 'zveno-csrf': `${session.body.csrf}x` } });
  const changed = await shown<{ session: { csrf: string } }>('PUT', '/api/v1/me/password', { as: null, headers: { cookie, 'zveno-csrf': session.body.csrf }, body: { current: planted.password, password: planted.changedPassword } });
  drawn['secondCookie'] = (changed.headers.get('set-cookie')?.split(';')[0] ?? '').split('=')[1] ?? '';
  await call('PUT', '/api/v1/me/password', { as: basic('vera', planted.changedPassword), body: { current: planted.wrongPassword, password: planted.password } });
  const token = (await shown<{ token: string }>('POST', '/api/v1/accounts/vera/tokens', { body: { name: 't', scopes: ['api.call'] }, headers: { 'idempotency-key': 'token-1' } })).body.token;
  const key = (await shown<{ credential: string; secret: string }>('POST', '/api/v1/accounts/vera/keys', { body: { name: 'k', expiresAt: '2099-01-01T00:00:00Z' } })).body;
  Object.assign(drawn, { token, signingKey: key.secret });
  await call('GET', '/api/v1/me', { as: `Bearer ${token}` });
  await call('GET', '/api/v1/secrets', { as: `Bearer ${token}` });
  for (const secret of [key.secret, Buffer.alloc(32, 3).toString('base64')]) {
    const date = new Date().toUTCString();
    const hash = createHash('sha256').update('').digest('base64');
    const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(`GET\n/api/v1/me\n${date};${new URL(process.url).host};${hash}`).digest('base64');
    await call('GET', '/api/v1/me', { as: `HMAC-SHA256 Credential=${key.credential}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`, headers: { 'x-ms-date': date, 'x-ms-content-sha256': hash } });
  }
  await call('PUT', '/api/v1/secrets/bearer', { body: { value: planted.bearer, expiresAt: 'never' } });
  await call('PUT', '/api/v1/secrets/bearer', { body: { value: planted.bearer, more: planted.bearer } });
  for (const body of [{ passphrase: planted.backupPassphrase }, { passphrase: planted.backupPassphrase, more: 1 }, { passphrase: planted.backupPassphrase, withoutKey: true }]) await call('POST', '/api/v1/backups', { body, headers: { 'idempotency-key': 'backup-1' } });
  const received = remote.seen.flatMap(({ headers }) => [headers['authorization'], headers['x-api-key']]);
  for (const one of [`Bearer ${planted.bearer}`, planted.header, basic('us', planted.httpPassword), basic('us', planted.odataPassword)]) expect(received).toContain(one);
  // A death in the middle, and another life.
  process.child.kill('SIGKILL');
  await process.gone;
  await start();
  expect(log).toContain('"event"');
});

test('of no secret is there a trace in answers, logs, tables, exports, metrics or an open backup', { timeout: 120_000 }, async () => {
  for (const path of ['/metrics', '/docs/json', '/api/v1/configuration', '/api/v1/configuration/export', '/api/v1/audit?limit=1000', '/api/v1/audit/export', '/api/v1/secrets', '/api/v1/jobs', '/api/v1/runs', '/api/v1/accounts', '/api/v1/accounts/vera/tokens', '/api/v1/accounts/vera/keys', '/api/v1/accounts/vera/sessions', '/api/v1/connections', '/api/v1/drafts', '/api/v1/backups']) await call('GET', path);
  const messages = (await call('GET', '/api/v1/messages?limit=1000')).body as { messages: { id: string }[] };
  expect(messages.messages.length).toBeGreaterThan(5);
  for (const { id } of messages.messages) await call('GET', `/api/v1/messages/${id}?payload=true`);

  const places: [string, string][] = [...answered, ['log', log], ...(await tables()), ['backup', await openBackup()]];
  const leaks: string[] = [];
  for (const [name, secret] of Object.entries({ ...planted, ...drawn })) {
    const forms = formsOf(secret);
    for (const [place, text] of places) for (const [form, needle] of forms) if (text.includes(needle)) leaks.push(`${name} as ${form} in ${place}: …${text.slice(Math.max(0, text.indexOf(needle) - 60), text.indexOf(needle))}`);
  }
  expect(leaks).toEqual([]);
  // The sweep can find: what is no secret is found by the same means, in an answer, in a table and in the backup.
  const found = places.filter(([, text]) => formsOf(visible).some(([, needle]) => text.includes(needle))).map(([place]) => place);
  expect(found).toEqual(expect.arrayContaining([expect.stringMatching(/^GET \/api\/v1\/messages\/.*payload/), expect.stringMatching(/^zveno\./), 'backup']));
});

/** As it is, and as texts, addresses, headers and bytes write it. */
function formsOf(secret: string): [string, string][] {
  const bytes = Buffer.from(secret);
  const inner = (skip: number): string => Buffer.concat([Buffer.alloc(skip), bytes]).toString('base64').slice(skip === 0 ? 0 : 4, -4);
  return [
    ['plain', secret], ['JSON', JSON.stringify(secret).slice(1, -1)], ['percent', encodeURIComponent(secret)], ['form', new URLSearchParams([['', secret]]).toString().slice(1)], ['hex', bytes.toString('hex')],
    ...[0, 1, 2].map((skip): [string, string] => [`base64 after ${skip}`, inner(skip)]),
    ...[0, 1, 2].map((skip): [string, string] => [`base64url after ${skip}`, inner(skip).replaceAll('+', '-').replaceAll('/', '_')]),
    // A part of it is as bad.
    ['its middle', secret.slice(4, 24)],
  ];
}

/** Every row of every table, bytes as hex and as the text that they may be. */
async function tables(): Promise<[string, string][]> {
  const client = new pg.Client({ connectionString: scene.database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('zveno', 'zveno_data')");
    const found: [string, string][] = [];
    for (const { name } of rows) {
      const content = await client.query<{ text: string }>(`SELECT to_jsonb(t)::text AS text FROM ${name} t`);
      const text = content.rows.map((row) => row.text).join('\n');
      const bytes = [...text.matchAll(/"\\\\x([0-9a-f]+)"/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('utf8')).join('\n');
      found.push([name, `${text}\n${bytes}`]);
    }
    return found;
  } finally {
    await client.end();
  }
}

/** One that is not encrypted: what is sealed in the database is sealed there too. */
async function openBackup(): Promise<string> {
  const file = join(scene.environment('cli')['ZVENO_DATA'] ?? '', 'canaries.zveno');
  const { code, err } = await scene.zveno(['backup', file, '--without-key']);
  if (code !== 0) throw new Error(err);
  return zstdDecompressSync(await readFile(file)).toString('latin1');
}

function documents(url: string, databaseUrl: string): string {
  const { hostname, port, pathname, username } = new URL(databaseUrl);
  const out = (name: string, properties: string): string => `kind: Connection\nname: ${name}\ntype: http-out\nallow: [loopback]\nproperties: {${properties}}\n`;
  const route = (name: string, connection: string, path: string): string => `kind: Route\nname: ${name}\nconnection: ${connection}\noperation: call\nproperties: {method: POST, path: ${path}}\nrequest: {text: string}\nresponse: {ok: boolean}\n`;
  const scenario = (name: string, target: string): string => `kind: Scenario\nname: ${name}\non: {api: true}\nrunAs: system\nsteps:\n  - send: {route: ${target}, message: {text: hello}, response: got}\n`;
  return [
    out('partner', `url: "${url}", auth: bearer, token: "\${secret:bearer}"`),
    out('keyed', `url: "${url}", auth: header, headerName: X-Api-Key, token: "\${secret:header}"`),
    out('withPassword', `url: "${url}", auth: basic, username: us, password: "\${secret:httpPassword}"`),
    out('nowhere', 'url: "http://127.0.0.1:9", auth: bearer, token: "${secret:bearer}"'),
    out('noTls', `url: "${url.replace('http:', 'https:')}", auth: bearer, token: "\${secret:bearer}"`),
    `kind: Connection\nname: database\ntype: sql\nallow: [loopback]\nproperties: {host: ${hostname}, port: ${port}, database: "${pathname.slice(1)}", user: "${username}", password: "\${secret:sqlPassword}", tls: off}\n`,
    `kind: Connection\nname: service\ntype: odata\nallow: [loopback]\nproperties: {url: "${url}/odata", auth: basic, username: us, password: "\${secret:odataPassword}"}\n`,
    `kind: Connection\nname: oauth\ntype: odata\nallow: [loopback]\nproperties: {url: "${url}/odata", auth: oauth2, tokenUrl: "${url}/refused", clientId: us, clientSecret: "\${secret:clientSecret}"}\n`,
    `kind: Connection\nname: inn\ntype: http-in\nproperties: {path: in, auth: bearer, token: "\${secret:routeToken}"}\n`,
    'kind: Route\nname: take\nconnection: inn\noperation: receive\nproperties: {path: take, headersAttribute: headers, queryAttribute: query}\nrequest: {text: string, headers: {type: object, array: true}, query: {type: object, array: true}}\n',
    'kind: Scenario\nname: taken\non: {message: take}\nrunAs: system\nsteps: []\n',
    route('toWithPassword', 'withPassword', 'good'), scenario('callWithPassword', 'toWithPassword'),
    route('toPartner', 'partner', 'good'), route('toRefused', 'partner', 'refused'), route('toKeyed', 'keyed', 'good'), route('toNowhere', 'nowhere', 'good'), route('toNoTls', 'noTls', 'good'),
    scenario('callPartner', 'toPartner'), scenario('callRefused', 'toRefused'), scenario('callKeyed', 'toKeyed'), scenario('callNowhere', 'toNowhere'), scenario('callNoTls', 'toNoTls'),
    'kind: Route\nname: toDatabase\nconnection: database\noperation: custom\nproperties: {sql: \'SELECT :text AS one\', resultKind: rows}\nrequest: {text: string}\n', scenario('callDatabase', 'toDatabase'),
  ].join('---\n');
}
