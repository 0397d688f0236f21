import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskedText, type Mask } from './mask.ts';
import { exampleOf, patternProblem } from './pattern.ts';

const kept = (mask: Mask, text: string): string | null => {
  const result = maskedText(mask, text);
  return result.kind === 'kept' ? result.text : null;
};

test('a phone number is kept in one form however it was written', () => {
  for (const text of ['+7 900 000-00-17', '8 (900) 000 00 17', '79000000017', ' +7.900.000.00.17 ', '8\u00a0900\u00a0000\u00a000\u00a017']) expect([text, kept('phone', text)]).toEqual([text, '+79000000017']);
  expect(kept('phone', '+49 30 901820')).toBe('+4930901820');
  for (const text of ['900 000-00-17', '+7900000001', '+7 100 000-00-17', '112', '+', 'номер', '+7 900 000-00-1a', '9'.repeat(41), '+0123456789', '8 900 000-00-17 доб. 3']) expect([text, kept('phone', text)]).toEqual([text, null]);
});

test('an address of mail needs a domain with a dot and keeps the case of its first part', () => {
  expect(kept('email', ' Ira.B+tag@Example.ORG ')).toBe('Ira.B+tag@example.org');
  expect(kept('email', 'почта@пример.рф')).toBe('почта@пример.рф');
  for (const text of ['a@b', '@b.ru', 'a@', 'a b@c.ru', 'a@b..ru', '.a@b.ru', 'a@-b.ru', 'a@1.2.3.4', 'a@b.ru\r\nBcc: x@y.ru', `${'a'.repeat(65)}@b.ru`, '<a@b.ru>']) expect([text, kept('email', text)]).toEqual([text, null]);
});

test('numbers of registers are held to their check digits', () => {
  expect([kept('inn', '7707083893'), kept('inn', '77 0708 3893'), kept('inn', '500100732259')]).toEqual(['7707083893', '7707083893', '500100732259']);
  for (const text of ['7707083894', '770708389', '500100732258', '500100732249', '0000000000', '77070838931', 'ИНН 7707083893', '７707083893']) expect([text, kept('inn', text)]).toEqual([text, null]);
  expect([kept('ogrn', '1027700132195'), kept('ogrnip', '304500116000157')]).toEqual(['1027700132195', '304500116000157']);
  for (const text of ['1027700132196', '102770013219', '3027700132195']) expect([text, kept('ogrn', text)]).toEqual([text, null]);
  for (const text of ['304500116000158', '1027700132195']) expect([text, kept('ogrnip', text)]).toEqual([text, null]);
  expect([kept('kpp', '770701001'), kept('kpp', '7707ab001')]).toEqual(['770701001', '7707AB001']);
  for (const text of ['77070100', '7707яя001', '000001001']) expect([text, kept('kpp', text)]).toEqual([text, null]);
  expect([kept('postcode', '101 000'), kept('postcode', '012345'), kept('passport', '4509123456'), kept('passport', '45 09 123456'), kept('passport', '450912345')]).toEqual(['101000', null, '4509 123456', '4509 123456', null]);
});

test('a wrong check digit of an INN or an OGRN is always found', () => {
  fc.assert(
    fc.property(fc.constantFrom<[Mask, string]>(['inn', '7707083893'], ['inn', '500100732259'], ['ogrn', '1027700132195'], ['ogrnip', '304500116000157']), fc.integer({ min: 1, max: 9 }), ([mask, right], by) => {
      expect(kept(mask, right.slice(0, -1) + String((Number(right.at(-1)) + by) % 10))).toBeNull();
    }),
  );
});

test('a pattern counts, takes parts that may be absent, and stands for the whole text', () => {
  const mask: Mask = { pattern: 'd{2}:d{2}:d{6,7}:d*' };
  expect(['01:23:123456:', '01:23:1234567:99', '01:23:12345:', 'x01:23:123456:', '01:23:123456:1 ', '٠١:23:123456:'].map((text) => kept(mask, text))).toEqual(['01:23:123456:', '01:23:1234567:99', null, null, null, null]);
  expect([kept({ pattern: 'Rd{3}R{2}' }, 'А123ВС'), kept({ pattern: '\\dd?' }, 'd7'), kept({ pattern: '№ w+.' }, '№ Ж1!'), kept({ pattern: 'a.c' }, 'a\nc')]).toEqual(['А123ВС', 'd7', '№ Ж1!', null]);
});

test('a pattern that cannot be read is shown with its place', () => {
  expect(['d{2', '(d)', 'd{3,2}', '*', 'd**', '[ab]', 'd|d', '\\', '', 'd'.repeat(201)].map(patternProblem)).toEqual(['d→{2', '→(d)', 'd→{3,2}', '→*', 'd*→*', '→[ab]', 'd→|d', '→\\', '1…200', '1…200']);
});

test('the example of a pattern fits it', () => {
  const part = fc.tuple(fc.constantFrom('d', 'L', 'R', 'w', '.', '-', ':', ' ', 'Я', '\\d', '№'), fc.constantFrom('', '?', '*', '+', '{3}', '{2,4}', '{0}'));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
      const pattern = parts.map((both) => both.join('')).join('');
      expect(patternProblem(pattern)).toBeUndefined();
      if (!pattern.includes('{0}')) expect(kept({ pattern }, exampleOf(pattern))).toBe(exampleOf(pattern));
    }),
  );
});

test('a text made to hold a pattern up takes no longer than any other', () => {
  expect(kept({ pattern: 'd*d*d*d*d*d*d*d*d*d*x' }, '1'.repeat(100_000))).toBeNull();
});
