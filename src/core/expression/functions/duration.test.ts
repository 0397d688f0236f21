import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationText } from '../../duration.ts';
import type { Value } from '../../value.ts';
import { Budget } from '../budget.ts';
import { compileExpression } from '../expression.ts';

const value = (text: string, input: Value = {}): Value | undefined => {
  const found = compileExpression(text).evaluate(input, {}, new Budget());
  return typeof found === 'object' && found !== null ? JSON.parse(JSON.stringify(found)) : found;
};
const codeOf = (text: string): string => {
  try {
    return `gave ${JSON.stringify(value(text))}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('durations in expressions', () => {
  test.each([
    ['$addDuration("2026-02-28T23:30:00+03:00", "PT4H")', '2026-03-01T00:30:00.000000Z'],
    ['$subtractDuration("2026-01-01T00:00:00.000001Z", "PT0.000002S")', '2025-12-31T23:59:59.999999Z'],
    ['$addDuration("2024-02-28", "P2D")', '2024-03-01'],
    ['$subtractDuration("0001-01-08", "P1W")', '0001-01-01'],
    ['$addDuration("P1D", "PT30H")', 'P2DT6H'],
    ['$subtractDuration("PT1H", "PT90M")', '-PT30M'],
    ['$durationBetween("2026-01-01T00:00:00Z", "2026-01-02T01:00:00.5+01:00")', 'P1DT0.5S'],
    ['$durationBetween("2026-03-02", "2026-03-01")', '-P1D'],
    ['$multiplyDuration("PT1H30M", 1.5)', 'PT2H15M'],
    ['$multiplyDuration("PT0.000001S", 0.5)', 'PT0.000001S'],
    ['$multiplyDuration("P1D", 0)', 'PT0S'],
    ['$compareDurations("PT36H", "P1DT12H")', 0],
    ['$compareDurations("PT9H", "PT10H")', -1],
    ['$compareDurations("PT0S", "-PT1S")', 1],
    ['$durationOfSeconds(93600.5)', 'P1DT2H0.5S'],
    ['$durationSeconds("P1DT2H0.5S") = 93600.5', true],
    ['$addDuration(missing, "P1D")', undefined],
    ['$addDuration(run.startedAt, "P14D") > "2026-01-10T00:00:00.000000Z"', false],
  ])('%s', (text, expected) => {
    expect(value(text, { run: { startedAt: '2025-12-01T00:00:00.000000Z' } })).toEqual(expected);
  });

  test.each([
    ['$addDuration("2026-01-01", "PT1H")', 'expression.call'],
    ['$addDuration("2026-01-01T00:00:00", "PT1H")', 'expression.argument'],
    ['$addDuration("2026-01-01T00:00:00Z", "P1M")', 'expression.argument'],
    ['$addDuration("9999-12-31T23:00:00Z", "PT2H")', 'expression.call'],
    ['$subtractDuration("0001-01-01", "P1D")', 'expression.call'],
    ['$multiplyDuration("P3652500D", 2)', 'expression.call'],
    ['$multiplyDuration("P1D", "2")', 'expression.argument'],
    ['$addDuration("2026-02-30", "P1D")', 'expression.argument'],
    ['$durationOfSeconds(1e30)', 'expression.call'],
    ['$compareDurations("PT1H", null)', 'expression.argument'],
  ])('%s is refused', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test('adding and taking away, and the way there and back, agree to the microsecond', () => {
    const micros = fc.bigInt(-10_000_000_000_000_000n, 10_000_000_000_000_000n);
    fc.assert(fc.property(micros, micros, (one, other) => {
      const at = '2026-06-15T12:00:00.000001Z';
      const [a, b] = [durationText(one), durationText(other)];
      expect(value('$subtractDuration($addDuration(at, a), a)', { at, a })).toBe(at);
      expect(value('$durationBetween(at, $addDuration(at, a))', { at, a })).toBe(a);
      expect(value('$addDuration(a, b)', { a, b })).toBe(durationText(one + other));
      expect(value('$compareDurations(a, b)', { a, b })).toBe(one > other ? 1 : one < other ? -1 : 0);
    }), { numRuns: 200 });
  });
});
