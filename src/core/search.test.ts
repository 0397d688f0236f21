import { expect, test } from 'vitest';
import { Failure } from './failure.ts';
import { readSearch, withoutLookalikes } from './search.ts';

const shown = (text: string): readonly string[] => readSearch(text).map(({ words, negated, prefix }) => `${negated ? '-' : ''}${words.join('+')}${prefix ? '*' : ''}`);

test('words are folded, the last one may go on, and what is no letter or digit divides them', () => {
  expect(shown('Договоры поставки')).toEqual(['договоры', 'поставки*']);
  expect(shown('Договоры поставки ')).toEqual(['договоры', 'поставки']);
  expect(shown('ЁЛКА INV-2026/001')).toEqual(['елка', 'inv+2026+001*']);
  expect(shown('кабель -медный "три на два"')).toEqual(['кабель', '-медный', 'три+на+два']);
  expect(shown('-"с браком" кабель')).toEqual(['-с+браком', 'кабель*']);
  expect(shown('"незакрытая фраза')).toEqual(['незакрытая+фраза*']);
  expect(shown('и\u0306од')).toEqual(['йод*']);
});

test('signs of other languages of search are signs, and nothing to be found is refused', () => {
  expect(shown("a' | b:* & !(c) <-> d\\ '; DROP TABLE x --")).toEqual(['a', 'b', 'c', 'd', 'drop', 'table', 'x']);
  for (const text of ['', ' ', '-- !!', '"""', '-только -минусы', '🙂']) expect(() => readSearch(text), text).toThrow(Failure);
  expect(() => readSearch('a'.repeat(501))).toThrow(/501|500/);
  expect(() => readSearch(Array.from({ length: 33 }, (_, index) => `w${index}`).join(' '))).toThrow(Failure);
});

test('letters that look alike are one', () => {
  expect(withoutLookalikes('ам17')).toBe(withoutLookalikes('am17'));
});
