import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationOf, durationOfSeconds, durationSeconds, durationText, microsecondsOf } from './duration.ts';

const anyMicroseconds = fc.bigInt({ min: -3_652_500n * 86_400_000_000n, max: 3_652_500n * 86_400_000_000n });

test('printing and reading a duration gives it back, as text and as seconds', () => {
  fc.assert(
    fc.property(anyMicroseconds, (microseconds) => {
      expect(microsecondsOf(durationText(microseconds))).toBe(microseconds);
      expect(durationOfSeconds(durationSeconds(microseconds))).toBe(durationText(microseconds));
    }),
  );
});

test('one length has one text', () => {
  const texts = ['PT36H', 'P1DT12H', 'P1DT11H60M', 'PT129600S', 'PT129600.000000S'];
  expect(new Set(texts.map(durationOf))).toEqual(new Set(['P1DT12H']));
  expect(['P1W', 'PT0S', '-PT0S', 'P0D', '+PT1S', '-PT90S', 'PT0.5S', 'PT0,25S'].map(durationOf)).toEqual(['P7D', 'PT0S', 'PT0S', 'PT0S', 'PT1S', '-PT1M30S', 'PT0.5S', 'PT0.25S']);
});

test('what has no fixed length, is no ISO 8601 or is beyond the limit is no duration', () => {
  for (const text of ['P1M', 'P1Y', 'P', 'PT', 'P1DT', '1D', 'PT1', 'pt1h', 'PT1.1234567S', 'PT1H1H', 'P-1D', 'P3652501D', 'P9999999999D', '', ' PT1S', 'PT1S\n']) expect([text, durationOf(text)]).toEqual([text, undefined]);
});
