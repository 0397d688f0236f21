/** Built-ins of texts. Positions and lengths count characters (code points), not UTF-16 units. */
import { FunctionItem, isNumber, newSequence, type Item, type List, type Site, type Runtime } from '../item.ts';
import type { Native } from '../native.ts';
import { firstMatch, RegexItem, type Match } from '../regex.ts';
import { textOf } from '../text.ts';
import { callFailed, native, ofText, strict, wrongArgument } from './define.ts';

export const textFunctions: readonly Native[] = [
  strict('string', '<x-b?:s>', 1, (args, runtime) => textOf(args[0], runtime, args[1] === true)),
  strict('substring', '<s-nn?:s>', 3, (args) => substring(args[0] as string, Number(args[1] ?? 0), args[2] === undefined ? undefined : Number(args[2]))),
  strict('substringBefore', '<s-s:s>', 2, (args) => {
    const [text, mark] = args as [string, string];
    const at = text.indexOf(mark);
    return at < 0 ? text : text.slice(0, at);
  }),
  strict('substringAfter', '<s-s:s>', 2, (args) => {
    const [text, mark] = args as [string, string];
    const at = text.indexOf(mark);
    return at < 0 ? text : text.slice(at + mark.length);
  }),
  ofText('lowercase', (text) => text.toLowerCase()),
  ofText('uppercase', (text) => text.toUpperCase()),
  ofText('length', (text) => lengthOf(text)),
  ofText('trim', (text) => text.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, '')),
  ofText('strip', (text) => text.trim()),
  strict('pad', '<s-ns?:s>', 3, (args, runtime) => pad(args[0] as string, Number(args[1]), (args[2] as string | undefined) ?? ' ', runtime)),
  native('contains', '<s-(sf):b>', 2, (args, runtime, site) => {
    const [text, token] = args;
    if (typeof text !== 'string' || token === undefined) return undefined;
    if (typeof token === 'string') return text.includes(token);
    return token instanceof RegexItem ? token.$engine.test(text) : firstMatch(token as FunctionItem, text, runtime, site) !== undefined;
  }),
  strict('match', '<s-f<s:o>n?:a<o>>', 3, (args, runtime, site) => matches(args[0] as string, args[1] as FunctionItem, limitOf(args[2], 3, site), runtime, site)),
  strict('replace', '<s-(sf)(sf)n?:s>', 4, (args, runtime, site) => replace(args[0] as string, args[1], args[2], limitOf(args[3], 4, site), runtime, site)),
  strict('split', '<s-(sf)n?:a<s>>', 3, (args, runtime, site) => split(args[0] as string, args[1], limitOf(args[2], 3, site), runtime, site)),
  strict('join', '<a<s>s?:s>', 2, (args, runtime) => {
    const list = args[0] as readonly string[];
    const separator = (args[1] as string | undefined) ?? '';
    runtime.budget.spendBytes(list.reduce((sum, text) => sum + text.length + separator.length, 0));
    return list.join(separator);
  }),
  ofText('base64encode', (text) => btoa(byteText(new TextEncoder().encode(text)))),
  ofText('base64decode', (text, _runtime, site) => decodeBase64(text, site)),
  ofText('encodeUrlComponent', (text, _runtime, site) => url(encodeURIComponent, text, site)),
  ofText('encodeUrl', (text, _runtime, site) => url(encodeURI, text, site)),
  ofText('decodeUrlComponent', (text, _runtime, site) => url(decodeURIComponent, text, site)),
  ofText('decodeUrl', (text, _runtime, site) => url(decodeURI, text, site)),
];

const hasSurrogates = (text: string): boolean => /[\ud800-\udfff]/.test(text);

function lengthOf(text: string): number {
  if (!hasSurrogates(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function substring(text: string, from: number, length: number | undefined): string {
  const chars: string | readonly string[] = hasSurrogates(text) ? Array.from(text) : text;
  const start = chars.length + from < 0 ? 0 : from;
  if (length !== undefined && length <= 0) return '';
  const end = length === undefined ? chars.length : start >= 0 ? start + length : chars.length + start + length;
  const part = chars.slice(start, end);
  return typeof part === 'string' ? part : part.join('');
}

function pad(text: string, width: number, filling: string, runtime: Runtime): string {
  const missing = Math.abs(Math.trunc(width)) - lengthOf(text);
  if (missing <= 0) return text;
  runtime.budget.spendBytes(missing);
  const unit = filling === '' ? [' '] : Array.from(filling);
  const padding = unit.length === 1 ? (unit[0] as string).repeat(missing) : Array.from({ length: missing }, (_, index) => unit[index % unit.length]).join('');
  return width > 0 ? text + padding : padding + text;
}

/** Infinity when no limit is given. */
function limitOf(item: Item, index: number, site: Site): number {
  if (item === undefined) return Infinity;
  if (!isNumber(item) || Number(item) < 0) throw wrongArgument(site, index, 'a number from 0 on', item);
  return Number(item);
}

/** All matches up to the limit, each spending a step. */
function* eachMatch(text: string, matcher: Item, limit: number, runtime: Runtime, site: Site): Generator<Match> {
  if (!(matcher instanceof FunctionItem)) throw wrongArgument(site, 2, 'a text or a regular expression', matcher);
  if (limit <= 0) return;
  let match = firstMatch(matcher, text, runtime, site);
  for (let count = 0; match !== undefined && count < limit; count++) {
    runtime.budget.spendSteps(1 + (text.length >> 10));
    yield match;
    match = count + 1 < limit ? match.next() : undefined;
  }
}

function matches(text: string, matcher: FunctionItem, limit: number, runtime: Runtime, site: Site): List {
  const result = newSequence();
  for (const match of eachMatch(text, matcher, limit, runtime, site)) {
    runtime.budget.spendBytes(match.text.length + 48);
    result.push({ match: match.text, index: match.start, groups: [...match.groups].map((group) => group ?? null) });
  }
  return result;
}

function replace(text: string, pattern: Item, replacement: Item, limit: number, runtime: Runtime, site: Site): string {
  if (pattern === '') throw wrongArgument(site, 2, 'a text that is not empty', pattern);
  if (pattern === undefined) throw wrongArgument(site, 2, 'a text or a regular expression', pattern);
  if (replacement === undefined) throw wrongArgument(site, 3, 'a text or a function', replacement);
  if (pattern instanceof RegexItem && pattern.$native !== null && limit === Infinity && typeof replacement === 'string' && !replacement.includes('$')) {
    return spent(text.replace(pattern.$native, replacement), runtime);
  }
  const found = typeof pattern === 'string' ? textMatches(text, pattern, limit) : eachMatch(text, pattern, limit, runtime, site);
  let result = '';
  let from = 0;
  for (const match of found) {
    result += text.slice(from, match.start) + substitute(match, pattern, replacement, runtime, site);
    runtime.budget.spendBytes(result.length >> 4);
    from = match.start + match.text.length;
  }
  return spent(result + text.slice(from), runtime);
}

function spent(text: string, runtime: Runtime): string {
  runtime.budget.spendBytes(text.length);
  return text;
}

function* textMatches(text: string, part: string, limit: number): Generator<Match> {
  let at = text.indexOf(part);
  for (let count = 0; at >= 0 && count < limit; count++) {
    yield { text: part, start: at, end: at + part.length, groups: [], next: () => undefined };
    at = text.indexOf(part, at + part.length);
  }
}

function substitute(match: Match, pattern: Item, replacement: Item, runtime: Runtime, site: Site): string {
  if (typeof replacement === 'string') return typeof pattern === 'string' ? replacement : filled(replacement, match);
  const argument = { match: match.text, start: match.start, end: match.end, groups: [...match.groups] };
  const result = runtime.call(replacement as FunctionItem, [argument], null, site);
  if (typeof result !== 'string') throw callFailed(site, 'the replacing function must return a text');
  return result;
}

/** `$1` stands for the first group, `$0` for the match, `$$` for a dollar. */
function filled(template: string, match: Match): string {
  let result = '';
  for (let at = 0; at < template.length; at++) {
    const char = template[at] as string;
    if (char !== '$') {
      result += char;
      continue;
    }
    const next = template[at + 1];
    if (next === '$' || next === '0') {
      result += next === '$' ? '$' : match.text;
      at++;
      continue;
    }
    const digits = groupDigits(template, at + 1, match.groups.length);
    if (digits === '') result += '$';
    else {
      result += match.groups[Number(digits) - 1] ?? '';
      at += digits.length;
    }
  }
  return result;
}

/** As many digits as name an existing group; at least one when there is one. */
function groupDigits(template: string, from: number, groups: number): string {
  const most = String(Math.max(groups, 1)).length;
  const digits = /^[0-9]*/.exec(template.slice(from, from + most))?.[0] ?? '';
  return digits.length > 1 && Number(digits) > groups ? digits.slice(0, -1) : digits;
}

function split(text: string, separator: Item, limit: number, runtime: Runtime, site: Site): Item {
  const most = Math.trunc(limit);
  const parts = typeof separator === 'string' ? text.split(separator, Math.min(most, 2 ** 32 - 1)) : splitByMatches(text, separator, most, runtime, site);
  runtime.budget.spendBytes(text.length + 8 * parts.length);
  return parts;
}

function splitByMatches(text: string, separator: Item, limit: number, runtime: Runtime, site: Site): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const match of eachMatch(text, separator, limit, runtime, site)) {
    parts.push(text.slice(from, match.start));
    from = match.end;
  }
  if (parts.length < limit) parts.push(text.slice(from));
  return parts;
}

function byteText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

/** The URL-safe alphabet and missing padding are accepted. */
function decodeBase64(text: string, site: Site): string {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw callFailed(site, 'not base64 of a UTF-8 text');
  }
}

function url(convert: (text: string) => string, text: string, site: Site): string {
  try {
    return convert(text);
  } catch {
    throw callFailed(site, 'the text cannot be converted: a wrong escape or half of a character');
  }
}
