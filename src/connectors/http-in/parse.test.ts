import { describe, expect, it } from 'vitest';
import { Decimal, parseSpec } from '../../sdk/index.ts';
import { parseRequest } from './parse.ts';
import { connection, receive } from './spec.ts';

const route = (properties: Record<string, unknown> = {}) => parseSpec(receive, properties, 'route', { openSecret: () => undefined });

const request = (body: string | Uint8Array, headers: readonly (readonly [string, string])[] = [['Content-Type', 'application/json']], query: readonly (readonly [string, string])[] = []) =>
  ({ method: 'POST', headers, query, body: typeof body === 'string' ? new TextEncoder().encode(body) : body });

describe('a request', () => {
  it('becomes a message with exact numbers', () => {
    expect(parseRequest(route(), request('{"n":1,"big":12345678901234567890,"s":"Ж😀"}'))).toMatchObject({ n: 1, big: new Decimal('12345678901234567890'), s: 'Ж😀' });
    expect(parseRequest(route(), request('[1,2]'))).toEqual([1, 2]);
    expect(parseRequest(route(), request('', []))).toEqual({});
  });

  it('puts parameters and headers where the route wants them, credentials excepted', () => {
    const headers = [['X-A', '1'], ['x-a', '2'], ['Authorization', 'Bearer canary'], ['Cookie', 'canary'], ['content-type', 'application/json']] as const;
    const message = parseRequest(route({ queryAttribute: 'q', headersAttribute: 'h' }), request('{"a":1}', headers, [['x', '1'], ['y', ''], ['x', '2']]));
    expect(message).toEqual({ a: 1, q: [{ name: 'x', value: ['1', '2'] }, { name: 'y', value: [''] }], h: [{ name: 'x-a', value: ['1', '2'] }, { name: 'content-type', value: ['application/json'] }] });
    expect(JSON.stringify(message)).not.toContain('canary');
  });

  it('goes whole into the attribute of the body', () => {
    expect(parseRequest(route({ bodyAttribute: 'body', queryAttribute: 'q' }), request('[1]'))).toEqual({ body: [1], q: [] });
    expect(parseRequest(route({ bodyAttribute: 'body' }), request('', []))).toEqual({ body: null });
  });

  it('that is a list leaves no room for parameters beside it', () => {
    expect(() => parseRequest(route({ queryAttribute: 'q' }), request('[1]'))).toThrow(expect.objectContaining({ code: 'message.malformed' }));
  });

  it.each(['{', '{"a":1}x', 'NaN', "{'a':1}", '\u0000', '{"a":01}'])('with the body %j is malformed', (body) => {
    expect(() => parseRequest(route(), request(body))).toThrow(expect.objectContaining({ code: 'message.malformed' }));
  });

  it('that is not UTF-8 is refused', () => {
    expect(() => parseRequest(route(), request(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d])))).toThrow(expect.objectContaining({ code: expect.stringMatching(/^message\.(malformed|charset)$/) }));
  });

  it.each(['text/html', 'application/xml', 'application/json; charset=windows-1251', 'multipart/form-data; boundary=x', 'application/jsonx'])('of type %s is refused', (type) => {
    expect(() => parseRequest(route(), request('{}', [['content-type', type]]))).toThrow(expect.objectContaining({ code: 'message.contentType' }));
  });

  it.each(['application/json', 'APPLICATION/JSON; Charset="UTF-8"', 'application/vnd.shop+json', 'text/json;charset=utf8'])('of type %s is taken', (type) => {
    expect(parseRequest(route(), request('{}', [['content-type', type]]))).toEqual({});
  });

  it('with hostile keys is an ordinary message', () => {
    const message = parseRequest(route({ queryAttribute: '__proto__' }), request('{"__proto__":{"polluted":1}}', undefined, [['a', 'b']]));
    expect([Object.hasOwn(message as object, '__proto__'), ({} as { polluted?: number }).polluted]).toEqual([true, undefined]);
  });
});

describe('paths', () => {
  const problems = (path: string): boolean => {
    try {
      parseSpec(connection, { path, auth: 'none' }, 'connection', { openSecret: () => undefined });
      return true;
    } catch {
      return false;
    }
  };

  it.each(['shop', 'Магазин', 'shop/v1', 'a.b', '1c'])('%s is a path', (path) => expect(problems(path)).toBe(true));
  it.each(['', '/shop', 'shop/', 'a//b', '..', 'a/../b', './a', 'a b', 'a?b', 'a#b', 'a%2fb', 'a\\b', '{x}'])('%j is none', (path) => expect(problems(path)).toBe(false));
});
