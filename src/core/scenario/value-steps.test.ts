import { describe, expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import type { SchemaNode } from '../message-schema.ts';
import { bench, failed, finished, idOf, onMessage } from './testing/bench-run.ts';

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

describe('a request', () => {
  const ask = onMessage('s', [{ send: { route: 'partner', message: { a: 1 }, response: 'r', error: 'e' } }, { return: { response: { r: '=r', e: '=e.reason', status: '=e._status' } } }]);

  test('gives its answer to the steps after it', () => {
    const shop = bench([ask], { request: () => ({ kind: 'request', result: { kind: 'ok', response: { ok: true }, status: 200, failure: null } }) });
    expect(finished(shop.message({})).replies.response?.body).toEqual({ r: { ok: true } });
    expect(shop.needs).toMatchObject([{ kind: 'request', path: 's.steps[0].send', route: 'partner', message: { a: 1 } }]);
  });

  test('A04: that is answered by an error fills the error variable and the run goes on', () => {
    const shop = bench([ask], { request: () => ({ kind: 'request', result: { kind: 'error', response: { reason: 'bad phone' }, status: 422, failure: null } }) });
    expect(finished(shop.message({})).replies.response?.body).toEqual({ r: null, e: 'bad phone', status: 422 });
  });

  test('without an error variable throws the error answer', () => {
    const shop = bench([onMessage('s', [{ send: { route: 'partner', message: {}, response: 'r' } }])], { request: () => ({ kind: 'request', result: { kind: 'error', response: null, status: 500, failure: null } }) });
    expect(failed(shop.message({})).failure).toMatchObject({ code: 'run.errorAnswer', parameters: { route: 'partner', status: 500 } });
  });

  test('makes every record that was read one that must not have changed', () => {
    const shop = bench([onMessage('s', [{ find: { template: 'Tag', as: 't' } }, { send: { route: 'partner', message: {}, response: 'r' } }])]);
    shop.model.add('Tag', idOf(1), { name: 'x' });
    expect(finished(shop.message({})).effects.checks).toEqual([{ template: '0000000d', id: idOf(1), version: 1 }]);
  });

  test('to a route that does not exist fails and names it', () => {
    expect(failed(bench([onMessage('s', [{ send: { route: 'nowhere', message: {} } }])]).message({})).failure).toMatchObject({ code: 'run.missing', parameters: { name: 'nowhere' } });
  });
});

describe('calls', () => {
  const called = { name: 'double', on: { api: true }, steps: [{ return: { response: '=x + x' } }] };

  test('give what the called scenario returned, not a reply of the run', () => {
    const { replies } = finished(bench([onMessage('s', [{ call: { scenario: 'double', with: { x: 4 }, as: 'y' } }, { return: { response: { y: '=y' } } }]), called]).message({}));
    expect(replies.response?.body).toEqual({ y: 8 });
  });

  test('of a scenario by itself stop at the depth limit', () => {
    const loop = { name: 'loop', on: { api: true }, steps: [{ call: { scenario: 'loop' } }] };
    expect(failed(bench([loop]).run({ kind: 'scenario', scenario: 'loop', variables: {}, context: null })).failure).toMatchObject({ code: 'run.chainDepth', parameters: { cycle: 'loop → loop' } });
  });

  test('that stop end the called scenario only', () => {
    const stops = { name: 'stops', on: { api: true }, steps: [{ try: { steps: [{ repeat: { times: 3, steps: [{ stop: {} }] } }] } }, { validate: { that: false, else: 'not reached' } }] };
    expect(finished(bench([onMessage('s', [{ call: { scenario: 'stops' } }, { return: { response: { on: true } } }]), stops]).message({})).replies.response?.body).toEqual({ on: true });
  });
});

describe('schemas of routes', () => {
  const field = (type: 'string' | 'decimal', more: object = {}): SchemaNode => ({ type, required: false, notEmpty: false, array: false, ...more });
  const routes = { orders: { response: { total: field('decimal') } }, partner: { request: { number: field('string', { required: true }), sums: field('decimal', { array: true }) } } };

  test('refuse a message at the step that sends it, with every problem', () => {
    const shop = bench([onMessage('s', [{ send: { route: 'partner', message: { sums: 'много' } } }])], { routes });
    expect(failed(shop.message({}))).toMatchObject({ path: 's.steps[0].send', failure: { code: 'message.refused', parameters: { route: 'partner' }, problems: [{ path: 'number' }, { path: 'sums[0]' }] } });
  });

  test('decide the shape of what is sent', () => {
    const shop = bench([onMessage('s', [{ send: { route: 'partner', message: { number: 'A', sums: '1.10', more: 1 } } }])], { routes });
    expect(finished(shop.message({})).effects.sends[0]?.message).toEqual({ number: 'A', sums: [new Decimal('1.1')] });
  });

  test('refuse a reply that the route does not promise', () => {
    expect(failed(bench([onMessage('s', [{ return: { response: { total: 'x' } } }])], { routes }).message({})).failure).toMatchObject({ code: 'run.replyShape', problems: [{ path: 'total' }] });
  });
});
