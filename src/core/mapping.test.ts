import { describe, expect, test } from 'vitest';
import { Decimal } from './decimal.ts';
import { Budget } from './expression/budget.ts';
import { Failure } from './failure.ts';
import { parseJson } from './json.ts';
import { compileMapping, type Mapped, type MappingRow } from './mapping.ts';
import { parseSchemaTree } from './message-schema.ts';
import type { Value } from './value.ts';

const tree = parseSchemaTree(
  {
    number: { type: 'string', required: true },
    customer: { fields: { name: 'string', phone: 'string' } },
    total: 'decimal',
    tags: { type: 'string', array: true },
    lines: { array: true, fields: { sku: { type: 'string', required: true }, sum: 'number', serials: { array: true, fields: { code: 'string' } } } },
    note: 'string',
    paid: 'boolean',
  },
  'request',
);

const input = parseJson('{"id":"A-1","client":{"fio":" Ирина ","tel":null},"items":[{"article":"s1","n":3,"cost":1.1,"sn":[{"c":"x1"}]},{"article":"s2","n":1,"cost":2}],"odd-name":{"x y":"deep"}}');

const run = (rows: readonly MappingRow[], value: Value | undefined = input, variables: Record<string, Value> = {}): Mapped => compileMapping(rows, tree)(value, variables, new Budget());

const byPath = ({ problems }: { problems: readonly { path: string; code: string }[] }): string[] => problems.map(({ path, code }) => `${path} ${code}`);

function refused(rows: readonly MappingRow[]): string[] {
  try {
    compileMapping(rows, tree);
  } catch (error) {
    if (error instanceof Failure && error.code === 'mapping.invalid') return byPath(error);
    throw error;
  }
  return [];
}

const id: MappingRow = { target: 'number', source: 'id' };

describe('rows', () => {
  test('fill the target from paths, expressions and variables', () => {
    const mapped = run(
      [id, { target: 'customer.name', source: '=$strip(client.fio)' }, { target: 'total', source: '=$sum(items.(n * cost))' }, { target: 'note', source: '=$greeting & "!"' }, { target: 'tags', source: 'items.article' }],
      input,
      { greeting: 'hello' },
    );
    expect(mapped).toEqual({ problems: [], value: { number: 'A-1', customer: { name: 'Ирина' }, total: new Decimal('5.3'), note: 'hello!', tags: ['s1', 's2'] } });
  });

  test('read any name in a path, also one that is no system name', () => {
    expect(run([id, { target: 'note', source: 'odd-name.x y' }]).value['note']).toBe('deep');
  });

  test('may take the whole input', () => {
    expect(compileMapping([{ target: 'a', source: '$' }], parseSchemaTree({ a: 'any' }, 'x'))('text', {}, new Budget()).value).toEqual({ a: 'text' });
  });

  test('below a list row are applied to each item, also in lists in lists', () => {
    const mapped = run([
      id,
      { target: 'lines[]', source: 'items' },
      { target: 'lines[].sku', source: 'article' },
      { target: 'lines[].sum', source: '=n * cost' },
      { target: 'lines[].serials[]', source: 'sn' },
      { target: 'lines[].serials[].code', source: 'c' },
    ]);
    expect(mapped.problems).toEqual([]);
    expect(mapped.value['lines']).toEqual([
      { sku: 's1', sum: 3.3, serials: [{ code: 'x1' }] },
      { sku: 's2', sum: 2 },
    ]);
  });

  test('leave a list out where their source has none, and make an empty one of an empty one or by default', () => {
    expect(run([id, { target: 'lines[]', source: 'nothing' }, { target: 'tags', source: 'nothing' }]).value).toEqual({ number: 'A-1' });
    expect(run([id, { target: 'lines[]', source: '=[]' }, { target: 'tags', source: '=[]' }]).value).toEqual({ number: 'A-1', lines: [], tags: [] });
    expect(run([id, { target: 'lines[]', source: '=items[n > 1000]', default: [] }]).value).toEqual({ number: 'A-1', lines: [] });
  });

  test('report problems of items by their place in the target', () => {
    const mapped = run([id, { target: 'lines[]', source: 'items' }, { target: 'lines[].sku', source: 'missing' }, { target: 'lines[].sum', source: '="a" + 1' }]);
    expect(byPath(mapped)).toEqual(['lines[0].sku message.required', 'lines[0].sum expression.operand', 'lines[1].sku message.required', 'lines[1].sum expression.operand']);
  });

  test('that leave a required field empty are a problem of that field', () => {
    expect(byPath(run([]))).toEqual(['number message.required']);
    expect(byPath(run([{ target: 'number', source: 'nothing' }]))).toEqual(['number message.required']);
    expect(byPath(compileMapping([id], tree)(undefined, {}, new Budget()))).toEqual(['number message.required']);
    expect(byPath(run([id], null))).toEqual(['number message.required']);
  });

  test('obey the shape of the target', () => {
    expect(run([id, { target: 'tags', source: 'id' }]).value['tags']).toEqual(['A-1']);
    expect(byPath(run([id, { target: 'note', source: 'items.article' }]))).toEqual(['note message.tooMany']);
  });
});

describe('missing and null', () => {
  test('a missing source leaves the field, unless the row says null or fail', () => {
    expect(run([id, { target: 'note', source: 'x' }]).value).not.toHaveProperty('note');
    expect(run([id, { target: 'note', source: 'x', onMissing: 'leave' }]).value).not.toHaveProperty('note');
    expect(run([id, { target: 'note', source: 'x', onMissing: 'null' }]).value['note']).toBeNull();
    expect(byPath(run([id, { target: 'note', source: 'x', onMissing: 'fail' }]))).toEqual(['note mapping.missing']);
  });

  test('a default stands in for what is missing, never for null', () => {
    expect(run([id, { target: 'note', source: 'x', default: 'none' }]).value['note']).toBe('none');
    expect(run([id, { target: 'note', default: 'constant' }]).value['note']).toBe('constant');
    expect(run([id, { target: 'customer.phone', source: 'client.tel', default: 'none' }]).value['customer']).toEqual({ phone: null });
  });
});

describe('a conversion', () => {
  test.for([
    ['text', 5, 'note', '5'],
    ['trim', '  a ', 'note', 'a'],
    ['upperCase', 'аб', 'note', 'АБ'],
    ['lowerCase', 'АБ', 'note', 'аб'],
    ['joined', ['a', 1], 'note', 'a, 1'],
    ['first', ['a', 'b'], 'note', 'a'],
    ['decimal', ' 1 234,5'.replace(/ (?=2)/, ''), 'total', new Decimal('1234.5')],
    ['number', '0010', 'total', new Decimal('10')],
    ['integer', '12', 'total', new Decimal(12)],
    ['boolean', 'да', 'paid', true],
    ['boolean', 0, 'paid', false],
    ['boolean', null, 'paid', null],
  ] as [string, Value, string, Value][])('%s makes of %j what the target wants', ([conversion, source, target, wanted]) => {
    const mapped = run([id, { target, source: 'v', conversion }], { id: 'A', v: source });
    expect(mapped.problems).toEqual([]);
    expect(mapped.value[target]).toEqual(wanted);
  });

  test.for([
    ['number', 'abc'],
    ['number', '1,234.5'],
    ['integer', '1.5'],
    ['boolean', 'maybe'],
    ['text', [1]],
  ] as [string, Value][])('%s of %j is a problem that names the value', ([conversion, source]) => {
    const mapped = run([id, { target: 'note', source: 'v', conversion }], { id: 'A', v: source });
    expect(byPath(mapped)).toEqual(['note mapping.conversion']);
    expect(mapped.problems[0]?.parameters).toMatchObject({ conversion });
  });
});

describe('wrong rows are refused when they are compiled, all of them', () => {
  test('unknown targets with the nearest name, doubles, lists, conversions, expressions, defaults', () => {
    expect(
      refused([
        { target: 'nmber', source: 'id' },
        { target: 'customer.fone', source: 'id' },
        { target: 'number', source: '=1 +' },
        { target: 'number', source: 'id' },
        { target: 'tags[]', source: 'id' },
        { target: 'lines.sku', source: 'id' },
        { target: 'note', source: 'id', conversion: 'txt' },
        { target: 'paid' },
        { target: 'total', default: Symbol('x') },
        { target: 'customer', source: 'client' },
        { target: 'customer.name', source: 'client' },
      ]),
    ).toEqual([
      'nmber mapping.unknownTarget',
      'customer.fone mapping.unknownTarget',
      'number mapping.doubleTarget',
      'tags[] mapping.notList',
      'lines.sku mapping.notList',
      'customer.name mapping.doubleTarget',
      'total mapping.badRow',
      'note mapping.unknownConversion',
      'paid mapping.badRow',
    ]);
    expect(refused([{ target: 'number', source: '=1 +' }])).toEqual(['number expression.syntax']);
    for (const source of ['', 'a..b', '.a', 'a`b']) expect(refused([{ target: 'number', source }])).toEqual(['number mapping.badRow']);
    expect(refused([{ target: 'lines[].sku', source: 'id' }])).toEqual(['lines mapping.notList']);
  });
});

test('a spent budget ends the mapping instead of being one problem of many', () => {
  const mapping = compileMapping([{ target: 'number', source: '=$string($sum([1..1000].($ * 2)))' }], tree);
  expect(() => mapping({}, {}, new Budget({ steps: 100 }))).toThrow(expect.objectContaining({ code: 'expression.steps' }) as Error);
  expect(mapping({}, {}, new Budget()).value['number']).toBe('1001000');
});

test('special names are targets like any other', () => {
  const special = parseSchemaTree(parseJson('{"__proto__":"string","constructor":"string"}'), 'x');
  const { value } = compileMapping([{ target: '__proto__', source: 'a' }, { target: 'constructor', source: 'constructor' }], special)({ a: 'x' }, {}, new Budget());
  expect(Object.entries(value)).toEqual([['__proto__', 'x']]);
});
