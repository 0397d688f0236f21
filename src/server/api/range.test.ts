import { expect, test } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { rangeOf } from './range.ts';

test('a part is told by both ends, by one, or by its length from the end', () => {
  expect(['bytes=0-0', 'bytes=2-', 'bytes=-3', 'bytes=5-99', 'bytes=-99'].map((header) => rangeOf(header, 10))).toEqual([{ from: 0, to: 0 }, { from: 2, to: 9 }, { from: 7, to: 9 }, { from: 5, to: 9 }, { from: 0, to: 9 }]);
});

test('what is no part means the whole', () => {
  expect([undefined, 'bytes=', 'bytes=-', 'items=0-1', 'bytes=0-1,3-4', 'bytes=a-b'].map((header) => rangeOf(header, 10))).toEqual([null, null, null, null, null, null]);
});

test('a part that is not there is refused', () => {
  for (const header of ['bytes=10-', 'bytes=3-2', 'bytes=-0']) expect(() => rangeOf(header, 10)).toThrow(Failure);
  expect(() => rangeOf('bytes=0-0', 0)).toThrow(Failure);
});
