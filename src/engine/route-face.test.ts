import { expect, test } from 'vitest';
import { Failure, failure } from '../core/failure.ts';
import { createRouteFaces, problemStatus } from './route-face.ts';
import { simulatedShop } from './testing/simulated-configuration.ts';

test.each([
  ['message.refused', 400],
  ['run.validation', 422],
  ['run.errorAnswer', 422],
  ['store.unavailable', 503],
  ['run.contended', 503],
] as const)('a route that names no status answers %s with %i', (code, status) => {
  expect(problemStatus(failure(code))).toBe(status);
});

test.each([
  ['customer & "\\u0000"', 'message.forbiddenText'],
  ['$pad(customer, 300)', 'message.keyTooLong'],
])('a key that no table can hold (%s) is refused while its message can still be answered', (order, code) => {
  const route = simulatedShop({ routes: { ackOrders: { keys: { idempotency: null, order, business: {} } } } }).route('ackOrders');
  if (route === undefined) throw new Error('no route');
  const face = createRouteFaces().of(route);
  let refused: unknown;
  try {
    face.keys({ customer: 'A' });
  } catch (error) {
    refused = error;
  }
  expect(refused instanceof Failure ? refused.code : refused).toBe(code);
});
