import { describe, expect, it } from 'vitest';
import { Decimal, Secret, type Receipt } from '../../sdk/index.ts';
import { callOf, contextOf, sendOnce, type Sample } from '../../sdk/testing/context.ts';
import { answer, startHttp, type SeenRequest, type TestServer } from '../../sdk/testing/server.ts';
import definition from './index.ts';

async function send(url: string, properties: Sample['properties'], request: Sample['request'], connection: Record<string, unknown> = {}, effectId = 'effect-1'): Promise<Receipt> {
  const open = definition.open(contextOf(definition, { url, ...connection }, { name: 'partner' }));
  try {
    return await sendOnce(open, callOf({ operation: 'call', properties, request, effectId }));
  } finally {
    await open.close();
  }
}

const echo = (): Promise<TestServer & { seen: SeenRequest[] }> => startHttp((_request, response) => answer(response, 200, {}));

describe('the request', () => {
  it('of a GET carries encoded parameters from the message, and the answer keeps exact numbers', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, '{"orders":[{"orderID":11,"orderStatus":"New","orderAmount":420.5},{"orderID":12345678901234567890,"orderStatus":"Done","orderAmount":90}]}'));
    const receipt = await send(`${server.url}/api`, { method: 'GET', path: 'orders', queryAttribute: 'queryParams' }, { queryParams: [{ name: 'clientName', value: ['Сокол'] }] });
    expect(server.seen.map((seen) => seen.url)).toEqual(['/api/orders?clientName=%D0%A1%D0%BE%D0%BA%D0%BE%D0%BB']);
    expect(receipt).toMatchObject({ kind: 'ok', status: 200, response: { orders: [{ orderID: 11, orderAmount: 420.5 }, { orderID: new Decimal('12345678901234567890'), orderAmount: 90 }] } });
  });

  it('carries two parameters in their order, repeated and fixed ones too', async () => {
    await using server = await echo();
    await send(server.url, { method: 'GET', queryAttribute: 'q' }, { q: [{ name: 'a', value: ['1'] }, { name: 'b', value: '2' }] });
    await send(server.url, { method: 'GET', query: { page: '1' }, queryAttribute: 'q' }, { q: [{ name: 'a', value: ['1', 2, true] }, { name: 'none', value: null }] });
    await send(server.url, { method: 'GET', path: 'list?x=0', query: { 'я&=': '?#' } }, {});
    expect(server.seen.map((seen) => seen.url)).toEqual(['/?a=1&b=2', '/?page=1&a=1&a=2&a=true', '/list?x=0&%D1%8F%26%3D=%3F%23']);
  });

  it('of a POST has exactly the message as its body', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, { Success: true }));
    const contact = { ID: 'c-5', FullName: 'Орлова А.', PhoneNumber: '+7 900 000-00-05' };
    const receipt = await send(server.url, { method: 'POST', path: '/contacts' }, { Contact: contact });
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/contacts', body: JSON.stringify({ Contact: contact }) });
    expect(server.seen[0]?.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'idempotency-key': 'effect-1' });
    expect(receipt).toMatchObject({ kind: 'ok', response: { Success: true } });
  });

  it('has only the named attributes in the body, and never those that travel elsewhere', async () => {
    await using server = await echo();
    const message = { ID: 1, Contact: { a: null }, q: [{ name: 'x', value: '1' }], h: [{ name: 'X-One', value: ['1', '2'] }], total: new Decimal('0.10000000000000000001') };
    await send(server.url, { method: 'POST', bodyAttributes: ['ID', 'Contact', 'absent'], queryAttribute: 'q' }, message);
    await send(server.url, { method: 'PUT', queryAttribute: 'q', headersAttribute: 'h' }, message);
    await send(server.url, { method: 'DELETE' }, message);
    expect(server.seen.map((seen) => seen.body)).toEqual(['{"ID":1,"Contact":{"a":null}}', '{"ID":1,"Contact":{"a":null},"total":0.10000000000000000001}', '']);
    expect(server.seen[1]?.headers['x-one']).toBe('1, 2');
  });

  it('fills placeholders of the path, one segment each', async () => {
    await using server = await echo();
    await send(`${server.url}/api/`, { method: 'PUT', path: '/orders/{order.number}/lines/{n}' }, { order: { number: 'A/17 ?#%' }, n: 3 });
    expect(server.seen[0]?.url).toBe('/api/orders/A%2F17%20%3F%23%25/lines/3');
  });

  it.each([[{}, 'connection.valueMissing'], [{ n: null }, 'connection.valueMissing'], [{ n: '' }, 'connection.valueMissing'], [{ n: '..' }, 'connection.valueWrongType'], [{ n: { a: 1 } }, 'connection.valueWrongType'], [{ n: '\ud800' }, 'connection.valueWrongType']])('with %j for a placeholder is refused before it is sent', async (message, code) => {
    await using server = await echo();
    await expect(send(server.url, { method: 'GET', path: 'orders/{n}' }, message)).rejects.toMatchObject({ code, parameters: { attribute: 'n' } });
    expect(server.seen).toEqual([]);
  });

  it('lets no value of a message become a header line, and no message replace the sign-in', async () => {
    await using server = await echo();
    const route = { method: 'POST', headersAttribute: 'h', headers: { 'X-Fixed': 'route' } };
    await expect(send(server.url, route, { h: [{ name: 'X-A', value: 'a\r\nX-Evil: 1' }] })).rejects.toMatchObject({ code: 'connection.headerRefused' });
    await send(server.url, route, { h: [{ name: 'AUTHORIZATION', value: 'Bearer stolen' }, { name: 'x-fixed', value: 'message' }] }, { auth: 'bearer', token: new Secret('t-1'), headers: { 'x-fixed': 'connection' } });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.headers).toMatchObject({ authorization: 'Bearer t-1', 'x-fixed': 'message' });
  });

  it('identifies itself in each of the ways', async () => {
    await using server = await echo();
    await send(server.url, { method: 'GET' }, {}, { auth: 'basic', username: 'имя', password: new Secret('p:w') });
    await send(server.url, { method: 'GET' }, {}, { auth: 'header', headerName: 'X-Api-Key', token: new Secret('k-1') });
    await send(server.url, { method: 'GET' }, {});
    expect(server.seen.map((seen) => [seen.headers.authorization, seen.headers['x-api-key'], seen.headers['idempotency-key']])).toEqual([
      [`Basic ${Buffer.from('имя:p:w').toString('base64')}`, undefined, undefined], [undefined, 'k-1', undefined], [undefined, undefined, undefined],
    ]);
  });
});

describe('the answer', () => {
  it.each([
    [401, {}, 'connection.authenticationFailed', { kind: 'park' }], [403, {}, 'connection.permissionDenied', { kind: 'park' }], [404, {}, 'connection.notFound', { kind: 'fail' }],
    [400, {}, 'connection.rejected', { kind: 'fail' }], [409, {}, 'connection.rejected', { kind: 'fail' }], [429, {}, 'connection.busy', { kind: 'retry' }], [503, { 'retry-after': '2' }, 'connection.busy', { kind: 'retryAfter', ms: 2000 }],
    [429, { 'retry-after': '99999999' }, 'connection.busy', { kind: 'retryAfter', ms: 86_400_000 }], [503, { 'retry-after': 'soon' }, 'connection.busy', { kind: 'retry' }], [500, {}, 'connection.serverError', { kind: 'retry' }], [304, {}, 'connection.rejected', { kind: 'fail' }],
  ] as const)('%i %j is %s', async (status, headers, code, next) => {
    await using server = await startHttp((_request, response) => answer(response, status, '', headers));
    expect(await send(server.url, { method: 'POST' }, {})).toMatchObject({ kind: 'error', status, failure: { code, next, parameters: { connection: 'partner' } }, response: null });
  });

  it('with an error carries its parsed body', async () => {
    await using server = await startHttp((_request, response) => answer(response, 422, { errorResponse: 'bad phone' }));
    expect(await send(server.url, { method: 'POST', responseStatusAttribute: 'status' }, {})).toMatchObject({ kind: 'error', response: { errorResponse: 'bad phone', status: 422 }, failure: { code: 'connection.rejected' } });
  });

  it('puts status and text where the route wants them', async () => {
    await using server = await startHttp((_request, response) => answer(response, 201, '<ok/>', { 'content-type': 'text/xml' }));
    expect(await send(server.url, { method: 'POST', responseStatusAttribute: 'code', responseContentAttribute: 'content' }, {})).toMatchObject({ kind: 'ok', response: { code: 201, content: '<ok/>' } });
  });

  it('that is no JSON is not repeated after a change, but after a read', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, '<html>'));
    expect(await send(server.url, { method: 'POST' }, {})).toMatchObject({ kind: 'error', status: 200, failure: { code: 'connection.malformedResponse', next: { kind: 'park' } } });
    expect(await send(server.url, { method: 'GET' }, {})).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse', next: { kind: 'retry' } } });
  });

  it('with hostile keys is an ordinary object', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, '{"__proto__":{"polluted":true},"constructor":1}'));
    const { response } = await send(server.url, { method: 'GET', responseStatusAttribute: 'status' }, {});
    expect([Object.keys(response ?? {}).sort(), ({} as { polluted?: boolean }).polluted]).toEqual([['__proto__', 'constructor', 'status'], undefined]);
  });

  it('without a body is null', async () => {
    await using server = await startHttp((_request, response) => void response.writeHead(204).end());
    expect(await send(server.url, { method: 'POST' }, {})).toMatchObject({ kind: 'ok', status: 204, response: null });
  });
});

describe('a repeat', () => {
  it('is harmless for GET, PUT and DELETE', () => {
    const idempotent = (method: string): boolean | undefined => definition.operations['call']?.idempotent?.({ method });
    expect(['GET', 'PUT', 'DELETE', 'POST', 'PATCH'].map(idempotent)).toEqual([true, true, true, false, false]);
  });
});

describe('the check', () => {
  const check = async (url: string, more: Record<string, unknown> = {}): Promise<unknown[]> => {
    const stages: unknown[] = [];
    for await (const stage of definition.check(contextOf(definition, { url, ...more }), new AbortController().signal)) stages.push(stage);
    return stages;
  };

  it('only reads, and without a path for it takes any answer of a living server', async () => {
    await using server = await startHttp((_request, response) => answer(response, 404, {}));
    expect((await check(server.url)).at(-1)).toMatchObject({ stage: 'sample', state: 'ok', detail: { ru: 'Соединение установлено: HTTP 404' } });
    expect((await check(server.url, { checkPath: 'ping' })).at(-1)).toMatchObject({ stage: 'sample', state: 'failed', failure: { code: 'connection.notFound' } });
    expect(server.seen.map((seen) => [seen.method, seen.url])).toEqual([['GET', '/'], ['GET', '/ping']]);
  });

  it('tells a missing permission from a wrong secret', async () => {
    await using server = await startHttp((request, response) => answer(response, request.url === '/401' ? 401 : 403, {}));
    expect((await check(server.url, { checkPath: '401' })).at(-1)).toMatchObject({ stage: 'authentication', failure: { code: 'connection.authenticationFailed' } });
    expect((await check(server.url, { checkPath: '403' })).at(-1)).toMatchObject({ stage: 'permission', failure: { code: 'connection.permissionDenied' } });
  });

  it('says that a server speaks no TLS', async () => {
    await using server = await startHttp((_request, response) => answer(response, 200, {}));
    expect((await check(server.url.replace('http:', 'https:'))).at(-1)).toMatchObject({ stage: 'tls', failure: { code: 'connection.tlsFailed' } });
  });
});

describe('a service that answers 200 and tells its refusal by a number', () => {
  const resultCodes = { at: 'result', codes: { '-12': 'the document was changed after it was signed' }, bits: { '1': 'the certificate or its chain is not valid', '64': 'it is not known whether the certificate was revoked' } };
  const verify = async (body: unknown) => {
    await using server = await startHttp((_request, response) => answer(response, 200, body));
    return await send(server.url, { method: 'POST', path: 'VerifySignature', resultCodes }, { signed: 'x' });
  };

  it('odata 53: names every reason of a sum of bits, and the one of a negative code', async () => {
    expect(await verify({ result: 65 })).toMatchObject({ kind: 'error', status: 200, response: { result: 65 }, failure: { code: 'connection.resultCode', next: { kind: 'fail' }, parameters: { code: '1 + 64', reasons: '1: the certificate or its chain is not valid; 64: it is not known whether the certificate was revoked' } } });
    expect(await verify({ result: -12 })).toMatchObject({ failure: { parameters: { code: '-12', reasons: '-12: the document was changed after it was signed' } } });
  });

  it('has succeeded with 0, and has not answered without its code', async () => {
    expect(await verify({ result: 0 })).toMatchObject({ kind: 'ok', response: { result: 0 } });
    expect(await verify({ answer: 0 })).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse', next: { kind: 'park' } } });
  });

  it('is described by a dictionary that is checked before the route is published', () => {
    const { call } = definition.operations;
    expect(call?.problems?.({ resultCodes: { at: 'result', bits: { '3': 'x' } } })).toMatchObject([{ path: 'resultCodes', code: 'connection.resultCodesShape', parameters: { place: 'bits.3' } }]);
    expect(call?.problems?.({ resultCodes })).toEqual([]);
  });
});
