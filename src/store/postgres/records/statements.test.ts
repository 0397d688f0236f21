import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTemplateDocument } from '../../../core/configuration/template-document.ts';
import type { RecordWrite } from '../../../core/effect-set.ts';
import { templateCatalogue } from '../../../core/template-catalogue.ts';
import { planTemplates } from '../../../core/template-plan.ts';
import type { Template } from '../../../core/template.ts';
import { recordStatements } from './statements.ts';

let next = 1;
const documents = [
  { name: 'Customer', attributes: { name: 'text', phone: { type: 'text', unique: true } } },
  { name: 'Order', attributes: { number: { type: 'text', unique: true }, note: 'text', customer: { type: 'record', template: 'Customer', inverse: 'orders' }, tags: { type: 'record', template: 'Customer', multiple: true } } },
];
const templates = templateCatalogue(planTemplates([], documents.map(parseTemplateDocument), () => (next++).toString(16).padStart(8, '0')).templates);
const [customer, order] = ['Customer', 'Order'].map((name) => templates.byName(name)) as [Template, Template];
const relationOf = (name: string): string => {
  const attribute = order.attributes.find((candidate) => candidate.name === name);
  return attribute?.kind === 'link' ? attribute.relation.id : '';
};
const set = { id: '00000000-0000-7000-8000-0000000000ff', run: null };
const idOf = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;
const about = { templateVersion: 1, origin: 'api', by: null } as const;

const anyWrite = (index: number): fc.Arbitrary<RecordWrite> => {
  const id = idOf(index);
  const version = fc.nat(9);
  const customerValues = fc.record({ name: fc.option(fc.string()), phone: fc.string() }, { requiredKeys: [] });
  const orderValues = fc.record({ number: fc.string(), note: fc.option(fc.string()), customer: fc.nat(9).map(idOf) }, { requiredKeys: [] });
  return fc.oneof(
    customerValues.map((values): RecordWrite => ({ ...about, op: 'create', template: customer.id, id, values })),
    orderValues.map((values): RecordWrite => ({ ...about, op: 'create', template: order.id, id, values })),
    fc.tuple(orderValues, version).map(([values, read]): RecordWrite => ({ ...about, op: 'update', template: order.id, id, version: read, values })),
    version.map((read): RecordWrite => ({ ...about, op: 'delete', template: customer.id, id, version: read })),
    fc.tuple(fc.constantFrom('link', 'unlink'), fc.constantFrom('customer', 'tags'), fc.nat(9)).map(([op, name, other]): RecordWrite => ({ op, relation: relationOf(name), owner: id, other: idOf(other), origin: 'api', by: null })),
  );
};
const anySet = fc.nat(40).chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => anyWrite(index)))).filter((writes) => writes.every(printable));
const printable = (write: RecordWrite): boolean => !('values' in write) || Object.values(write.values).every((value) => typeof value !== 'string' || (!value.includes('\0') && value.isWellFormed()));

test('a statement name always carries the same text, fits a prepared statement, and no value is part of a text', () => {
  const texts = new Map<string, string>();
  fc.assert(
    fc.property(anySet, (writes) => {
      for (const { name, text, apart } of recordStatements(writes, templates, set)) {
        expect(text).not.toContain(idOf(0).slice(0, 24));
        // Only what writes many rows at once may do without.
        if (name === undefined && apart !== undefined) continue;
        if (name === undefined) throw new Error(`no name: ${text}`);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
        expect(texts.get(name) ?? text).toBe(text);
        texts.set(name, text);
      }
    }),
  );
});

const plain = (writes: readonly RecordWrite[]): unknown => recordStatements(writes, templates, set).map(({ apart, ...statement }) => ({ ...statement, apart: apart?.() }));

test('the same writes in any order give the same statements', () => {
  fc.assert(
    fc.property(anySet, fc.infiniteStream(fc.nat()), (writes, random) => {
      const records = writes.filter(({ op }) => op !== 'link' && op !== 'unlink');
      const shuffled = records.map((write) => ({ write, rank: random.next().value ?? 0 })).toSorted((left, right) => left.rank - right.rank).map(({ write }) => write);
      expect(plain(shuffled)).toEqual(plain(records));
    }),
  );
});

test('a write after a delete of the same record in one set is a mistake of the program', () => {
  const remove: RecordWrite = { ...about, op: 'delete', template: order.id, id: idOf(1), version: 1 };
  const update: RecordWrite = { ...about, op: 'update', template: order.id, id: idOf(1), version: 1, values: {} };
  expect(() => recordStatements([remove, update], templates, set)).toThrow('after it was deleted');
});

test('an attribute that the version does not have is refused with the nearest name', () => {
  const create: RecordWrite = { ...about, op: 'create', template: order.id, id: idOf(1), values: { nubmer: 'x' } };
  expect(() => recordStatements([create], templates, set)).toThrow('Nearest known: number');
  expect(() => recordStatements([{ ...create, values: { tags: idOf(2) } }], templates, set)).toThrow('tags');
});
