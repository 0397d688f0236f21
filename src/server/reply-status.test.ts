import { expect, test } from 'vitest';
import { simulatedShop } from '../engine/testing/simulated-configuration.ts';
import { acceptedStatus, successStatus } from './reply-status.ts';

const route = (name: string, status?: number) => {
  const found = simulatedShop({ routes: { [name]: { properties: status === undefined ? {} : { status } } } }).route(name);
  if (found === undefined) throw new Error(`no route ${name}`);
  return found;
};

test.each([
  ['ackOrders', undefined, 202],
  ['ackOrders', 200, 200],
  ['nowOrders', undefined, 202],
  ['nowOrders', 201, 202],
] as const)('over %s with the status %s, "accepted" is %i', (name, status, told) => {
  expect(acceptedStatus(route(name, status))).toBe(told);
});

test('a finished run is answered with the status of its route', () => {
  expect([successStatus(route('nowOrders'), 200), successStatus(route('nowOrders', 201), 200)]).toEqual([200, 201]);
});
