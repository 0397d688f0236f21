import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guidAt, placeOf } from './noise.ts';

test('the place of a row is had back from its identifier, and from no other set', () => {
  fc.assert(fc.property(fc.nat(0xffffffff), fc.string(), (place, salt) => {
    const guid = guidAt(salt, place);
    expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(placeOf(salt, guid)).toBe(place);
    expect(placeOf(`${salt}.`, guid)).toBeUndefined();
  }));
});

test('what is no identifier has no place', () => {
  expect(placeOf('1/Catalog', '')).toBeUndefined();
  expect(placeOf('1/Catalog', 'zzzzzzzz-0000-0000-0000-000000000000')).toBeUndefined();
});
