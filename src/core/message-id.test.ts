import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classOf, isUuid, lowestIdAt, messageId, millisecondsOf, retentionClasses, retentionOf } from './message-id.ts';

const ms = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const bytes = fc.uint8Array({ minLength: 10, maxLength: 16 });
const days = fc.constantFrom(...retentionClasses);

test('an id is a version 7 uuid that carries its retention class', () => {
  fc.assert(
    fc.property(ms, bytes, days, (at, random, kept) => {
      const id = messageId(at, random, kept);
      expect(isUuid(id)).toBe(true);
      expect(id[14]).toBe('7');
      expect('89ab').toContain(id[19]);
      expect(millisecondsOf(id)).toBe(at);
      expect(retentionOf(id)).toBe(kept);
      expect(retentionClasses[classOf(id)]).toBe(kept);
    }),
  );
});

test('ids of a later millisecond sort after those of an earlier one, and after the least id of their own', () => {
  fc.assert(
    fc.property(ms, ms, bytes, bytes, days, (one, other, a, b, kept) => {
      const [early, late] = one < other ? [one, other] : [other, one];
      expect(messageId(late, a, kept) >= lowestIdAt(late)).toBe(true);
      if (early < late) expect(messageId(early, a, kept) < messageId(late, b, kept)).toBe(true);
    }),
  );
});

test('too few random bytes are a programmer error', () => {
  expect(() => messageId(0, new Uint8Array(9), 1)).toThrow('ten random bytes');
});

test('only the lower-case hyphenated spelling is an id', () => {
  for (const text of ['', 'x', "1' or 1=1", '01234567-89AB-7000-8000-000000000000', '{01234567-89ab-7000-8000-000000000000}']) expect(isUuid(text)).toBe(false);
});
