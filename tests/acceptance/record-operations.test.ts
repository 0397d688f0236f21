/** What is done with whole records: copies, archive, cascades, upserts by key. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: Customer
attributes: {name: text, phone: {type: text, unique: true}}
---
kind: Template
name: Order
attributes:
  number: {type: text, unique: true}
  note: {type: text, default: from the default}
  customer: {type: record, template: Customer, inverse: {name: orders, multiple: true}}
  lines: {type: record, template: Line, multiple: true, deleteLinked: true, inverse: order}
  tags: {type: record, template: Tag, multiple: true}
  invoice: {type: record, template: Invoice, deleteLinked: true}
---
kind: Template
name: Line
attributes:
  sku: text
  qty: number
  parts: {type: record, template: Part, multiple: true, deleteLinked: true, inverse: line}
  twin: {type: record, template: Line}
---
kind: Template
name: Part
attributes: {name: text}
---
kind: Template
name: Tag
attributes: {name: text}
---
kind: Template
name: Invoice
attributes: {text: text}
---
kind: Scenario
name: copyOrder
on: {manual: Order}
runAs: system
steps:
  - clone: {template: Order, of: =context, depth: 1, set: {number: "=context.number & '-copy'"}, as: copy, steps: [{set: {note: "=$string($count(copy.lines)) & ' lines'"}}]}
---
kind: Scenario
name: putAway
on: {manual: Order}
runAs: system
steps:
  - archive: {}
  - find: {template: Order, where: {number: =context.number}, as: shown}
  - find: {template: Order, where: {number: =context.number}, archived: only, as: away}
  - set: {note: "=$string($count(shown)) & ' shown, ' & $string($count(away)) & ' away'"}
`);
});

afterAll(() => scene.close());

const api = '/api/v1/records';
let count = 0;

async function order() {
  const number = `N-${++count}`;
  const customer = await scene.node.create('Customer', { name: number });
  const tag = await scene.node.create('Tag', { name: number });
  const invoice = await scene.node.create('Invoice', { text: number });
  const made = await scene.node.create('Order', { number, note: null, customer: customer.id, tags: [tag.id], invoice: invoice.id });
  const lines = [await scene.node.create('Line', { sku: 'a', qty: 1, order: made.id }), await scene.node.create('Line', { sku: 'b', qty: 2, order: made.id })];
  await scene.node.change('Line', lines[0]?.id ?? '', { twin: lines[1]?.id });
  await scene.node.create('Part', { name: 'p', line: lines[0]?.id });
  return { id: made.id, number, customer: customer.id, tag: tag.id, invoice: invoice.id, lines: lines.map(({ id }) => id) };
}

describe('B08: a copy', () => {
  test('of depth 1 has lines of its own and shares the customer', async () => {
    const source = await order();
    expect(await scene.node.run('copyOrder', {}, { template: 'Order', id: source.id })).toMatchObject({ state: 'done' });
    const [copy] = await scene.node.records('Order', `&eq=number:${source.number}-copy&links=lines&links=tags`);
    expect(copy).toMatchObject({ customer: source.customer, tags: [source.tag], note: '2 lines' });
    const lines = await scene.node.records('Line', `&eq=order:${copy?.id}&sort=sku&links=parts`);
    expect(lines.map(({ sku, qty, parts }) => [sku, qty, parts])).toEqual([['a', 1, []], ['b', 2, []]]);
    // A link among what is copied leads to the copy.
    expect(lines[0]?.['twin']).toBe(lines[1]?.id);
    expect(lines.some(({ id }) => source.lines.includes(id))).toBe(false);
    expect(copy?.['invoice']).not.toBe(source.invoice);
    expect(await scene.node.record('Order', source.id, 'lines')).toMatchObject({ lines: source.lines, number: source.number, invoice: source.invoice });
    expect((await scene.node.record('Customer', source.customer, 'orders'))['orders']).toHaveLength(2);
  });

  test('by REST goes as deep as asked, and leaves unique values to the caller', async () => {
    const source = await order();
    const flat = await scene.node.ask<{ id: string }>('POST', `${api}/Order/${source.id}/clone`, {});
    expect(await scene.node.record('Order', flat.id, 'lines,tags')).toMatchObject({ number: null, note: null, customer: source.customer, lines: [], invoice: null, tags: [source.tag] });
    const deep = await scene.node.ask<{ id: string }>('POST', `${api}/Order/${source.id}/clone`, { depth: 2, values: { number: 'deep', tags: [] } });
    expect(await scene.node.record('Order', deep.id, 'tags')).toMatchObject({ number: 'deep', tags: [] });
    const lines = await scene.node.records('Line', `&eq=order:${deep.id}&sort=sku&links=parts`);
    expect(lines.map(({ parts }) => (parts as string[]).length)).toEqual([1, 0]);
  });

  test('that cannot be made whole is not made at all', async () => {
    const source = await order();
    const before = (await scene.node.records('Line')).length;
    const taken = await scene.node.call('POST', `${api}/Order/${source.id}/clone`, { body: { depth: 1, values: { number: source.number } } });
    expect([taken.status, taken.body]).toMatchObject([409, { code: 'record.notUnique' }]);
    expect((await scene.node.call('POST', `${api}/Order/${source.customer}/clone`, { body: {} })).body).toMatchObject({ code: 'run.recordGone' });
    expect((await scene.node.call('POST', `${api}/Order/${source.id}/clone`, { body: { depth: 17 } })).status).toBe(422);
    expect((await scene.node.call('POST', `${api}/Order/${source.id}/clone`, { body: { values: { nope: 1 } } })).body).toMatchObject({ problems: [{ code: 'record.unknownAttribute' }] });
    expect((await scene.node.records('Line')).length).toBe(before);
  });
});

describe('E03: a two-way link', () => {
  test('shows on both sides whichever is written', async () => {
    const source = await order();
    const other = await scene.node.create('Customer', { name: 'other' });
    await scene.node.change('Customer', other.id, { orders: [source.id] });
    expect((await scene.node.record('Order', source.id))['customer']).toBe(other.id);
    expect(await scene.node.record('Customer', source.customer, 'orders')).toMatchObject({ orders: [] });
    await scene.node.change('Order', source.id, { customer: source.customer });
    expect(await scene.node.record('Customer', other.id, 'orders')).toMatchObject({ orders: [] });
  });

  test('with deleteLinked takes what it owns along, says beforehand how much, and spares the rest', async () => {
    const source = await order();
    const preview = await scene.node.ask<object>('GET', `${api}/Order/${source.id}/deletion`);
    expect(preview).toEqual({ total: 5, records: [{ template: 'Order', count: 1 }, { template: 'Line', count: 2 }, { template: 'Part', count: 1 }, { template: 'Invoice', count: 1 }], refusal: null });
    const refused = await scene.node.call('DELETE', `${api}/Order/${source.id}?expected=4`);
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'record.deletionChanged', parameters: { expected: 4, actual: 5 } }]);
    expect((await scene.node.call('DELETE', `${api}/Order/${source.id}?expected=5`)).status).toBe(204);
    for (const id of source.lines) expect((await scene.node.call('GET', `${api}/Line/${id}`)).status).toBe(404);
    expect(await scene.node.record('Customer', source.customer, 'orders')).toMatchObject({ orders: [] });
    expect((await scene.node.call('GET', `${api}/Invoice/${source.invoice}`)).status).toBe(404);
    expect((await scene.node.call('GET', `${api}/Order/${source.id}/deletion`)).body).toMatchObject({ code: 'run.recordGone' });
  });

  test('that still leads to the record is named by the preview of its deletion', async () => {
    const source = await order();
    expect(await scene.node.ask('GET', `${api}/Customer/${source.customer}/deletion`)).toMatchObject({ total: 1, refusal: { code: 'record.stillLinked', parameters: { attribute: 'customer', by: 'Order' } } });
    expect((await scene.node.call('DELETE', `${api}/Customer/${source.customer}`)).body).toMatchObject({ code: 'record.stillLinked' });
  });
});

describe('an archived record', () => {
  test('leaves the lists, keeps its links, and comes back', async () => {
    const source = await order();
    const away = await scene.node.ask<object>('POST', `${api}/Order/${source.id}/archive`);
    expect(away).toMatchObject({ _archived: true, _version: 2 });
    const list = (query: string) => scene.node.records('Order', `&eq=number:${source.number}${query}`);
    expect([(await list('')).length, (await list('&archived=with')).length, (await list('&archived=only')).length]).toEqual([0, 1, 1]);
    expect((await scene.node.record('Customer', source.customer, 'orders'))['orders']).toEqual([source.id]);
    // It still holds its unique value, and is found by it.
    expect((await scene.node.call('PUT', `${api}/Order?by=number`, { body: { number: source.number, note: 'found' } })).status).toBe(200);
    expect((await scene.node.call('POST', `${api}/Order/${source.id}/restore`, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect(await scene.node.ask('POST', `${api}/Order/${source.id}/restore`)).toMatchObject({ _archived: false, note: 'found' });
    expect(await scene.node.ask('POST', `${api}/Order/${source.id}/restore`)).toMatchObject({ _version: 4 });
    expect((await list('')).length).toBe(1);
  });

  test('is put away by a scenario, which then finds it only when it asks', async () => {
    const source = await order();
    expect(await scene.node.run('putAway', {}, { template: 'Order', id: source.id })).toMatchObject({ state: 'done' });
    expect(await scene.node.record('Order', source.id)).toMatchObject({ _archived: true, note: '0 shown, 1 away', _version: 2 });
  });
});

describe('E06: an upsert by key', () => {
  const put = (body: object) => scene.node.call('PUT', `${api}/Tag?by=name`, { body });

  test('creates when nothing matches, changes the one that does, and refuses several without changing any', async () => {
    const created = await put({ name: 'one' });
    expect(created.status).toBe(201);
    expect(await put({ name: 'one' })).toMatchObject({ status: 200, body: { id: (created.body as { id: string }).id, _version: 1 } });
    const twins = [await scene.node.create('Tag', { name: 'two' }), await scene.node.create('Tag', { name: 'two' })];
    const refused = await put({ name: 'two' });
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'run.severalMatches' }]);
    for (const { id } of twins) expect(await scene.node.record('Tag', id)).toMatchObject({ _version: 1 });
    expect(await scene.node.records('Tag', '&eq=name:two')).toHaveLength(2);
  });
});

describe('E05: a local time with its offset', () => {
  test('is kept as the instant it names', async () => {
    await scene.apply('kind: Template\nname: Event\nattributes: {at: dateTime}\n---\nkind: Scenario\nname: readTime\non: {api: true}\nrunAs: system\nsteps:\n  - create: {template: Event, set: {at: "=$fromMillis($toMillis(text & \' +03:00\', \'[D01].[M01].[Y0001] [H01]:[m01] [Z]\'))"}}\n');
    expect(await scene.node.create('Event', { at: '2020-12-03T17:00:00+03:00' })).toMatchObject({ at: '2020-12-03T14:00:00.000000Z' });
    expect(await scene.node.run('readTime', { text: '03.12.2020 17:00' })).toMatchObject({ state: 'done' });
    expect((await scene.node.records('Event')).map(({ at }) => at)).toEqual(['2020-12-03T14:00:00.000000Z', '2020-12-03T14:00:00.000000Z']);
    expect((await scene.node.call('POST', `${api}/Event`, { body: { at: '2020-12-03T17:00:00' } })).body).toMatchObject({ problems: [{ code: 'record.wrongType' }] });
  });
});
