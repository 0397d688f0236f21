import { expect, test } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';

const policy = { attempts: 4, firstMs: 100, maxMs: 350 };

test('delays double up to the largest one', () => {
  expect([1, 2, 3].map((attempts) => retryDelayMs({ kind: 'retry' }, policy, attempts, 0.5))).toEqual([100, 200, 350]);
});

test('the last attempt of the policy has no successor', () => {
  expect(retryDelayMs({ kind: 'retry' }, policy, 4, 0)).toBeNull();
});

test('a remote that says when is not asked earlier', () => {
  expect(retryDelayMs({ kind: 'retryAfter', ms: 5_000 }, policy, 1, 0.5)).toBe(5_000);
  expect(retryDelayMs({ kind: 'retryAfter', ms: 1 }, policy, 1, 0.5)).toBe(100);
});

test('what must not be repeated is not repeated', () => {
  expect(retryDelayMs({ kind: 'fail' }, policy, 1, 0.5)).toBeNull();
  expect(retryDelayMs({ kind: 'park' }, policy, 1, 0.5)).toBeNull();
});

test('jitter moves a delay by a quarter at most', () => {
  expect(retryDelayMs({ kind: 'retry' }, policy, 1, 0)).toBe(75);
  expect(retryDelayMs({ kind: 'retry' }, policy, 1, 0.999)).toBe(125);
});
