import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterMs, statusFailure } from './http-status.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-01-05T10:00:00Z');

  it.each([['7', 7000], [' 0 ', 0], ['Mon, 05 Jan 2026 10:00:30 GMT', 30_000], ['Mon, 05 Jan 2026 09:00:00 GMT', 0], ['999999999', 86_400_000], ['soon', undefined], ['', undefined], [undefined, undefined]])('%j is %s ms', (text, ms) => {
    expect(retryAfterMs(text, now)).toBe(ms);
  });

  it('is always within its bound', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const ms = retryAfterMs(text, now);
      expect(ms === undefined || (ms >= 0 && ms <= 86_400_000)).toBe(true);
    }));
  });
});

describe('a status', () => {
  it('is a success exactly from 200 to 299', () => {
    fc.assert(fc.property(fc.integer({ min: 100, max: 599 }), (status) => {
      const failure = statusFailure({ connection: 'shop', address: 'http://a', status, headers: {}, nowMs: 0 });
      expect(failure === undefined).toBe(status >= 200 && status <= 299);
      expect(failure?.text('ru') ?? '').not.toMatch(/\{\w+\}/);
    }));
  });
});
