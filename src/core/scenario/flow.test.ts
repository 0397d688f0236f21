import { describe, expect, test } from 'vitest';
import { bench, failed, finished, idOf, onMessage, type Bench } from './testing/bench-run.ts';

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

  test('the trace says which cases were true', () => {
    const { trace } = finished(bench([cases('all')]).message({ x: 2 }));
    expect(trace.map((entry) => `${entry.path} ${entry.outcome}`)).toEqual([
      's.steps[0].conditions.cases[0] done',
      's.steps[0].conditions.cases[0][0].create done',
      's.steps[0].conditions.cases[1] skipped',
      's.steps[0].conditions.cases[2] skipped',
    ]);
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
