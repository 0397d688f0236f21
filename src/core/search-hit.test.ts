import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hitIn, type SearchHit, type WantedWords } from './search-hit.ts';

const wanted: WantedWords = { written: new Set(['a17']), stems: new Set(['поставк']), begun: ['догов'.replaceAll('о', 'o').replaceAll('в', 'b')] };
const stemOf = (word: string): string | undefined => (word.startsWith('поставк') ? 'поставк' : undefined);
const shown = (hit: SearchHit | undefined): string | undefined => hit?.fragment.map(({ text, match }) => (match ? `[${text}]` : text)).join('');
const hit = (text: string): string | undefined => shown(hitIn('note', text, wanted, stemOf));

test('what was looked for is told from the rest, by stem, as written, and by beginning', () => {
  expect(hit('Договор на ПОСТАВКУ, № А17')).toBe('[Договор] на [ПОСТАВКУ], № [А17]');
  expect(hit('нет ничего')).toBeUndefined();
  expect(hit('')).toBeUndefined();
});

test('a fragment is taken where most of it stands together, and cuts no word', () => {
  const far = `поставка ${'лишнее слово '.repeat(40)}договор поставки А17 ${'ещё '.repeat(60)}`;
  expect(hit(far)).toMatch(/^…[а-я ]*\[договор\] \[поставки\] \[А17\] (?:ещё ?)+…$/);
  expect(hit(`${'x'.repeat(500)} поставка ${'y'.repeat(500)}`)).toMatch(/^…\[поставка\] y{50,}…$/);
});

test('markup of a text stays a text of a part', () => {
  const found = hitIn('note', '<img src=x onerror=alert(1)>поставка</b><script>', wanted, stemOf);
  expect(found?.fragment).toEqual([{ text: '<img src=x onerror=alert(1)>', match: false }, { text: 'поставка', match: true }, { text: '</b><script>', match: false }]);
});

test('parts are a piece of the text as it is, whole characters only, and each match is one that is wanted', () => {
  const word = fc.constantFrom('поставка', 'поставке', 'А17', 'договор', '🙂', 'слово', '<b>', '\n', 'ё'.repeat(50), 'x'.repeat(300), '𝒜𝒜');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }).map((words) => words.join(' ')), (text) => {
      const found = hitIn('note', text, wanted, stemOf);
      if (found === undefined) return;
      const whole = found.fragment.map((part) => part.text).join('').replace(/^…/, '').replace(/…$/, '');
      expect(text).toContain(whole);
      expect(whole.isWellFormed()).toBe(true);
      expect(whole.length).toBeLessThan(520);
      expect(found.fragment.filter(({ match }) => match).length).toBeGreaterThan(0);
      for (const part of found.fragment) if (part.match) expect(part.text).toMatch(/^(?:поставк[ае]|А17|договор)$/);
    }),
  );
});
