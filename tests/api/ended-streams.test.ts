/** A stream of events ends with what opened it: session, token, password, right; on whichever node it runs. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { platformSettings } from '../../src/cli/platform-settings.ts';
import { startPlatform, type Platform } from '../../src/main.ts';
import { authorization, startApi, type ApiCaller } from './platform.ts';

let api: ApiCaller;
let other: Platform;
const password = 'a long enough password';

beforeAll(async () => {
  api = await startApi();
  const settings = platformSettings({ ZVENO_PORT: '0', ZVENO_NODE: 'other', DATABASE_URL: api.databaseUrl, ZVENO_LOG_LEVEL: 'silent', ZVENO_DEMO: 'off', ZVENO_POLL_MS: '50', ZVENO_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') });
  other = await startPlatform({ ...settings, dataFolder: join(tmpdir(), `zveno-other-${process.pid}`) }, new AbortController().signal);
  await api.call('PUT', '/api/v1/roles/watcher', { body: { permissions: ['api.call', 'messages.view'] } });
  await api.call('POST', '/api/v1/accounts', { body: { name: 'vera', password, roles: ['watcher'] } });
});
afterAll(async () => {
  await other.close();
  await api.close();
});
beforeEach(async () => void (await api.call('PATCH', '/api/v1/accounts/vera', { body: { password, roles: ['watcher'], enabled: true } })));

/** Resolves with `over` once the stream has ended; it has begun when this resolves. */
async function stream(headers: Record<string, string>): Promise<{ over: Promise<string> }> {
  const response = await fetch(`${other.url}/api/v1/events`, { headers });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  await reader?.read();
  const over = (async () => {
    for (;;) if ((await reader?.read())?.done !== false) return 'over';
  })();
  return { over };
}

async function session(): Promise<{ cookie: string; csrf: string; id: string }> {
  const opened = await api.call('POST', '/api/v1/session', { as: null, body: { login: 'vera', password } });
  return { cookie: opened.headers.get('set-cookie')?.split(';')[0] ?? '', csrf: opened.json.csrf, id: opened.json.id ?? '' };
}

it('with a session that its owner ends on another node', async () => {
  const { cookie, csrf } = await session();
  const { over } = await stream({ cookie });
  expect((await api.call('DELETE', '/api/v1/session', { as: null, headers: { cookie, 'zveno-csrf': csrf } })).status).toBe(204);
  expect(await over).toBe('over');
});

it('with all sessions of an account that an administrator ends', async () => {
  const { cookie } = await session();
  const { over } = await stream({ cookie });
  expect((await api.call('DELETE', '/api/v1/accounts/vera/sessions')).status).toBe(200);
  expect(await over).toBe('over');
});

it('with a token that is revoked, and not with another one of the same account', async () => {
  const make = async (name: string) => (await api.call('POST', '/api/v1/accounts/vera/tokens', { body: { name, scopes: ['messages:read'] } })).json;
  const [one, two] = [await make('one'), await make('two')];
  const [first, second] = [await stream(authorization({ token: one.token })), await stream(authorization({ token: two.token }))];
  expect((await api.call('DELETE', `/api/v1/accounts/vera/tokens/${one.id}`)).status).toBe(204);
  expect(await Promise.race([first.over, second.over.then(() => 'the wrong one')])).toBe('over');
  await api.call('DELETE', `/api/v1/accounts/vera/tokens/${two.id}`);
  expect(await second.over).toBe('over');
});

it.each([
  ['another password', { password: 'another long password' }],
  ['an account that is disabled', { enabled: false }],
  ['a right that is taken', { roles: ['apiClients'] }],
])('with %s', async (_what, body) => {
  const { over } = await stream(authorization({ basic: `vera:${password}` }));
  expect((await api.call('PATCH', '/api/v1/accounts/vera', { body })).status).toBe(200);
  expect(await over).toBe('over');
});
