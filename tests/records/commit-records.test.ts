import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import { openRecordDatabase, type RecordDatabase } from './record-database.ts';

const documents = [
  { name: 'Customer', attributes: { name: 'text', phone: { type: 'text', unique: true } } },
  {
    name: 'Order',
    attributes: {
      number: { type: 'text', required: true, unique: true },
      state: { type: 'enum', values: ['new', 'paid'], default: 'new' },
      total: { type: 'number', decimals: 2 },
      paid: 'boolean',
      placedAt: 'dateTime',
      customer: { type: 'record', template: 'Customer', inverse: 'orders' },
      lines: { type: 'record', template: 'Line', multiple: true, inverse: 'order', deleteLinked: true },
      tags: { type: 'record', template: 'Tag', multiple: true, inverse: { name: 'orders', multiple: true } },
    },
  },
  { name: 'Line', attributes: { sku: 'text', qty: 'number' } },
  { name: 'Tag', attributes: { name: 'text' } },
  { name: 'Node', attributes: { name: 'text', parent: { type: 'record', template: 'Node', inverse: 'children' }, partner: { type: 'record', template: 'Node', inverse: { name: 'partnerOf', multiple: false } } } },
  { name: 'Egg', attributes: { hen: { type: 'record', template: 'Hen', required: true } } },
  { name: 'Hen', attributes: { egg: { type: 'record', template: 'Egg' }, bestEgg: { type: 'record', template: 'Egg', inverse: { name: 'bestOf', multiple: false } } } },
];

let db: RecordDatabase;
beforeAll(async () => {
  db = await openRecordDatabase();
  await db.publish(documents);
}, 60_000);
afterAll(() => db.close());

const committed = { kind: 'committed' };
const number = () => randomUUID();

test('a created record comes back with exact numbers, microseconds and its system attributes', async () => {
  const write = db.create('Order', { number: number(), total: '10.005', paid: true, placedAt: '2020-12-03T17:00:00.1234567+03:00' });
  expect(await db.commit(write)).toEqual(committed);
  const record = await db.get('Order', write.id);
  expect(record.values).toMatchObject({ total: new Decimal('10.01'), paid: true, placedAt: '2020-12-03T14:00:00.123456Z', state: 'new', customer: null });
  expect(record).toMatchObject({ version: 1, createdBy: 'ira', changedBy: 'ira', archived: false, origin: 'api' });
  expect(record.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test('a duplicate of a unique text is refused naming template, attribute and value, another case is allowed', async () => {
  const value = `Order-${number()}`;
  expect(await db.commit(db.create('Order', { number: value }))).toEqual(committed);
  expect(await db.commit(db.create('Order', { number: value }))).toMatchObject({ kind: 'refused', failure: { code: 'record.notUnique', parameters: { template: 'Order', attribute: 'number', value } } });
  expect(await db.commit(db.create('Order', { number: value.toUpperCase() }))).toEqual(committed);
});

test('an update counts the version up and one that read an older version is a conflict', async () => {
  const write = db.create('Order', { number: number() });
  await db.commit(write);
  const record = await db.get('Order', write.id);
  expect(await db.commit(db.update(record, { state: 'paid', total: 5 }))).toEqual(committed);
  expect(await db.get('Order', write.id)).toMatchObject({ version: 2, changedBy: 'oleg', createdBy: 'ira', values: { state: 'paid', number: write.values['number'] } });
  expect(await db.commit(db.update(record, { state: 'new' }))).toEqual({ kind: 'conflict', template: record.template, record: record.id });
  expect(await db.commit(db.remove(record))).toEqual({ kind: 'conflict', template: record.template, record: record.id });
});

test('records of one set may link to each other in any order of writing, also in a circle', async () => {
  const customer = db.create('Customer', { name: 'Ира' });
  const order = db.create('Order', { number: number(), customer: customer.id });
  const line = db.create('Line', { sku: 'a', order: order.id });
  expect(await db.commit(line, order, customer)).toEqual(committed);
  const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
  const circle = [db.create('Node', { name: 'a', parent: b }, a), db.create('Node', { name: 'b', parent: c }, b), db.create('Node', { name: 'c', parent: a, partner: c }, c)];
  expect(await db.commit(...circle)).toEqual(committed);
  expect([(await db.get('Node', a)).values['parent'], (await db.get('Node', b)).values['parent'], (await db.get('Node', c)).values['parent']]).toEqual([b, c, a]);
  expect((await db.get('Node', a)).version).toBe(1);
  expect((await db.get('Node', c)).values).toMatchObject({ partner: c, partnerOf: c });
});

test('a circle through a required link is broken at the optional one', async () => {
  const [egg, hen] = [randomUUID(), randomUUID()];
  expect(await db.commit(db.create('Egg', { hen }, egg), db.create('Hen', { egg }, hen))).toEqual(committed);
  expect((await db.get('Hen', hen)).values['egg']).toBe(egg);
  expect(await db.commit(db.remove(await db.get('Egg', egg)), db.remove(await db.get('Hen', hen)))).toEqual(committed);
});

test('a long chain of new records is inserted from its end', async () => {
  const ids = Array.from({ length: 3_000 }, () => randomUUID());
  expect(await db.commit(...ids.map((id, index) => db.create('Node', { name: `n${index}`, parent: ids[index + 1] ?? null }, id)))).toEqual(committed);
  const records = await Promise.all(ids.slice(0, 2).map((id) => db.get('Node', id)));
  expect(records[0]?.values['parent']).toBe(records[1]?.id);
});

test('a link to a record that does not exist is refused naming the attribute', async () => {
  expect(await db.commit(db.create('Order', { number: number(), customer: randomUUID() }))).toMatchObject({ kind: 'refused', failure: { code: 'record.linkMissing', parameters: { template: 'Order', attribute: 'customer' } } });
});

test('a record that others link to cannot be deleted alone, and can together with them', async () => {
  const customer = db.create('Customer', { name: 'x' });
  const order = db.create('Order', { number: number(), customer: customer.id });
  const lines = ['a', 'b'].map((sku) => db.create('Line', { sku, order: order.id }));
  await db.commit(customer, order, ...lines);
  const removeOrder = db.remove(await db.get('Order', order.id));
  expect(await db.commit(removeOrder)).toMatchObject({ kind: 'refused', failure: { code: 'record.stillLinked', parameters: { template: 'Order', attribute: 'order', by: 'Line' } } });
  const removeLines = await Promise.all(lines.map(async ({ id }) => db.remove(await db.get('Line', id))));
  expect(await db.commit(removeOrder, db.remove(await db.get('Customer', customer.id)), ...removeLines)).toEqual(committed);
  expect(await db.find({ template: 'Order', filter: { op: 'eq', attribute: 'id', value: order.id } })).toEqual([]);
});

test('a tree of records that link to each other is deleted in one set', async () => {
  const [root, leaf, other] = [randomUUID(), randomUUID(), randomUUID()];
  await db.commit(db.create('Node', { name: 'root' }, root), db.create('Node', { name: 'leaf', parent: root, partner: other }, leaf), db.create('Node', { name: 'other', parent: leaf }, other));
  const removes = await Promise.all([root, leaf, other].map(async (id) => db.remove(await db.get('Node', id))));
  expect(await db.commit({ ...removes[0], version: 9 } as (typeof removes)[0], ...removes.slice(1))).toMatchObject({ kind: 'conflict' });
  expect(await db.commit(...removes)).toEqual(committed);
});

test('writing either side of a two-way link is seen from both, and leaving one does not delete the target', async () => {
  const customer = db.create('Customer', { name: 'x' });
  const orders = [db.create('Order', { number: number(), customer: customer.id }), db.create('Order', { number: number() })];
  await db.commit(customer, ...orders);
  const [first, second] = orders.map(({ id }) => id) as [string, string];
  expect(await db.linked('Customer', 'orders', customer.id)).toEqual([first]);
  expect(await db.commit(db.link('link', 'Customer', 'orders', customer.id, second))).toEqual(committed);
  expect((await db.get('Order', second)).values['customer']).toBe(customer.id);
  expect((await db.get('Order', second)).version).toBe(2);
  expect((await db.get('Customer', customer.id, ['orders'])).links['orders']?.toSorted()).toEqual([first, second].toSorted());
  expect(await db.commit(db.link('unlink', 'Customer', 'orders', customer.id, first))).toEqual(committed);
  expect((await db.get('Order', first)).values['customer']).toBeNull();
  expect(await db.linked('Customer', 'orders', customer.id)).toEqual([second]);
});

test('a link and an update of its owner in one set count the version up once', async () => {
  const customer = db.create('Customer', { name: 'x' });
  const [first, second] = [db.create('Order', { number: number() }), db.create('Order', { number: number(), customer: customer.id })];
  await db.commit(customer, first, second);
  const records = [await db.get('Order', first.id), await db.get('Order', second.id)] as const;
  const writes = [db.update(records[0], { state: 'paid' }), db.link('link', 'Customer', 'orders', customer.id, first.id), db.link('unlink', 'Customer', 'orders', customer.id, second.id), db.update(records[1], { total: 3, state: 'paid' })];
  expect(await db.commit(...writes)).toEqual(committed);
  expect(await db.get('Order', first.id)).toMatchObject({ version: 2, values: { customer: customer.id, state: 'paid' } });
  expect(await db.get('Order', second.id)).toMatchObject({ version: 2, values: { customer: null, total: new Decimal(3) } });
});

test('a link that points elsewhere by now is not undone by an old unlink', async () => {
  const [one, two] = [db.create('Customer', { name: '1' }), db.create('Customer', { name: '2' })];
  const order = db.create('Order', { number: number(), customer: two.id });
  await db.commit(one, two, order);
  expect(await db.commit(db.link('unlink', 'Customer', 'orders', one.id, order.id))).toEqual(committed);
  expect(await db.get('Order', order.id)).toMatchObject({ version: 1, values: { customer: two.id } });
});

test('add, exclude, replace and clear on a link of many to many keep both sides the same', async () => {
  const order = db.create('Order', { number: number() });
  const tags = ['a', 'b', 'c'].map((name) => db.create('Tag', { name }));
  const [a, b, c] = tags.map(({ id }) => id) as [string, string, string];
  const linkOf = (op: 'link' | 'unlink', tag: string) => db.link(op, 'Order', 'tags', order.id, tag);
  expect(await db.commit(order, ...tags, linkOf('link', c), linkOf('link', a))).toEqual(committed);
  expect(await db.linked('Order', 'tags', order.id)).toEqual([c, a]);
  expect(await db.commit(linkOf('link', a), linkOf('link', b))).toEqual(committed);
  expect(await db.linked('Order', 'tags', order.id)).toEqual([c, a, b]);
  expect(await db.linked('Tag', 'orders', b)).toEqual([order.id]);
  expect(await db.commit(db.link('unlink', 'Tag', 'orders', c, order.id))).toEqual(committed);
  expect((await db.get('Order', order.id, ['tags'])).links['tags']).toEqual([a, b]);
  expect(await db.find({ template: 'Tag', filter: { op: 'eq', attribute: 'id', value: c } })).toHaveLength(1);
  expect(await db.commit(db.remove(await db.get('Tag', a)))).toEqual(committed);
  expect(await db.linked('Order', 'tags', order.id)).toEqual([b]);
  expect(await db.commit(db.remove(await db.get('Order', order.id)))).toEqual(committed);
  expect(await db.linked('Tag', 'orders', b)).toEqual([]);
});

test('a unique value moves from a deleted record to a new one in one set', async () => {
  const phone = number();
  const old = db.create('Customer', { phone });
  await db.commit(old);
  expect(await db.commit(db.create('Customer', { phone }), db.remove(await db.get('Customer', old.id)))).toEqual(committed);
});

test('a record that a link is taken away from can be deleted in the same set', async () => {
  const [from, to] = [db.create('Customer', { name: 'from' }), db.create('Customer', { name: 'to' })];
  const order = db.create('Order', { number: number(), customer: from.id });
  await db.commit(from, order);
  const record = await db.get('Order', order.id);
  expect(await db.commit(db.remove(await db.get('Customer', from.id)), db.update(record, { customer: to.id }), to)).toEqual(committed);
  const moved = db.create('Customer', { name: 'third' });
  expect(await db.commit(moved, db.link('link', 'Customer', 'orders', moved.id, order.id), db.remove(await db.get('Customer', to.id)))).toEqual(committed);
  expect((await db.get('Order', order.id)).values['customer']).toBe(moved.id);
});

test('several writes of one record in a set become one', async () => {
  const write = db.create('Order', { number: number() });
  const again = { ...write, op: 'update' as const, version: 1, values: { state: 'paid' } };
  expect(await db.commit(write, again)).toEqual(committed);
  expect(await db.get('Order', write.id)).toMatchObject({ version: 1, values: { state: 'paid' } });
  const gone = db.create('Order', { number: number() });
  expect(await db.commit(gone, { ...gone, op: 'delete', version: 1 })).toEqual(committed);
});

test('hostile values are stored as they are', async () => {
  const hostile = `'); DROP TABLE zveno_data.r_${db.template('Customer').id}; -- \\ " $1 % 😀`;
  const write = db.create('Customer', { name: hostile });
  expect(await db.commit(write)).toEqual(committed);
  expect((await db.get('Customer', write.id)).values['name']).toBe(hostile);
});

test('text that cannot be stored is refused naming the attribute and nothing is written', async () => {
  const write = db.create('Customer', { name: 'good' });
  const bad = { ...db.create('Customer', {}), values: { name: 'a\0b' } };
  expect(await db.commit(write, bad)).toMatchObject({ kind: 'refused', failure: { code: 'record.nul', parameters: { attribute: 'name' } } });
  expect(await db.find({ template: 'Customer', filter: { op: 'eq', attribute: 'id', value: write.id } })).toEqual([]);
});

test('each changed record leaves one change row with its version, attributes, origin and set', async () => {
  const customer = db.create('Customer', { name: 'x' });
  const order = db.create('Order', { number: number() });
  await db.commit(customer, order);
  const record = await db.get('Order', order.id);
  await db.commit(db.update(record, { state: 'paid', total: 1 }));
  await db.commit(db.link('link', 'Customer', 'orders', customer.id, order.id));
  await db.commit(db.remove(await db.get('Order', order.id)));
  const rows = await db.rows(`SELECT template, version, op, attributes, origin, changed_by FROM zveno.record_change WHERE record = '${order.id}' ORDER BY seq`);
  const idOf = (name: string) => db.template('Order').attributes.find((attribute) => attribute.name === name)?.id;
  expect(rows).toEqual([
    { template: record.template, version: 1, op: 'create', attributes: [idOf('number'), idOf('state')], origin: 'api', changed_by: 'ira' },
    { template: record.template, version: 2, op: 'update', attributes: [idOf('state'), idOf('total')], origin: 'api', changed_by: 'oleg' },
    { template: record.template, version: 3, op: 'link', attributes: [idOf('customer')], origin: 'scenario', changed_by: null },
    { template: record.template, version: 3, op: 'delete', attributes: [], origin: 'api', changed_by: null },
  ]);
});

test('a run on a version that this node has not loaded is told to try again', async () => {
  const write = { ...db.create('Customer', {}), templateVersion: 99 };
  expect(await db.commit(write)).toMatchObject({ failure: { code: 'record.templateVersion' } });
});
