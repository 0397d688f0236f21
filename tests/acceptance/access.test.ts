/** Who may send messages and touch records, and what is closed to everybody. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { counting, countingScenario, note, notesOf } from './counting-route.ts';
import { accountPassword, basic } from './node.ts';
import { Scene } from './platform.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(note);
});

afterAll(() => scene.close());

test('A13, T8: no credentials, wrong ones and unknown names are 401; an account without the permission is 403; with it 200; nothing runs before', async () => {
  await scene.apply(counting('guarded'), countingScenario('guarded'));
  const mayCall = await scene.account('caller', 'api.call');
  const mayNot = await scene.account('reader', 'records.view,messages.view');
  const status = async (as: string | null): Promise<number> => (await scene.node.send('guarded', { text: 'guarded' }, { as })).status;
  expect(await status(null)).toBe(401);
  expect(await status(basic('caller', 'wrong password'))).toBe(401);
  expect(await status(basic('nobody', accountPassword))).toBe(401);
  expect(await status('Basic %%%')).toBe(401);
  expect(await status('Bearer whatever')).toBe(401);
  expect(await status(mayNot)).toBe(403);
  expect(await notesOf(scene.node, 'guarded')).toEqual([]);
  expect(await status(mayCall)).toBe(200);
  expect(await notesOf(scene.node, 'guarded')).toEqual(['guarded']);
  const refused = await scene.node.send('guarded', { text: 'x' }, { as: null });
  expect(refused.headers.get('www-authenticate')).toContain('Basic');
  expect(refused.body).toMatchObject({ status: 401, code: 'access.unauthenticated' });
});

test('A13: a bearer route takes a token of an account with the permission, its own token, and nothing else', async () => {
  await scene.secret('bearerRoute', 'the-own-token-of-the-route');
  await scene.apply(
    counting('bearer', { auth: 'bearer, token: "${secret:bearerRoute}"' }),
    countingScenario('bearer'),
  );
  await scene.account('holder', 'api.call,records.view');
  const token = async (...options: string[]): Promise<string> => (await scene.zveno(['token', 'create', 'holder', 'test', ...options])).out.trim();
  const status = async (as: string | null): Promise<number> => (await scene.node.send('bearer', { text: 'bearer' }, { as })).status;
  expect(await status(null)).toBe(401);
  expect(await status('Bearer not-a-token')).toBe(401);
  expect(await status(basic('holder', accountPassword))).toBe(401);
  expect(await status(`Bearer ${await token('--scopes', 'records.view')}`)).toBe(403);
  expect(await notesOf(scene.node, 'bearer')).toEqual([]);
  expect(await status(`Bearer ${await token()}`)).toBe(200);
  expect(await status('Bearer the-own-token-of-the-route')).toBe(200);
  expect(await notesOf(scene.node, 'bearer')).toEqual(['bearer', 'bearer']);
});

test('A17, T8: a disabled route, a disabled connection and a suspended scenario answer 503 that names it, nothing runs, and once enabled it works', async () => {
  const cases = [
    { name: 'offRoute', broken: counting('offRoute', { route: 'enabled: false' }) + '---\n' + countingScenario('offRoute'), code: 'route.disabled', named: 'offRoute' },
    { name: 'offConnection', broken: counting('offConnection', { connection: 'enabled: false' }) + '---\n' + countingScenario('offConnection'), code: 'connection.disabled', named: 'offConnectionConn' },
    { name: 'offScenario', broken: counting('offScenario') + '---\n' + countingScenario('offScenario', 'enabled: false'), code: 'route.noScenario', named: 'offScenario' },
  ];
  for (const { name, broken, code, named } of cases) {
    await scene.apply(broken);
    const refused = await scene.node.send(name, { text: 'too early' });
    expect([name, refused.status, refused.body]).toMatchObject([name, 503, { code, title: expect.stringContaining(named) }]);
    expect(await scene.node.messages(`route=${name}`)).toEqual([]);
    await scene.apply(counting(name), countingScenario(name));
    expect((await scene.node.send(name, { text: 'in time' })).status).toBe(200);
    expect(await notesOf(scene.node, name)).toEqual(['in time']);
  }
});

test('a scenario that runs as its initiator may do with records what the caller may, and one that runs as the system everything', async () => {
  const asInitiator = countingScenario('initiated').replace('runAs: system', 'runAs: initiator');
  await scene.apply(counting('initiated'), asInitiator);
  const sender = await scene.account('sender', 'api.call');
  const editor = await scene.account('editor', 'api.call,records.edit');
  const refused = await scene.node.send('initiated', { text: 'by the sender' }, { as: sender });
  expect([refused.status, refused.body]).toMatchObject([403, { code: 'access.forbidden' }]);
  expect((await scene.node.send('initiated', { text: 'by the editor' }, { as: editor })).status).toBe(200);
  await scene.apply(countingScenario('initiated'));
  expect((await scene.node.send('initiated', { text: 'by the system' }, { as: sender })).status).toBe(200);
  expect(new Set(await notesOf(scene.node, 'initiated'))).toEqual(new Set(['by the editor', 'by the system']));
});

test('a route may name the account whose rights its scenario has, and is closed while there is none', async () => {
  const asInitiator = countingScenario('lent').replace('runAs: system', 'runAs: initiator');
  await scene.apply(counting('lent').replace('kind: Route\n', 'kind: Route\ninitiator: {account: lender}\n'), asInitiator);
  const sender = await scene.account('lentSender', 'api.call');
  const closed = await scene.node.send('lent', { text: 'too early' }, { as: sender });
  expect([closed.status, closed.body]).toMatchObject([503, { code: 'access.unknownAccount', parameters: { account: 'lender' } }]);
  await scene.account('lender', 'records.edit');
  expect((await scene.node.send('lent', { text: 'by the lender' }, { as: sender })).status).toBe(200);
  expect(await notesOf(scene.node, 'lent')).toEqual(['by the lender']);
});

test('an account sees and changes over the API only what its permissions say', async () => {
  const viewer = await scene.account('viewer', 'api.call,records.view');
  const status = async (method: string, path: string, body?: unknown): Promise<number> => (await scene.node.call(method, path, { as: viewer, ...(body === undefined ? {} : { body }) })).status;
  const before = (await scene.node.records('Note')).length;
  expect(await status('GET', '/api/v1/records/Note')).toBe(200);
  expect(await status('POST', '/api/v1/records/Note', { text: 'x' })).toBe(403);
  expect(await status('GET', '/api/v1/messages')).toBe(403);
  expect(await status('GET', '/api/v1/accounts')).toBe(403);
  expect(await status('GET', '/api/v1/secrets')).toBe(403);
  expect(await status('POST', '/api/v1/configuration/apply', { documents: [] })).toBe(403);
  expect(await status('POST', '/api/v1/scenarios/anything/runs', {})).toBe(403);
  expect(await scene.node.records('Note')).toHaveLength(before);
});
