import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

test.for([
  ['custmer', 'customer'],
  ['Phone', 'phone'],
  ['pohne', 'phone'],
  ['наименовние', 'наименование'],
  ['x', undefined],
  ['somethingElse', undefined],
] as const)('the name meant by %s is %s', ([name, wanted]) => {
  expect(nearestName(name, ['customer', 'phone', 'lines', 'наименование'])).toBe(wanted);
});

test('the first of equally near names is taken, and nothing from nothing', () => {
  expect(nearestName('ab', ['ac', 'ad'])).toBe('ac');
  expect(nearestName('ab', [])).toBeUndefined();
});
