/** Calculated attributes: read by REST and scenarios, never written, never asked for by a condition. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

const templates = `
kind: Template
name: City
attributes: {name: text, zone: text}
---
kind: Template
name: Customer
attributes:
  name: text
  discount: {type: number, default: 0}
  city: {type: record, template: City}
  label: {type: text, calculated: "=name & ' (' & city.name & ')'"}
---
kind: Template
name: Order
attributes:
  number: text
  price: {type: number, decimals: 2}
  qty: number
  customer: {type: record, template: Customer, inverse: {name: orders, multiple: true}}
  sum: {type: number, decimals: 2, calculated: "=price * qty"}
  due: {type: number, decimals: 2, calculated: "=sum * (100 - customer.discount) / 100"}
  title: {type: text, calculated: "=number & ': ' & customer.label"}
  isLarge: {type: boolean, calculated: "=due > 100"}
  letters: {type: number, calculated: "=number"}
  edited: {type: boolean, calculated: "=_version > 1"}
`;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`${templates}
---
kind: Scenario
name: recount
on: {manual: Order}
runAs: system
steps:
  - set: {qty: =context.qty + 1}
  - set: {number: "=$string(context.due)"}
  - create: {template: Customer, set: {name: Ли, discount: 50}, as: other}
  - set: {customer: =other}
  - set: {number: "=context.number & ' ' & $string(context.due)"}
---
kind: Scenario
name: noGifts
on: {changed: Order, when: before}
runAs: system
steps:
  - validate: {that: "=after.due >= 0", else: Меньше нуля}
`);
});

afterAll(() => scene.close());

async function someOrder(values: Record<string, unknown> = {}) {
  const city = await scene.node.create('City', { name: 'Казань' });
  const customer = await scene.node.create('Customer', { name: 'Ира', discount: 10, city: city.id });
  return scene.node.create('Order', { number: '7', price: '10.10', qty: 3, customer: customer.id, ...values });
}

describe('E04: a calculated attribute', () => {
  test('is computed whenever its record is read, through single links and other calculated attributes', async () => {
    const order = await someOrder();
    const expected = { sum: 30.3, due: 27.27, title: '7: Ира (Казань)', isLarge: false, edited: false };
    expect(order).toMatchObject(expected);
    expect((await scene.node.records('Order', `&eq=id:${order.id}`))[0]).toMatchObject(expected);
    await scene.node.change('Customer', String(order['customer']), { discount: 20 });
    expect(await scene.node.record('Order', order.id)).toMatchObject({ due: 24.24, _version: 1 });
  });

  test('is empty where what it reads is empty, and says why when it cannot be computed', async () => {
    const bare = await scene.node.create('Order', { number: 'семь' });
    expect(bare).toMatchObject({ sum: null, title: 'семь: ', letters: null });
    expect(bare['_failures']).toEqual([expect.objectContaining({ attribute: 'letters', code: 'record.calculation', text: expect.stringContaining('Attribute "letters"') as string })]);
  });

  test('that was chosen is computed of what was not, and one that was not chosen is not', async () => {
    const order = await someOrder();
    for (const text of [`?select=due,title&eq=id:${order.id}`, `?select=due,title&sort=-qty&eq=id:${order.id}`]) {
      expect((await scene.node.call('GET', `/api/v1/records/Order${text}`)).body).toMatchObject({ records: [{ id: order.id, _version: 1, due: 27.27, title: '7: Ира (Казань)' }] });
    }
    expect((await scene.node.call('GET', `/api/v1/records/Order/${order.id}?select=due`)).body).toEqual({ id: order.id, _version: 1, due: 27.27 });
    expect((await scene.node.call('GET', `/api/v1/records/Order/${order.id}?select=customer.label,number`)).body).toEqual({ id: order.id, _version: 1, number: '7', customer: { id: expect.any(String), _version: 1, label: 'Ира (Казань)' } });
    const wordy = await someOrder({ number: 'семь' });
    expect((await scene.node.call('GET', `/api/v1/records/Order/${wordy.id}?select=number`)).body).toEqual({ id: wordy.id, _version: 1, number: 'семь' });
    expect((await scene.node.call('GET', `/api/v1/records/Order/${wordy.id}?select=letters`)).body).toMatchObject({ letters: null, _failures: [{ attribute: 'letters' }] });
  });

  test('rejects writes, by REST and in scenarios', async () => {
    const order = await someOrder();
    const refused = await scene.node.change('Order', order.id, { sum: 1, qty: 5 });
    expect([refused.status, refused.body]).toMatchObject([422, { problems: [{ path: 'sum', code: 'record.calculated' }] }]);
    expect((await scene.node.call('PUT', '/api/v1/records/Order?by=sum', { body: { sum: 30.3 } })).status).toBe(422);
    expect(await scene.node.record('Order', order.id)).toMatchObject({ qty: 3, _version: 1 });
    const said = await scene.tryApply('kind: Scenario\nname: wrong\non: {manual: Order}\nsteps: [{set: {sum: 1}}]\n');
    expect(said.err).toMatch(/sum.*is calculated and cannot be written/);
  });

  test('cannot be a condition or an order', async () => {
    for (const query of ['eq=sum:1', 'sort=sum', `filter=${encodeURIComponent('{"op":"isNull","attribute":"due"}')}`]) {
      const refused = await scene.node.call('GET', `/api/v1/records/Order?${query}`);
      expect([refused.status, refused.body]).toMatchObject([422, { code: 'query.calculated' }]);
    }
  });

  test('follows what a scenario changes, before anything is committed', async () => {
    const order = await someOrder();
    expect(await scene.node.run('recount', {}, { template: 'Order', id: order.id })).toMatchObject({ state: 'done' });
    expect(await scene.node.record('Order', order.id)).toMatchObject({ number: '36.36 20.2', due: 20.2 });
  });

  test('is seen by a trigger that may refuse the change', async () => {
    const order = await someOrder();
    expect((await scene.node.change('Order', order.id, { qty: -1 })).body).toMatchObject({ code: 'run.validation' });
    expect((await scene.node.change('Order', order.id, { qty: 1 })).status).toBe(200);
  });

  test('is described as read only', async () => {
    const schema = await scene.node.ask<{ properties: Record<string, object> }>('GET', '/api/v1/templates/Order/schema');
    expect(schema.properties['sum']).toMatchObject({ readOnly: true, type: ['number', 'null'] });
    const template = await scene.node.ask<{ attributes: { name: string; calculated?: string }[] }>('GET', '/api/v1/templates/Order');
    expect(template.attributes.find(({ name }) => name === 'sum')).toMatchObject({ calculated: '=price * qty', type: 'number' });
  });

  test('of another template is looked up once for a page of records', async () => {
    const order = await someOrder();
    for (let index = 0; index < 5; index++) await scene.node.create('Order', { number: `p${index}`, customer: order['customer'], price: 1, qty: index });
    const page = await scene.node.records('Order', `&eq=customer:${String(order['customer'])}&sort=qty&sort=number`);
    expect(page.map(({ title }) => title)).toEqual(['p0', 'p1', 'p2', '7', 'p3', 'p4'].map((number) => `${number}: Ира (Казань)`));
  });

  test.each([
    ['x: {type: number, calculated: "=y + 1"}\n  y: {type: number, calculated: "=x + 1"}', 'Wrong.x → Wrong.y → Wrong.x'],
    ['x: {type: number, calculated: "=x"}', 'Wrong.x → Wrong.x'],
    ['parent: {type: record, template: Wrong}\n  x: {type: number, calculated: "=parent.x + 1"}', 'calculated from itself'],
    ['x: {type: number, calculated: "=prise"}\n  price: number', 'prise.*price'],
    ['x: {type: number, calculated: "=$count(tags.name)"}\n  tags: {type: record, template: City, multiple: true}', 'a link to many records'],
    ['x: {type: text, calculated: "=$string($)"}', 'reads the record as a whole'],
    ['x: {type: text, calculated: "=("}', 'document-0.yaml:4'],
    ['x: {type: text, calculated: name}', 'begins with "="'],
    ['x: {type: text, calculated: "=a", unique: true}\n  a: text', 'the key "unique" is not for it'],
    ['x: {type: record, template: City, calculated: "=a"}\n  a: text', 'cannot be calculated'],
    ['x: {type: text, calculated: "=c.city.zone & c.city.name & c.label.x"}\n  c: {type: record, template: Customer}', 'OK'],
  ])('is checked when it is published: %s', async (attributes, expected) => {
    const said = await scene.tryApply(`kind: Template\nname: Wrong\nattributes:\n  ${attributes}\n`);
    if (expected === 'OK') expect(said.code).toBe(0);
    else expect(said.err).toMatch(new RegExp(expected));
  });

  test('takes the place of one that is stored, whose values come back with it', async () => {
    await scene.apply('kind: Template\nname: Kept\nattributes: {a: text, b: text}\n');
    const kept = await scene.node.create('Kept', { a: '1', b: '2' });
    await scene.apply('kind: Template\nname: Kept\nattributes: {a: text, b: {type: text, calculated: "=a & a"}}\n');
    expect(await scene.node.record('Kept', kept.id)).toMatchObject({ b: '11' });
    await scene.apply('kind: Template\nname: Kept\nattributes: {a: text, b: text}\n');
    expect(await scene.node.record('Kept', kept.id)).toMatchObject({ b: '2' });
  });
});
