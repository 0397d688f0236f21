import { expect, test } from 'vitest';
import { parseTemplateDocument } from './configuration/template-document.ts';
import { planTemplates, type TemplatePlan } from './template-plan.ts';
import type { LinkAttribute, Template } from './template.ts';

/** Publishes plans into a list, as the store would. */
class Published {
  templates: readonly Template[] = [];
  #next = 1;

  plan(documents: Record<string, Record<string, unknown>>): TemplatePlan {
    const parsed = Object.entries(documents).map(([name, attributes]) => parseTemplateDocument({ name, attributes }));
    return planTemplates(this.templates, parsed, () => (this.#next++).toString(16).padStart(8, '0'));
  }

  publish(documents: Record<string, Record<string, unknown>>): TemplatePlan {
    const plan = this.plan(documents);
    const changed = new Set(plan.templates.map(({ id }) => id));
    this.templates = [...this.templates.filter(({ id }) => !changed.has(id)), ...plan.templates];
    return plan;
  }

  link(template: string, attribute: string): LinkAttribute {
    const found = this.templates.find(({ name }) => name === template)?.attributes.find(({ name }) => name === attribute);
    if (found?.kind !== 'link') throw new Error(`no link ${template}.${attribute}`);
    return found;
  }
}

const link = (template: string, more: object = {}) => ({ type: 'record', template, ...more });
const summary = (plan: TemplatePlan) => plan.changes.map(({ kind, template, attribute }) => [kind, attribute === undefined ? template : `${template}.${attribute}`].join(' '));
const refused = (plan: TemplatePlan) => plan.refused.map(({ path, code }) => `${path} ${code}`);

test('a first plan creates every template with its attributes, in the order of names', () => {
  const published = new Published();
  const plan = published.publish({ Order: { number: 'text' }, Customer: { name: 'text' } });
  expect(summary(plan)).toEqual(['createTemplate Customer', 'addAttribute Customer.name', 'createTemplate Order', 'addAttribute Order.number']);
  expect(plan.templates.map(({ version }) => version)).toEqual([1, 1]);
});

test('only templates that change get a new version, and ids stay with the names', () => {
  const published = new Published();
  published.publish({ Order: { number: 'text' }, Customer: { name: 'text' } });
  const idsByName = () => Object.fromEntries(published.templates.map(({ name, id, attributes }) => [name, [id, attributes[0]?.id]]));
  const ids = idsByName();
  const plan = published.publish({ Order: { number: 'text' }, Customer: { name: { type: 'text', required: true }, phone: 'text' } });
  expect(summary(plan)).toEqual(['makeRequired Customer.name', 'addAttribute Customer.phone']);
  expect(published.templates.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(['Customer 2', 'Order 1']);
  expect(idsByName()).toEqual(ids);
  expect(published.plan({ Order: { number: 'text' }, Customer: { name: { type: 'text', required: true }, phone: 'text' } })).toEqual({ templates: [], changes: [], refused: [] });
});

test('rules are relaxed and widened in words', () => {
  const published = new Published();
  published.publish({ A: { t: { type: 'text', required: true, unique: true }, e: { type: 'enum', values: ['x'] }, n: { type: 'number', decimals: 2 } } });
  const plan = published.publish({ A: { t: 'text', e: { type: 'enum', values: ['y', 'x', 'z'], default: 'x' }, n: 'number' } });
  expect(summary(plan)).toEqual(['makeOptional A.t', 'makeNotUnique A.t', 'addEnumValues A.e', 'changeDefault A.e', 'changeDecimals A.n']);
  expect(plan.changes.find(({ kind }) => kind === 'addEnumValues')?.to).toBe('y, z');
});

test('an index and a natural order come and go without another column', () => {
  const published = new Published();
  published.publish({ A: { t: 'text', n: { type: 'number', indexed: true } } });
  const ids = published.templates[0]?.attributes.map(({ id }) => id);
  expect(summary(published.publish({ A: { t: { type: 'text', indexed: true, order: 'natural' }, n: 'number' } }))).toEqual(['makeIndexed A.t', 'changeOrder A.t', 'makeNotIndexed A.n']);
  expect(published.templates[0]?.attributes.map(({ id }) => id)).toEqual(ids);
  expect(published.plan({ A: { t: { type: 'text', indexed: true, order: 'natural' }, n: 'number' } }).changes).toEqual([]);
  expect(summary(published.publish({ A: { t: { type: 'text', order: 'code' }, n: 'number' } }))).toEqual(['makeNotIndexed A.t', 'changeOrder A.t']);
});

test('a change of type without a conversion is refused, and nothing is planned', () => {
  const published = new Published();
  published.publish({ A: { t: 'text', e: { type: 'enum', values: ['x', 'y'] }, n: 'number', l: link('A') } });
  const plan = published.plan({ A: { t: 'number', e: { type: 'enum', values: ['x'] }, n: { type: 'number', decimals: 2 }, l: 'text' }, B: {} });
  expect(refused(plan)).toEqual(['A.attributes.l template.typeChange']);
  expect(plan).toMatchObject({ templates: [], changes: [] });
});

test('another type, a shorter list and fewer decimals are new columns, and the former shape comes back under its old id', () => {
  const published = new Published();
  const before = { A: { t: 'text', e: { type: 'enum', values: ['x', 'y'] }, n: 'number' } };
  published.publish(before);
  const ids = published.templates[0]?.attributes.map(({ id }) => id);
  expect(summary(published.publish({ A: { t: 'number', e: { type: 'enum', values: ['x'] }, n: { type: 'number', decimals: 2 } } }))).toEqual(['changeType A.t', 'changeType A.e', 'changeType A.n']);
  expect(published.templates[0]?.hidden?.map(({ id }) => id)).toEqual(ids);
  published.publish(before);
  expect(published.templates[0]?.attributes.map(({ id }) => id)).toEqual(ids);
  expect(published.templates[0]?.attributes.map((attribute) => attribute.kind === 'scalar' && attribute.convertedFrom)).toEqual([1, 2, 3].map(() => expect.objectContaining({ version: 3, changesOnly: true }) as unknown));
});

test('what is no longer declared is hidden, and comes back under its old id in the same shape only', () => {
  const published = new Published();
  published.publish({ A: { t: 'text', n: 'number' } });
  const id = published.templates[0]?.attributes[0]?.id;
  expect(summary(published.publish({ A: { n: 'number' } }))).toEqual(['hideAttribute A.t']);
  expect(published.templates[0]).toMatchObject({ attributes: [{ name: 'n' }], hidden: [{ name: 't', id }] });
  expect(published.plan({ A: { n: 'number', t: 'number' } }).changes).toMatchObject([{ kind: 'addAttribute', attribute: 't' }]);
  expect(summary(published.publish({ A: { n: 'number', t: 'text' } }))).toEqual(['restoreAttribute A.t']);
  expect(published.templates[0]?.attributes.find(({ name }) => name === 't')?.id).toBe(id);
  expect(published.templates[0]?.hidden).toBeUndefined();
});

test('a removed template is hidden whole and comes back with its ids', () => {
  const published = new Published();
  published.publish({ A: { t: 'text' }, B: { a: link('A', { inverse: 'bs' }) } });
  const before = published.templates;
  expect(summary(published.publish({ A: { t: 'text' } }))).toEqual(['hideAttribute A.bs', 'hideTemplate B']);
  expect(published.templates.find(({ name }) => name === 'B')).toMatchObject({ retired: true, attributes: [], hidden: [{ name: 'a' }] });
  expect(summary(published.publish({ A: { t: 'text' }, B: { a: link('A', { inverse: 'bs' }) } }))).toEqual(['restoreAttribute A.bs', 'restoreTemplate B', 'restoreAttribute B.a']);
  expect(published.link('B', 'a').id).toBe(before.find(({ name }) => name === 'B')?.attributes[0]?.id);
});

test('a single link is a column of its own side, and its inverse shows the same relation', () => {
  const published = new Published();
  published.publish({ Order: { customer: link('Customer', { inverse: 'orders' }) }, Customer: {} });
  const [order, customer] = [published.link('Order', 'customer'), published.link('Customer', 'orders')];
  expect(order).toMatchObject({ side: 'owner', multiple: false, inverse: 'orders', relation: { storage: 'column', unique: false } });
  expect(customer).toMatchObject({ side: 'other', multiple: true, inverse: 'customer', relation: order.relation, target: order.relation.owner });
});

test('a multiple link with a single inverse is a column of the other template', () => {
  const published = new Published();
  published.publish({ Order: { lines: link('Line', { multiple: true, deleteLinked: true, inverse: 'order' }) }, Line: {} });
  expect(published.link('Line', 'order')).toMatchObject({ side: 'owner', multiple: false, deleteLinked: false, relation: { storage: 'column', unique: false } });
  expect(published.link('Order', 'lines')).toMatchObject({ side: 'other', deleteLinked: true });
});

test('both single is a unique column, both multiple and one-way multiple are link tables', () => {
  const published = new Published();
  published.publish({
    A: { one: link('B', { inverse: { name: 'oneOf', multiple: false } }), many: link('B', { multiple: true, inverse: { name: 'manyOf', multiple: true } }), some: link('B', { multiple: true }) },
    B: {},
  });
  expect(published.link('A', 'one').relation).toMatchObject({ storage: 'column', unique: true });
  expect(published.link('B', 'oneOf')).toMatchObject({ side: 'other', multiple: false });
  expect(published.link('B', 'manyOf').relation).toEqual(published.link('A', 'many').relation);
  expect(published.link('A', 'many').relation.storage).toBe('table');
  expect(published.link('A', 'some')).toMatchObject({ side: 'owner', relation: { storage: 'table' } });
});

test('links declared on both sides are one relation, whichever of them names the other', () => {
  const shapes = [
    { Order: { lines: link('Line', { multiple: true, inverse: 'order' }) }, Line: { order: link('Order') } },
    { Order: { lines: link('Line', { multiple: true }) }, Line: { order: link('Order', { inverse: 'lines' }) } },
    { Order: { lines: link('Line', { multiple: true, inverse: { name: 'order', multiple: false } }) }, Line: { order: link('Order', { inverse: { name: 'lines', multiple: true }, required: true }) } },
  ];
  for (const documents of shapes) {
    const published = new Published();
    published.publish(documents);
    expect(published.link('Order', 'lines').relation).toEqual(published.link('Line', 'order').relation);
    expect(published.link('Line', 'order').side).toBe('owner');
  }
});

test('sides that do not agree are refused, naming both', () => {
  const published = new Published();
  const conflicts: Record<string, Record<string, unknown>>[] = [
    { A: { x: link('B', { inverse: 'y' }) }, B: { y: 'text' } },
    { A: { x: link('B', { inverse: 'y' }) }, B: { y: link('B') } },
    { A: { x: link('B', { inverse: 'y' }), z: link('B', { inverse: 'y' }) }, B: {} },
    { A: { x: link('B', { inverse: { name: 'y', multiple: false } }) }, B: { y: link('A', { multiple: true }) } },
    { A: { x: link('A', { inverse: 'x' }) } },
  ];
  for (const documents of conflicts) expect(published.plan(documents).refused.map(({ code }) => code)).toContain('template.inverseConflict');
  expect(published.plan({ A: { x: link('B', { inverse: 'y' }) }, B: { y: link('A', { inverse: 'other' }) } }).refused.map(({ code }) => code)).toContain('template.inverseConflict');
});

test('a link to a template that is not there names the nearest one', () => {
  expect(new Published().plan({ Customer: {}, Order: { customer: link('Custmer') } }).refused).toMatchObject([{ path: 'Order.attributes.customer', code: 'config.missingReference', parameters: { nearest: 'Customer' } }]);
});

test('a template links to itself both ways', () => {
  const published = new Published();
  published.publish({ Node: { parent: link('Node', { inverse: 'children' }) } });
  expect(published.link('Node', 'parent')).toMatchObject({ side: 'owner', relation: { storage: 'column' } });
  expect(published.link('Node', 'children')).toMatchObject({ side: 'other', multiple: true });
});

test('a required link has to be stored in the record itself', () => {
  expect(refused(new Published().plan({ A: { x: link('B', { required: true, inverse: { name: 'y', multiple: false } }) }, B: { y: link('A', { required: true }) } }))).toEqual(['B.attributes.y template.requiredLink']);
});

test('a link is not rebuilt: another target, another storage and a joined inverse are refused', () => {
  const published = new Published();
  published.publish({ A: { one: link('B'), many: link('B', { multiple: true }) }, B: { back: link('A'), far: link('A', { multiple: true }) }, C: {} });
  const base = { B: { back: link('A'), far: link('A', { multiple: true }) }, C: {} };
  expect(refused(published.plan({ ...base, A: { one: link('C'), many: link('B', { multiple: true }) } }))).toEqual(['A.attributes.one template.relationChange']);
  expect(refused(published.plan({ ...base, A: { one: link('B', { multiple: true }), many: link('B', { multiple: true }) } }))).toEqual(['A.attributes.one template.relationChange']);
  expect(refused(published.plan({ ...base, A: { one: link('B'), many: link('B', { multiple: true, inverse: { name: 'far', multiple: true } }) } }))).toEqual(['A.attributes.many template.relationChange']);
  expect(refused(published.plan({ ...base, A: { one: link('B'), many: link('B', { multiple: true, inverse: 'newSide' }) } }))).toEqual(['A.attributes.many template.relationChange']);
});

test('a one-way link gets an inverse without being rebuilt', () => {
  const published = new Published();
  published.publish({ A: { one: link('B'), many: link('B', { multiple: true }) }, B: {} });
  const before = [published.link('A', 'one').relation, published.link('A', 'many').relation];
  const plan = published.publish({ A: { one: link('B', { inverse: 'as' }), many: link('B', { multiple: true, inverse: { name: 'manyOf', multiple: true } }) }, B: {} });
  expect(summary(plan)).toEqual(['changeLink A.one', 'changeLink A.many', 'addAttribute B.as', 'addAttribute B.manyOf']);
  expect([published.link('A', 'one').relation, published.link('A', 'many').relation]).toEqual(before);
});

test('attributes implied by other templates count against the limits', () => {
  const documents: Record<string, Record<string, unknown>> = { Hub: {} };
  for (let index = 0; index < 65; index++) documents[`T${index}`] = { hub: link('Hub', { inverse: `t${index}` }) };
  expect(refused(new Published().plan(documents))).toEqual(['Hub template.links']);
});

test('a template described twice is refused', () => {
  const document = parseTemplateDocument({ name: 'A' });
  expect(refused(planTemplates([], [document, document], () => '00000001'))).toEqual(['A template.declaredTwice']);
});

test('an id that is taken is drawn again', () => {
  const drawn = ['0000000a', '0000000a', '0000000b'];
  const plan = planTemplates([], [parseTemplateDocument({ name: 'A', attributes: { x: 'text' } })], () => drawn.shift() ?? '');
  expect(plan.templates[0]).toMatchObject({ id: '0000000a', attributes: [{ id: '0000000b' }] });
});
