/** Whole numbers as English words, Roman numerals and letters, and back. */
const small = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'];
const smallOrdinals = ['zeroth', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth', 'eleventh', 'twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth', 'seventeenth', 'eighteenth', 'nineteenth'];
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const powers = ['', 'thousand', 'million', 'billion', 'trillion'];

/** Lower case: "one thousand, two hundred and thirty-four". Not negative. */
export function wordsOf(value: number, ordinal: boolean): string {
  if (value < 100) return belowHundred(value, ordinal);
  if (value < 1000) return joinedWords(`${small[Math.floor(value / 100)] ?? ''} hundred`, value % 100, ordinal);
  const power = Math.min(Math.floor((Math.trunc(value).toFixed().length - 1) / 3), powers.length - 1);
  const unit = 1000 ** power;
  return joinedWords(`${wordsOf(Math.floor(value / unit), false)} ${powers[power] ?? ''}`, value % unit, ordinal);
}

function joinedWords(head: string, rest: number, ordinal: boolean): string {
  if (rest === 0) return ordinal ? `${head}th` : head;
  return `${head}${rest < 100 ? ' and ' : ', '}${wordsOf(rest, ordinal)}`;
}

function belowHundred(value: number, ordinal: boolean): string {
  if (value < 20) return (ordinal ? smallOrdinals : small)[value] ?? '';
  const ten = tens[Math.floor(value / 10)] ?? '';
  if (value % 10 > 0) return `${ten}-${belowHundred(value % 10, ordinal)}`;
  return ordinal ? `${ten.slice(0, -1)}ieth` : ten;
}

/** The number that English words stand for, or NaN. */
export function numberOfWords(text: string): number {
  let total = 0;
  let segment = 0;
  for (const word of text.toLowerCase().split(/[\s,-]+/)) {
    if (word === '' || word === 'and') continue;
    const value = wordValue(word);
    if (value === undefined) return Number.NaN;
    if (value < 100) segment += value;
    else if (value === 100) segment *= 100;
    else {
      total = segment === 0 && total > 0 ? total * value : total + segment * value;
      segment = 0;
    }
  }
  return total + segment;
}

function wordValue(word: string): number | undefined {
  for (const words of [small, smallOrdinals]) {
    const index = words.indexOf(word);
    if (index >= 0) return index;
  }
  const ten = tens.indexOf(word.endsWith('ieth') ? `${word.slice(0, -4)}y` : word);
  if (ten > 1) return ten * 10;
  const base = word.endsWith('th') ? word.slice(0, -2) : word;
  if (base === 'hundred') return 100;
  const power = powers.indexOf(base);
  return power > 0 ? 1000 ** power : undefined;
}

const romans: readonly (readonly [number, string])[] = [
  [1000, 'm'], [900, 'cm'], [500, 'd'], [400, 'cd'], [100, 'c'], [90, 'xc'], [50, 'l'], [40, 'xl'], [10, 'x'], [9, 'ix'], [5, 'v'], [4, 'iv'], [1, 'i'],
];

export function romanOf(value: number): string {
  let rest = value;
  let text = '';
  for (const [worth, letters] of romans) {
    text += letters.repeat(Math.floor(rest / worth));
    rest %= worth;
  }
  return text;
}

export function numberOfRoman(text: string): number {
  let total = 0;
  let highest = 0;
  for (const letter of Array.from(text.toLowerCase()).reverse()) {
    const worth = romans.find(([, letters]) => letters === letter)?.[0] ?? Number.NaN;
    total += worth < highest ? -worth : worth;
    highest = Math.max(highest, worth);
  }
  return total;
}

/** Letters as columns of a sheet are counted: a … z, aa … */
export function lettersOf(value: number): string {
  let text = '';
  for (let rest = value; rest > 0; rest = Math.floor((rest - 1) / 26)) text = String.fromCharCode(((rest - 1) % 26) + 97) + text;
  return text;
}

export const numberOfLetters = (text: string): number => Array.from(text.toLowerCase()).reduce((total, letter) => total * 26 + letter.charCodeAt(0) - 96, 0);
