import { describe, expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import { bench, failed, finished, idOf, onMessage, type Bench } from './testing/bench-run.ts';
import type { Turn } from './machine-port.ts';

describe('upsert', () => {
  const upsertTag = onMessage('s', [{ upsert: { template: 'Tag', by: { name: '=message.name' }, as: 'tag' } }, { return: { response: { id: '=tag.id' } } }]);

  test('finds what this run created before', () => {
    const shop = bench([onMessage('s', [{ upsert: { template: 'Tag', by: { name: 'x' } } }, { upsert: { template: 'Tag', by: { name: 'x' } } }])]);
    finished(shop.message({}));
    expect(shop.model.all('Tag')).toHaveLength(1);
  });

  test('no longer finds a record that this run renamed', () => {
    const shop = bench([onMessage('s', [{ upsert: { template: 'Customer', by: { name: 'a' }, set: { name: 'b' } } }, { upsert: { template: 'Customer', by: { name: 'a' }, set: { email: 'new' } } }])]);
    shop.model.add('Customer', idOf(1), { name: 'a' });
    finished(shop.message({}));
    expect(shop.model.all('Customer').map((record) => record.values['name'])).toEqual(['b', 'a']);
  });

  test('fails and names the records when several match', () => {
    const shop = bench([onMessage('s', [{ upsert: { template: 'Customer', by: { name: 'a' }, set: {} } }])]);
    shop.model.add('Customer', idOf(1), { name: 'a' });
    shop.model.add('Customer', idOf(2), { name: 'a' });
    const { failure } = failed(shop.message({}));
    expect(failure.code).toBe('run.severalMatches');
    expect(failure.parameters['records']).toContain(idOf(2));
  });

  test('refuses a key without a value instead of matching everything', () => {
    expect(failed(bench([upsertTag]).message({})).failure).toMatchObject({ code: 'run.keyMissing', parameters: { attribute: 'name' } });
    expect(failed(bench([upsertTag]).message({ name: null })).failure.code).toBe('run.keyMissing');
  });

  test('lists every value that does not fit', () => {
    const shop = bench([onMessage('s', [{ upsert: { template: 'Order', by: { number: 'A' }, set: { total: 'много', state: 'lost' } } }])]);
    const { failure } = failed(shop.message({}));
    expect(failure.problems?.map((problem) => problem.path)).toEqual(['total', 'state']);
  });

  test('leaves an attribute alone when its expression is missing and clears it on null', () => {
    const shop = bench([onMessage('s', [{ upsert: { template: 'Customer', by: { phone: '1' }, set: { name: '=message.name', email: '=message.email' } } }])]);
    shop.model.add('Customer', idOf(1), { phone: '1', name: 'n', email: 'e' });
    finished(shop.message({ email: null }));
    expect(shop.model.one('Customer', { phone: '1' })?.values).toMatchObject({ name: 'n', email: null });
  });
});

describe('find', () => {
  const findAll = (where: unknown, more: object = {}): object => onMessage('s', [{ create: { template: 'Customer', set: { name: 'own', visits: 5 } } }, { find: { template: 'Customer', where, as: 'found', sort: ['-visits'], ...more } }, { return: { response: { found: '=[found.name]' } } }]);
  const names = (turn: Turn): unknown => finished(turn).replies.response?.body;
  const shopOf = (where: unknown): Bench => {
    const shop = bench([findAll(where)]);
    shop.model.add('Customer', idOf(1), { name: 'a', visits: new Decimal(1) });
    shop.model.add('Customer', idOf(2), { name: 'b', visits: new Decimal(9) });
    return shop;
  };

  test('sees committed records and those of this run, in the order asked for', () => {
    expect(names(shopOf({}).message({}))).toEqual({ found: ['b', 'own', 'a'] });
    expect(names(shopOf({ visits: { ge: '=message.n' } }).message({ n: 5 }))).toEqual({ found: ['b', 'own'] });
    expect(names(shopOf({ or: [{ name: 'a' }, { not: { visits: { lt: 9 } } }] }).message({}))).toEqual({ found: ['b', 'a'] });
    expect(names(shopOf({ name: { in: ['a', 'own'] } }).message({}))).toEqual({ found: ['own', 'a'] });
    expect(names(shopOf({ email: null }).message({}))).toEqual({ found: ['b', 'own', 'a'] });
  });

  test('asks for own writes only when the run has touched the template', () => {
    const shop = bench([onMessage('s', [{ find: { template: 'Customer', as: 'a' } }, { create: { template: 'Customer' } }, { find: { template: 'Customer', as: 'b' } }, { find: { template: 'Tag', as: 'c' } }])]);
    finished(shop.message({}));
    expect(shop.needs.map((need) => need.kind === 'read' && need.own)).toEqual([false, true, false]);
  });

  test('refuses a condition without a value instead of finding everything', () => {
    expect(failed(shopOf({ name: '=message.name' }).message({})).failure).toMatchObject({ code: 'run.valueMissing', parameters: { attribute: 'name' } });
  });

  test('with lock makes an unchanged record a checked one', () => {
    const shop = bench([onMessage('s', [{ find: { template: 'Customer', one: true, as: 'c' }, lock: true }])]);
    shop.model.add('Customer', idOf(1), {});
    expect(finished(shop.message({})).effects.checks).toHaveLength(1);
  });
});

describe('links', () => {
  const order = { number: 'A' };
  const shopWithTags = (steps: readonly object[]): Bench => {
    const shop = bench([onMessage('s', [{ find: { template: 'Order', where: order, one: true, as: 'order' } }, ...steps])]);
    shop.model.add('Order', idOf(1), order);
    for (const n of [2, 3, 4]) shop.model.add('Tag', idOf(n), { name: String(n) });
    shop.model.link('rel-tags', idOf(1), idOf(2));
    return shop;
  };
  const tagsOf = (shop: Bench): unknown => shop.model.all('Order')[0]?.links['tags'];

  test('B13: add, exclude, replace and clear keep both sides consistent and delete nothing', () => {
    for (const [step, expected] of [
      [{ add: { tags: [idOf(3)] } }, [2, 3]],
      [{ exclude: { tags: [idOf(2)] } }, []],
      [{ values: { tags: [idOf(3), idOf(4)] } }, [3, 4]],
      [{ clear: ['tags'] }, []],
    ] as const) {
      const shop = shopWithTags([{ set: { record: '=order', ...step } }, { find: { template: 'Tag', as: 'tags', sort: ['name'], links: ['orders'] } }, { return: { response: { tags: '=tags' } } }]);
      const { replies } = finished(shop.message({}));
      expect(tagsOf(shop)).toEqual(expected.map(idOf));
      expect(replies.response?.body).toMatchObject({ tags: [2, 3, 4].map((n) => ({ id: idOf(n), orders: (expected as readonly number[]).includes(n) ? [idOf(1)] : [] })) });
      expect(shop.model.all('Tag')).toHaveLength(3);
    }
  });

  test('written from the far side move the column of the other record', () => {
    const shop = bench([onMessage('s', [{ find: { template: 'Customer', where: { phone: '1' }, one: true, as: 'c' } }, { set: { record: '=c', add: { orders: '=message.order' } } }, { return: { response: { orders: '=c.orders' } } }])]);
    shop.model.add('Customer', idOf(1), { phone: '1' });
    shop.model.add('Customer', idOf(2), { phone: '2' });
    shop.model.add('Order', idOf(3), { number: 'A', customer: idOf(2) });
    expect(finished(shop.message({ order: idOf(3) })).replies.response?.body).toEqual({ orders: [idOf(3)] });
    expect(shop.model.all('Order')[0]).toMatchObject({ version: 2, values: { customer: idOf(1) } });
  });

  test('A01: a created record is added to the link of the context record', () => {
    const shop = bench([onMessage('s', [{ context: { template: 'Customer', of: idOf(1), as: 'client', steps: [{ forEach: { in: '=message.orders', as: 'o', steps: [{ create: { template: 'Order', set: { number: '=o.num' }, link: 'orders' } }] } }] } }, { return: { response: { orders: '=client.orders' } } }])]);
    shop.model.add('Customer', idOf(1), {});
    const { replies } = finished(shop.message({ orders: [{ num: '11' }, { num: '12' }] }));
    expect(shop.model.all('Customer')[0]?.links['orders']).toEqual(shop.model.all('Order').map((made) => made.id));
    expect(replies.response?.body).toEqual({ orders: shop.model.all('Order').map((made) => made.id) });
  });

  test('that are one to one let the former record go when they are written from the far side', () => {
    const shop = bench([onMessage('s', [{ context: { template: 'Customer', of: idOf(1), as: 'c', steps: [{ set: { passport: '=message.passport' } }] } }, { return: { response: { passport: '=c.passport' } } }])]);
    shop.model.add('Customer', idOf(1), {});
    shop.model.add('Passport', idOf(2), { holder: idOf(1) });
    shop.model.add('Passport', idOf(3), {});
    expect(finished(shop.message({ passport: idOf(3) })).replies.response?.body).toEqual({ passport: idOf(3) });
    expect(shop.model.all('Passport').map((passport) => passport.values['holder'])).toEqual([null, idOf(1)]);
  });

  test('of another template are refused though an id would fit', () => {
    const shop = bench([onMessage('s', [{ create: { template: 'Tag', set: { name: 'x' }, as: 'tag' } }, { create: { template: 'Order', set: { number: '1', customer: '=tag' } } }])]);
    expect(failed(shop.message({})).failure).toMatchObject({ code: 'run.values', problems: [{ path: 'customer', parameters: { expected: 'Customer', got: 'Tag' } }] });
  });

  test('cannot be added to when they are single', () => {
    const shop = shopWithTags([{ set: { record: '=order', add: { customer: idOf(9) } } }]);
    expect(failed(shop.message({})).failure.code).toBe('run.notMultiple');
  });

  test('of a deleted record go with it: its own lines are deleted, tags only let go', () => {
    const shop = shopWithTags([{ delete: { record: '=order' } }]);
    shop.model.add('OrderLine', idOf(7), { order: idOf(1) });
    const result = finished(shop.message({}));
    expect(shop.model.all('OrderLine')).toEqual([]);
    expect(shop.model.all('Tag')).toHaveLength(3);
    expect(result.written.map((entry) => `${entry.op} ${entry.template}`)).toEqual(['deleted Order', 'deleted OrderLine']);
  });

  test('that only one side declares are cut when the other record is deleted', () => {
    const shop = bench([onMessage('s', [{ find: { template: 'Document', one: true, as: 'd' } }, { delete: { record: '=d' } }])]);
    shop.model.add('Order', idOf(1), order);
    shop.model.add('Document', idOf(2), { title: 't' });
    shop.model.link('rel-documents', idOf(1), idOf(2));
    finished(shop.message({}));
    expect(shop.model.all('Order')[0]?.links['documents']).toEqual([]);
  });
});

describe('plain writes', () => {
  test('report what each became', () => {
    const shop = bench([]);
    shop.model.add('Tag', idOf(1), { name: 'x' });
    const { written } = finished(
      shop.run({
        kind: 'writes',
        origin: 'ui',
        writes: [
          { op: 'upsert', template: 'Tag', id: idOf(5), by: { name: 'x' }, values: {} },
          { op: 'upsert', template: 'Tag', id: idOf(6), by: { name: 'y' }, values: {} },
          { op: 'create', template: 'Tag', id: idOf(7), values: { name: 'z' } },
          { op: 'update', template: 'Tag', id: idOf(1), version: 1, values: { name: 'w' } },
        ],
      }),
    );
    expect(written).toEqual([
      { op: 'created', template: 'Tag', id: idOf(6), version: 1 },
      { op: 'created', template: 'Tag', id: idOf(7), version: 1 },
      { op: 'updated', template: 'Tag', id: idOf(1), version: 2 },
    ]);
  });

  test('with another version than expected are refused', () => {
    const shop = bench([]);
    shop.model.add('Tag', idOf(1), { name: 'x' });
    expect(failed(shop.run({ kind: 'writes', origin: 'api', writes: [{ op: 'delete', template: 'Tag', id: idOf(1), version: 3 }] })).failure).toMatchObject({ code: 'run.recordChanged', parameters: { expected: 3, actual: 1 } });
  });

  test('to a record that is not there are refused by name', () => {
    expect(failed(bench([]).run({ kind: 'writes', origin: 'api', writes: [{ op: 'update', template: 'Tag', id: idOf(1), version: null, values: {} }] })).failure).toMatchObject({ code: 'run.recordGone', parameters: { template: 'Tag' } });
  });
});
