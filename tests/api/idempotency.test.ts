/** Idempotency-Key of the REST API: a repeat of a write answers and does nothing, also after a restart. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReaders } from '../../src/store/postgres/pool.ts';
import { postgresReplies } from '../../src/store/postgres/api-replies.ts';
import { adminPassword, authorization, startApi, type ApiCaller, type Called } from './platform.ts';

let api: ApiCaller;
let sql: pg.Pool;

beforeAll(async () => {
  api = await startApi();
  sql = new pg.Pool({ connectionString: api.databaseUrl, max: 2 });
  sql.on('error', () => undefined);
  await api.apply('kind: Template\nname: Thing\nattributes: {code: {type: text, unique: true}, note: text}\n');
});
afterAll(async () => {
  await sql.end();
  await api.close();
});

const create = (key: string, body: object, headers: Record<string, string> = {}): Promise<Called> => api.call('POST', '/api/v1/records/Thing', { body, headers: { 'idempotency-key': key, ...headers } });
const count = async (): Promise<number> => (await api.call('GET', '/api/v1/records/Thing?count=true')).json.count;

describe('a write with a key', () => {
  it('is done once; its repeat gets the same answer, and another request under that key none', async () => {
    const first = await create('k1', { code: 'a' });
    const again = await create('k1', { code: 'a' });
    expect(again).toMatchObject({ status: 201, text: first.text });
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([null, 'true']);
    expect([again.headers.get('etag'), again.headers.get('location')]).toEqual([first.headers.get('etag'), first.headers.get('location')]);
    expect(await create('k1', { code: 'b' })).toMatchObject({ status: 422, json: { code: 'message.keyReused' } });
    expect(await api.call('PUT', '/api/v1/records/Thing?by=code', { body: { code: 'a' }, headers: { 'idempotency-key': 'k1' } })).toMatchObject({ status: 422 });
    expect(await count()).toBe(1);
  });

  it('that was refused has done nothing and may come again', async () => {
    expect(await create('k2', { code: 'a' })).toMatchObject({ status: 409, json: { code: 'record.notUnique' } });
    const [taken] = (await api.call('GET', '/api/v1/records/Thing?eq=code:a')).json.records;
    await api.call('DELETE', `/api/v1/records/Thing/${taken.id}`);
    expect((await create('k2', { code: 'a' })).status).toBe(201);
  });

  it('belongs to its caller alone', async () => {
    await api.call('POST', '/api/v1/accounts', { body: { name: 'bob', password: 'password of bob', permissions: ['api', 'records'] } });
    await create('k3', { code: 'c' });
    expect(await api.call('POST', '/api/v1/records/Thing', { body: { code: 'd' }, headers: { 'idempotency-key': 'k3' }, as: { basic: 'bob:password of bob' } })).toMatchObject({ status: 201, json: { code: 'd' } });
  });

  it('sent many times at once is done once', async () => {
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 8 }, () => create('k4', { code: 'e' })));
    expect(await count()).toBe(before + 1);
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    for (const { status, headers } of answers) if (status !== 201) expect([status, headers.get('retry-after')]).toEqual([409, '1']);
  });

  it('keeps no secret: neither the password sent nor the token answered', async () => {
    const token = (): Promise<Called> => api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 't', scopes: ['api'] }, headers: { 'idempotency-key': 'k5' } });
    const { text } = await token().then(({ json }) => ({ text: json.token as string }));
    expect(await token()).toMatchObject({ status: 409, json: { code: 'http.replyNotKept' } });
    const { rows } = await sql.query<{ kept: string; digest: string }>(`SELECT r::text AS kept, digest FROM zveno.api_reply r WHERE key = 'k5'`);
    expect(rows[0]?.kept).not.toContain(text);
    expect(rows[0]?.digest).toMatch(/^\$argon2/);
  });

  it('whose node went away is answered with what is known: nothing', async () => {
    const readers = openReaders({ connectionString: api.databaseUrl }, { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined });
    const [digest, caller] = ['d', randomUUID()];
    const before = postgresReplies(readers, { node: 'n', boot: 'one' });
    expect(await before.begin({ caller, key: 'x' }, digest)).toEqual({ kind: 'begun' });
    expect(await postgresReplies(readers, { node: 'other', boot: 'one' }).begin({ caller, key: 'x' }, digest)).toEqual({ kind: 'running', digest });
    const after = postgresReplies(readers, { node: 'n', boot: 'two' });
    expect(await after.begin({ caller, key: 'x' }, digest)).toEqual({ kind: 'unknown', digest });
    // Whoever came back from the dead changes nothing that is not his.
    await after.forget({ caller, key: 'x' });
    expect((await after.begin({ caller, key: 'x' }, digest)).kind).toBe('unknown');
    await sql.query(`UPDATE zveno.api_reply SET expires_at = clock_timestamp() WHERE key = 'x'`);
    expect(await after.begin({ caller, key: 'x' }, digest)).toEqual({ kind: 'begun' });
    await readers.close();
  });

  it('that is no key is refused; one on what only reads has no meaning', async () => {
    expect(await create('a b', { code: 'z' })).toMatchObject({ status: 400, json: { code: 'http.badHeader' } });
    expect(await create('k'.repeat(300), { code: 'z' })).toMatchObject({ status: 400 });
    const ask = (): Promise<Called> => api.call('POST', '/api/v1/records/Thing/query', { body: {}, headers: { 'idempotency-key': 'k1' } });
    expect([(await ask()).status, (await ask()).headers.get('idempotent-replayed')]).toEqual([200, null]);
  });
});

it('what a caller has read already is not sent again, until it changes', async () => {
  const { json } = await create('k9', { code: 'read' });
  const at = `/api/v1/records/Thing/${json.id}`;
  const etag = (await api.call('GET', at)).headers.get('etag') ?? '';
  const again = (headers: Record<string, string>): Promise<Response> => fetch(`${api.url}${at}`, { headers: { ...authorization({ basic: `admin:${adminPassword}` }), ...headers } });
  const same = await again({ 'if-none-match': etag });
  expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag]);
  expect((await api.call('PATCH', at, { body: { note: 'x' }, headers: { 'if-match': etag } })).status).toBe(200);
  expect((await again({ 'if-none-match': etag })).status).toBe(200);
  expect((await api.call('PATCH', at, { body: { note: 'y' }, headers: { 'if-match': etag } })).status).toBe(412);
});

describe('too many calls', () => {
  let small: ApiCaller;
  beforeAll(async () => {
    small = await startApi({ ZVENO_API_CALLER_PER_SECOND: '1', ZVENO_API_ADDRESS_PER_SECOND: '3' });
  });
  afterAll(() => small.close());

  it('of one caller are told when to come again, and how much is left before; strangers are counted by address', async () => {
    const first = await small.call('GET', '/api/v1/me');
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual(['"caller";q=10;w=10', expect.stringMatching(/^"caller";r=9;t=\d+$/)]);
    const answers = await Promise.all(Array.from({ length: 12 }, () => small.call('GET', '/api/v1/me')));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused).toMatchObject({ json: { code: 'http.tooManyCalls', parameters: { whose: 'caller', most: 10 } } });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    const strangers = await Promise.all(Array.from({ length: 30 }, () => small.call('GET', '/api/v1/me', { as: null })));
    expect(strangers.find(({ status }) => status === 429)?.json.parameters.whose).toBe('address');
    expect((await small.call('GET', '/health/live', { as: null })).status).toBe(200);
  });
});
