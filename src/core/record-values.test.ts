import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTemplateDocument } from './configuration/template-document.ts';
import { Decimal } from './decimal.ts';
import { limits } from './limits.ts';
import { checkValues } from './record-values.ts';
import { planTemplates } from './template-plan.ts';
import type { Template } from './template.ts';
import type { Value, ValueObject } from './value.ts';

let next = 1;
const { templates } = planTemplates(
  [],
  [
    { name: 'Customer' },
    {
      name: 'Order',
      attributes: {
        number: { type: 'text', required: true, unique: true },
        note: 'text',
        state: { type: 'enum', values: ['new', 'paid'], default: 'new' },
        total: { type: 'number', decimals: 2 },
        weight: 'number',
        paid: 'boolean',
        at: 'dateTime',
        customer: { type: 'record', template: 'Customer', required: true, inverse: 'orders' },
        tags: { type: 'record', template: 'Customer', multiple: true },
      },
    },
  ].map(parseTemplateDocument),
  () => (next++).toString(16).padStart(8, '0'),
);
const order = templates.find(({ name }) => name === 'Order') as Template;

const id = '0190F5E2-0000-7000-8000-00000000000A';
const lower = id.toLowerCase();
const good: ValueObject = { number: 'A-1', customer: id };
const create = (more: ValueObject) => checkValues(order, { ...good, ...more }, 'create');
const codes = (values: ValueObject, mode: 'create' | 'update' = 'create') => checkValues(order, mode === 'create' ? { ...good, ...values } : values, mode).problems.map(({ path, code }) => `${path} ${code}`);

test('values are turned into what is stored', () => {
  const { scalars, links, problems } = create({ total: '10.005', weight: 0.1, paid: false, at: '2020-12-03T17:00:00+03:00', tags: [id, { id: lower, name: 'x' }] });
  expect(problems).toEqual([]);
  expect({ ...scalars }).toEqual({ number: 'A-1', customer: lower, state: 'new', total: new Decimal('10.01'), weight: new Decimal('0.1'), paid: false, at: '2020-12-03T14:00:00.000000Z' });
  expect({ ...links }).toEqual({ tags: [lower] });
});

test('numbers are exact and rounded half-up away from zero', () => {
  const total = (value: Value) => String(create({ total: value }).scalars['total']);
  expect([total('1.005'), total('-1.005'), total(1.004), total(new Decimal('9007199254740993.125')), total('-0.001')]).toEqual(['1.01', '-1.01', '1', '9007199254740993.13', '0']);
});

test('create fills defaults and asks for what is required, update does neither', () => {
  expect(checkValues(order, {}, 'create').problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['number record.required', 'customer record.required']);
  expect(checkValues(order, {}, 'update')).toMatchObject({ scalars: {}, links: {}, problems: [] });
  expect(codes({ number: null, customer: null, state: null }, 'update')).toEqual(['number record.required', 'customer record.required']);
  expect({ ...create({ state: null }).scalars }['state']).toBeNull();
});

test('everything that is wrong is told at once by path', () => {
  expect(codes({ number: 5, note: 'a\0', state: 'piad', total: 'ten', paid: 'true', at: '2020-12-03 17:00', customer: 'x', tags: [id, 7], colour: 'red', _version: 3, id: 'x' })).toEqual([
    'number record.wrongType',
    'customer record.wrongType',
    'note record.nul',
    'state record.notInList',
    'total record.wrongType',
    'paid record.wrongType',
    'at record.wrongType',
    'tags[1] record.wrongType',
    'colour record.unknownAttribute',
    '_version record.systemAttribute',
    'id record.systemAttribute',
  ]);
});

test('an unknown attribute and an unknown list value name the nearest one', () => {
  const { problems } = create({ nubmer: 'x', state: 'piad' });
  expect(problems.map(({ parameters }) => parameters['nearest'])).toEqual(['number', 'paid']);
});

test('links take an id, an object with an id, null and lists', () => {
  expect(create({ customer: { id } }).scalars['customer']).toBe(lower);
  expect(create({ customer: [id] }).scalars['customer']).toBe(lower);
  expect(codes({ customer: [id, lower] })).toEqual([]);
  expect(codes({ customer: [id, '0190f5e2-0000-7000-8000-00000000000b'] })).toEqual(['customer record.severalLinks']);
  expect(codes({ customer: [] })).toEqual(['customer record.required']);
  expect(create({ tags: id }).links['tags']).toEqual([lower]);
  expect(create({ tags: null }).links['tags']).toEqual([]);
  expect(codes({ tags: [{ name: 'x' }] })).toEqual(['tags[0] record.wrongType']);
});

test('texts and numbers are bounded', () => {
  expect(codes({ note: 'x'.repeat(limits.textCharacters.value + 1) })).toEqual(['note record.textTooLong']);
  expect(codes({ number: 'x'.repeat(limits.uniqueTextCharacters.value + 1) })).toEqual(['number record.uniqueTextTooLong']);
  expect(codes({ weight: `1${'0'.repeat(34)}` })).toEqual(['weight record.numberTooLong']);
  expect(codes({ weight: `0.${'1'.repeat(35)}` })).toEqual(['weight record.numberTooLong']);
  expect(codes({ weight: new Decimal('1e-500') })).toEqual(['weight record.numberTooLong']);
  expect(codes({ weight: '9'.repeat(34) })).toEqual([]);
});

test('what is no number is refused', () => {
  for (const weight of ['', ' 1', '1e5', '0x10', 'NaN', 'Infinity', '1,5', '--1', '.', true, {}, [1], Number.NaN, Number.POSITIVE_INFINITY, new Decimal(Number.NaN)]) expect(codes({ weight })).toEqual(['weight record.wrongType']);
});

test('names of the language are unknown attributes, not prototypes', () => {
  const hostile: ValueObject = JSON.parse('{"__proto__":{"number":"x"},"constructor":"y","toString":1}');
  expect(checkValues(order, hostile, 'update').problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['__proto__ record.unknownAttribute', 'constructor record.unknownAttribute', 'toString record.unknownAttribute']);
  expect(Object.getPrototypeOf(checkValues(order, hostile, 'update').scalars)).toBeNull();
});

test('whatever a caller gives, the check ends in values or problems and never throws', () => {
  const value = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof({ maxDepth: 2 }, fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(null), fc.constant(id), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 })) as fc.Arbitrary<Value>,
  })).value;
  const names = [...order.attributes.map(({ name }) => name), '__proto__', 'id', 'x'];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: false }), fc.constantFrom('create', 'update'), (values, mode) => {
      const checked = checkValues(order, values, mode);
      const settled = new Set([...Object.keys(checked.scalars), ...Object.keys(checked.links), ...checked.problems.map(({ path }) => path.split('[')[0])]);
      for (const name of Object.keys(values)) expect(settled).toContain(name);
    }),
  );
});
