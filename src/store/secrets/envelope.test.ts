import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seal, unseal } from './envelope.ts';
import { masterKeyFrom } from './master-key.ts';

const key = masterKeyFrom(Buffer.alloc(32, 1).toString('base64'), 'test');
const other = masterKeyFrom(Buffer.alloc(32, 2).toString('hex'), 'ZVENO_MASTER_KEY');

test('what is sealed under a name opens under that name', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, name) => {
    expect(unseal(name, seal(name, text, key), key)).toBe(text);
  }));
});

test('two seals of one text share nothing but the format and the id of the key', () => {
  const [first, second] = [seal('a', 'same', key), seal('a', 'same', key)];
  expect(first.subarray(0, 9)).toEqual(second.subarray(0, 9));
  expect(first.subarray(9, 60)).not.toEqual(second.subarray(9, 60));
  expect(first.includes('same')).toBe(false);
});

test('sealed bytes moved to another name do not open', () => {
  expect(() => unseal('b', seal('a', 'text', key), key)).toThrow(expect.objectContaining({ code: 'secret.unreadable', parameters: { name: 'b' } }));
});

test('any changed, missing or added byte is noticed', () => {
  const sealed = seal('a', 'text', key);
  fc.assert(fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const damaged = Buffer.from(sealed);
    damaged[at] = (damaged[at] ?? 0) ^ change;
    expect(() => unseal('a', damaged, key)).toThrow();
  }));
  expect(() => unseal('a', sealed.subarray(0, 40), key)).toThrow(expect.objectContaining({ code: 'secret.unreadable' }));
  expect(() => unseal('a', Buffer.concat([sealed, Uint8Array.of(0)]), key)).toThrow(expect.objectContaining({ code: 'secret.unreadable' }));
});

test('another master key is told by its id, not as damage', () => {
  expect(() => unseal('a', seal('a', 'text', key), other)).toThrow(expect.objectContaining({ code: 'secret.otherKey', parameters: expect.objectContaining({ where: 'ZVENO_MASTER_KEY' }) }));
});
