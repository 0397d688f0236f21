/** Requests signed by a client of another language, written from the description of the scheme. */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { counting, countingScenario, note, notesOf } from './counting-route.ts';
import { Scene } from './platform.ts';

const python = spawnSync('python3', ['--version'], { stdio: 'ignore' }).error === undefined;

interface Signed {
  status: number;
  headers: Readonly<Record<string, string>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes
  body: any;
}

interface Request {
  method?: string;
  path: string;
  body?: string;
  sign?: { date?: string; host?: string; target?: string };
  send?: { body?: string; target?: string; headers?: Record<string, string> };
}

interface Key {
  id: string;
  credential: string;
  secret: string;
}

function signed(base: string, key: Pick<Key, 'credential' | 'secret'>, { method = 'POST', path, ...rest }: Request): Promise<Signed> {
  return new Promise((resolve, reject) => {
    const child = execFile('python3', [join(import.meta.dirname, 'foreign-signer.py')], (error, stdout, stderr) => {
      if (error !== null) reject(new Error(stderr));
      else {
        const answer = JSON.parse(stdout) as { status: number; headers: Record<string, string>; body: string };
        resolve({ ...answer, body: answer.body === '' ? null : JSON.parse(answer.body) });
      }
    });
    child.stdin?.end(JSON.stringify({ url: `${base}${path}`, method, credential: key.credential, secret: key.secret, ...rest }));
  });
}

const later = (ms: number): string => new Date(Date.now() + ms).toUTCString();

describe.skipIf(!python)(python ? 'signed requests' : 'signed requests (skipped: there is no python3)', () => {
  let scene: Scene;
  let key: Key;
  const route = '/api/public/adapter/signed';
  const issue = (account: string, expiresInMs = 3_600_000): Promise<Key> => scene.node.ask<Key>('POST', `/api/v1/accounts/${account}/keys`, { name: 'test', expiresAt: new Date(Date.now() + expiresInMs).toISOString() });
  const send = (request: Partial<Request> = {}, by: Pick<Key, 'credential' | 'secret'> = key): Promise<Signed> => signed(scene.node.url, by, { path: route, ...request });

  beforeAll(async () => {
    scene = await Scene.start();
    await scene.apply(note, counting('signed', { auth: 'hmac' }), countingScenario('signed'), counting('either'), countingScenario('either'));
    await scene.account('signer', 'api.call,records.edit,messages.view');
    await scene.account('mute', 'records.view');
    key = await issue('signer');
  });
  afterAll(() => scene.close());

  test('A13, T8: a valid signature is 200; one byte changed, another path, an expired or revoked key, a date too far off and an unknown key are 401; nothing runs', async () => {
    expect(await send({ body: '{"text":"good"}' })).toMatchObject({ status: 200 });
    const expired = await issue('signer', 1_000);
    await scene.sql.query("UPDATE zveno.signing_key SET expires_at = clock_timestamp() - interval '1 minute' WHERE id = $1", [expired.id]);
    const revoked = await issue('signer');
    expect((await scene.node.call('DELETE', `/api/v1/accounts/signer/keys/${revoked.id}`)).status).toBe(204);
    const bad: [string, Promise<Signed>, string][] = [
      ['one byte of the body', send({ body: '{"text":"good"}', send: { body: '{"text":"gooD"}' } }), 'access.unauthenticated'],
      ['a byte more', send({ body: '{"text":"good"}', send: { body: '{"text":"good"} ' } }), 'access.unauthenticated'],
      ['the query', send({ path: `${route}?a=1`, body: '{"text":"x"}', send: { target: `${route}?a=2` } }), 'access.unauthenticated'],
      ['a query put on', send({ body: '{"text":"x"}', send: { target: `${route}?a=2` } }), 'access.unauthenticated'],
      ['the host', send({ body: '{"text":"x"}', sign: { host: 'elsewhere.example' } }), 'access.unauthenticated'],
      ['the date of the header', send({ body: '{"text":"x"}', send: { headers: { 'x-ms-date': later(100_000) } } }), 'access.unauthenticated'],
      ['a date too early', send({ body: '{"text":"x"}', sign: { date: later(-400_000) } }), 'access.signatureDate'],
      ['a date too late', send({ body: '{"text":"x"}', sign: { date: later(600_000) } }), 'access.signatureDate'],
      ['no date at all', send({ body: '{"text":"x"}', sign: { date: 'yesterday' } }), 'access.signatureDate'],
      ['an expired key', send({ body: '{"text":"x"}' }, expired), 'access.keyExpired'],
      ['a revoked key', send({ body: '{"text":"x"}' }, revoked), 'access.unauthenticated'],
      ['another secret', send({ body: '{"text":"x"}' }, { credential: key.credential, secret: Buffer.alloc(32, 1).toString('base64') }), 'access.unauthenticated'],
      ['an unknown key', send({ body: '{"text":"x"}' }, { credential: 'zvk_nobody', secret: key.secret }), 'access.unauthenticated'],
      ['less than is needed', send({ body: '{"text":"x"}', send: { headers: { Authorization: `HMAC-SHA256 Credential=${key.credential}&SignedHeaders=host&Signature=${'A'.repeat(43)}=` } } }), 'access.unauthenticated'],
    ];
    for (const [what, answer, code] of bad) expect([what, await answer]).toMatchObject([what, { status: 401, body: { code } }]);
    expect(await notesOf(scene.node, 'signed')).toEqual(['good']);
    expect(await send({ body: '{"text":"x"}' }, await issue('mute'))).toMatchObject({ status: 403, body: { code: 'access.forbidden' } });
    expect((await scene.node.send('signed', { text: 'x' }, { as: null })).status).toBe(401);
    expect((await scene.node.send('signed', { text: 'x' })).status).toBe(401);
    expect(await notesOf(scene.node, 'signed')).toEqual(['good']);
  });

  test('a date almost five minutes off is good, and a route that takes passwords takes signatures too', async () => {
    expect((await send({ path: '/api/public/adapter/either', body: '{"text":"early"}', sign: { date: later(-200_000) } })).status).toBe(200);
    expect((await send({ path: '/api/public/adapter/either?a=%D0%B9&b', body: '{"text":"late"}', sign: { date: later(290_000) } })).status).toBe(200);
    expect(new Set(await notesOf(scene.node, 'either'))).toEqual(new Set(['early', 'late']));
  });

  test('the same signature again is a repeat: it gets the stored reply, and another key in a header does not make it another message', async () => {
    const date = later(0);
    const once = { body: '{"text":"once"}', sign: { date } };
    const first = await send(once);
    const again = await send(once);
    expect([first.status, again.status, again.headers['idempotent-replayed'], again.headers['zveno-message']]).toEqual([200, 200, 'true', first.headers['zveno-message']]);
    const keyed = { body: '{"text":"keyed"}', sign: { date }, send: { headers: { 'Idempotency-Key': 'one' } } };
    expect((await send(keyed)).status).toBe(200);
    expect((await send(keyed)).headers['idempotent-replayed']).toBe('true');
    expect(await send({ ...keyed, send: { headers: { 'Idempotency-Key': 'two' } } })).toMatchObject({ status: 409, body: { code: 'access.signatureUsed' } });
    const kept = (await notesOf(scene.node, 'signed')).filter((text) => text === 'once' || text === 'keyed');
    expect([kept.length, new Set(kept)]).toEqual([2, new Set(['once', 'keyed'])]);
  });

  test('the REST API takes signatures: reads as often as wanted, a change once', async () => {
    const date = later(0);
    for (const _ of [1, 2]) expect((await send({ method: 'GET', path: '/api/v1/messages?route=signed&limit=1', sign: { date } })).status).toBe(200);
    const change = { path: '/api/v1/records/Note', body: '{"text":"by REST"}', sign: { date } };
    expect((await send({ ...change, send: { body: '{"text":"by rest"}' } })).status).toBe(401);
    expect((await send(change)).status).toBe(201);
    expect(await send(change)).toMatchObject({ status: 409, body: { code: 'access.signatureUsed' } });
    expect((await scene.node.records('Note')).filter((record) => record['text'] === 'by REST')).toHaveLength(1);
    expect((await send({ method: 'DELETE', path: '/api/v1/records/Note/0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', body: '', send: { body: 'unsigned' } })).status).toBe(401);
  });

  test('a signed change with an Idempotency-Key is carried out once: signed anew it gets the same answer, and the same signature does nothing whatever its key', async () => {
    const change = (dateMs: number, repeatKey: string, text = 'keyed by REST'): Promise<Signed> => send({ path: '/api/v1/records/Note', body: JSON.stringify({ text }), sign: { date: later(dateMs) }, send: { headers: { 'Idempotency-Key': repeatKey } } });
    const first = await change(0, 'rest-1');
    const again = await change(2_000, 'rest-1');
    expect([first.status, again.status, again.headers['idempotent-replayed'], again.body]).toEqual([201, 201, 'true', first.body]);
    expect(await change(4_000, 'rest-1', 'another text')).toMatchObject({ status: 422, body: { code: 'message.keyReused' } });
    const date = later(6_000);
    const same = (repeatKey: string): Promise<Signed> => send({ path: '/api/v1/records/Note', body: '{"text":"one signature"}', sign: { date }, send: { headers: { 'Idempotency-Key': repeatKey } } });
    expect((await same('rest-2')).status).toBe(201);
    for (const repeatKey of ['rest-2', 'rest-3']) expect(await same(repeatKey)).toMatchObject({ status: 409, body: { code: 'access.signatureUsed' } });
    const texts = (await scene.node.records('Note')).map((record) => record['text']);
    expect([texts.filter((text) => text === 'keyed by REST').length, texts.filter((text) => text === 'one signature').length, texts.includes('another text')]).toEqual([1, 1, false]);
  });

  test('a connection for older clients takes a signature of the path alone, and no other does', async () => {
    await scene.apply(counting('legacy', { auth: 'hmac, legacyPathOnly: true' }), countingScenario('legacy'));
    const path = '/api/public/adapter/legacy';
    expect((await send({ path: `${path}?a=1`, body: '{"text":"old"}', sign: { target: path } })).status).toBe(200);
    expect((await send({ path: `${route}?a=1`, body: '{"text":"old"}', sign: { target: route } })).status).toBe(401);
    expect(await notesOf(scene.node, 'legacy')).toEqual(['old']);
  });

  test('of a key only the expiry changes, at once; its secret is told once and kept sealed; its last use is kept', async () => {
    const own = await issue('signer');
    expect((await send({ body: '{"text":"living"}' }, own)).status).toBe(200);
    const keys = await scene.node.call('GET', '/api/v1/accounts/signer/keys');
    expect(keys.text).not.toContain(own.secret);
    const rows = await scene.sql.query<{ sealed: Buffer; last_used_at: Date | null }>('SELECT sealed, last_used_at FROM zveno.signing_key WHERE id = $1', [own.id]);
    expect(rows.rows[0]?.sealed.includes(own.secret)).toBe(false);
    expect(rows.rows[0]?.last_used_at).not.toBeNull();
    const past = await scene.node.call('PATCH', `/api/v1/accounts/signer/keys/${own.id}`, { body: { expiresAt: '2020-01-01T00:00:00Z' } });
    expect([past.status, past.body]).toMatchObject([422, { code: 'account.expiry' }]);
    expect((await scene.node.call('PATCH', `/api/v1/accounts/signer/keys/${own.id}`, { body: { name: 'other', expiresAt: later(3_600_000) } })).status).toBe(422);
    expect((await scene.node.call('PATCH', `/api/v1/accounts/signer/keys/${own.id}`, { body: { expiresAt: new Date(Date.now() + 7_200_000).toISOString() } })).status).toBe(200);
    expect((await scene.node.call('PATCH', `/api/v1/accounts/mute/keys/${own.id}`, { body: { expiresAt: new Date(Date.now() + 7_200_000).toISOString() } })).status).toBe(404);
  });
});
