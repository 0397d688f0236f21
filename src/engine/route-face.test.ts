import { expect, test } from 'vitest';
import { failure } from '../core/failure.ts';
import { problemStatus } from './route-face.ts';

test.each([
  ['message.refused', 400],
  ['run.validation', 422],
  ['run.errorAnswer', 422],
  ['store.unavailable', 503],
  ['run.contended', 503],
] as const)('a route that names no status answers %s with %i', (code, status) => {
  expect(problemStatus(failure(code))).toBe(status);
});
