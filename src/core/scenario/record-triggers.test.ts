import { describe, expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import { limits } from '../limits.ts';
import { bench, failed, finished, idOf, onMessage, type Bench } from './testing/bench-run.ts';
import type { Turn } from './machine-port.ts';

const onChange = (name: string, on: object, steps: readonly object[]): object => ({ name, on, runAs: 'system', steps });

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
    const turn = failed(shop.message({}));
    expect(turn.failure).toMatchObject({ code: 'run.chainDepth' });
    expect(String(turn.failure.parameters['cycle'])).toMatch(/^(A → B → A|B → A → B)$/);
    expect(shop.model.one('Order', { number: 'A' })?.version).toBe(1);
  });

  test('a chain of after triggers stops at the depth limit before it is committed', () => {
    const a = onChange('A', { changed: 'Order', attributes: ['total'] }, [{ set: { total: 7 } }]);
    const shop = withOrder([a]);
    const turn = shop.run({ kind: 'scenario', scenario: 'A', variables: {}, context: { template: 'Order', id: idOf(1) } }, { depth: 16, chain: ['C', 'A'] });
    expect(failed(turn).failure).toMatchObject({ code: 'run.chainDepth', parameters: { cycle: 'A → A' } });
  });

  test('a request inside a before trigger fails instead of holding the write', () => {
    const asks = onChange('asks', { changed: 'Order', when: 'before' }, [{ send: { route: 'partner', message: {}, response: 'answer' } }]);
    expect(failed(withOrder([edit({ total: 5 }), asks]).message({})).failure.code).toBe('scenario.requestInBefore');
  });

  test('of one run are bounded, past every handler', () => {
    const tag = onChange('tag', { created: 'Tag', when: 'before' }, []);
    const many = onMessage('s', [{ try: { steps: [{ repeat: { times: '=message.n', as: 'i', steps: [{ create: { template: 'Tag', set: { name: '=$string(i)' } } }] } }], handle: [] } }]);
    finished(bench([many, tag]).message({ n: limits.triggerRuns.value }));
    expect(failed(bench([many, tag]).message({ n: limits.triggerRuns.value + 1 })).failure).toMatchObject({ code: 'run.triggerRuns', parameters: { scenario: 'tag' } });
  });

  test('that were started follow what they write under the name they were given', () => {
    const shop = withOrder([onChange('watch', { changed: 'Order' }, [{ set: { record: '=after', values: { total: 9 } } }, { validate: { that: '=after.total = 9 and before.total = 1', else: 'stale' } }])]);
    const before = { _template: 'Order', id: idOf(1), total: 1 };
    finished(shop.run({ kind: 'scenario', scenario: 'watch', variables: { before, after: { ...before, total: 5 } }, context: { template: 'Order', id: idOf(1) } }));
  });
});
