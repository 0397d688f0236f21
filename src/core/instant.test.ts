import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf } from './instant.ts';

test('a text with an offset becomes UTC with microseconds', () => {
  expect(instantOf('2020-12-03T17:00:00+03:00')).toBe('2020-12-03T14:00:00.000000Z');
  expect(instantOf('2020-12-03t17:00:00.1z')).toBe('2020-12-03T17:00:00.100000Z');
  expect(instantOf('2020-12-03 17:00:00.123456789-0030')).toBe('2020-12-03T17:30:00.123456Z');
  expect(instantOf('2024-02-29T23:59:59Z')).toBe('2024-02-29T23:59:59.000000Z');
  expect(instantOf('0001-01-01T00:00:00Z')).toBe('0001-01-01T00:00:00.000000Z');
});

test('what names no instant is undefined', () => {
  const wrong = ['', '2020-12-03', '2020-12-03T17:00:00', '03.12.2020 17:00', '2023-02-29T00:00:00Z', '2020-13-01T00:00:00Z', '2020-12-00T00:00:00Z', '2020-12-03T24:00:00Z', '2020-12-03T17:60:00Z', '2020-12-03T17:00:60Z', '2020-12-03T17:00:00+25:00', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00', '2020-12-03T17:00:00.Z', '2020-12-03T17:00:00Z\n'];
  for (const text of wrong) expect(instantOf(text)).toBeUndefined();
});

test('an instant written with any offset is the same instant', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0002-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z'), noInvalidDate: true }), fc.integer({ min: -840, max: 840 }), (date, offset) => {
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
      const minutes = Math.abs(offset);
      const zone = `${offset < 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
      expect(instantOf(local + zone)).toBe(`${date.toISOString().slice(0, -1)}000Z`);
    }),
  );
});
