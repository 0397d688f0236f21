/** Drafts and versions of the configuration by the API: two people, one object, nothing lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
const ada = { basic: 'ada:password of ada' };

const connection = (name: string, path = name): string => `# who: ${name}\nkind: Connection\nname: ${name}\ntype: http-in\nproperties: {path: ${path}, auth: none}\n`;
const route = (name: string, of: string, attempts = 3): string => `kind: Route\nname: ${name}\nconnection: ${of}\noperation: receive\nproperties: {path: ${name}}\nretry: {attempts: ${attempts}}\nrequest: {id: string}\n`;

beforeAll(async () => {
  api = await startApi();
  await api.call('POST', '/api/v1/accounts', { body: { name: 'ada', password: 'password of ada', permissions: ['api', 'configuration'] } });
});
afterAll(() => api.close());

const at = (kind: string, name: string, rest = ''): string => `/api/v1/configuration/objects/${kind}/${encodeURIComponent(name)}${rest}`;
const save = (kind: string, name: string, body: object, options: object = {}): Promise<Called> => api.call('PUT', at(kind, name, '/draft'), { body, ...options });
const publish = (objects: readonly { kind: string; name: string }[], extra: object = {}, options: object = {}): Promise<Called> =>
  api.call('POST', '/api/v1/configuration/drafts/publish', { body: { objects, ...extra }, ...options });

describe('a draft', () => {
  it('is in force only when it is published, alone or with others that need it', async () => {
    const objects = [{ kind: 'Route', name: 'first' }, { kind: 'Connection', name: 'shop' }];
    const saved = await save('Route', 'first', { yaml: route('first', 'shop') });
    expect(saved).toMatchObject({ status: 200, json: { owner: 'admin', base: 0, edit: 1, outdated: null, deletes: false } });
    expect(saved.headers.get('etag')).toBe('"1"');
    await save('Connection', 'shop', { yaml: connection('shop') });
    expect(await api.call('GET', '/api/v1/routes/first')).toMatchObject({ status: 404 });
    const alone = await publish(objects.slice(0, 1));
    expect(alone).toMatchObject({ status: 422, json: { code: 'config.invalid' } });
    expect(alone.json.problems[0]).toMatchObject({ path: 'Route/first:3:1 connection' });
    expect((await api.call('POST', '/api/v1/configuration/drafts/validate', { body: { objects } })).json).toMatchObject({ creates: [{ name: 'shop' }, { name: 'first' }], findings: [] });
    expect((await publish(objects, { note: 'the first ones' })).status).toBe(200);
    expect((await api.call('GET', '/api/v1/routes/first')).status).toBe(200);
    expect((await api.call('GET', '/api/v1/configuration/drafts')).json.drafts).toEqual([]);
    // Comments are part of what is kept.
    expect((await api.call('GET', at('Connection', 'shop'))).json).toMatchObject({ version: 1, by: 'admin', note: 'the first ones', yaml: connection('shop'), draft: null });
  });

  it('is saved with its mistakes, which a validation names by line and with the nearest right name', async () => {
    await save('Route', 'wrong', { yaml: `${route('wrong', 'shp')}retri: 3\n` });
    const { json } = await api.call('POST', '/api/v1/configuration/drafts/validate', { body: { objects: [{ kind: 'Route', name: 'wrong' }] } });
    expect(json.findings).toMatchObject([{ document: 0, line: 8, text: expect.stringContaining('"retry"') }, { document: 0, line: 3, path: 'connection', text: expect.stringContaining('"shop"') }]);
    await save('Route', 'wrong', { yaml: 'kind: Route\nname: other\n' });
    expect((await api.call('POST', '/api/v1/configuration/drafts/validate', { body: { objects: [{ kind: 'Route', name: 'wrong' }] } })).json.findings).toMatchObject([{ code: 'draft.otherObject', line: 2 }]);
    await save('Route', 'wrong', { yaml: 'a: [' });
    expect((await publish([{ kind: 'Route', name: 'wrong' }])).status).toBe(422);
    expect((await api.call('DELETE', at('Route', 'wrong', '/draft'))).status).toBe(204);
    expect(await api.call('GET', at('Route', 'wrong', '/draft'))).toMatchObject({ status: 404, json: { code: 'draft.none' } });
    expect(await api.call('DELETE', at('Route', 'wrong', '/draft'))).toMatchObject({ status: 404 });
  });

  it('of somebody else is left alone: 409 says whose it is and since when; it can be taken over', async () => {
    await save('Route', 'shared', { yaml: route('shared', 'shop') });
    const refused = await save('Route', 'shared', { yaml: route('shared', 'shop', 5) }, { as: ada });
    expect(refused).toMatchObject({ status: 409, json: { code: 'draft.taken', parameters: { by: 'admin', at: expect.stringMatching(/^\d{4}-/) } } });
    expect(await api.call('DELETE', at('Route', 'shared', '/draft'), { as: ada })).toMatchObject({ status: 409 });
    expect((await save('Route', 'shared', { yaml: route('shared', 'shop', 5), takeOver: true }, { as: ada })).json).toMatchObject({ owner: 'ada', edit: 2 });
    expect(await save('Route', 'shared', { yaml: route('shared', 'shop') })).toMatchObject({ status: 409, json: { parameters: { by: 'ada' } } });
    await api.call('DELETE', at('Route', 'shared', '/draft'), { as: ada });
  });

  it('that another window saved is not overwritten by one that names what it has read', async () => {
    const first = await save('Route', 'windows', { yaml: route('windows', 'shop') });
    const etag = first.headers.get('etag') ?? '';
    expect((await save('Route', 'windows', { yaml: route('windows', 'shop', 4) }, { headers: { 'if-match': etag } })).status).toBe(200);
    expect(await save('Route', 'windows', { yaml: route('windows', 'shop', 5) }, { headers: { 'if-match': etag } })).toMatchObject({ status: 412, json: { code: 'draft.changed' } });
    expect(await save('Route', 'windows', { yaml: '' }, { headers: { 'if-match': 'x' } })).toMatchObject({ status: 400, json: { code: 'http.badHeader' } });
    await api.call('DELETE', at('Route', 'windows', '/draft'));
  });

  it('saved twice at once by two people belongs to one of them', async () => {
    const both = await Promise.all([save('Route', 'race', { yaml: route('race', 'shop') }), save('Route', 'race', { yaml: route('race', 'shop', 9) }, { as: ada })]);
    expect(both.map(({ status }) => String(status)).sort()).toEqual(['200', '409']);
    await api.call('DELETE', `${at('Route', 'race', '/draft')}?takeOver=true`);
  });

  it('that began before somebody published is not published over it, until it was compared', async () => {
    await save('Route', 'first', { yaml: route('first', 'shop', 7) });
    await api.apply(route('first', 'shop', 4));
    expect((await api.call('GET', at('Route', 'first', '/draft'))).json.outdated).toMatchObject({ version: 2, by: 'admin' });
    const objects = [{ kind: 'Route', name: 'first' }];
    expect(await publish(objects)).toMatchObject({ status: 409, json: { code: 'draft.outdated', parameters: { base: 1, version: 2, by: 'admin' } } });
    expect((await api.call('GET', '/api/v1/routes/first')).json.version).toBe(2);
    expect((await api.call('GET', `${at('Route', 'first', '/comparison')}?from=2&to=draft`, { headers: { 'accept-language': 'ru' } })).json).toMatchObject({ changes: [{ path: 'retry.attempts', op: 'changed', from: 4, to: 7, text: 'retry.attempts: 4 → 7' }] });
    await save('Route', 'first', { yaml: route('first', 'shop', 7), base: 2 });
    expect((await publish(objects)).status).toBe(200);
    expect((await api.call('GET', '/api/v1/routes/first')).json).toMatchObject({ version: 3, retry: { attempts: 7 } });
  });

  it('may delete an object, and is refused where there is none or where others need it', async () => {
    await save('Connection', 'shop', { deletes: true });
    expect(await publish([{ kind: 'Connection', name: 'shop' }])).toMatchObject({ status: 422, json: { code: 'config.invalid' } });
    await save('Route', 'nothing', { deletes: true });
    expect((await publish([{ kind: 'Route', name: 'nothing' }])).json.problems).toMatchObject([{ code: 'draft.nothingToDelete' }]);
    expect((await api.call('GET', '/api/v1/routes/first')).status).toBe(200);
    for (const [kind, name] of [['Connection', 'shop'], ['Route', 'nothing']] as const) await api.call('DELETE', at(kind, name, '/draft'));
  });

  it('is refused with what cannot be: no text, two texts, a name that is none, a kind that is none, NUL, too much', async () => {
    expect(await save('Route', 'a', {})).toMatchObject({ status: 422, json: { code: 'http.exactlyOne' } });
    expect(await save('Route', 'a', { yaml: 'x', deletes: true })).toMatchObject({ status: 422 });
    expect(await save('Route', '../a', { yaml: 'x' })).toMatchObject({ status: 422, json: { code: 'config.systemName' } });
    expect(await save('Rout', 'a', { yaml: 'x' })).toMatchObject({ status: 422, json: { problems: [{ path: 'kind', code: 'http.notOneOf' }] } });
    expect((await save('Route', 'a', { yaml: 'x\0' })).json.code).toBe('message.forbiddenText');
    expect((await save('Route', 'a', { yaml: 'я'.repeat(600_000) })).json.code).toBe('config.tooLarge');
    expect(await save('Route', 'a', { yaml: 'x' }, { as: null })).toMatchObject({ status: 401 });
    expect((await api.call('GET', at('Route', 'a', '/draft'))).status).toBe(404);
  });
});

it('nobody drafts or publishes what he may not edit, and reads no draft of what he may not see', async () => {
  await api.call('POST', '/api/v1/accounts', { body: { name: 'eve', password: 'password of eve', permissions: ['api.call', 'templates.edit', 'configuration.view'] } });
  const eve = { as: { basic: 'eve:password of eve' } };
  expect(await save('Route', 'eves', { yaml: route('eves', 'shop') }, eve)).toMatchObject({ status: 403, json: { code: 'access.forbidden', parameters: { permission: 'connections.edit' } } });
  await save('Route', 'eves', { yaml: route('eves', 'shop') });
  await save('Role', 'mighty', { yaml: 'kind: Role\nname: mighty\npermissions: [accounts.edit]\n' });
  expect(await publish([{ kind: 'Route', name: 'eves' }], {}, eve)).toMatchObject({ status: 403, json: { code: 'access.objectsForbidden', problems: [{ path: 'Route eves' }] } });
  expect(await api.call('GET', at('Role', 'mighty', '/draft'), eve)).toMatchObject({ status: 403 });
  expect((await api.call('GET', '/api/v1/configuration/drafts', eve)).json.drafts.map(({ name }: { name: string }) => name)).toEqual(['eves']);
  for (const [kind, name] of [['Route', 'eves'], ['Role', 'mighty']] as const) await api.call('DELETE', at(kind, name, '/draft'));
});

describe('versions', () => {
  it('are listed with who, when and why, compared in words, and restored as a draft', async () => {
    const list = await api.call('GET', `${at('Route', 'first', '/versions')}?limit=2`);
    expect(list.json.versions).toMatchObject([{ version: 3, by: 'admin', deleted: false }, { version: 2 }]);
    expect((await api.call('GET', `${at('Route', 'first', '/versions')}?limit=2&cursor=${list.json.cursor}`)).json).toMatchObject({ versions: [{ version: 1 }], cursor: null });
    expect(await api.call('GET', `${at('Connection', 'shop', '/versions')}?cursor=${list.json.cursor}`)).toMatchObject({ status: 422, json: { code: 'query.cursor' } });
    expect((await api.call('GET', `${at('Route', 'first', '/comparison')}?from=1`)).json).toMatchObject({ from: '1', to: '3', changes: [{ text: 'retry.attempts: 3 → 7' }], layout: false });
    expect((await api.call('POST', at('Route', 'first', '/versions/1/restore'), { body: {} })).json).toMatchObject({ base: 3, yaml: route('first', 'shop', 3) });
    expect((await publish([{ kind: 'Route', name: 'first' }])).status).toBe(200);
    expect((await api.call('GET', '/api/v1/routes/first')).json).toMatchObject({ version: 4, retry: { attempts: 3 } });
    expect(await api.call('GET', at('Route', 'first', '/versions/99'))).toMatchObject({ status: 404, json: { code: 'config.unknownVersion' } });
    expect(await api.call('GET', at('Route', 'frist'))).toMatchObject({ status: 404, json: { code: 'config.unknownObject', parameters: { nearest: 'first' } } });
  });

  it('go on over a deletion, which can be undone', async () => {
    await save('Route', 'first', { deletes: true });
    expect((await publish([{ kind: 'Route', name: 'first' }])).status).toBe(200);
    expect((await api.call('GET', '/api/v1/routes/first')).status).toBe(404);
    expect((await api.call('GET', at('Route', 'first', '/versions/5'))).json).toMatchObject({ deleted: true, yaml: null, document: null });
    expect(await api.call('POST', at('Route', 'first', '/versions/5/restore'), { body: {} })).toMatchObject({ status: 422, json: { code: 'config.deletedVersion' } });
    await api.call('POST', at('Route', 'first', '/versions/4/restore'), { body: {} });
    expect((await publish([{ kind: 'Route', name: 'first' }])).status).toBe(200);
    expect((await api.call('GET', at('Route', 'first'))).json.version).toBe(6);
  });
});

describe('an installation for production', () => {
  let production: ApiCaller;
  beforeAll(async () => {
    production = await startApi({ ZVENO_ENVIRONMENT: 'production' });
  });
  afterAll(() => production.close());

  it('says so everywhere, and is changed only by who names it', async () => {
    const shown = await production.call('GET', '/api/v1/configuration');
    expect([shown.json.environment, shown.headers.get('zveno-environment')]).toEqual(['production', 'production']);
    expect((await production.call('GET', '/health/ready', { as: null })).json.environment).toBe('production');
    const documents = [connection('shop')];
    const apply = (extra: object): Promise<Called> => production.call('POST', '/api/v1/configuration/apply', { body: { documents, ...extra } });
    expect(await apply({})).toMatchObject({ status: 409, json: { code: 'config.nameEnvironment' } });
    expect(await apply({ environment: 'test' })).toMatchObject({ status: 409, json: { code: 'config.otherEnvironment' } });
    expect((await production.call('GET', '/api/v1/connections')).json.connections).toEqual([]);
    expect((await apply({ environment: 'production' })).status).toBe(200);
    await production.call('PUT', '/api/v1/configuration/objects/Connection/shop/draft', { body: { yaml: `${connection('shop')}title: Shop\n` } });
    const publishDraft = (extra: object): Promise<Called> => production.call('POST', '/api/v1/configuration/drafts/publish', { body: { objects: [{ kind: 'Connection', name: 'shop' }], ...extra } });
    expect(await publishDraft({})).toMatchObject({ status: 409, json: { code: 'config.nameEnvironment' } });
    expect(await publishDraft({ environment: 'test' })).toMatchObject({ status: 409, json: { code: 'config.otherEnvironment' } });
    expect((await publishDraft({ environment: 'production' })).status).toBe(200);
    expect((await apply({ environment: 'production' })).status).toBe(200);
    // What changes nothing needs no name.
    expect((await apply({})).status).toBe(200);
    expect((await production.call('POST', '/api/v1/configuration/plan', { body: { documents: [], only: [{ kind: 'Route', name: 'nothing' }] } })).json.findings).toMatchObject([{ code: 'config.unknownObject' }]);
  });
});
