import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from '../decimal.ts';
import { limits } from '../limits.ts';
import { bench, idOf, type Bench, type BenchOptions } from './testing/bench-run.ts';
import type { Turn } from './machine-port.ts';

/** A piece of work that stands for itself: it finds what it needs and changes something. */
type Unit = readonly object[];

const findOne = (template: string, attribute: string, value: string, as: string): object => ({ find: { template, where: { [attribute]: value }, one: true, as } });
const whenThere = (names: readonly string[], steps: readonly object[]): object => ({ conditions: { cases: [{ when: `=${names.map((name) => `$exists(${name}.id)`).join(' and ')}`, steps }] } });

const name = fc.constantFrom('a', 'b', 'c', 'd');
const linkOp = fc.constantFrom('add', 'exclude', 'values');

const unit: fc.Arbitrary<Unit> = fc.oneof(
  name.map((n): Unit => [{ upsert: { template: 'Tag', by: { name: n } } }]),
  fc.tuple(name, name).map(([phone, n]): Unit => [{ upsert: { template: 'Customer', by: { phone }, set: { name: n } } }]),
  fc.tuple(name, name).map(([number, phone]): Unit => [findOne('Customer', 'phone', phone, 'c'), { upsert: { template: 'Order', by: { number }, set: { customer: '=c' } } }]),
  fc.tuple(name, name, fc.nat(3)).map(([number, sku, qty]): Unit => [findOne('Order', 'number', number, 'o'), whenThere(['o'], [{ upsert: { template: 'OrderLine', by: { order: '=o', sku }, set: { qty } } }])]),
  fc.tuple(name, name, linkOp).map(([number, tag, op]): Unit => [findOne('Order', 'number', number, 'o'), findOne('Tag', 'name', tag, 't'), whenThere(['o', 't'], [{ set: { record: '=o', [op]: { tags: '=t' } } }])]),
  fc.tuple(name, name, linkOp).map(([number, tag, op]): Unit => [findOne('Order', 'number', number, 'o'), findOne('Tag', 'name', tag, 't'), whenThere(['o', 't'], [{ set: { record: '=t', [op]: { orders: '=o' } } }])]),
  fc.tuple(name, name, linkOp).map(([phone, number, op]): Unit => [findOne('Customer', 'phone', phone, 'c'), findOne('Order', 'number', number, 'o'), whenThere(['c', 'o'], [{ set: { record: '=c', [op]: { orders: '=o' } } }])]),
  fc.tuple(name, name).map(([from, to]): Unit => [findOne('Tag', 'name', from, 't'), whenThere(['t'], [{ set: { record: '=t', values: { name: to } } }])]),
  fc.tuple(name, name).map(([from, to]): Unit => [findOne('Order', 'number', from, 'o'), whenThere(['o'], [{ set: { record: '=o', values: { number: to } } }])]),
  name.map((number): Unit => [findOne('Order', 'number', number, 'o'), { delete: { record: '=o' } }]),
  name.map((tag): Unit => [findOne('Tag', 'name', tag, 't'), { delete: { record: '=t' } }]),
  name.map((phone): Unit => [findOne('Customer', 'phone', phone, 'c'), { delete: { record: '=c' } }]),
  name.map((phone): Unit => [{ find: { template: 'Order', where: { state: 'new' }, as: 'orders' } }, { context: { template: 'Order', of: '=orders', steps: [{ set: { state: phone === 'a' ? 'paid' : 'new' } }] } }]),
  name.map((sku): Unit => [{ find: { template: 'Order', as: 'orders', links: ['lines'] } }, { forEach: { in: '=orders', as: 'o', steps: [{ forEach: { in: '=o.lines', as: 'line', steps: [{ context: { template: 'OrderLine', of: '=line', steps: [{ set: { price: sku === 'a' ? 1 : 2 } }] } }] } }] } }]),
  name.map((n): Unit => [{ create: { template: 'Tag', set: { name: n }, steps: [{ send: { route: 'partner', message: { tag: n } } }] } }]),
);

const triggers = [
  { name: 'noD', on: { created: 'Tag', when: 'before' }, runAs: 'system', steps: [{ validate: { that: '=after.name != "d"', else: 'no d' } }] },
  { name: 'tagged', on: { changed: 'Order', attributes: ['tags'], when: 'before' }, runAs: 'system', steps: [{ set: { complete: '=$count(after.tags) > 1' } }] },
  { name: 'counted', on: { changed: 'Customer', attributes: ['orders'], when: 'before' }, runAs: 'system', steps: [{ set: { visits: '=$count(after.orders)' } }] },
  { name: 'told', on: { changed: 'Order' }, runAs: 'system', steps: [] },
];

const onMessage = (steps: readonly object[]): object => ({ name: 'run', on: { message: 'orders' }, runAs: 'system', steps });

/** Each unit alone may fail and then leaves nothing. */
const guarded = (steps: Unit): object => ({ try: { steps, handle: [] } });

function seeded(documents: readonly object[], options: BenchOptions = {}): Bench {
  const shop = bench([...documents, ...triggers], options);
  shop.model.add('Customer', idOf(1), { phone: 'a', name: 'a', visits: new Decimal(0) });
  shop.model.add('Order', idOf(2), { number: 'a', customer: idOf(1), state: 'new' });
  shop.model.add('OrderLine', idOf(3), { order: idOf(2), sku: 'a', qty: new Decimal(1) });
  shop.model.add('Tag', idOf(4), { name: 'a' });
  shop.model.link('rel-tags', idOf(2), idOf(4));
  return shop;
}

/** What is committed, with ids replaced by natural keys, since ids are made from paths. */
function committed(shop: Bench): unknown {
  const records = ['Customer', 'Order', 'OrderLine', 'Tag'].flatMap((template) => shop.model.all(template).map((record) => ({ template, record })));
  const names = new Map(records.map(({ record }) => [record.id, String(record.values['phone'] ?? record.values['number'] ?? record.values['name'] ?? record.values['sku'])]));
  const shown = (value: unknown): unknown => (typeof value === 'string' ? (names.get(value) ?? value) : value instanceof Decimal ? value.toString() : value);
  return records
    .map(({ template, record: { values, links } }) => ({
      template,
      values: Object.entries(values).map(([key, value]) => [key, shown(value)]).sort(byText),
      links: Object.entries(links).map(([key, ids]) => [key, ids.map(shown).sort(byText)]).sort(byText),
    }))
    .map((entry) => JSON.stringify(entry))
    .sort();
}

const byText = (left: unknown, right: unknown): number => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);

describe('a random program', () => {
  test('in one run comes to the same as its units in runs of their own', () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 7 }), (units) => {
        const together = seeded([onMessage(units.map(guarded))]);
        expect(together.message({}).kind).toBe('finished');
        const apart = seeded([]);
        for (const [i, steps] of units.entries()) {
          const one = bench([onMessage(steps), ...triggers], { identity: { run: `run-${i}` } });
          copy(apart, one);
          one.message({});
          copy(one, apart);
        }
        expect(committed(together)).toEqual(committed(apart));
      }),
      { numRuns: 300 },
    );
  });

  test('gives the same when its state is packed between every two turns', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, fc.boolean()), { maxLength: 5 }), (units) => {
        const steps = units.flatMap(([of, isGuarded]) => (isGuarded ? [guarded(of)] : of));
        const run = (repack: boolean): Turn => seeded([onMessage(steps)], { repack }).message({});
        expect(run(true)).toEqual(run(false));
      }),
      { numRuns: 200 },
    );
  });

  test('that is undone leaves exactly what was there before it', () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 4 }), fc.array(unit, { minLength: 1, maxLength: 4 }), (before, undone) => {
        const steps = before.map(guarded);
        const spoiled = { try: { steps: [...undone.flat(), { validate: { that: false, else: 'undo' } }], handle: [] } };
        const plain = finishedEffects(seeded([onMessage(steps)]).message({}));
        const restored = finishedEffects(seeded([onMessage([...steps, spoiled])]).message({}));
        expect(restored).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });

  test('never goes round more often than allowed, whatever catches its failures', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 3 }), fc.boolean(), (times, isGuarded) => {
        const nested = times.reduceRight<readonly object[]>((inner, n) => [{ repeat: { times: n, as: 'i', steps: inner } }], []);
        const turn = bench([onMessage(isGuarded ? [guarded(nested)] : nested)]).message({});
        const rounds = times.reduceRight((inner, n) => n * (1 + inner), 0);
        if (rounds <= limits.iterations.value) expect(turn.kind).toBe('finished');
        else expect(turn).toMatchObject({ kind: 'failed', failure: { code: 'run.iterations' } });
      }),
      { numRuns: 40 },
    );
  });

  test('never writes more often than allowed', () => {
    const times = limits.writesCount.value / 2;
    const write = (n: number): object => onMessage([{ create: { template: 'Customer', set: { visits: 0 }, as: 'c' } }, guarded([{ repeat: { times: n, as: 'i', steps: [{ set: { record: '=c', values: { visits: '=i + 1' } } }, { set: { record: '=c', values: { name: '=$string(i)' } } }] } }])]);
    expect(bench([write(times - 1)]).message({}).kind).toBe('finished');
    expect(bench([write(times)]).message({})).toMatchObject({ kind: 'failed', failure: { code: 'run.writes' } });
  });
});

function finishedEffects(turn: Turn): unknown {
  if (turn.kind !== 'finished') throw new Error(`not finished: ${JSON.stringify(turn)}`);
  const { records, sends, afterRuns } = turn.result.effects;
  return { records, sends, afterRuns };
}

/** Puts one shop's committed records into the other. */
function copy(from: Bench, to: Bench): void {
  to.model.sets().clear();
  for (const [template, records] of from.model.sets()) to.model.sets().set(template, new Map(records));
  to.model.rows().clear();
  for (const [relation, rows] of from.model.rows()) to.model.rows().set(relation, [...rows]);
}
