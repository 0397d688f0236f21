/** Pictures of whole numbers: `#,##0`, `0001`, `1;o`, `A`, `i`, `Ww` … */
import { callFailed } from './define.ts';
import type { Site } from '../item.ts';
import { lettersOf, numberOfLetters, numberOfRoman, numberOfWords, romanOf, wordsOf } from './integer-words.ts';

export type LetterCase = 'upper' | 'lower' | 'title';

export type IntegerPicture =
  | { kind: 'letters' | 'roman'; letterCase: LetterCase; ordinal: boolean }
  | { kind: 'words'; letterCase: LetterCase; ordinal: boolean }
  | DigitPicture;

export interface DigitPicture {
  kind: 'digits';
  ordinal: boolean;
  /** Code of the digit zero in the picture's script. */
  zero: number;
  least: number;
  optional: number;
  /** Separators with the count of digits to their right. */
  separators: readonly { place: number; text: string }[];
  /** Distance at which one separator repeats to the left; 0 when it does not. */
  step: number;
}

const zeros = [0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10];

export function integerPicture(picture: string, site: Site): IntegerPicture {
  const semicolon = picture.lastIndexOf(';');
  const main = semicolon < 0 ? picture : picture.slice(0, semicolon);
  const ordinal = semicolon >= 0 && picture[semicolon + 1] === 'o';
  switch (main) {
    case 'A':
    case 'a':
      return { kind: 'letters', letterCase: main === 'A' ? 'upper' : 'lower', ordinal };
    case 'I':
    case 'i':
      return { kind: 'roman', letterCase: main === 'I' ? 'upper' : 'lower', ordinal };
    case 'W':
    case 'w':
    case 'Ww':
      return { kind: 'words', letterCase: main === 'W' ? 'upper' : main === 'w' ? 'lower' : 'title', ordinal };
    default:
      return digitPicture(main, ordinal, site);
  }
}

function digitPicture(picture: string, ordinal: boolean, site: Site): DigitPicture {
  let zero: number | null = null;
  let least = 0;
  let optional = 0;
  const separators: { place: number; text: string }[] = [];
  for (const char of Array.from(picture).reverse()) {
    const code = char.codePointAt(0) ?? 0;
    const family = zeros.find((start) => code >= start && code <= start + 9);
    if (family !== undefined) {
      if (zero !== null && zero !== family) throw callFailed(site, 'a picture uses digits of one script only');
      zero = family;
      least++;
    } else if (char === '#') optional++;
    else separators.push({ place: least + optional, text: char });
  }
  if (zero === null) throw callFailed(site, `numbering by "${picture}" is not supported`);
  return { kind: 'digits', ordinal, zero, least, optional, separators, step: repeatedStep(separators) };
}

function repeatedStep(separators: readonly { place: number; text: string }[]): number {
  const [first] = separators;
  if (first === undefined || separators.some(({ text }) => text !== first.text)) return 0;
  const step = separators.map(({ place }) => place).reduce(greatestDivisor);
  return step > 0 && separators.every((_, index) => separators.some(({ place }) => place === (index + 1) * step)) ? step : 0;
}

const greatestDivisor = (left: number, right: number): number => (right === 0 ? left : greatestDivisor(right, left % right));

/** `digits` are those of a whole number, without sign; `value` is the same number. */
export function printInteger(value: number, digits: string, picture: IntegerPicture): string {
  switch (picture.kind) {
    case 'letters':
      return inCase(lettersOf(value), picture.letterCase);
    case 'roman':
      return inCase(romanOf(value), picture.letterCase);
    case 'words':
      return inCase(wordsOf(value, picture.ordinal), picture.letterCase);
    case 'digits':
      return printDigits(digits, picture);
    default:
      return picture satisfies never;
  }
}

function inCase(text: string, letterCase: LetterCase): string {
  if (letterCase === 'upper') return text.toUpperCase();
  if (letterCase === 'lower') return text;
  return text.replace(/[a-z]+/g, (word) => (word === 'and' ? word : word[0]?.toUpperCase() + word.slice(1)));
}

function printDigits(digits: string, picture: DigitPicture): string {
  const local = Array.from(digits.padStart(picture.least, '0')).map((digit) => String.fromCodePoint(digit.charCodeAt(0) - 0x30 + picture.zero));
  const grouped = local.map((digit, index) => separatorBefore(local.length - index, index, picture) + digit).join('');
  return picture.ordinal ? grouped + ordinalSuffix(digits) : grouped;
}

function separatorBefore(place: number, index: number, picture: DigitPicture): string {
  if (index === 0) return '';
  if (picture.step > 0) return place % picture.step === 0 ? (picture.separators[0]?.text ?? '') : '';
  return picture.separators
    .filter((separator) => separator.place === place)
    .map(({ text }) => text)
    .reverse()
    .join('');
}

function ordinalSuffix(digits: string): string {
  const suffix = ({ '1': 'st', '2': 'nd', '3': 'rd' } as Readonly<Record<string, string>>)[digits.at(-1) ?? ''];
  return suffix === undefined || digits.at(-2) === '1' ? 'th' : suffix;
}

/** A regular expression source that matches numbers of the picture; `width` digits when given. */
export function integerPattern(picture: IntegerPicture, width: number | null): string {
  switch (picture.kind) {
    case 'letters':
      return '[a-zA-Z]+';
    case 'roman':
      return '[mdclxviMDCLXVI]+';
    case 'words':
      return '[a-zA-Z][a-zA-Z, -]*';
    case 'digits':
      return `[0-9]${width === null ? '+' : `{${width}}`}${picture.ordinal ? '(?:th|st|nd|rd)' : ''}`;
    default:
      return picture satisfies never;
  }
}

/** NaN when the text does not fit the picture. */
export function readInteger(text: string, picture: IntegerPicture): number {
  switch (picture.kind) {
    case 'letters':
      return /^[a-z]+$/i.test(text) ? numberOfLetters(text) : Number.NaN;
    case 'roman':
      return /^[mdclxvi]+$/i.test(text) ? numberOfRoman(text) : Number.NaN;
    case 'words':
      return numberOfWords(text);
    case 'digits':
      return readDigits(text, picture);
    default:
      return picture satisfies never;
  }
}

function readDigits(text: string, picture: DigitPicture): number {
  const separators = new Set(picture.separators.map((separator) => separator.text));
  const bare = picture.ordinal ? text.replace(/(?:th|st|nd|rd)$/, '') : text;
  let digits = '';
  for (const char of bare) {
    if (separators.has(char)) continue;
    const digit = (char.codePointAt(0) ?? 0) - picture.zero;
    if (digit >= 0 && digit <= 9) digits += String(digit);
    else if (char === '-' && digits === '') digits = '-';
    else return Number.NaN;
  }
  return digits === '' || digits === '-' ? Number.NaN : Number(digits);
}
