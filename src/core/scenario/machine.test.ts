import { describe, expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import { limits } from '../limits.ts';
import { createMachine } from './machine.ts';
import type { Machine } from './machine-port.ts';
import { bench, failed, finished, idOf, onMessage, type Bench } from './testing/bench-run.ts';

const reads = (shop: Bench): number => shop.needs.filter((need) => need.kind === 'read').length;

const acceptOrder = onMessage('acceptOrder', [
  { upsert: { template: 'Customer', by: { phone: '=message.customer.phone' }, set: { name: '=message.customer.name' }, as: 'customer' } },
  {
    upsert: {
      template: 'Order',
      by: { number: '=message.orderId' },
      set: { customer: '=customer', total: '=message.total' },
      as: 'order',
      steps: [{ forEach: { in: '=message.lines', as: 'line', steps: [{ upsert: { template: 'OrderLine', by: { order: '=order', sku: '=line.sku' }, set: { qty: '=line.qty' } } }] } }],
    },
  },
  { send: { route: 'partner', message: { number: '=order.number', total: '=order.total' } } },
  { return: { response: { accepted: true, number: '=order.number' } } },
]);
const orderMessage = { orderId: 'A-17', total: '20.20', customer: { name: 'Ирина', phone: '+7900' }, lines: [{ sku: 's1', qty: 2 }, { sku: 's2', qty: 1 }] };

describe('an accepted order', () => {
  test('is stored whole, with its customer and lines, and passed on', () => {
    const shop = bench([acceptOrder]);
    const result = finished(shop.message(orderMessage));
    expect(result.replies.response).toEqual({ status: 200, body: { accepted: true, number: 'A-17' } });
    const order = shop.model.one('Order', { number: 'A-17' });
    expect(order?.values).toMatchObject({ state: 'new', total: new Decimal('20.20') });
    expect(shop.model.one('Customer', { id: String(order?.values['customer']) })?.links['orders']).toEqual([order?.id]);
    expect(shop.model.all('OrderLine').map((line) => line.values['sku'])).toEqual(['s1', 's2']);
    expect(result.effects.sends).toMatchObject([{ path: 'acceptOrder.steps[2].send', route: 'partner', message: { number: 'A-17', total: new Decimal('20.2') } }]);
  });

  test('reads only what may be there: lines of a new order cannot exist', () => {
    const shop = bench([acceptOrder]);
    shop.message(orderMessage);
    expect(reads(shop)).toBe(2);
  });

  test('comes a second time and changes nothing', () => {
    const shop = bench([acceptOrder]);
    finished(shop.message(orderMessage));
    const result = finished(shop.message(orderMessage));
    expect(result.effects.records).toEqual([]);
    expect(result.written).toEqual([]);
  });

  test('has the same effect ids and record ids at a recomputation, and others in another run', () => {
    const ids = (run: string): readonly string[] => {
      const { effects } = finished(bench([acceptOrder], { identity: { run } }).message(orderMessage));
      return [...effects.sends.map((send) => send.effectId), ...effects.records.flatMap((write) => (write.op === 'create' ? [write.id] : []))];
    };
    expect(ids('a')).toEqual(ids('a'));
    expect(new Set([...ids('a'), ...ids('b')]).size).toBe(2 * ids('a').length);
  });

  test('is traced step by step with loop indices', () => {
    const { trace } = finished(bench([acceptOrder]).message(orderMessage));
    expect(trace.map((entry) => entry.path)).toEqual([
      'acceptOrder.steps[0].upsert',
      'acceptOrder.steps[1].upsert',
      'acceptOrder.steps[1].upsert[0].forEach',
      'acceptOrder.steps[1].upsert[0].forEach[0].upsert',
      'acceptOrder.steps[1].upsert[0].forEach[1].upsert',
      'acceptOrder.steps[2].send',
      'acceptOrder.steps[3].return',
    ]);
  });

  test('gives the same when the state is packed between every two turns', () => {
    const plain = finished(bench([acceptOrder]).message(orderMessage));
    const packed = finished(bench([acceptOrder], { repack: true }).message(orderMessage));
    expect(packed).toEqual(plain);
  });
});

describe('a failed run', () => {
  test('B01: keeps nothing of what it wrote and returns the message verbatim', () => {
    const shop = bench([onMessage('s', [{ create: { template: 'Tag', set: { name: 'x' }, steps: [{ set: { name: 'y' } }] } }, { validate: { that: false, else: 'Так нельзя: {name}' } }])]);
    const turn = failed(shop.message({}));
    expect(turn).toMatchObject({ path: 's.steps[1].validate', failure: { code: 'run.validation', parameters: { message: 'Так нельзя: {name}' } } });
    expect(turn.result.effects.records).toEqual([]);
    expect(shop.model.all('Tag')).toEqual([]);
  });

  test('A11: answers with the error reply that was set before', () => {
    const shop = bench([
      onMessage('s', [
        { return: { errorResponse: { HasErrors: true }, status: 400 } },
        { forEach: { in: '=message.List', as: 'item', steps: [{ create: { template: 'OrderLine', set: { order: '=item.order', qty: '=item.No' } } }] } },
        { return: { response: { HasErrors: false } } },
      ]),
    ]);
    shop.model.add('Order', idOf(1), { number: 'A' });
    const turn = failed(shop.message({ List: [{ order: idOf(1), No: 7 }, { order: idOf(1), No: 'восемь' }] }));
    expect(turn.path).toBe('s.steps[1].forEach[1].create');
    expect(turn.result.replies).toEqual({ response: null, errorResponse: { status: 400, body: { HasErrors: true } } });
    expect(shop.model.all('OrderLine')).toEqual([]);
  });

  test('A12: a run that returns nothing leaves the response slot empty', () => {
    expect(finished(bench([onMessage('s', [])]).message({})).replies).toEqual({ response: null, errorResponse: null });
  });

  test('A10: a list of items becomes records and a reply', () => {
    const shop = bench([
      onMessage('s', [
        { forEach: { in: '=message.List', as: 'entry', steps: [{ create: { template: 'Order', set: { number: '=entry.Item.No', total: 1 } } }] } },
        { return: { response: { HasErrors: false, ResponseDescription: 'ok' } } },
      ]),
    ]);
    const result = finished(shop.message({ List: [{ Item: { No: '7' } }, { Item: { No: '8' } }] }));
    expect(shop.model.all('Order').map((order) => order.values['number'])).toEqual(['7', '8']);
    expect(result.replies.response?.body).toEqual({ HasErrors: false, ResponseDescription: 'ok' });
  });
});

<<<<<<< HEAD
describe('several scenarios of a route', () => {
  test('run in the order of their names in one effect set', () => {
    const shop = bench([onMessage('b', [{ set: { record: '=message', values: {} } }]), onMessage('a', [{ create: { template: 'Tag', set: { name: 'a' } } }])]);
=======
describe('conditions and loops', () => {
  const cases = (mode: string): object =>
    onMessage('s', [
      {
        conditions: {
          mode,
          cases: [1, 2, 3].map((n) => ({ when: `=message.x > ${n}`, steps: [{ create: { template: 'Tag', set: { name: `more than ${n}` } } }] })),
          else: [{ create: { template: 'Tag', set: { name: 'else' } } }],
        },
      },
    ]);
  const tags = (shop: Bench): readonly unknown[] => shop.model.all('Tag').map((tag) => tag.values['name']);

  test('B05: every condition that is true runs its block, in order; else when none is', () => {
    for (const [x, expected] of [[3, ['more than 1', 'more than 2']], [0, ['else']]] as const) {
      const shop = bench([cases('all')]);
      finished(shop.message({ x }));
      expect(tags(shop)).toEqual(expected);
    }
  });

  test('only the first true condition runs in mode first', () => {
    const shop = bench([cases('first')]);
    finished(shop.message({ x: 3 }));
    expect(tags(shop)).toEqual(['more than 1']);
  });

  test('a condition that gives neither true nor false fails and says what it gave', () => {
    const shop = bench([onMessage('s', [{ conditions: { cases: [{ when: '=message.x', steps: [] }] } }])]);
    expect(failed(shop.message({ x: 'да' })).failure).toMatchObject({ code: 'run.notBoolean', parameters: { value: '"да"' } });
    finished(shop.message({}));
  });

  const counting = onMessage('s', [{ repeat: { times: '=message.n', as: 'i', steps: [{ variables: { set: 'seen', op: 'add', values: { i: '=i' } } }] } }, { return: { response: { seen: '=seen' } } }]);
  test('B06: repeat counts from zero to N-1, and not at all for zero', () => {
    expect(finished(bench([counting]).message({ n: 3 })).replies.response?.body).toEqual({ seen: { i: [0, 1, 2] } });
    expect(finished(bench([counting]).message({ n: 0 })).replies.response?.body).toEqual({});
  });

  test('a count that is not a whole number from zero is refused', () => {
    for (const n of [-1, 1.5, 'три', null]) expect(failed(bench([counting]).message({ n })).failure.code).toBe('run.badCount');
  });

  test('more iterations than allowed end the run past every handler', () => {
    const shop = bench([onMessage('s', [{ try: { steps: [{ repeat: { times: 200, steps: [{ repeat: { times: 100, steps: [] } }] } }], handle: [] } }])]);
    expect(failed(shop.message({})).failure.code).toBe('run.iterations');
  });

  test('one value and no value are loops of one and none', () => {
    const shop = bench([onMessage('s', [{ forEach: { in: '=message.one', as: 'x', steps: [{ create: { template: 'Tag', set: { name: '=x' } } }] } }])]);
    finished(shop.message({ one: 'single' }));
    finished(shop.message({}));
    expect(tags(shop)).toEqual(['single']);
  });

  test('B07: context changes each linked record, and nothing without links', () => {
    const shop = bench([onMessage('s', [{ find: { template: 'Customer', where: { phone: '=message.phone' }, one: true, as: 'customer' } }, { context: { template: 'Order', of: '=customer.orders', steps: [{ set: { state: 'paid' } }] } }])]);
    shop.model.add('Customer', idOf(1), { phone: '1' });
    shop.model.add('Customer', idOf(2), { phone: '2' });
    for (const n of [3, 4, 5]) shop.model.add('Order', idOf(n), { number: String(n), customer: idOf(1), state: 'new' });
    finished(shop.message({ phone: '2' }));
    expect(shop.model.all('Order').map((order) => order.values['state'])).toEqual(['new', 'new', 'new']);
    finished(shop.message({ phone: '1' }));
    expect(shop.model.all('Order').map((order) => order.values['state'])).toEqual(['paid', 'paid', 'paid']);
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
      const seen = (replies.response?.body as unknown as { tags: { id: string; orders: string[] }[] }).tags;
      expect(seen.filter((tag) => tag.orders.includes(idOf(1))).map((tag) => tag.id)).toEqual(expected.map(idOf));
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

describe('variables', () => {
  test('B14: add makes lists of repeated names, replace sets, exclude empties the set', () => {
    const steps = [
      { variables: { set: 'v', op: 'add', values: { a: 1, b: 'x' } } },
      { variables: { set: 'v', op: 'add', values: { a: 2 } } },
      { return: { response: '=v' } },
    ];
    const body = (more: readonly object[]): unknown => finished(bench([onMessage('s', [...steps, ...more])]).message({})).replies.response?.body;
    expect(body([])).toEqual({ a: [1, 2], b: 'x' });
    expect(body([{ variables: { set: 'v', op: 'replace', values: { a: 3 } } }, { return: { response: '=v' } }])).toEqual({ a: 3, b: 'x' });
    expect(body([{ variables: { set: 'v', op: 'exclude' } }, { return: { response: '=v' } }])).toEqual({});
  });

  test('that hold a record follow what the run writes, under every name', () => {
    const shop = bench([
      onMessage('s', [
        { create: { template: 'Customer', set: { name: 'a' }, as: 'first' } },
        { find: { template: 'Customer', as: 'all' } },
        { forEach: { in: '=all', as: 'one', steps: [{ set: { record: '=one', values: { name: 'b' } } }] } },
        { return: { response: { first: '=first.name', one: '=one.name', all: '=all[0].name' } } },
      ]),
    ]);
    expect(finished(shop.message({})).replies.response?.body).toEqual({ first: 'b', one: 'b', all: 'b' });
  });

  test('named __proto__ and constructor are ordinary', () => {
    const shop = bench([onMessage('s', [{ variables: { set: 'v', op: 'add', values: JSON.parse('{"__proto__": 1, "constructor": 2}') as object } }, { return: { response: '=v' } }])]);
    expect(JSON.stringify(finished(shop.message({})).replies.response?.body)).toBe('{"__proto__":1,"constructor":2}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('that hold something else are not overwritten by a set', () => {
    expect(failed(bench([onMessage('s', [{ variables: { set: 'message', op: 'add', values: { a: 1 } } }])]).message('text')).failure.code).toBe('run.notSet');
  });
});

describe('a guarded step', () => {
  const guarded = (inner: readonly object[], more: object = {}): object => onMessage('s', [{ create: { template: 'Tag', set: { name: 'first' } } }, { try: { steps: inner, ...more } }, { create: { template: 'Tag', set: { name: 'last' } } }]);
  const tags = (shop: Bench): readonly unknown[] => shop.model.all('Tag').map((tag) => tag.values['name']);

  test('B03: that fails under continue leaves nothing of itself; what is before and after stays', () => {
    const shop = bench([
      onMessage('s', [
        { create: { template: 'Tag', set: { name: 'first' } } },
        { create: { template: 'Tag', set: { name: 'middle' }, as: 'middle', steps: [{ send: { route: 'partner', message: {} } }, { validate: { that: false, else: 'no' } }] }, onError: 'continue' },
        { create: { template: 'Tag', set: { name: 'last' } } },
        { return: { response: { middle: '=middle' } } },
      ]),
    ]);
    const result = finished(shop.message({}));
    expect(tags(shop)).toEqual(['first', 'last']);
    expect(result.effects.sends).toEqual([]);
    expect(result.replies.response?.body).toEqual({ middle: null });
  });

  test('hands its failure to the handler as the variable error', () => {
    const shop = bench([onMessage('s', [{ try: { steps: [{ validate: { that: false, else: 'стоп' } }], handle: [{ return: { response: { code: '=error.code', message: '=error.message', path: '=error.path' } } }] } }])]);
    expect(finished(shop.message({})).replies.response?.body).toEqual({ code: 'run.validation', message: 'стоп', path: 's.steps[0].try[0].validate' });
  });

  test('learns at the step that a value is taken, and its neighbours are committed', () => {
    const shop = bench([guarded([{ create: { template: 'Tag', set: { name: 'taken' } } }], { handle: [{ create: { template: 'Tag', set: { name: 'instead' } } }] })]);
    shop.model.add('Tag', idOf(1), { name: 'taken' });
    const { trace } = finished(shop.message({}));
    expect(tags(shop)).toEqual(['taken', 'first', 'instead', 'last']);
    expect(trace.find((entry) => entry.outcome === 'failed')?.failure).toMatchObject({ code: 'record.notUnique' });
  });

  test('is not blamed for what was written before it', () => {
    const shop = bench([guarded([], { handle: [] })]);
    shop.model.add('Tag', idOf(1), { name: 'first' });
    expect(failed(shop.message({}))).toMatchObject({ path: 's.steps[1].try', failure: { code: 'record.notUnique' } });
  });

  test('keeps replies and variables, and takes back its records under every name', () => {
    const shop = bench([
      onMessage('s', [
        { create: { template: 'Customer', set: { name: 'before' }, as: 'c' } },
        { try: { steps: [{ set: { record: '=c', values: { name: 'changed' } } }, { variables: { set: 'v', op: 'add', values: { a: '=c.name' } } }, { return: { errorResponse: { was: '=c.name' } } }, { validate: { that: false, else: 'x' } }] } },
        { return: { response: { name: '=c.name', v: '=v' } } },
      ]),
    ]);
    const { replies } = finished(shop.message({}));
    expect(replies).toEqual({ response: { status: 200, body: { name: 'before', v: { a: 'changed' } } }, errorResponse: { status: 422, body: { was: 'changed' } } });
  });

  test('inside a guarded step catches first', () => {
    const inner = { try: { steps: [{ create: { template: 'Tag', set: { name: 'inner' } } }, { validate: { that: false, else: 'x' } }], handle: [{ create: { template: 'Tag', set: { name: 'handled' } } }] } };
    const shop = bench([guarded([{ create: { template: 'Tag', set: { name: 'outer' } } }, inner])]);
    finished(shop.message({}));
    expect(tags(shop)).toEqual(['first', 'outer', 'handled', 'last']);
  });
});

describe('record triggers', () => {
  const edit = (values: object): object => onMessage('edit', [{ find: { template: 'Order', where: { number: 'A' }, one: true, as: 'o' } }, { set: { record: '=o', values } }]);
  const withOrder = (documents: readonly object[]): Bench => {
    const shop = bench(documents);
    shop.model.add('Order', idOf(1), { number: 'A', state: 'new', total: new Decimal(1) });
    shop.model.add('Document', idOf(2), { title: 't' });
    return shop;
  };

  const needsDocuments = onChange('needsDocuments', { changed: 'Order', when: 'before' }, [{ validate: { that: '=$count(after.documents) > 0', else: 'Нужны документы' } }, { set: { complete: true } }]);

  test('B02: a before trigger vetoes the write, and may complete the record when it agrees', () => {
    const vetoed = withOrder([edit({ total: 5 }), needsDocuments]);
    expect(failed(vetoed.message({}))).toMatchObject({ path: 'edit.steps[1].set/needsDocuments.steps[0].validate', failure: { parameters: { message: 'Нужны документы' } } });
    const agreed = withOrder([edit({ documents: [idOf(2)] }), needsDocuments]);
    finished(agreed.message({}));
    expect(agreed.model.one('Order', { number: 'A' })?.values['complete']).toBe(true);
  });

  test('fire for plain writes of the API alike', () => {
    const shop = withOrder([needsDocuments]);
    const write = (values: object): Turn => shop.run({ kind: 'writes', origin: 'api', writes: [{ op: 'update', template: 'Order', id: idOf(1), version: null, values: values as never }] });
    expect(failed(write({ total: 5 })).failure.code).toBe('run.validation');
    expect(finished(write({ documents: [idOf(2)] })).written).toEqual([{ op: 'updated', template: 'Order', id: idOf(1), version: 2 }]);
  });

  test('B10: only a change of a named attribute fires, once', () => {
    const watch = (when: string): object => onChange('watch', { changed: 'Order', attributes: ['state'], when }, [{ create: { template: 'Tag', set: { name: '=after.state' } } }]);
    for (const [values, fired] of [[{ total: 5 }, 0], [{ state: 'paid' }, 1], [{ state: 'new' }, 0]] as const) {
      const before = withOrder([edit(values), watch('before')]);
      finished(before.message({}));
      expect(before.model.all('Tag')).toHaveLength(fired);
      expect(finished(withOrder([edit(values), watch('after')]).message({})).effects.afterRuns).toHaveLength(fired);
    }
  });

  test('after triggers come from the net change, with the record before and after', () => {
    const watch = onChange('watch', { changed: 'Order' }, []);
    const backAndForth = onMessage('edit', [{ context: { template: 'Order', of: idOf(1), steps: [{ set: { state: 'paid' } }, { set: { state: 'new' } }] } }]);
    expect(finished(withOrder([backAndForth, watch]).message({})).effects).toMatchObject({ afterRuns: [], records: [] });
    const { effects } = finished(withOrder([edit({ state: 'paid' }), watch]).message({}));
    expect(effects.afterRuns).toMatchObject([{ scenario: 'watch', variables: { before: { state: 'new', _version: 1 }, after: { state: 'paid', _version: 2 } }, context: { id: idOf(1) } }]);
  });

  test('an after trigger still sees the old values in before, though the record has the new ones', () => {
    const watch = onChange('watch', { changed: 'Order' }, [{ create: { template: 'Tag', set: { name: "=before.state & ' → ' & after.state & ' → ' & context.state" } } }]);
    const shop = withOrder([edit({ state: 'paid' }), watch]);
    const [queued] = finished(shop.message({})).effects.afterRuns;
    if (queued === undefined) throw new Error('no run was queued');
    finished(shop.run({ kind: 'scenario', ...queued }, { run: 'run-2', depth: 1 }));
    expect(shop.model.all('Tag').map((tag) => tag.values['name'])).toEqual(['new → paid → paid']);
  });

  test('a deleted record is gone for after triggers and named by before', () => {
    const watch = onChange('watch', { deleted: 'Order' }, []);
    const { effects } = finished(withOrder([onMessage('s', [{ context: { template: 'Order', of: idOf(1), steps: [{ delete: {} }] } }]), watch]).message({}));
    expect(effects.afterRuns).toMatchObject([{ variables: { before: { number: 'A' }, after: null }, context: null }]);
  });

  test('a caught veto takes back the write and the run goes on', () => {
    const veto = onChange('veto', { created: 'Tag', when: 'before' }, [{ validate: { that: '=after.name = "good"', else: 'bad' } }]);
    const shop = bench([onMessage('s', [{ create: { template: 'Tag', set: { name: 'bad' } }, onError: 'continue' }, { create: { template: 'Tag', set: { name: 'good' } } }]), veto]);
    finished(shop.message({}));
    expect(shop.model.all('Tag').map((tag) => tag.values['name'])).toEqual(['good']);
  });

  test('B17: scenarios that start one another stop at the depth limit, and the message names the circle', () => {
    const a = onChange('A', { changed: 'Order', when: 'before' }, [{ context: { template: 'Customer', of: idOf(2), as: 'c', steps: [{ set: { visits: '=c.visits + 1' } }] } }]);
    const b = onChange('B', { changed: 'Customer', when: 'before' }, [{ context: { template: 'Order', of: idOf(1), as: 'o', steps: [{ set: { total: '=o.total + 1' } }] } }]);
    const shop = withOrder([edit({ total: 5 }), a, b]);
    shop.model.add('Customer', idOf(2), { visits: new Decimal(1) });
>>>>>>> acceptance
    const turn = failed(shop.message({}));
    expect(turn.path).toBe('b.steps[0].set');
    expect(shop.model.all('Tag')).toEqual([]);
  });
});

describe('rights', () => {
  const edit = { name: 's', on: { message: 'orders' }, runAs: 'initiator', steps: [{ upsert: { template: 'Tag', by: { name: 'x' } } }] };

  test('B09: an initiator without the right fails, and the message names account and right', () => {
    const shop = bench([edit], { identity: { initiator: 'anna' }, allowed: (need) => need.verb === 'read' });
    expect(failed(shop.message({})).failure).toMatchObject({ code: 'access.forbidden', parameters: { account: 'anna', permission: 'Tag: create' } });
    expect(shop.model.all('Tag')).toEqual([]);
  });

  test('are asked once a template and verb, and not at all for the system', () => {
    const asked = bench([{ ...edit, steps: [...edit.steps, ...edit.steps] }], { identity: { initiator: 'anna' } });
    finished(asked.message({}));
    expect(asked.needs.filter((need) => need.kind === 'permission')).toHaveLength(2);
    const system = bench([{ ...edit, runAs: 'system' }], { identity: { initiator: 'anna' } });
    expect(finished(system.message({})).effects.records).toMatchObject([{ op: 'create', by: 'anna' }]);
    expect(system.needs.every((need) => need.kind === 'read')).toBe(true);
  });
});

describe('a run that stopped', () => {
  const asks = onMessage('s', [{ send: { route: 'partner', message: {}, response: 'r' } }]);
  const identity = { run: 'r', initiator: 'system', depth: 0, startedAt: '2026-11-22T12:00:00.000000Z' };
  const stopped = (): { shop: Bench; machine: Machine; bytes: Uint8Array } => {
    const shop = bench([asks]);
    const machine = createMachine({ hash: (text) => text });
    const state = machine.start(shop.configuration, { kind: 'message', route: 'orders', scenarios: ['s'], message: { exact: new Decimal('0.10'), $decimal: 'text' }, errorResponse: { status: 400, body: { no: true } } }, identity);
    const turn = machine.advance(shop.configuration, state, null, () => 0);
    if (turn.kind !== 'need') throw new Error('it did not stop');
    return { shop, machine, bytes: machine.pack(turn.state) };
  };
  const answer = { kind: 'request', result: { kind: 'ok', response: {}, status: 200, failure: null } } as const;

  test('goes on elsewhere from its bytes', () => {
    const { shop, bytes } = stopped();
    const other = createMachine({ hash: (text) => text });
    expect(other.advance(shop.configuration, other.unpack(bytes), answer, () => 0).kind).toBe('finished');
  });

  test('shows its replies and its way so far when it is ended from outside', () => {
    const { machine, bytes } = stopped();
    expect(machine.progress(machine.unpack(bytes))).toEqual({ replies: { response: null, errorResponse: { status: 400, body: { no: true } } }, trace: [] });
  });

  test('is computed again when its scenario was published anew meanwhile', () => {
    const { shop, machine, bytes } = stopped();
    const scenarios = shop.configuration.scenarios().map((scenario) => ({ ...scenario, version: 2 }));
    const newer = { ...shop.configuration, scenario: (name: string) => scenarios.find((scenario) => scenario.name === name) };
    expect(machine.advance(newer, machine.unpack(bytes), answer, () => 0)).toMatchObject({ kind: 'failed', failure: { code: 'run.scenarioChanged', next: { kind: 'retry' } } });
  });

  test('is not made of other bytes', () => {
    expect(() => stopped().machine.unpack(new TextEncoder().encode('{}'))).toThrow('no run state');
  });

  test('fails at the step whose need could not be met', () => {
    const { shop, machine, bytes } = stopped();
    const failure = { code: 'message.malformed' as const, parameters: { detail: 'x' }, next: { kind: 'fail' as const } };
    expect(machine.advance(shop.configuration, machine.unpack(bytes), { kind: 'failed', failure }, () => 0)).toMatchObject({ kind: 'failed', path: 's.steps[0].send', failure: { code: 'message.malformed' } });
  });
});

describe('whether a run may ask for a request', () => {
  test('is known from its text and the text of what it calls', () => {
    const { configuration } = bench([
      { name: 'asks', on: { api: true }, steps: [{ try: { steps: [{ send: { route: 'partner', error: 'e' } }] } }] },
      { name: 'calls', on: { api: true }, steps: [{ call: { scenario: 'asks' } }, { call: { scenario: 'calls' } }] },
      { name: 'delivers', on: { api: true }, steps: [{ send: { route: 'partner' } }, { call: { scenario: 'delivers' } }] },
    ]);
    const machine = createMachine({ hash: (text) => text });
    expect(['asks', 'calls', 'delivers', 'absent'].map((name) => machine.mayRequest(configuration, name))).toEqual([true, true, false, false]);
  });
});

describe('the trace', () => {
  test('of a long run is cut, and says so', () => {
    const { trace } = finished(bench([onMessage('s', [{ repeat: { times: 3000, steps: [{ variables: { set: 'v', op: 'exclude' } }] } }])]).message({}));
    expect(trace).toHaveLength(limits.traceEntries.value + 1);
    expect(trace.at(-1)?.failure?.code).toBe('run.traceCut');
  });
});
