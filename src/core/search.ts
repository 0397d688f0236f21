/** What people type to find records, taken apart: words, phrases in quotes, and words that must not be there. */
import { failure } from './failure.ts';
import { limits } from './limits.ts';

export interface SearchTerm {
  /** Folded words that stand side by side; letters and digits only. */
  words: readonly string[];
  negated: boolean;
  /** The last word may go on: it is still being typed. */
  prefix: boolean;
}

/** Anything may be typed: whatever is no letter and no digit divides words. Throws `query.searchTooLong`, `query.tooComplex`, `query.searchEmpty`. */
export function readSearch(text: string): readonly SearchTerm[] {
  const most = limits.searchCharacters.value;
  if (text.length > most) throw failure('query.searchTooLong', { limit: most });
  const tokens = [...text.normalize('NFC').matchAll(/(-?)"([^"]*)("?)|(\S+)/gu)];
  const terms = tokens.flatMap(([, minus, quoted, closed, bare], index): SearchTerm[] => {
    const negated = bare === undefined ? minus === '-' : /^-[\p{L}\p{N}]/u.test(bare);
    const words = foldedWords(quoted ?? bare ?? '');
    const last = index === tokens.length - 1 && !/\s$/u.test(text) && closed !== '"';
    return words.length === 0 ? [] : [{ words, negated, prefix: last && !negated }];
  });
  const limit = limits.searchWords.value;
  if (terms.length > limit) throw failure('query.tooComplex', { detail: `search ${terms.length}`, limit });
  if (!terms.some(({ negated }) => !negated)) throw failure('query.searchEmpty', {});
  return terms;
}

export const foldedWord = (text: string): string => text.toLowerCase().replaceAll('ё', 'е');

/** As the index has them: small letters, ё as е. */
const foldedWords = (text: string): readonly string[] => foldedWord(text).split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

/** Letters that look alike are one: a code with a Cyrillic «А» is found by a Latin one. */
export const withoutLookalikes = (word: string): string => word.replace(/[авекмнорстух]/g, (letter) => lookalikes[letter] ?? letter);

const lookalikes: Readonly<Record<string, string>> = { а: 'a', в: 'b', е: 'e', к: 'k', м: 'm', н: 'h', о: 'o', р: 'p', с: 'c', т: 't', у: 'y', х: 'x' };
