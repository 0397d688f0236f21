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

describe('several scenarios of a route', () => {
  test('run in the order of their names in one effect set', () => {
    const shop = bench([onMessage('b', [{ set: { record: '=message', values: {} } }]), onMessage('a', [{ create: { template: 'Tag', set: { name: 'a' } } }])]);
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
