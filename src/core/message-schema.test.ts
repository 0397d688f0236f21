import { describe, expect, test } from 'vitest';
import { Decimal } from './decimal.ts';
import { Failure } from './failure.ts';
import { parseJson } from './json.ts';
import { compileChecker, parseSchemaTree, type SchemaTree } from './message-schema.ts';
import type { Value } from './value.ts';

const order = parseSchemaTree(
  {
    orderId: { type: 'string', required: true, notEmpty: true },
    createdAt: { type: 'dateTime' },
    customer: { required: true, fields: { name: 'string', phone: { type: 'string', required: true }, email: 'string' } },
    lines: { type: 'object', array: true, required: true, notEmpty: true, fields: { sku: 'string', qty: 'number', price: 'decimal' } },
    tags: { type: 'string', array: true },
    paid: 'boolean',
  },
  'request',
);

const check = compileChecker(order);

/** Checks one field of the given node. */
const field = (node: unknown, value: Value | undefined): { value: Value | undefined; problems: string[] } => {
  const checked = compileChecker(parseSchemaTree({ x: node }, 'test'))(value === undefined ? {} : { x: value });
  return { value: checked.value['x'], problems: checked.problems.map(({ path, code }) => `${path} ${code}`) };
};

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.problems.map(({ path, code }) => `${path} ${code}`);
    throw error;
  }
  return [];
}

describe('a schema document', () => {
  test('is read from its short and long forms', () => {
    expect(order['customer']).toEqual({ type: 'object', required: true, notEmpty: false, array: false, fields: expect.anything() });
    expect(order['paid']).toEqual({ type: 'boolean', required: false, notEmpty: false, array: false });
    expect(Object.keys(order)).toEqual(['orderId', 'createdAt', 'customer', 'lines', 'tags', 'paid']);
  });

  test('with errors is refused with all of them, and the nearest name', () => {
    const wrong = {
      a: { type: 'strng' },
      b: { type: 'string', requird: true },
      c: 12,
      d: { type: 'string', required: 'yes' },
      e: { type: 'object', fields: { f: null, '1x': 'string' } },
      g: { type: 'number', fields: {} },
      h: { type: 'string', description: 5 },
    };
    expect(problemsOf(() => parseSchemaTree(wrong, 'request'))).toEqual([
      'a.type schema.unknownType',
      'b.requird config.unknownKey',
      'c schema.notMap',
      'd.required schema.notMap',
      'e.f schema.notMap',
      'e.1x config.systemName',
      'g schema.fieldsOfScalar',
      'h.description schema.notMap',
    ]);
    expect(() => parseSchemaTree([], 'request')).toThrow(Failure);
    expect(() => parseSchemaTree('string', 'request')).toThrow(Failure);
    try {
      parseSchemaTree(wrong, 'request');
    } catch (error) {
      expect((error as Failure).problems[0]?.parameters).toMatchObject({ nearest: 'string', place: 'request.a.type' });
      expect((error as Failure).problems[1]?.parameters).toMatchObject({ nearest: 'required' });
    }
  });
});

describe('a message', () => {
  test('that fits keeps declared fields in their form and loses others silently', () => {
    const checked = check(
      parseJson('{"orderId":"A-1","createdAt":"2026-11-22T15:10:22+03:00","customer":{"name":"Ирина","phone":"+79000000017","vip":true},"lines":[{"sku":"s1","qty":2,"price":"10.10"}],"extra":1}'),
    );
    expect(checked.problems).toEqual([]);
    expect(checked.value).toEqual({
      orderId: 'A-1',
      createdAt: '2026-11-22T12:10:22.000000Z',
      customer: { name: 'Ирина', phone: '+79000000017' },
      lines: [{ sku: 's1', qty: 2, price: new Decimal('10.10') }],
    });
  });

  test('that does not fit is told everything at once, by path', () => {
    const checked = check(parseJson('{"orderId":"","createdAt":"yesterday","customer":{"name":5},"lines":[{"qty":1},{"qty":"x","price":"abc"},7],"paid":"yes"}'));
    expect(checked.problems.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'orderId message.empty',
      'createdAt message.wrongType',
      'customer.name message.wrongType',
      'customer.phone message.required',
      'lines[1].qty message.wrongType',
      'lines[1].price message.wrongType',
      'lines[2] message.wrongType',
      'paid message.wrongType',
    ]);
  });

  test.for([[null], [undefined], ['text'], [7], [[]]] as const)('of the wrong kind (%s) is one problem of the whole', ([value]) => {
    expect(check(value as Value).problems).toMatchObject([{ path: '', code: 'message.wrongType' }]);
  });

  test('with special names takes nothing from a prototype and gives nothing to one', () => {
    const names = compileChecker(parseSchemaTree(parseJson('{"__proto__":"any","constructor":"string","toString":{"type":"string","required":true}}'), 'request'));
    expect(names({}).problems).toMatchObject([{ path: 'toString', code: 'message.required' }]);
    expect(names({}).value).toEqual({});
    const filled = names(parseJson('{"__proto__":{"admin":true},"constructor":"c","toString":"t"}')).value;
    expect(Object.keys(filled)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(filled)).toBe(Object.prototype);
    expect((filled as Record<string, unknown>)['admin']).toBeUndefined();
  });
});

describe('missing and null differ', () => {
  test('a missing field stays missing, null stays null', () => {
    expect(field('string', undefined)).toEqual({ value: undefined, problems: [] });
    expect(field('string', null)).toEqual({ value: null, problems: [] });
  });

  test('a required field may be null but not missing; a notEmpty one may be missing but not null', () => {
    expect(field({ type: 'string', required: true }, null).problems).toEqual([]);
    expect(field({ type: 'string', required: true }, undefined).problems).toEqual(['x message.required']);
    expect(field({ type: 'string', notEmpty: true }, undefined).problems).toEqual([]);
    for (const empty of [null, '', []]) expect(field({ type: 'string', notEmpty: true }, empty).problems).toEqual(['x message.empty']);
    for (const full of [' ', '0']) expect(field({ type: 'string', notEmpty: true }, full).problems).toEqual([]);
  });
});

describe('the schema decides the shape', () => {
  test('an array takes one value as a list of one; a missing one stays missing, and an empty one empty', () => {
    expect(field({ type: 'number', array: true }, 5)).toEqual({ value: [5], problems: [] });
    expect(field({ type: 'number', array: true }, undefined)).toEqual({ value: undefined, problems: [] });
    expect(field({ type: 'number', array: true }, [])).toEqual({ value: [], problems: [] });
    expect(field({ type: 'number', array: true, required: true }, undefined).problems).toEqual(['x message.required']);
    expect(field({ array: true, fields: { a: 'number' } }, { a: 1 })).toEqual({ value: [{ a: 1 }], problems: [] });
    expect(field({ type: 'number', array: true }, [1, null, 'x']).problems).toEqual(['x[2] message.wrongType']);
  });

  test('one value is taken out of a list of one, and more are refused', () => {
    expect(field('number', [5])).toEqual({ value: 5, problems: [] });
    expect(field('number', [])).toEqual({ value: undefined, problems: [] });
    expect(field('number', [null])).toEqual({ value: null, problems: [] });
    expect(field('number', [5, 6]).problems).toEqual(['x message.tooMany']);
    expect(field('any', [5, 6])).toEqual({ value: [5, 6], problems: [] });
  });
});

describe('a type', () => {
  const exact = new Decimal('12345678901234567.5');
  test.for([
    ['string', 'a', 'a'],
    ['number', 1.5, 1.5],
    ['number', exact, exact],
    ['integer', 7, 7],
    ['integer', new Decimal('12345678901234567890'), new Decimal('12345678901234567890')],
    ['decimal', 10.1, new Decimal('10.1')],
    ['decimal', '10.10', new Decimal('10.10')],
    ['decimal', '-1e2', new Decimal(-100)],
    ['decimal', exact, exact],
    ['boolean', false, false],
    ['dateTime', '2026-11-22T12:10:22.5Z', '2026-11-22T12:10:22.500000Z'],
    ['dateTime', '2024-02-29T23:59:59.1234567-01:00', '2024-03-01T00:59:59.123456Z'],
    ['date', '2024-02-29', '2024-02-29'],
    ['duration', 'P1DT2H30M', 'P1DT2H30M'],
    ['duration', 'PT0.5S', 'PT0.5S'],
    ['keyValue', { a: 1, b: 'x', c: null }, { a: 1, b: 'x', c: null }],
    ['object', { a: { b: 1 } }, { a: { b: 1 } }],
    ['any', [{ a: 1 }], [{ a: 1 }]],
  ] as [string, Value, Value][])('%s takes %j', ([type, value, wanted]) => {
    expect(field(type, value)).toEqual({ value: wanted, problems: [] });
  });

  test.for([
    ['string', 5],
    ['string', { a: 1 }],
    ['number', '5'],
    ['number', true],
    ['integer', 1.5],
    ['integer', '1'],
    ['integer', new Decimal('1.5')],
    ['decimal', '10,10'],
    ['decimal', ' 1'],
    ['decimal', '0x10'],
    ['decimal', '1e999999'],
    ['decimal', ''],
    ['boolean', 'true'],
    ['boolean', 1],
    ['dateTime', '2026-11-22T12:10:22'],
    ['dateTime', '2026-02-30T00:00:00Z'],
    ['dateTime', '2026-11-22'],
    ['dateTime', 1_700_000_000],
    ['date', '2023-02-29'],
    ['date', '22.11.2026'],
    ['date', '2026-11-22T00:00:00Z'],
    ['duration', 'P1Y'],
    ['duration', 'P'],
    ['duration', 'PT'],
    ['duration', '5 minutes'],
    ['keyValue', { a: { b: 1 } }],
    ['keyValue', 'a'],
    ['object', 'a'],
  ] as [string, Value][])('%s refuses %j', ([type, value]) => {
    const { problems } = field(type, value);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('message.wrongType');
  });
});

test('a long text is cut in a problem, so that no message is repeated in a failure', () => {
  const tree: SchemaTree = parseSchemaTree({ x: 'number' }, 'request');
  const [problem] = compileChecker(tree)({ x: 'a'.repeat(1000) }).problems;
  expect(String(problem?.parameters['found']).length).toBeLessThan(80);
});
