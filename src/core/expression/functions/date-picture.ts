/** Pictures of instants, such as `[Y0001]-[M01]-[D01] [H01]:[m01]`, as XPath's format-dateTime defines them. */
import { RE2JS } from 're2js';
import type { Site } from '../item.ts';
import { callFailed } from './define.ts';
import { integerPattern, integerPicture, printInteger, readInteger, type IntegerPicture, type LetterCase } from './integer-picture.ts';

/** One part of a picture: plain text, or a component such as `[M01]`. */
export type DatePart =
  | { kind: 'text'; text: string }
  | {
      kind: 'component';
      letter: string;
      /** Month and day names, am and pm. */
      names: LetterCase | null;
      digits: IntegerPicture | null;
      least: number | null;
      most: number | null;
      /** `t` after the format of a time zone: Z stands for UTC. */
      zulu: boolean;
    };

type Component = Extract<DatePart, { kind: 'component' }>;

const defaultFormats: Readonly<Record<string, string>> = {
  Y: '1', M: '1', D: '1', d: '1', F: 'n', W: '1', w: '1', X: '1', x: '1', H: '1', h: '1', P: 'n', m: '01', s: '01', f: '1', Z: '01:01', z: '01:01', C: 'n', E: 'n',
};
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

export function datePicture(picture: string, site: Site): readonly DatePart[] {
  if (picture.length > 1000) throw callFailed(site, 'the picture is longer than 1000 characters');
  const parts: DatePart[] = [];
  let text = '';
  let at = 0;
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text: text.replaceAll(']]', ']') });
    text = '';
  };
  while (at < picture.length) {
    const char = picture[at] as string;
    if (char !== '[' || picture[at + 1] === '[') {
      text += char;
      at += char === '[' ? 2 : 1;
      continue;
    }
    const end = picture.indexOf(']', at);
    if (end < 0) throw callFailed(site, 'a "[" of the picture is not closed');
    flush();
    parts.push(component(picture.slice(at + 1, end).replace(/\s+/g, ''), site));
    at = end + 1;
  }
  flush();
  return parts;
}

function component(marker: string, site: Site): Component {
  const letter = marker[0] ?? '';
  const standard = Object.hasOwn(defaultFormats, letter) ? defaultFormats[letter] : undefined;
  if (standard === undefined) throw callFailed(site, `unknown component "${letter}" in the picture`);
  const comma = marker.lastIndexOf(',');
  const written = marker.slice(1, comma < 0 ? undefined : comma);
  const modifier = written.length > 1 && 'atco'.includes(written.at(-1) ?? ' ') ? written.at(-1) : undefined;
  const format = (modifier === undefined ? written : written.slice(0, -1)) || standard;
  const [least = null, most = null] = comma < 0 ? [] : widths(marker.slice(comma + 1));
  const names = /^n/i.test(format) ? (format.startsWith('n') ? 'lower' : format === 'Nn' ? 'title' : 'upper') : null;
  const digits = names === null ? integerPicture(modifier === 'o' ? `${format};o` : format, site) : null;
  if (names !== null && !'MxFPCE'.includes(letter)) throw callFailed(site, `the component "${letter}" has no names`);
  return { kind: 'component', letter, names, digits: widened(digits, letter, least, most), least, most, zulu: modifier === 't' };
}

function widths(text: string): (number | null)[] {
  return text.split('-').map((part) => (/^[0-9]{1,3}$/.test(part) ? Number(part) : null));
}

function widened(picture: IntegerPicture | null, letter: string, least: number | null, most: number | null): IntegerPicture | null {
  if (picture?.kind !== 'digits' || letter === 'Z' || letter === 'z') return picture;
  const wanted = letter === 'Y' && most !== null ? most : Math.max(picture.least, least ?? 0);
  return { ...picture, least: wanted };
}

/** Prints an instant, given in milliseconds since 1970, in a zone given by its offset in minutes. */
export function printDate(millis: number, offsetMinutes: number, parts: readonly DatePart[], site: Site): string {
  const date = new Date(millis + offsetMinutes * 60_000);
  if (Number.isNaN(date.getTime())) throw callFailed(site, 'the instant is out of range');
  return parts.map((part) => (part.kind === 'text' ? part.text : printComponent(date, offsetMinutes, part, site))).join('');
}

function printComponent(date: Date, offsetMinutes: number, part: Component, site: Site): string {
  switch (part.letter) {
    case 'Z':
    case 'z':
      return printZone(offsetMinutes, part, site);
    case 'P':
      return inCase(date.getUTCHours() >= 12 ? 'pm' : 'am', part.names ?? 'lower');
    case 'C':
    case 'E':
      return 'ISO';
    default:
      return printField(fieldOf(date, part.letter), part);
  }
}

function printField(value: number, part: Component): string {
  if (part.names !== null) {
    const name = inCase((part.letter === 'F' ? days : months)[value - 1] ?? '', part.names);
    return part.most === null ? name : name.slice(0, part.most);
  }
  const digits = part.digits as IntegerPicture; // a component has names or digits
  const shown = part.letter === 'Y' && digits.kind === 'digits' ? shortYear(value, digits.least + digits.optional, part.most) : value;
  return (shown < 0 ? '-' : '') + printInteger(Math.abs(shown), String(Math.abs(shown)), digits);
}

/** A year picture of two digits or more shows that many digits. */
const shortYear = (year: number, width: number, most: number | null): number => (most === null && width < 2 ? year : year % 10 ** (most ?? width));

const inCase = (name: string, letterCase: LetterCase): string => (letterCase === 'upper' ? name.toUpperCase() : letterCase === 'lower' ? name.toLowerCase() : name);

function printZone(offsetMinutes: number, part: Component, site: Site): string {
  if (offsetMinutes === 0 && part.zulu) return 'Z';
  const picture = part.digits;
  if (picture?.kind !== 'digits' || picture.least > 4) throw callFailed(site, 'a zone is printed with one to four digits');
  const hours = Math.trunc(Math.abs(offsetMinutes) / 60);
  const minutes = Math.abs(offsetMinutes) % 60;
  const short = picture.least <= 2;
  const digits = short ? String(hours) : String(hours * 100 + minutes);
  const tail = short && minutes > 0 ? `:${String(minutes).padStart(2, '0')}` : '';
  const sign = offsetMinutes < 0 ? '-' : '+';
  return (part.letter === 'z' ? 'GMT' : '') + sign + printInteger(Number(digits), digits, picture) + tail;
}

const DAY = 86_400_000;

/** A calendar field of the date, taken in UTC. */
export function fieldOf(date: Date, letter: string): number {
  const year = date.getUTCFullYear();
  const today = Date.UTC(year, date.getUTCMonth(), date.getUTCDate());
  switch (letter) {
    case 'Y':
      return year;
    case 'M':
      return date.getUTCMonth() + 1;
    case 'D':
      return date.getUTCDate();
    case 'd':
      return (today - Date.UTC(year, 0)) / DAY + 1;
    case 'F':
      return date.getUTCDay() === 0 ? 7 : date.getUTCDay();
    case 'W':
    case 'X': {
      // A week belongs to the year (or month) that holds its Thursday.
      const thursday = new Date(thursdayOf(today));
      const first = Date.UTC(thursday.getUTCFullYear(), 0);
      return letter === 'X' ? thursday.getUTCFullYear() : Math.floor((thursday.getTime() - first) / DAY / 7) + 1;
    }
    case 'w':
    case 'x': {
      const thursday = new Date(thursdayOf(today));
      return letter === 'x' ? thursday.getUTCMonth() + 1 : Math.floor((thursday.getUTCDate() - 1) / 7) + 1;
    }
    case 'H':
      return date.getUTCHours();
    case 'h':
      return date.getUTCHours() % 12 === 0 ? 12 : date.getUTCHours() % 12;
    case 'm':
      return date.getUTCMinutes();
    case 's':
      return date.getUTCSeconds();
    default:
      return date.getUTCMilliseconds();
  }
}

function thursdayOf(day: number): number {
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  return day + (3 - weekday) * DAY;
}

/** Fields read from a text by a picture, or undefined when it does not fit. */
export function readDate(text: string, parts: readonly DatePart[], site: Site): ReadonlyMap<string, number> | undefined {
  const source = parts.map((part, index) => (part.kind === 'text' ? part.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : `(${patternOf(part, parts[index + 1])})`)).join('');
  // In linear time: names and words side by side could be cut in very many ways.
  const found = RE2JS.compile(`^${source}$`, RE2JS.CASE_INSENSITIVE).matcher(text);
  if (!found.find()) return undefined;
  const components = parts.filter((part) => part.kind === 'component');
  return new Map(components.map((part, index) => [part.letter.toUpperCase() === 'Z' ? 'Z' : part.letter, readComponent(found.group(index + 1) ?? '', part, site)] as const));
}

function patternOf(part: Component, next: DatePart | undefined): string {
  if (part.letter === 'Z' || part.letter === 'z') return `${part.letter === 'z' ? 'GMT' : ''}(?:[-+][0-9]+(?::[0-9]+)?${part.zulu ? '|Z' : ''})`;
  if (part.letter === 'f') return '[0-9]+';
  if (part.digits === null) return '[a-zA-Z]+';
  // Two numbers side by side can only be told apart by their widths.
  const adjacent = next?.kind === 'component' && next.digits !== null;
  return integerPattern(part.digits, adjacent && part.digits.kind === 'digits' ? part.digits.least : null);
}

function readComponent(text: string, part: Component, site: Site): number {
  if (part.letter === 'Z' || part.letter === 'z') return readZone(text.replace(/^GMT/i, ''));
  if (part.letter === 'f') return Number(`0.${text.slice(0, 3)}`) * 1000;
  if (part.digits !== null) return readInteger(text, part.digits);
  if (part.letter === 'P') return text.toLowerCase() === 'pm' ? 1 : 0;
  const names = part.letter === 'F' ? days : months;
  const index = names.findIndex((name) => (part.most === null ? name : name.slice(0, part.most)).toLowerCase() === text.toLowerCase());
  if (index < 0) throw callFailed(site, `unknown name "${text.slice(0, 20)}"`);
  return index + 1;
}

/** Minutes east of UTC. */
function readZone(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.slice(1);
  const [hours = '0', minutes] = digits.includes(':') ? digits.split(':') : digits.length <= 2 ? [digits] : [digits.slice(0, -2), digits.slice(-2)];
  return sign * (Number(hours) * 60 + Number(minutes ?? 0));
}
