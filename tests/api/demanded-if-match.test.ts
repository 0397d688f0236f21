/** An installation that demands If-Match: no edit without a word of what it is an edit of. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operationList } from '../../src/api/operations.ts';
import { takesIfMatch } from '../../src/api/operation.ts';
import { startApi, type ApiCaller } from './platform.ts';

let api: ApiCaller;
let record = '';
const password = 'a long enough password';

beforeAll(async () => {
  api = await startApi({ ZVENO_IF_MATCH: 'required' });
  await api.apply('kind: Template\nname: Note\nattributes: {text: text, scan: {type: document, multiple: true}}\n');
  record = (await api.call('POST', '/api/v1/records/Note', { body: { text: 'first' } })).json.id;
  await api.call('POST', '/api/v1/accounts', { body: { name: 'vera', password } });
});
afterAll(() => api.close());

const paths: Record<string, string> = { template: 'Note', attribute: 'scan', file: '0190a000-0000-7000-8000-000000000000', kind: 'Template' };

it.each(operationList.filter(takesIfMatch).map((operation) => [operation.id, operation] as const))('%s without If-Match is refused with 428 and the next step', async (id, { method, path }) => {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'id' ? record : (paths[name] ?? 'vera')));
  const body = { setSecret: { value: 'x' }, changeAccount: { enabled: true }, putGroup: { roles: [] }, saveDraft: { deletes: true }, changeRecord: { text: 'x' } }[id] ?? (['DELETE'].includes(method) ? undefined : {});
  const refused = await api.call(method, address, { ...(body === undefined ? {} : { body }), headers: { 'accept-language': 'en' } });
  // What is not even a request of this operation is told as such first.
  if (refused.json.code === 'http.invalid') return;
  expect([refused.status, refused.json.code, refused.text.includes('If-None-Match: *')]).toEqual([428, 'http.preconditionRequired', true]);
});

it('with what was read an edit is made, with something older it is not, and looking needs no word', async () => {
  const read = await api.call('GET', `/api/v1/records/Note/${record}`);
  const etag = read.headers.get('etag') ?? '';
  expect((await api.call('PATCH', `/api/v1/records/Note/${record}`, { body: { text: 'second' }, headers: { 'if-match': etag } })).status).toBe(200);
  expect((await api.call('PATCH', `/api/v1/records/Note/${record}`, { body: { text: 'third' }, headers: { 'if-match': etag } })).status).toBe(412);
  expect((await api.call('DELETE', '/api/v1/roles/nobody?preview=true')).status).toBe(404);
  expect((await api.call('POST', '/api/v1/records/Note', { body: { text: 'new' } })).status).toBe(201);
});

it('what is new is made with If-None-Match: *, and not over what is there already', async () => {
  const fresh = { 'if-none-match': '*' };
  const made = [
    ['/api/v1/roles/fresh', { permissions: ['api.call'] }],
    ['/api/v1/groups/fresh', { roles: [] }],
    ['/api/v1/secrets/fresh', { value: 'x' }],
    ['/api/v1/configuration/objects/Connection/fresh/draft', { yaml: 'kind: Connection\nname: fresh\ntype: loopback\n' }],
  ] as const;
  for (const [path, body] of made) {
    expect([path, (await api.call('PUT', path, { body, headers: fresh })).status]).toEqual([path, expect.toSatisfy((status: number) => status < 300)]);
    expect(await api.call('PUT', path, { body, headers: fresh })).toMatchObject({ status: 412, json: { code: 'http.alreadyThere' } });
  }
  const version = (await api.call('GET', '/api/v1/secrets')).json.secrets[0].version;
  expect((await api.call('PUT', '/api/v1/secrets/fresh', { body: { value: 'y' }, headers: { 'if-match': String(version) } })).status).toBe(204);
  expect((await api.call('PUT', '/api/v1/secrets/fresh', { body: { value: 'z' }, headers: { 'if-match': String(version) } })).status).toBe(412);
});
