import { expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import { Failure } from '../failure.ts';
import { limits } from '../limits.ts';
import { parseTemplateDocument } from './template-document.ts';

/** Paths and codes of everything that is wrong. */
function problemsOf(document: unknown): readonly (readonly [string, string])[] {
  try {
    parseTemplateDocument(document);
  } catch (error) {
    if (error instanceof Failure) return error.problems.map(({ path, code }) => [path, code] as const);
    throw error;
  }
  return [];
}

const attributes = (declared: Record<string, unknown>) => problemsOf({ name: 'Order', attributes: declared });

test('a template is read with short and long forms', () => {
  const parsed = parseTemplateDocument({
    kind: 'Template',
    name: 'Order',
    title: { ru: 'Заказ', en: 'Order' },
    titleAttribute: 'number',
    attributes: {
      number: { type: 'text', required: true, unique: true },
      note: 'text',
      state: { type: 'enum', values: ['new', 'paid'], default: 'new' },
      total: { type: 'number', decimals: 2, default: '1.005' },
      paidAt: { type: 'dateTime', default: '2026-11-22T15:00:00+03:00' },
      customer: { type: 'record', template: 'Customer', inverse: { name: 'orders', multiple: true } },
      lines: { type: 'record', template: 'OrderLine', multiple: true, deleteLinked: true, inverse: 'order' },
    },
  });
  expect(parsed.attributes).toEqual([
    { kind: 'scalar', name: 'number', type: 'text', required: true, unique: true },
    { kind: 'scalar', name: 'note', type: 'text', required: false, unique: false },
    { kind: 'scalar', name: 'state', type: 'enum', required: false, unique: false, values: ['new', 'paid'], default: 'new' },
    { kind: 'scalar', name: 'total', type: 'number', required: false, unique: false, decimals: 2, default: new Decimal('1.01') },
    { kind: 'scalar', name: 'paidAt', type: 'dateTime', required: false, unique: false, default: '2026-11-22T12:00:00.000000Z' },
    { kind: 'link', name: 'customer', template: 'Customer', required: false, multiple: false, deleteLinked: false, inverse: { name: 'orders', multiple: true } },
    { kind: 'link', name: 'lines', template: 'OrderLine', required: false, multiple: true, deleteLinked: true, inverse: { name: 'order' } },
  ]);
  expect(parsed).toMatchObject({ name: 'Order', titleAttribute: 'number' });
});

test('a name that begins with a digit is refused, a cyrillic one with an underscore is accepted', () => {
  expect(problemsOf({ name: '1abc', attributes: {} })).toEqual([['name', 'config.systemName']]);
  expect(attributes({ '1abc': 'text' })).toEqual([['attributes.1abc', 'config.systemName']]);
  expect(attributes({ Номер_заявки: 'text' })).toEqual([]);
});

test('everything that is wrong is told at once, with its path', () => {
  const document = {
    name: 'Order',
    colour: 'red',
    titleAttribute: 'nmber',
    attributes: {
      number: { type: 'txt' },
      note: { type: 'text', requred: true },
      state: { type: 'enum', values: ['a b', 'x', 'x', '1'], unique: true },
      empty: { type: 'enum' },
      customer: { type: 'record', unique: true, default: 'x', required: true, multiple: true, inverse: { multiple: 'yes' } },
      total: { type: 'number', decimals: 99, default: 'ten' },
      flag: { type: 'boolean', unique: true, values: ['a'] },
      _own: 'text',
      id: 'text',
      list: ['text'],
      untyped: {},
    },
  };
  expect(problemsOf(document)).toEqual([
    ['colour', 'config.unknownKey'],
    ['attributes.number', 'template.unknownType'],
    ['attributes.note.requred', 'config.unknownKey'],
    ['attributes.state.unique', 'template.uniqueType'],
    ['attributes.state.values[0]', 'template.enumValue'],
    ['attributes.state.values[2]', 'template.enumValue'],
    ['attributes.state.values[3]', 'template.enumValue'],
    ['attributes.empty', 'template.keyMissing'],
    ['attributes.customer.default', 'template.keyOfType'],
    ['attributes.customer.unique', 'template.uniqueType'],
    ['attributes.customer', 'template.keyMissing'],
    ['attributes.customer.required', 'template.requiredLink'],
    ['attributes.customer.inverse', 'template.keyMissing'],
    ['attributes.total.decimals', 'template.shape'],
    ['attributes.total.default', 'template.default'],
    ['attributes.flag.values', 'template.keyOfType'],
    ['attributes.flag.unique', 'template.uniqueType'],
    ['attributes._own', 'template.reservedName'],
    ['attributes.id', 'template.reservedName'],
    ['attributes.list', 'template.shape'],
    ['attributes.untyped', 'template.keyMissing'],
    ['titleAttribute', 'record.unknownAttribute'],
  ]);
});

test('an unknown key and an unknown type name the nearest right one', () => {
  try {
    parseTemplateDocument({ name: 'Order', attributes: { a: { type: 'txt' }, b: { type: 'text', requred: true } } });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'template.invalid', parameters: { template: 'Order', count: 2 } });
    expect(error instanceof Failure && error.problems.map(({ parameters }) => parameters['nearest'])).toEqual(['text', 'required']);
  }
});

test('a default has to fit its type', () => {
  expect(attributes({ a: { type: 'enum', values: ['x'], default: 'y' } })).toEqual([['attributes.a.default', 'template.default']]);
  expect(attributes({ a: { type: 'boolean', default: 'true' } })).toEqual([['attributes.a.default', 'template.default']]);
  expect(attributes({ a: { type: 'dateTime', default: '2026-11-22' } })).toEqual([['attributes.a.default', 'template.default']]);
  expect(attributes({ a: { type: 'text', default: { x: 1 } } })).toEqual([['attributes.a.default', 'template.default']]);
  expect(attributes({ a: { type: 'text', default: 'a\0' } })).toEqual([['attributes.a.default', 'template.default']]);
  expect(attributes({ a: { type: 'boolean', default: false } })).toEqual([]);
});

test('the numbers of attributes, links and unique attributes are bounded', () => {
  const many = (count: number, attribute: unknown) => attributes(Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, attribute])));
  expect(many(limits.attributesPerTemplate.value, 'text')).toEqual([]);
  expect(many(limits.attributesPerTemplate.value + 1, 'text')).toEqual([['attributes', 'template.attributes']]);
  expect(many(limits.linksPerTemplate.value + 1, { type: 'record', template: 'A' })).toEqual([['attributes', 'template.links']]);
  expect(many(limits.uniquePerTemplate.value + 1, { type: 'text', unique: true })).toEqual([['attributes', 'template.unique']]);
});

test('what is no document at all is refused with its place', () => {
  for (const document of [null, 'text', [], 5]) expect(problemsOf(document)).toEqual([['', 'template.shape']]);
  expect(problemsOf({})).toEqual([['name', 'template.keyMissing']].map(([, code]) => ['', code]));
  expect(problemsOf({ name: 'A', attributes: ['x'] })).toEqual([['attributes', 'template.shape']]);
});

test('keys of the language are names like others', () => {
  const declared: unknown = JSON.parse('{"name":"A","attributes":{"constructor":"text","toString":"number"}}');
  expect(parseTemplateDocument(declared).attributes.map(({ name }) => name)).toEqual(['constructor', 'toString']);
  const hostile: unknown = JSON.parse('{"name":"A","attributes":{"__proto__":"text"},"__proto__":{"x":1}}');
  expect(problemsOf(hostile)).toEqual([['__proto__', 'config.unknownKey'], ['attributes.__proto__', 'template.reservedName']]);
});

test('indexes and orders are read where a type has them, and sixteen indexes are enough', () => {
  const { attributes: read } = parseTemplateDocument({ name: 'A', attributes: { t: { type: 'text', indexed: true, order: 'natural' }, c: { type: 'text', order: 'code', indexed: false }, n: { type: 'number', indexed: true } } });
  expect(read).toMatchObject([{ indexed: true, order: 'natural' }, { name: 'c' }, { indexed: true }]);
  expect(read[1]).not.toHaveProperty('order');
  expect(read[1]).not.toHaveProperty('indexed');
  const found = (document: object): readonly string[] => problemsOf(document).map((problem) => problem.join(' '));
  const wrong = { t: { type: 'text', order: 'alphabet', indexed: 'yes' }, n: { type: 'number', order: 'natural' }, d: { type: 'document', indexed: true }, l: { type: 'record', template: 'A', indexed: true }, c: { type: 'text', calculated: '=t', indexed: true } };
  expect(found({ name: 'A', attributes: wrong })).toEqual(expect.arrayContaining(['attributes.t.indexed template.shape', 'attributes.t.order template.shape', 'attributes.n.order template.keyOfType', 'attributes.d.indexed template.keyOfType', 'attributes.l.indexed template.keyOfType', 'attributes.c.indexed template.calculatedKey']));
  expect(found({ name: 'A', attributes: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`a${index}`, { type: 'text', indexed: true }])) })).toEqual(['attributes template.indexed']);
});
