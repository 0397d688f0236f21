/** `$formatNumber`: numbers by a picture such as `#,##0.00`, as XPath's format-number defines it. */
import { Decimal } from '../../decimal.ts';
import type { Num } from '../exact.ts';
import { isMembers, type Item, type Site, type Runtime } from '../item.ts';
import { callFailed } from './define.ts';

interface Symbols {
  decimal: string;
  grouping: string;
  exponent: string;
  minus: string;
  percent: string;
  perMille: string;
  zero: string;
  digit: string;
  separator: string;
}

const optionNames: Readonly<Record<keyof Symbols, string>> = {
  decimal: 'decimal-separator',
  grouping: 'grouping-separator',
  exponent: 'exponent-separator',
  minus: 'minus-sign',
  percent: 'percent',
  perMille: 'per-mille',
  zero: 'zero-digit',
  digit: 'digit',
  separator: 'pattern-separator',
};

const standard: Symbols = { decimal: '.', grouping: ',', exponent: 'e', minus: '-', percent: '%', perMille: '\u2030', zero: '0', digit: '#', separator: ';' };

/** A half of a picture: what it says about the shape of the number. */
interface Shape {
  prefix: string;
  suffix: string;
  /** 100 for percent, 1000 for per mille, else 1. */
  factor: number;
  leastInteger: number;
  /** Digits before the point of the mantissa when there is an exponent. */
  mantissaDigits: number;
  leastFraction: number;
  mostFraction: number;
  leastExponent: number;
  /** Digits to the right of each grouping separator of the whole part. */
  groups: readonly number[];
  fractionGroups: readonly number[];
}

export function formatNumber(value: Num, picture: Item, options: Item, runtime: Runtime, site: Site): string {
  if (typeof picture !== 'string') throw callFailed(site, 'the picture must be a text');
  if (picture.length > 1000) throw callFailed(site, 'the picture is longer than 1000 characters');
  const symbols = symbolsOf(options, site);
  const halves = picture.split(symbols.separator);
  if (halves.length > 2) throw callFailed(site, 'a picture has at most two halves');
  const shapes = halves.map((half) => shapeOf(half, symbols, site));
  const exact = new Decimal(value);
  const positive = shapes[0] as Shape; // split gives at least one half
  const shape = exact.isNegative() && !exact.isZero() ? (shapes[1] ?? { ...positive, prefix: symbols.minus + positive.prefix }) : positive;
  const text = shape.prefix + printed(exact.absoluteValue().times(shape.factor), shape, symbols) + shape.suffix;
  runtime.budget.spendBytes(text.length);
  return text;
}

function symbolsOf(options: Item, site: Site): Symbols {
  if (options === undefined) return standard;
  if (!isMembers(options)) throw callFailed(site, 'the options must be an object');
  const symbols = { ...standard };
  for (const key of Object.keys(optionNames) as (keyof Symbols)[]) {
    const name = optionNames[key];
    const value = Object.hasOwn(options, name) ? options[name] : undefined;
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.length !== 1) throw callFailed(site, `the option ${name} must be one character`);
    symbols[key] = value;
  }
  return symbols;
}

function shapeOf(half: string, symbols: Symbols, site: Site): Shape {
  const zero = symbols.zero.charCodeAt(0);
  const isDigit = (char: string): boolean => char.charCodeAt(0) >= zero && char.charCodeAt(0) < zero + 10;
  const isPlace = (char: string): boolean => isDigit(char) || char === symbols.digit;
  const isEdge = (char: string): boolean => isPlace(char) || char === symbols.decimal || char === symbols.grouping;
  const chars = Array.from(half);
  const first = chars.findIndex(isEdge);
  if (first < 0 || !chars.some(isPlace)) throw callFailed(site, 'a picture needs at least one digit');
  const last = chars.findLastIndex(isEdge);
  const active = chars.slice(first, last + 1);
  if (active.some((char) => !isEdge(char) && char !== symbols.exponent)) throw callFailed(site, 'other characters may not stand between the digits of a picture');
  const [mantissa, exponent] = splitOnce(active, symbols.exponent, 'exponent', site);
  const [integer, fraction] = splitOnce(mantissa, symbols.decimal, 'decimal', site);
  const percents = countOf(chars, symbols.percent);
  const perMilles = countOf(chars, symbols.perMille);
  if (percents + perMilles > 1) throw callFailed(site, 'a picture has at most one percent or per-mille sign');
  if (exponent !== null && (percents + perMilles > 0 || exponent.length === 0 || !exponent.every(isDigit))) throw callFailed(site, 'an exponent consists of digits and goes with no percent sign');
  checkGrouping(integer, fraction, symbols, site);
  checkOrder(integer, fraction ?? [], isDigit, symbols, site);
  const shape: Shape = {
    prefix: chars.slice(0, first).join(''),
    suffix: chars.slice(last + 1).join(''),
    factor: percents > 0 ? 100 : perMilles > 0 ? 1000 : 1,
    leastInteger: integer.filter(isDigit).length,
    mantissaDigits: integer.filter(isDigit).length,
    leastFraction: (fraction ?? []).filter(isDigit).length,
    mostFraction: (fraction ?? []).filter(isPlace).length,
    leastExponent: exponent === null ? 0 : exponent.length,
    groups: groupPositions(integer, symbols.grouping, isPlace),
    fractionGroups: fractionPositions(fraction ?? [], symbols.grouping, isPlace),
  };
  return withDefaults(shape, integer.includes(symbols.digit));
}

/** Pictures such as `#` or `#.#` still show something for zero. */
function withDefaults(shape: Shape, optionalInteger: boolean): Shape {
  let { leastInteger, leastFraction, mostFraction } = shape;
  const exponent = shape.leastExponent > 0;
  if (leastInteger === 0 && mostFraction === 0) {
    if (exponent) leastFraction = mostFraction = 1;
    else leastInteger = 1;
  }
  if (exponent && leastInteger === 0 && optionalInteger) leastInteger = 1;
  if (leastInteger === 0 && leastFraction === 0) leastFraction = 1;
  return { ...shape, leastInteger, leastFraction, mostFraction };
}

function splitOnce(chars: readonly string[], separator: string, what: string, site: Site): [readonly string[], readonly string[] | null] {
  const at = chars.indexOf(separator);
  if (at < 0) return [chars, null];
  if (chars.lastIndexOf(separator) !== at) throw callFailed(site, `a picture has at most one ${what} separator`);
  return [chars.slice(0, at), chars.slice(at + 1)];
}

const countOf = (chars: readonly string[], wanted: string): number => chars.filter((char) => char === wanted).length;

function checkGrouping(integer: readonly string[], fraction: readonly string[] | null, symbols: Symbols, site: Site): void {
  const doubled = [...integer, ...(fraction ?? [])].some((char, index, all) => char === symbols.grouping && all[index + 1] === symbols.grouping);
  if (doubled || integer.at(-1) === symbols.grouping || fraction?.[0] === symbols.grouping) {
    throw callFailed(site, 'a grouping separator stands between digits');
  }
}

function checkOrder(integer: readonly string[], fraction: readonly string[], isDigit: (char: string) => boolean, symbols: Symbols, site: Site): void {
  const firstOptional = integer.indexOf(symbols.digit);
  const lastOptional = fraction.lastIndexOf(symbols.digit);
  if ((firstOptional >= 0 && integer.lastIndexOf(symbols.digit) > integer.findIndex(isDigit) && integer.some(isDigit)) || (lastOptional >= 0 && fraction.slice(fraction.indexOf(symbols.digit)).some(isDigit))) {
    throw callFailed(site, `${symbols.digit} stands outside of the required digits`);
  }
}

function groupPositions(integer: readonly string[], grouping: string, isPlace: (char: string) => boolean): readonly number[] {
  return integer.flatMap((char, index) => (char === grouping ? [integer.slice(index).filter(isPlace).length] : []));
}

function fractionPositions(fraction: readonly string[], grouping: string, isPlace: (char: string) => boolean): readonly number[] {
  return fraction.flatMap((char, index) => (char === grouping ? [fraction.slice(0, index).filter(isPlace).length] : []));
}

function printed(value: Decimal, shape: Shape, symbols: Symbols): string {
  const exponent = shape.leastExponent === 0 || value.isZero() ? 0 : value.e - shape.mantissaDigits + 1;
  const mantissa = shape.leastExponent === 0 ? value : value.times(new Decimal(10).pow(-exponent));
  const [digits = '', decimals = ''] = mantissa.toFixed(shape.mostFraction, Decimal.ROUND_HALF_UP).split('.');
  const integer = digits.replace(/^0+/, '').padStart(shape.leastInteger, '0');
  const fraction = decimals.replace(/0+$/, '').padEnd(shape.leastFraction, '0');
  const local = (text: string): string => localDigits(text, symbols.zero);
  const whole = groupInteger(local(integer), shape.groups, symbols.grouping);
  const point = fraction === '' ? '' : symbols.decimal + groupFraction(local(fraction), shape.fractionGroups, symbols.grouping);
  if (shape.leastExponent === 0) return whole + point;
  return whole + point + symbols.exponent + (exponent < 0 ? symbols.minus : '') + local(String(Math.abs(exponent)).padStart(shape.leastExponent, '0'));
}

function localDigits(text: string, zero: string): string {
  if (zero === '0') return text;
  const shift = zero.charCodeAt(0) - 0x30;
  return text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + shift));
}

/** Separators at equal distances go on to the left; others stand where the picture has them. */
function groupInteger(digits: string, positions: readonly number[], separator: string): string {
  const step = regularStep(positions);
  const places = step === 0 ? positions : Array.from({ length: Math.floor((digits.length - 1) / step) }, (_, index) => (index + 1) * step);
  return cut(digits, places.map((place) => digits.length - place), separator);
}

const groupFraction = (digits: string, positions: readonly number[], separator: string): string => cut(digits, positions, separator);

/** Puts the separator before the digits at these places. */
function cut(digits: string, places: readonly number[], separator: string): string {
  const cuts = new Set(places);
  return Array.from(digits).map((digit, index) => (index > 0 && cuts.has(index) ? separator + digit : digit)).join('');
}

function regularStep(positions: readonly number[]): number {
  if (positions.length === 0) return 0;
  const step = positions.reduce(greatestDivisor);
  return positions.every((_, index) => positions.includes((index + 1) * step)) ? step : 0;
}

const greatestDivisor = (left: number, right: number): number => (right === 0 ? left : greatestDivisor(right, left % right));
