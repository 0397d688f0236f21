import { expect, test } from 'vitest';
import { failure } from '../core/failure.ts';
import { CommitGate } from './commit-gate.ts';

const late = failure('run.deadline', { seconds: 30 });

test('a deadline before the commit wins', () => {
  const gate = new CommitGate();
  expect(gate.close(late)).toBe(true);
  expect(gate.enter()).toBe(false);
  expect(gate.reason).toBe(late);
});

test('a commit before the deadline wins, unless it comes to nothing', () => {
  const gate = new CommitGate();
  expect(gate.enter()).toBe(true);
  expect(gate.close(late)).toBe(false);
  expect(gate.leave()).toBe(false);
  expect(gate.enter()).toBe(false);
  expect(gate.reason).toBe(late);
});

test('a commit that came to nothing may be tried again', () => {
  const gate = new CommitGate();
  expect([gate.enter(), gate.leave(), gate.enter()]).toEqual([true, true, true]);
});
