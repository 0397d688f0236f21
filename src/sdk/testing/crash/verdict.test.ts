import { describe, expect, test } from 'vitest';
import { countOf, isGood, judge, type Evidence } from './verdict.ts';

const good: Evidence = {
  sent: [
    { number: 'a', route: 'orders' },
    { number: 'b', route: 'orders' },
    { number: 'c', route: 'charges' },
  ],
  acknowledged: new Set(['a', 'b', 'c']),
  parked: new Set(['c']),
  witnesses: [
    { name: 'partner', routes: ['orders', 'charges'], counts: countOf(['a', 'b']), parked: 'none' },
    { name: 'charger', routes: ['charges'], counts: countOf(['c']), parked: 'atMostOne' },
  ],
  sequences: [{ name: 'customer 1', numbers: [1, 2, 5] }],
  impossible: [],
};
const [partner, charger] = good.witnesses;
const partnerSaw = (...numbers: readonly string[]): Evidence => ({ ...good, witnesses: partner === undefined || charger === undefined ? [] : [{ ...partner, counts: countOf(numbers) }, charger] });

describe('the verdict of a campaign', () => {
  test('is good when every acknowledged order is everywhere once, and a parked one nowhere twice', () => {
    expect(isGood(judge(good))).toBe(true);
  });

  test('names an acknowledged order that is missing', () => {
    expect(judge(partnerSaw('a')).lost).toEqual(['b: acknowledged by orders, missing in partner']);
  });

  test('allows what was never acknowledged to be missing, but not twice', () => {
    expect(isGood(judge({ ...partnerSaw('a'), acknowledged: new Set(['a', 'c']) }))).toBe(true);
    expect(judge({ ...partnerSaw('a', 'b', 'b'), acknowledged: new Set(['a', 'c']) }).doubled).toEqual(['b: 2 times in partner, not 1']);
  });

  test('names what is there twice, what a parked order has left, and what nobody sent', () => {
    const verdict = judge(partnerSaw('a', 'a', 'b', 'c', 'x'));
    expect(verdict.doubled).toEqual(['a: 2 times in partner, not 1', 'c: 1 times in partner, not 0']);
    expect(verdict.extra).toEqual(['x: in partner, but nobody sent it']);
  });

  test('names what was handled after a younger one of its key', () => {
    expect(judge({ ...good, sequences: [{ name: 'customer 1', numbers: [1, 3, 2] }] }).outOfOrder).toEqual(['customer 1: 2 was handled after 3']);
  });

  test('is not good when something impossible was seen', () => {
    expect(isGood(judge({ ...good, impossible: ['a queue is not empty'] }))).toBe(false);
  });
});
