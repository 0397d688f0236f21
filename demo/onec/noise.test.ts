import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Identifiers } from './noise.ts';

test('the place of a row is had back from its identifier, and from no other set', () => {
  fc.assert(fc.property(fc.nat(0xffffffff), fc.string(), (place, salt) => {
    const guid = new Identifiers(salt).at(place);
    expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Identifiers(salt).placeOf(guid)).toBe(place);
    expect(new Identifiers(`${salt}.`).placeOf(guid)).toBeUndefined();
  }));
});

test('what is no identifier has no place', () => {
  expect(new Identifiers('1/Catalog').placeOf('')).toBeUndefined();
  expect(new Identifiers('1/Catalog').placeOf('zzzzzzzz-0000-0000-0000-000000000000')).toBeUndefined();
});
