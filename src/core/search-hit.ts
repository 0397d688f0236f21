/**
 * Where a search was found: of each attribute the best piece of its text, cut into what was looked for and what was not.
 * Parts are plain texts, so that nothing in them can be markup by accident. Pure; what stems words is a port.
 */
import { foldedWord, withoutLookalikes } from './search.ts';

export interface FragmentPart {
  text: string;
  /** It is what was looked for. */
  match: boolean;
}

export interface SearchHit {
  /** System name. */
  attribute: string;
  fragment: readonly FragmentPart[];
}

/** What makes a word of a text a match. */
export interface WantedWords {
  /** As `withoutLookalikes` leaves them. */
  written: ReadonlySet<string>;
  stems: ReadonlySet<string>;
  /** Beginnings of words, like `written`. */
  begun: readonly string[];
}

/** Length of a fragment, and how much of it stands before the first match. */
const shownCharacters = 160;
const leadCharacters = 40;

/** Words of a text with their places; as far as the index looks. */
export function* wordsOf(text: string): Generator<{ word: string; start: number; end: number }> {
  for (const found of text.slice(0, 60_000).matchAll(/[\p{L}\p{N}]+/gu)) yield { word: foldedWord(found[0]), start: found.index, end: found.index + found[0].length };
}

/** Undefined when nothing of it was looked for. */
export function hitIn(attribute: string, text: string, wanted: WantedWords, stemOf: (word: string) => string | undefined): SearchHit | undefined {
  const places = [...wordsOf(text)].filter(({ word }) => isWanted(word, wanted, stemOf));
  const first = bestStart(places);
  return first === undefined ? undefined : { attribute, fragment: fragmentOf(text, places, first) };
}

function isWanted(word: string, { written, stems, begun }: WantedWords, stemOf: (word: string) => string | undefined): boolean {
  const plain = withoutLookalikes(word);
  return written.has(plain) || begun.some((beginning) => plain.startsWith(beginning)) || stems.has(stemOf(word) ?? '');
}

interface Place {
  word: string;
  start: number;
  end: number;
}

/** Where most different words stand close together; of several the first. */
function bestStart(places: readonly Place[]): number | undefined {
  let best: { start: number; words: number } | undefined;
  let last = 0;
  for (const [index, { start }] of places.entries()) {
    while (last < places.length && (places[last]?.end ?? 0) <= start + shownCharacters - leadCharacters) last += 1;
    const words = new Set(places.slice(index, Math.min(last, index + 20)).map(({ word }) => word)).size;
    if (best === undefined || words > best.words) best = { start, words };
  }
  return best?.start;
}

function fragmentOf(text: string, places: readonly Place[], first: number): readonly FragmentPart[] {
  const from = wordStart(text, Math.max(0, first - leadCharacters), first);
  const to = Math.max(wordEnd(text, from + shownCharacters), places.find(({ start }) => start === first)?.end ?? from);
  const parts: FragmentPart[] = [];
  const add = (piece: string, match: boolean): void => {
    if (piece !== '') parts.push({ text: piece, match });
  };
  let at = from;
  for (const { start, end } of places) {
    if (start < at || end > to) continue;
    add(`${at === from && from > 0 ? '…' : ''}${text.slice(at, start)}`, false);
    add(text.slice(start, end), true);
    at = end;
  }
  add(`${text.slice(at, to)}${to < text.length ? '…' : ''}`, false);
  return parts;
}

/** No word, and no character, is cut in two; a word longer than the lead is. */
function wordStart(text: string, from: number, first: number): number {
  if (from === 0) return 0;
  const space = text.slice(from, first).search(/\s\S/u);
  return space < 0 ? first : from + space + 1;
}

function wordEnd(text: string, to: number): number {
  if (to >= text.length) return text.length;
  const back = /\s\S*$/u.exec(text.slice(0, to));
  return back === null || to - back.index > leadCharacters ? to - (/[\uD800-\uDBFF]$/.test(text.slice(0, to)) ? 1 : 0) : back.index;
}
