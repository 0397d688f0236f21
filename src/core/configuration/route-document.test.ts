import { describe, expect, test } from 'vitest';
import type { KnownConnector } from './connector-catalogue.ts';
import type { PlainObject } from './object-document.ts';
import { parseRoute, type RouteContext } from './route-document.ts';

/** A connector that receives and calls; a call needs `path` and always answers `{status: integer}`. */
const connector: KnownConnector = {
  name: 'fake',
  checkConnection: () => [],
  operations: {
    receive: { direction: 'in', code: [], checkRoute: () => [], addresses: () => [], verifiable: () => false, schemas: () => ({}) },
    call: {
      direction: 'out',
      code: [],
      addresses: () => [],
      checkRoute: (properties) => (typeof properties['path'] === 'string' ? [] : [{ path: 'path', code: 'spec.missing', parameters: { field: 'path', place: 'x' } }]),
      verifiable: ({ verifyBy }) => verifyBy !== undefined,
      schemas: () => ({ response: { status: { type: 'integer', required: true, notEmpty: false, array: false } } }),
    },
  },
};

const context: RouteContext = { connections: new Map<string, KnownConnector | null>([['shop', connector], ['broken', null]]) };

const parse = (extra: PlainObject): ReturnType<typeof parseRoute> => parseRoute({ kind: 'Route', name: 'orders', connection: 'shop', operation: 'receive', ...extra }, context);

const problems = (extra: PlainObject): readonly (readonly [string, string])[] => parse(extra).problems.map(({ path, code }) => [path, code]);

describe('a route', () => {
  test('without more than it needs gets the usual rest', () => {
    expect(parse({}).body).toEqual({
      name: 'orders', title: {}, connection: 'shop', operation: 'receive', direction: 'in', enabled: true, properties: {},
      keys: { idempotency: null, order: null, business: {} }, request: {}, response: {}, errorResponse: null, mapping: null, reply: 'afterRun',
      onUnknown: null, retry: { attempts: 8, firstMs: 500, maxMs: 60_000 }, orderPolicy: 'park', schedule: null, retentionDays: 30, initiator: 'caller',
    });
  });

  test('keeps what it says, short forms included', () => {
    const { body, problems: found } = parse({
      title: 'Заказы',
      properties: { reply: 'ack' },
      keys: { idempotency: '=orderId', order: '=customer.phone', business: { order: '=orderId' } },
      request: { orderId: { type: 'string', required: true }, customer: { type: 'object', fields: { phone: 'string' } }, lines: { type: 'object', array: true, fields: { sku: 'string' } } },
      errorResponse: { status: 422, body: { accepted: false, reason: '=failure.message', plain: '==text' } },
      mapping: { orderId: '=number', 'customer.phone': { source: 'phone', onMissing: 'fail' } },
      retry: { attempts: 3 }, orderPolicy: 'block', retentionDays: 365, initiator: { account: 'robot' },
    });
    expect(found).toEqual([]);
    expect(body).toMatchObject({
      title: { ru: 'Заказы', en: 'Заказы' }, reply: 'ack',
      keys: { idempotency: 'orderId', order: 'customer.phone', business: { order: 'orderId' } },
      request: { orderId: { type: 'string', required: true }, lines: { array: true, fields: { sku: { type: 'string' } } } },
      errorResponse: { status: 422, tree: {}, body: { accepted: false, reason: '=failure.message' } },
      mapping: [{ target: 'orderId', source: '=number' }, { target: 'customer.phone', source: 'phone', onMissing: 'fail' }],
      retry: { attempts: 3, firstMs: 500, maxMs: 60_000 }, orderPolicy: 'block', retentionDays: 365, initiator: { account: 'robot' },
    });
  });

  test('that sends takes what its operation fixes below what it declares, and is started by the system', () => {
    expect(parse({ operation: 'call', properties: { path: 'x' }, response: { id: 'string' }, onUnknown: 'repeat' }).body).toMatchObject({
      direction: 'out', onUnknown: 'repeat', initiator: 'system', response: { status: { type: 'integer', required: true }, id: { type: 'string' } },
    });
  });

  test.each<[string, PlainObject, [string, string][]]>([
    ['an unknown key', { retri: {} }, [['retri', 'config.unknownKey']]],
    ['a key like nothing else', { zzzzzzzz: 1 }, [['zzzzzzzz', 'config.keyNotAllowed']]],
    ['an unknown connection', { connection: 'shopp' }, [['connection', 'config.missingReference']]],
    ['a connection with errors of its own', { connection: 'broken' }, [['connection', 'config.dependsOnBroken']]],
    ['an unknown operation', { operation: 'toString' }, [['operation', 'config.missingReference']]],
    ['properties that the operation refuses', { operation: 'call' }, [['properties.path', 'spec.missing']]],
    ['a key that is no expression', { keys: { order: 'customer' } }, [['keys.order', 'config.expressionExpected']]],
    ['an escaped text as a key', { keys: { order: '==customer' } }, [['keys.order', 'config.expressionExpected']]],
    ['an expression that cannot be read', { keys: { business: { n: '=a +' } } }, [['keys.business.n', 'expression.syntax']]],
    ['a wrong expression in the error response', { errorResponse: { body: { list: ['=)'] } } }, [['errorResponse.body.list[0]', 'expression.syntax']]],
    ['a status that is no error', { errorResponse: { status: 200 } }, [['errorResponse.status', 'config.outOfRange']]],
    ['a key of a field that is not declared', { request: { orderId: 'string' }, keys: { order: '=ordrId' } }, [['keys.order', 'expression.unknownVariable']]],
    ['an error response that reads what is not there', { errorResponse: { body: '=error.message' } }, [['errorResponse.body', 'expression.unknownVariable']]],
    ['a mapping to a field that is not declared', { request: { number: 'string' }, mapping: { numbr: 'id' } }, [['mapping.numbr', 'mapping.unknownTarget']]],
    ['a mapping row without a target', { mapping: [{ source: 'a' }] }, [['mapping[0]', 'config.required']]],
    ['an unknown onMissing', { mapping: [{ target: 'a', onMissing: 'ignore' }] }, [['mapping[0].onMissing', 'config.notAllowed']]],
    ['onUnknown on a route that receives', { onUnknown: 'repeat' }, [['onUnknown', 'config.onlyOutgoing']]],
    ['verify, which this operation cannot do', { operation: 'call', properties: { path: 'x' }, onUnknown: 'verify' }, [['onUnknown', 'config.notVerifiable']]],
    ['retries that begin later than they end', { retry: { firstMs: 5000, maxMs: 100 } }, [['retry.firstMs', 'config.outOfRange']]],
    ['half an attempt', { retry: { attempts: 0.5 } }, [['retry.attempts', 'config.wrongType']]],
    ['a retention class that does not exist', { retentionDays: 14 }, [['retentionDays', 'config.notAllowed']]],
    ['an initiator without an account', { initiator: { acount: 'x' } }, [['initiator.acount', 'config.unknownKey'], ['initiator', 'config.required']]],
    ['a hostile name', { name: "a'; DROP TABLE x" }, [['name', 'config.systemName']]],
    ['an unknown type in a schema', { request: { total: { type: 'decimel' } } }, [['request.total.type', 'schema.unknownType']]],
  ])('with %s is refused at its place', (_, extra, expected) => {
    expect(parse(extra).body).toBeNull();
    expect(problems(extra)).toEqual(expected);
  });

  test('has all its problems told at once', () => {
    expect(problems({ connection: 'x', keys: { order: 1 }, orderPolicy: 'stop', titel: '' })).toHaveLength(4);
  });
});
