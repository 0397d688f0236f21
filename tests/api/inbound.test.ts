/** Inbound HTTP: what callers send, who they are, what they get. Every refusal leaves nothing behind. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { authorization, startApi, type ApiCaller, type CallOptions, type Called } from './platform.ts';
import { allOfShop } from './shop.ts';

let api: ApiCaller;
let token: string;
const shopper = { basic: 'shop:a long enough password' };

beforeAll(async () => {
  api = await startApi();
  await api.call('PUT', '/api/v1/secrets/shop-token', { body: { value: 'token-of-the-connection' } });
  await api.apply(...allOfShop);
  await api.call('POST', '/api/v1/accounts', { body: { name: 'shop', password: 'a long enough password', permissions: ['api'] } });
  await api.call('POST', '/api/v1/accounts', { body: { name: 'mute', password: 'a long enough password', permissions: ['records'] } });
  token = (await api.call('POST', '/api/v1/accounts/shop/tokens', { body: { name: 'till', scopes: ['api'] } })).json.token;
});
afterAll(() => api.close());

const send = (path: string, options: CallOptions = {}): Promise<Called> => api.call('POST', `/api/public/adapter/${path}`, { as: shopper, ...options });

const counts = async (): Promise<unknown> => {
  const [orders, calls, messages] = await Promise.all([
    api.call('GET', '/api/v1/records/Order?count=true&limit=1'), api.call('GET', '/api/v1/records/Call?count=true&limit=1'), api.call('GET', '/api/v1/messages?limit=1000'),
  ]);
  return [orders.json.count, calls.json.count, messages.json.messages.length];
};

/** Runs `act` and sees that neither a record nor a message came of it. */
async function leavingNothing<T>(act: () => Promise<T>): Promise<T> {
  const before = await counts();
  const result = await act();
  expect(await counts()).toEqual(before);
  return result;
}

describe('a good message', () => {
  it('makes its records and is answered by the scenario', async () => {
    const answered = await send('shop/uploadData', { body: { List: [{ Item: { Client: 'Петрова', No: 7, Goods: 'груша' } }, { Item: { Client: 'Ли', No: 8, Goods: 'слива' } }] } });
    expect(answered).toMatchObject({ status: 200, json: { HasErrors: false, ResponseDescription: 'ok' } });
    expect((await api.call('GET', '/api/v1/records/Order?sort=number&filter={"op":"in","attribute":"number","value":["7","8"]}')).json.records).toMatchObject([{ client: 'Петрова' }, { client: 'Ли', goods: 'слива' }]);
    const id = answered.headers.get('zveno-message');
    const story = (await api.call('GET', `/api/v1/messages/${id}?payload=true`)).json;
    expect(story).toMatchObject({ id, state: 'done', route: 'uploadData', scenarios: ['takeUpload'], keys: { first: '7' }, payload: { contentType: 'application/json' } });
    expect(story.changes).toHaveLength(2);
    expect(story.trace.length).toBeGreaterThan(0);
    expect(JSON.parse(story.payload.text).List).toHaveLength(2);
    expect((await api.call('GET', '/api/v1/messages?key=first:7')).json.messages).toMatchObject([{ id }]);
  });

  it('is answered with the declared attributes empty when no reply was set', async () => {
    expect(await send('shop/plain', { body: { number: 'P-1', total: '1.5' } })).toMatchObject({ status: 200, json: { accepted: null, number: null } });
  });

  it('is acknowledged with 202 and the address of its way where the route says so', async () => {
    const answered = await send('shop/ack', { body: { text: 'a' } });
    expect(answered.status).toBe(202);
    expect((await api.call('GET', answered.headers.get('location') ?? '')).json).toMatchObject({ route: 'ackFirst' });
  });

  it('reaches a path with letters of any alphabet, by every method of its route', async () => {
    expect((await api.call('PUT', '/api/public/adapter/%D0%BE%D1%82%D0%BA%D1%80%D1%8B%D1%82%D0%BE', { as: null, body: { text: 'я' } })).status).toBe(200);
    expect((await api.call('POST', `/api/public/adapter/${encodeURI('открыто')}/`, { as: null, body: { text: 'я' } })).status).toBe(200);
  });
});

describe('a failing run', () => {
  it('writes nothing and answers with the error response', async () => {
    const before = (await api.call('GET', '/api/v1/records/Order?count=true')).json.count;
    const answered = await send('shop/uploadData', { body: { List: [{ Item: { Client: 'А', No: 20 } }, { Item: { Client: 'Б', No: 7 } }] } });
    expect(answered).toMatchObject({ status: 422, json: { HasErrors: true } });
    expect((await api.call('GET', '/api/v1/records/Order?count=true')).json.count).toBe(before);
    const refused = await send('shop/uploadData', { body: { List: [{ Item: { Client: 'А', No: 21 } }, { Item: { Client: 'Б', No: 'восемь' } }] } });
    expect(refused).toMatchObject({ status: 400, json: { HasErrors: true } });
    expect((await api.call('GET', `/api/v1/messages/${refused.headers.get('zveno-message')}`)).json).toMatchObject({ state: 'failed', failure: { code: 'message.refused', problems: [{ path: 'List[1].Item.No' }] } });
  });
});

describe('bad input', () => {
  it.each([
    ['malformed JSON', '{"number": ', 400, 'message.malformed'],
    ['100-deep nesting', `{"number": ${'['.repeat(100)}${']'.repeat(100)}}`, 400, 'message.tooDeep'],
    ['a wrong charset', Buffer.from('{"number":"\xcf\xf0"}', 'latin1'), 400, 'message.charset'],
    ['NUL', '{"number":"a\\u0000b","total":1}', 400, 'message.forbiddenText'],
    ['a duplicate key', '{"number":"1","number":"2"}', 400, 'message.duplicateKey'],
  ])('%s is refused by its own code and makes no record', async (_, raw, status, code) => {
    const orders = async (): Promise<number> => (await api.call('GET', '/api/v1/records/Order?count=true')).json.count;
    const before = await orders();
    expect(await send('shop/plain', { raw })).toMatchObject({ status, json: { code } });
    expect(await orders()).toBe(before);
  });

  it('missing and wrongly typed fields are listed all at once, by path', async () => {
    const refused = await send('shop/plain', { body: { total: 'много' }, headers: { 'accept-language': 'ru' } });
    expect(refused).toMatchObject({ status: 400, json: { code: 'message.refused' } });
    expect(refused.json.problems.map(({ path }: { path: string }) => path).sort()).toEqual(['number', 'total']);
    expect(refused.headers.get('content-language')).toBe('ru');
    expect(refused.json.title).toMatch(/[а-я]/);
  });

  it('a key called __proto__ is a key like any other', async () => {
    const answered = await send('shop/plain', { raw: '{"__proto__":{"polluted":true},"number":"proto","total":1}' });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect([200, 400]).toContain(answered.status);
  });

  it('another content type or an encoded body is refused', async () => {
    await leavingNothing(async () => {
      expect(await send('shop/plain', { raw: 'x', headers: { 'content-encoding': 'gzip' } })).toMatchObject({ status: 415, json: { code: 'http.contentType' } });
    });
    expect(await send('shop/plain', { raw: '<a/>', headers: { 'content-type': 'application/xml' } })).toMatchObject({ status: 415, json: { code: 'message.contentType' } });
    expect(await send('shop/plain', { raw: '{}', headers: { 'content-type': 'application/json; charset=windows-1251' } })).toMatchObject({ status: 415 });
  });

  it('an unknown address is 404 and another method 405 with those allowed', async () => {
    await leavingNothing(async () => {
      expect(await send('shop/nothing', { body: {} })).toMatchObject({ status: 404, json: { code: 'http.notFound' } });
      expect(await send('nobody', { body: {} })).toMatchObject({ status: 404 });
      expect(await send('%zz', { body: {} })).toMatchObject({ status: 400 });
      const wrong = await api.call('DELETE', '/api/public/adapter/shop/plain', { as: shopper });
      expect(wrong).toMatchObject({ status: 405, json: { code: 'http.methodNotAllowed' } });
      expect(wrong.headers.get('allow')).toBe('POST');
    });
  });

  it('what is disabled is named with 503, nothing runs, and it works once enabled', async () => {
    await leavingNothing(async () => {
      expect(await send('shop/offRoute', { body: { text: 'x' } })).toMatchObject({ status: 503, json: { code: 'route.disabled', parameters: { route: 'offRoute' } } });
      expect(await send('off/orders', { body: { text: 'x' } })).toMatchObject({ status: 503, json: { code: 'connection.disabled', parameters: { connection: 'offIn' } } });
      expect(await send('shop/noScenario', { body: { text: 'x' } })).toMatchObject({ status: 503, json: { code: 'route.noScenario' } });
    });
    await api.apply('kind: Route\nname: offRoute\nconnection: shopIn\noperation: receive\nenabled: true\nproperties: {path: offRoute}\nrequest: {text: string}\n');
    expect((await send('shop/offRoute', { body: { text: 'x' } })).status).toBe(200);
  });

  it('an idempotency key that cannot be a header of ours is refused', async () => {
    await leavingNothing(async () => {
      expect(await send('shop/plain', { body: { number: 'k', total: 1 }, headers: { 'idempotency-key': 'a b' } })).toMatchObject({ status: 400, json: { code: 'http.badHeader' } });
      expect(await send('shop/plain', { body: { number: 'k', total: 1 }, headers: { 'idempotency-key': 'x'.repeat(300) } })).toMatchObject({ status: 400 });
      expect(await send('shop/plain', { body: { number: 'k', total: 1 }, headers: { 'idempotency-key': 'é' } })).toMatchObject({ status: 400 });
    });
  });
});

describe('a repeat', () => {
  it('with the same body gets the same answer and says so; with another body it is refused', async () => {
    const headers = { 'idempotency-key': 'once-1' };
    const first = await send('shop/plain', { body: { number: 'I-1', total: 1 }, headers });
    const again = await send('shop/plain', { body: { number: 'I-1', total: 1 }, headers });
    expect(again).toMatchObject({ status: 200, text: first.text });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('zveno-message')).toBe(first.headers.get('zveno-message'));
    await leavingNothing(async () => expect(await send('shop/plain', { body: { number: 'I-2', total: 1 }, headers })).toMatchObject({ status: 422, json: { code: 'message.keyReused' } }));
  });

  it('while the first is under way is told to come later', async () => {
    const headers = { 'idempotency-key': 'slow-1' };
    const first = send('shop/slow', { body: { text: 's' }, headers });
    await runOf('slow');
    const again = await send('shop/slow', { body: { text: 's' }, headers });
    expect(again).toMatchObject({ status: 409, json: { code: 'message.inProgress' } });
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0);
    const { id } = await runOf('slow');
    expect(await api.call('POST', `/api/v1/runs/${id}/kill`)).toMatchObject({ status: 200, json: { state: 'cancelled' } });
    expect((await first).status).toBeGreaterThanOrEqual(400);
    expect(await api.call('POST', `/api/v1/runs/${id}/kill`)).toMatchObject({ status: 409, json: { code: 'run.over' } });
  });
});

async function runOf(route: string): Promise<{ id: string }> {
  for (;;) {
    const { runs } = (await api.call('GET', '/api/v1/runs')).json;
    const run = runs.find((one: { route: string; state: string }) => one.route === route && one.state === 'running');
    if (run !== undefined) return run;
    await sleep(20);
  }
}

describe('who calls', () => {
  it.each([
    ['nobody', 'shop/plain', null, 401, 'access.unauthenticated'],
    ['a wrong password', 'shop/plain', { basic: 'shop:wrong password' }, 401, 'access.unauthenticated'],
    ['an unknown account', 'shop/plain', { basic: 'ghost:wrong password' }, 401, 'access.unauthenticated'],
    ['an account without the permission', 'shop/plain', { basic: 'mute:a long enough password' }, 403, 'access.forbidden'],
    ['a token where a password is asked for', 'shop/plain', { token: 'anything' }, 401, 'access.unauthenticated'],
    ['a wrong token', 'token/calls', { token: 'zvn_wrong' }, 401, 'access.unauthenticated'],
    ['a password where a token is asked for', 'token/calls', shopper, 401, 'access.unauthenticated'],
  ] as const)('%s is refused before the body is read', async (_, path, as, status, code) => {
    const refused = await leavingNothing(() => send(path, { as, raw: 'not even JSON' }));
    expect(refused).toMatchObject({ status, json: { code } });
    expect(refused.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="Zveno", charset="UTF-8", Bearer realm="Zveno", HMAC-SHA256' : null);
  });

  it('may be a token of an account, or the own token of the connection', async () => {
    expect((await send('token/calls', { as: { token }, body: { text: 't' } })).status).toBe(200);
    expect((await send('token/calls', { as: { token: 'token-of-the-connection' }, body: { text: 't' } })).status).toBe(200);
  });

  it('is not believed any more once the secret was set anew', async () => {
    const before = (await api.call('GET', '/api/v1/configuration')).json.revision;
    await api.call('PUT', '/api/v1/secrets/shop-token', { body: { value: 'another-token' } });
    await api.platform.configuration.atLeast(before + 1);
    expect((await send('token/calls', { as: { token: 'token-of-the-connection' }, body: { text: 't' } })).status).toBe(401);
    expect((await send('token/calls', { as: { token: 'another-token' }, body: { text: 't' } })).status).toBe(200);
  });

  it('is refused when a browser sends it from another site', async () => {
    await leavingNothing(async () => {
      expect(await send('shop/plain', { body: { number: 'x', total: 1 }, headers: { origin: 'https://evil.example' } })).toMatchObject({ status: 403, json: { code: 'access.crossSite' } });
      expect(await api.call('POST', '/api/v1/records/Order', { body: { number: 'x' }, headers: { 'sec-fetch-site': 'cross-site' } })).toMatchObject({ status: 403 });
    });
  });
});

describe('the size of a body', () => {
  it('over the limit is refused by its declared length before a byte of it is sent', async () => {
    await leavingNothing(async () => {
      const answer = await declaring(limits.messageBodyBytes.value + 1);
      expect(answer).toMatchObject({ status: 413, continued: false });
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'message.tooLarge' });
    });
  });

  it('over the limit is refused also when it comes in chunks without a length', async () => {
    await leavingNothing(async () => {
      const answer = await streaming(limits.messageBodyBytes.value + 1_000_000);
      expect(answer.status).toBe(413);
    });
  });

  it('within it is read after leave to send was given', async () => {
    const body = JSON.stringify({ number: 'E-1', total: 1 });
    expect(await declaring(body.length, body)).toMatchObject({ status: 200, continued: true });
  });
});

interface RawAnswer {
  status: number;
  body: string;
  continued: boolean;
}

/** A client that asks for leave before it sends its body. */
function declaring(length: number, body?: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const request = httpRequest(`${api.url}/api/public/adapter/shop/plain`, {
      method: 'POST', headers: { ...authorization(shopper), 'content-type': 'application/json', 'content-length': length, expect: '100-continue' },
    });
    request.on('continue', () => {
      continued = true;
      request.end(body);
    });
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => {
        request.destroy();
        resolve({ status: response.statusCode ?? 0, body: text, continued });
      });
    });
    request.on('error', reject);
    request.flushHeaders();
  });
}

function streaming(length: number): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${api.url}/api/public/adapter/shop/plain`, { method: 'POST', headers: { ...authorization(shopper), 'content-type': 'application/json', 'transfer-encoding': 'chunked' } });
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
      request.destroy();
    });
    request.on('error', reject);
    const part = Buffer.alloc(1_000_000, 32);
    let sent = 0;
    const more = (): void => {
      while (sent < length && !request.destroyed) {
        sent += part.length;
        if (!request.write(part)) return void request.once('drain', more);
      }
      request.end();
    };
    more();
  });
}

describe('what is hardly HTTP', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(api.url);
      const socket = connect(Number(port), hostname, () => socket.write(text));
      let answer = '';
      socket.setEncoding('utf8').on('data', (part) => (answer += part)).on('end', () => resolve(answer)).on('error', reject);
    });

  it('is answered as such and the server goes on', async () => {
    expect(await raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s);
    expect(await raw('GET /api/v1/records/Order?eq=name:Анна HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400[^]*percent-encoded/);
    expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431/);
    expect(await raw(`POST /api/public/adapter/shop/plain HTTP/1.1\r\nhost: x\r\nconnection: close\r\nidempotency-key: a\r\n\tb\r\ncontent-length: 2\r\n\r\n{}`)).toMatch(/^HTTP\/1\.1 40[01]/);
    expect((await api.call('GET', '/health/live', { as: null })).json).toEqual({ status: 'ok' });
  });
});
