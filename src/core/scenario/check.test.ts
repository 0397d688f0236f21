import { describe, expect, test } from 'vitest';
import type { Problem } from '../failure.ts';
import { checkReplies, checkScenario, type Surroundings } from './check.ts';
import type { ScenarioDocument } from './document.ts';
import { parseScenario } from './parse.ts';
import { shopTemplates } from './testing/shop-templates.ts';

const parsed = (on: object, steps: readonly object[], name = 's'): ScenarioDocument => parseScenario({ name, on, steps }, name);

const surroundings = (...scenarios: ScenarioDocument[]): Surroundings => ({
  templates: shopTemplates(),
  routes: [{ name: 'orders', direction: 'in' }, { name: 'partner', direction: 'out' }],
  scenarios,
});

const problems = (on: object, steps: readonly object[], ...others: ScenarioDocument[]): readonly Problem[] => checkScenario(parsed(on, steps), surroundings(...others));
const shown = (found: readonly Problem[]): readonly string[] => found.map((problem) => `${problem.path} ${problem.code}`);

const message = { message: 'orders' };

describe('a scenario to be published', () => {
  test('has no problems when all it names exists', () => {
    const steps = [
      { upsert: { template: 'Customer', by: { phone: '=message.phone' }, as: 'customer' } },
      { upsert: { template: 'Order', by: { number: '=message.id' }, set: { customer: '=customer' }, as: 'order', steps: [{ create: { template: 'OrderLine', link: 'lines' } }, { set: { state: 'paid' } }] } },
      { set: { record: '=order', add: { tags: '=customer.id' } } },
      { try: { steps: [{ send: { route: 'partner', message: { id: '=run.id' } } }], handle: [{ variables: { set: 'v', values: { why: '=error.message' } } }] } },
      { return: { response: { ok: '=v.why' } } },
    ];
    expect(problems(message, steps)).toEqual([]);
  });

  test('is told of every missing reference with the nearest name', () => {
    const found = problems({ message: 'order' }, [{ upsert: { template: 'Custmer', by: { a: 1 } } }, { send: { route: 'parner', message: {} } }, { call: { scenario: 'other' } }]);
    expect(shown(found)).toEqual(['on.message config.missingReference', 'steps[0].upsert.template config.missingReference', 'steps[1].send.route config.missingReference', 'steps[2].call.scenario config.missingReference']);
    expect(found.map((problem) => problem.parameters['nearest'])).toEqual(['orders', 'Customer', 'partner', '—']);
  });

  test('is told of every attribute that its template does not have, wherever it is named', () => {
    const steps = [
      { create: { template: 'Order', set: { numbr: 1 }, as: 'order' } },
      { find: { template: 'Order', where: { or: [{ stat: 'new' }, { id: '=order.id' }] }, sort: ['-totl'], links: ['lins'], as: 'f' } },
      { context: { template: 'Order', of: '=f', steps: [{ set: { values: { sum: 1 }, clear: ['sume'], add: { total: 1 } } }, { create: { template: 'Tag', link: 'lines' } }] } },
      { set: { record: '=order', values: { zzz: 1 } } },
      { upsert: { template: 'Order', by: { tags: 1 } } },
    ];
    expect(shown(problems(message, steps))).toEqual([
      'steps[0].create.set.numbr record.unknownAttribute',
      'steps[1].find.sort[0] record.unknownAttribute',
      'steps[1].find.links[0] record.unknownAttribute',
      'steps[2].context.steps[0].set.values.sum record.unknownAttribute',
      'steps[2].context.steps[0].set.clear[0] record.unknownAttribute',
      'steps[2].context.steps[0].set.add.total run.notMultiple',
      'steps[2].context.steps[1].create.link scenario.shape',
      'steps[3].set.values.zzz record.unknownAttribute',
      'steps[4].upsert.by.tags run.keyAttribute',
      'steps[1].find.where.stat record.unknownAttribute',
    ]);
  });

  test('may only read variables that something gives', () => {
    const found = problems(message, [{ variables: { set: 'total', values: { x: '=mesage.x + order.total' } } }, { forEach: { in: '=message.lines', as: 'line', steps: [{ validate: { that: '=line.qty > 0 and totl.x', else: 'x' } }] } }]);
    expect(found.map((problem) => `${problem.path} ${String(problem.parameters['name'])}`)).toEqual(['steps[0].variables.values.x mesage', 'steps[0].variables.values.x order', 'steps[1].forEach.steps[0].validate.that totl']);
    expect(problems({ api: true }, [{ validate: { that: '=anything', else: 'x' } }])).toEqual([]);
  });

  test('is told where an expression cannot be understood', () => {
    expect(shown(problems(message, [{ validate: { that: '=message.(', else: 'x' } }]))).toEqual(['steps[0].validate.that expression.syntax']);
  });

  test('may not take names of the platform', () => {
    expect(shown(problems(message, [{ create: { template: 'Tag', as: 'context' } }, { send: { route: 'partner', response: 'run', message: {} } }]))).toEqual(['steps[0].create scenario.reservedVariable', 'steps[1].send scenario.reservedVariable']);
  });

  test('needs a current record where it changes or deletes one without naming it', () => {
    expect(shown(problems(message, [{ set: { state: 'new' } }, { delete: {} }, { create: { template: 'Tag', link: 'tags' } }]))).toEqual(['steps[0].set scenario.noContext', 'steps[1].delete scenario.noContext', 'steps[2].create.link scenario.noContext']);
    expect(problems({ manual: 'Order' }, [{ set: { state: 'new' } }, { delete: {} }])).toEqual([]);
  });

  test('before a change may not wait for another system, not even through a call', () => {
    const asks = parsed({ api: true }, [{ send: { route: 'partner', message: {}, response: 'r' } }], 'asks');
    const passes = parsed({ api: true }, [{ call: { scenario: 'asks' } }], 'passes');
    const before = { changed: 'Order', when: 'before' };
    expect(shown(problems(before, [{ send: { route: 'partner', message: {}, error: 'e' } }, { call: { scenario: 'passes' } }, { send: { route: 'partner', message: {} } }], asks, passes))).toEqual(['steps[0].send scenario.requestInBefore', 'steps[1].call scenario.requestInBefore']);
    expect(problems({ changed: 'Order' }, [{ call: { scenario: 'passes' } }], asks, passes)).toEqual([]);
  });

  test('on a record change has nobody to return to', () => {
    expect(shown(problems({ created: 'Order' }, [{ return: { response: {} } }]))).toEqual(['steps[0].return scenario.returnInTrigger']);
  });

  test('may only call what can be called, and send where one can send', () => {
    const onOrders = parsed(message, [], 'onOrders');
    expect(shown(problems(message, [{ call: { scenario: 'onOrders' } }, { send: { route: 'orders', message: {} } }], onOrders))).toEqual(['steps[0].call.scenario scenario.notCallable', 'steps[1].send.route scenario.routeDirection']);
  });

  test('may not be the second that answers a route', () => {
    const answers = (name: string): ScenarioDocument => parsed(message, [{ conditions: { cases: [{ when: true, steps: [{ return: { response: {} } }] }] } }], name);
    const silent = parsed(message, [{ return: { errorResponse: {} } }], 'silent');
    expect(checkReplies('orders', [answers('a'), silent])).toBeNull();
    expect(checkReplies('orders', [answers('a'), silent, answers('b')])).toMatchObject({ code: 'scenario.twoReplies', parameters: { scenarios: 'a, b' } });
    expect(checkReplies('other', [answers('a'), answers('b')])).toBeNull();
  });
});
