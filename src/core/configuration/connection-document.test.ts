import { describe, expect, test } from 'vitest';
import type { Problem } from '../failure.ts';
import type { ConnectorCatalogue } from './connector-catalogue.ts';
import { type ConnectionContext, parseConnection } from './connection-document.ts';
import type { PlainObject } from './object-document.ts';

/** A connector that takes `url` (text, required), `port` (number) and `token` (secret). */
const connectors: ConnectorCatalogue = {
  names: () => ['http-out', 'sql'],
  get: (name) => (name !== 'http-out' ? undefined : {
    name,
    operations: {},
    checkConnection: (properties) => {
      const problems: Problem[] = [];
      if (typeof properties['url'] !== 'string') problems.push({ path: 'url', code: 'spec.missing', parameters: { field: 'url', place: 'x' } });
      if (properties['port'] !== undefined && typeof properties['port'] !== 'number') problems.push({ path: 'port', code: 'spec.wrongType', parameters: { field: 'port' } });
      return problems;
    },
  }),
};

const context: ConnectionContext = { connectors, environment: null, addresses: new Map<string, string | number>([['host', 'http://h'], ['port', 5433]]), secrets: new Set(['known']) };

const parse = (extra: PlainObject, over: Partial<ConnectionContext> = {}): ReturnType<typeof parseConnection> =>
  parseConnection({ kind: 'Connection', name: 'partner', type: 'http-out', ...extra }, { ...context, ...over });

const problems = (extra: PlainObject, over: Partial<ConnectionContext> = {}): readonly (readonly [string, string])[] => parse(extra, over).problems.map(({ path, code }) => [path, code]);

describe('a connection', () => {
  test('without more than it needs gets the usual rest', () => {
    expect(parse({ properties: { url: 'http://a' } }).body).toEqual({
      name: 'partner', title: {}, type: 'http-out', enabled: true, properties: { url: 'http://a' }, allow: [], limits: { concurrency: 4, perSecond: null }, log: 'errors',
    });
  });

  const environments = { test: { url: 'http://test', allow: ['loopback'], token: '${secret:known}' }, production: { url: 'https://live' } };

  test('takes the first environment unless another is active; what it says wins over properties', () => {
    const properties = { url: 'http://base', port: 1 };
    expect(parse({ environments, properties }).body).toMatchObject({ properties: { url: 'http://test', port: 1, token: { secret: 'known' } }, allow: ['loopback'] });
    expect(parse({ environments, properties, allow: ['metadata'] }, { environment: 'production' }).body).toMatchObject({ properties: { url: 'https://live', port: 1 }, allow: ['metadata'] });
  });

  test('without the active environment is refused with the nearest that it has', () => {
    const { problems: found } = parse({ environments }, { environment: 'prodution' });
    expect(found[0]).toMatchObject({ path: 'environments', code: 'config.missingReference', parameters: { kind: 'Environment', nearest: 'production' } });
  });

  test('without environments does not mind which is active', () => {
    expect(problems({ properties: { url: 'http://a' } }, { environment: 'production' })).toEqual([]);
  });

  test('has its problems named where they were written, all at once', () => {
    const found = problems({ environments: { test: { port: 'x', allow: ['loopbak', 'loopback'] } }, limits: { concurrency: 0 }, log: 'error', titel: 'x', enabled: 'yes' });
    expect(new Map(found)).toEqual(new Map([
      ['titel', 'config.unknownKey'],
      ['environments.test.allow[0]', 'config.notAllowed'],
      ['properties.url', 'spec.missing'],
      ['environments.test.port', 'spec.wrongType'],
      ['enabled', 'config.wrongType'],
      ['limits.concurrency', 'config.outOfRange'],
      ['log', 'config.notAllowed'],
    ]));
    expect(found).toHaveLength(7);
  });

  test('of an unknown type names the nearest', () => {
    expect(parse({ type: 'htp-out' }).problems).toMatchObject([{ path: 'type', code: 'config.missingReference', parameters: { nearest: 'http-out' } }]);
    expect(parse({ type: 5 }).problems).toMatchObject([{ path: 'type', code: 'config.wrongType' }]);
  });

  test('refers to addresses as whole values, which keep their type, and inside texts', () => {
    expect(parse({ properties: { url: '${address:host}:${address:port}/x', port: '${address:port}' } }).body?.properties).toEqual({ url: 'http://h:5433/x', port: 5433 });
  });

  test('naming an unknown address or secret is refused with the next step', () => {
    expect(problems({ properties: { url: '${address:hots}', token: '${secret:unknown}' } })).toEqual([['properties.url', 'config.missingReference'], ['properties.token', 'config.unknownSecret']]);
  });

  test('is checked without addresses and secrets where these are not known', () => {
    expect(problems({ properties: { url: '${address:anything}', port: '${address:other}', token: '${secret:unknown}' } }, { addresses: null, secrets: null })).toEqual([]);
  });

  test.each(['Bearer ${secret:known}', '${env:HOME}', '${secret:}', '${ secret:known}'])('cannot hide the reference %j in a text', (text) => {
    expect(problems({ properties: { url: text } })).toEqual([['properties.url', 'config.malformedReference']]);
  });

  test('keeps dollar signs that are no references', () => {
    expect(parse({ properties: { url: 'http://a/$1?x=${y}$' } }).body?.properties).toEqual({ url: 'http://a/$1?x=${y}$' });
  });

  test.each([[null], ['text'], [5], [['a']]])('with environments or properties written as %j is refused', (wrong) => {
    expect(problems({ properties: wrong }).length).toBeGreaterThan(0);
    expect(problems({ environments: { test: wrong }, properties: { url: 'http://a' } })).toEqual([['environments.test', 'config.wrongType']]);
  });

  test('with a key called __proto__ pollutes nothing', () => {
    const document = JSON.parse('{"kind":"Connection","name":"partner","type":"http-out","properties":{"url":"http://a","__proto__":{"polluted":1}}}') as PlainObject;
    expect(parseConnection(document, context).body?.properties).not.toHaveProperty('polluted');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
