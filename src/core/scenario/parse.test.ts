import { describe, expect, test } from 'vitest';
import { Failure, type Problem } from '../failure.ts';
import { parseScenario } from './parse.ts';

const scenario = (more: object): object => ({ kind: 'Scenario', name: 's', on: { api: true }, steps: [], ...more });

function problemsOf(document: unknown): readonly Problem[] {
  try {
    parseScenario(document, 'scenarios/s.yaml');
  } catch (error) {
    if (error instanceof Failure && error.code === 'scenario.refused') return error.problems;
    throw error;
  }
  throw new Error('the document was accepted');
}

const shown = (document: unknown): readonly string[] => problemsOf(document).map((problem) => `${problem.path} ${problem.code}`);

describe('a Scenario document', () => {
  test('becomes steps with everything that was left out filled in', () => {
    const { on, runAs, steps } = parseScenario(scenario({ on: { message: 'orders' }, steps: [{ upsert: { template: 'Order', by: { number: '=message.id' } } }] }), 'here');
    expect(on).toEqual({ kind: 'message', route: 'orders', as: 'message' });
    expect(runAs).toBe('initiator');
    expect(steps).toEqual([{ kind: 'upsert', template: 'Order', by: { number: '=message.id' }, set: {}, steps: [], onError: 'rollback', lock: false }]);
  });

  test('knows every kind of step', () => {
    const steps = [
      { create: { template: 'T', set: { a: 1 }, link: 'x', as: 'r', steps: [{ stop: {} }] } },
      { upsert: { template: 'T', by: { a: 1 } } },
      { find: { template: 'T', where: { a: 1 }, sort: ['-a', 'b'], limit: 5, one: false, links: ['l'], as: 'f' }, lock: true },
      { set: { a: 1 } },
      { delete: { record: '=r' } },
      { context: { template: 'T', of: '=r.l', as: 'c', steps: [] } },
      { variables: { set: 'v', op: 'add', values: { a: 1 } } },
      { send: { route: 'out', message: {}, response: 'answer', error: 'problem', key: '=r.id' } },
      { validate: { that: true, else: 'no' } },
      { conditions: { mode: 'first', cases: [{ name: 'one', when: true, steps: [] }], else: [{ stop: null }] } },
      { forEach: { in: '=f', as: 'x', steps: [] } },
      { repeat: { times: 3, steps: [] } },
      { try: { steps: [], handle: [{ stop: {} }] } },
      { call: { scenario: 'other', with: { a: 1 }, as: 'y' } },
      { return: { errorResponse: { a: 1 }, status: 409 } },
      { stop: {} },
    ];
    const parsed = parseScenario(scenario({ steps }), 'here').steps;
    expect(parsed.map((step) => step.kind)).toEqual(steps.map((step) => Object.keys(step)[0]));
    expect(parsed[0]).toMatchObject({ link: { attribute: 'x', op: 'add' } });
    expect(parsed[2]).toMatchObject({ sort: [{ attribute: 'a', descending: true }, { attribute: 'b', descending: false }], lock: true });
    expect(parsed[12]).toMatchObject({ kind: 'try', onError: 'handle', handle: [{ kind: 'stop' }] });
    expect(parsed[14]).toMatchObject({ slot: 'errorResponse', status: 409 });
  });

  test('takes the short form of set, and the long one by its keys', () => {
    const [short, long] = parseScenario(scenario({ steps: [{ set: { state: 'paid' } }, { set: { values: { state: 'paid' }, clear: ['total'] } }] }), 'here').steps;
    expect(short).toMatchObject({ kind: 'set', values: { state: 'paid' } });
    expect(long).toMatchObject({ kind: 'set', values: { state: 'paid' }, clear: ['total'] });
  });

  test('knows every kind of trigger', () => {
    const on = (trigger: object): unknown => parseScenario(scenario({ on: trigger }), 'here').on;
    expect(on({ message: 'orders', as: 'order' })).toEqual({ kind: 'message', route: 'orders', as: 'order' });
    expect(on({ changed: 'Order', attributes: ['state'], when: 'before' })).toEqual({ kind: 'record', change: 'changed', template: 'Order', attributes: ['state'], when: 'before' });
    expect(on({ deleted: 'Order' })).toEqual({ kind: 'record', change: 'deleted', template: 'Order', attributes: [], when: 'after' });
    expect(on({ manual: true })).toEqual({ kind: 'manual', template: null });
    expect(on({ manual: 'Order' })).toEqual({ kind: 'manual', template: 'Order' });
  });
});

describe('a wrong Scenario document', () => {
  test('has all its problems named at once, each with its path', () => {
    const steps = [
      { upsrt: {} },
      { create: { template: '1x', sett: {} } },
      { find: { template: 'T' } },
      { stop: {}, validate: { that: true, else: 'x' } },
      { onError: 'continue' },
      'text',
      { forEach: { in: 1, as: 'x', steps: [{ delete: { recrd: 1 } }] } },
      { return: { response: {}, errorResponse: {} } },
      { return: { response: {}, status: 99 } },
      { stop: {}, onError: 'handle' },
      { stop: {}, onError: 'sometimes' },
      { find: { template: 'T', limit: 0, as: 'f' } },
      { upsert: { template: 'T', by: {} } },
    ];
    expect(shown(scenario({ steps, on: {}, extra: 1, runAs: 'me' }))).toEqual([
      'extra config.unknownKey',
      'on scenario.shape',
      'runAs scenario.shape',
      'steps[0].upsrt scenario.unknownStep',
      'steps[1].create.sett config.unknownKey',
      'steps[1].create.template config.systemName',
      'steps[2].find scenario.missingKey',
      'steps[3] scenario.oneStep',
      'steps[4] scenario.oneStep',
      'steps[5] scenario.shape',
      'steps[6].forEach.steps[0].delete.recrd config.unknownKey',
      'steps[7].return scenario.shape',
      'steps[8].return.status scenario.shape',
      'steps[9] scenario.missingKey',
      'steps[10].onError scenario.shape',
      'steps[11].find.limit scenario.shape',
      'steps[12].upsert scenario.missingKey',
    ]);
  });

  test('is told the nearest name', () => {
    expect(problemsOf(scenario({ steps: [{ upsrt: {} }] }))[0]?.parameters).toMatchObject({ key: 'upsrt', nearest: 'upsert', place: 'scenarios/s.yaml: steps[0].upsrt' });
  });

  test('may be anything at all', () => {
    for (const document of [null, 1, 'text', [], {}, { steps: {} }]) expect(problemsOf(document).length).toBeGreaterThan(0);
  });

  test('may not be nested without end', () => {
    let steps: object[] = [{ stop: {} }];
    for (let i = 0; i < 100; i++) steps = [{ try: { steps } }];
    expect(shown(scenario({ steps }))).toEqual([expect.stringContaining('run.stepDepth')]);
  });

  test('with __proto__ keys is refused as any unknown key', () => {
    expect(shown(JSON.parse('{"name":"s","on":{"api":true},"steps":[],"__proto__":{"runAs":"system"}}'))).toEqual(['__proto__ config.unknownKey']);
  });
});
