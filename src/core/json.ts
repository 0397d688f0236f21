/**
 * JSON in and out without loss: numbers that a double cannot hold become Decimals, and Decimals are written as
 * number tokens with all their digits. Most texts hold nothing special: they are recognised by a cheap scan and
 * left to the engine's own parser; all others, wrong ones included, go through `readJson`.
 */
import { Decimal } from './decimal.ts';
import { failure } from './failure.ts';
import { readJson } from './json-reader.ts';
import { limits } from './limits.ts';
import { printNumber } from './number-text.ts';
import type { Value } from './value.ts';

export interface JsonOptions {
  /** Nesting of objects and lists; `limits.jsonDepth` unless told. */
  depth?: number;
}

/**
 * Reads one JSON text. Bytes must be UTF-8; a byte order mark is tolerated.
 * Failures: message.charset, message.malformed (with line, column, expected), message.tooDeep, message.duplicateKey,
 * message.forbiddenText (NUL, lone surrogates), message.numberRange.
 */
export function parseJson(source: Uint8Array | string, options: JsonOptions = {}): Value {
  const text = typeof source === 'string' ? withoutMark(source) : decodeUtf8(source);
  const depth = options.depth ?? limits.jsonDepth.value;
  if (typeof source === 'string' && !text.isWellFormed()) return readJson(text, depth);
  const keys = scan(text, depth);
  if (keys < 0) return readJson(text, depth);
  const value = parseNatively(text);
  // The engine keeps the last of two equal keys silently: fewer keys than colons give that away.
  return value === undefined || countKeys(value) !== keys ? readJson(text, depth) : value;
}

/** Writes a value as JSON text, members in their order. NaN, infinities and anything that is no value are failures. */
export function printJson(value: Value): string {
  return printsNatively(value) ? JSON.stringify(value) : write(value, '');
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw failure('message.charset', { position: firstBadByte(bytes) }, { cause });
  }
}

/** The longest prefix that decodes ends where the first wrong byte stands. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const withoutMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

function parseNatively(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value; // the engine's parser makes nothing but values
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The number of members in the text, or -1 when something in it needs the exact reader. */
function scan(text: string, depthLimit: number): number {
  const escaped = text.includes('\\');
  let depth = 0;
  let keys = 0;
  const end = text.length;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = escaped ? endOfEscapedText(text, at + 1) : text.indexOf('"', at + 1);
      if (at < 0) return -1;
    } else if (code === 0x3a /* : */) keys++;
    else if (code === 0x7b /* { */ || code === 0x5b /* [ */) {
      if (++depth > depthLimit) return -1;
    } else if (code === 0x7d /* } */ || code === 0x5d /* ] */) depth--;
    else if (code >= 0x30 && code <= 0x39) {
      at = endOfPlainNumber(text, at);
      if (at < 0) return -1;
    }
  }
  return keys;
}

/** Position of the closing quote, or -1 for an escape that needs a look (NUL, surrogates) and for an open text. */
function endOfEscapedText(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code !== BACKSLASH) continue;
    at++;
    if (text.charCodeAt(at) !== 0x75 /* u */) continue;
    const first = text.charCodeAt(at + 1);
    if (first === 0x64 || first === 0x44 /* d, D: surrogates */ || (first === 0x30 && text.startsWith('0000', at + 1))) return -1;
  }
  return -1;
}

/** Position of the last character of a number that a double holds exactly, or -1. */
function endOfPlainNumber(text: string, from: number): number {
  let at = from;
  let code = text.charCodeAt(at);
  while ((code >= 0x30 && code <= 0x39) || code === 0x2e /* . */) code = text.charCodeAt(++at);
  const length = at - from;
  if (code === 0x65 || code === 0x45 /* e, E */ || length > 16) return -1;
  if (length > 7 && text.charCodeAt(from) === 0x30 /* a leading zero: may be tiny */) return -1;
  return length === 16 && !text.slice(from, at).includes('.') ? -1 : at - 1;
}

function countKeys(value: Value): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Value[]) if (typeof item === 'object') count += countKeys(item);
    return count;
  }
  const members = value as Record<string, Value>; // fresh from the engine's parser: neither a list nor a Decimal
  for (const key in members) {
    count++;
    const item = members[key] as Value;
    if (typeof item === 'object') count += countKeys(item);
  }
  return count;
}

/** Whether the engine's own writer gives the right text: no Decimals, no exponents, nothing but values. */
export function printsNatively(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return isPlain(value);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!printsNatively(value[index])) return false;
    return true;
  }
  if (value instanceof Decimal) return false;
  for (const key in value) if (!printsNatively((value as Record<string, unknown>)[key])) return false; // an object has keys
  return true;
}

/** Finite, and printed without an exponent. */
const isPlain = (value: number): boolean => value === 0 || (Math.abs(value) >= 1e-6 && Math.abs(value) < 1e21);

function write(value: Value, path: string): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw failure('message.notFinite', { path });
      return printNumber(value);
    case 'object':
      break;
    default:
      throw failure('message.notValue', { path, kind: typeof value });
  }
  if (value instanceof Decimal) {
    if (!value.isFinite()) throw failure('message.notFinite', { path });
    return printNumber(value);
  }
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map((item, index) => write(item, `${path}[${index}]`)).join(',')}]`;
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) parts.push(`${JSON.stringify(key)}:${write(item, path === '' ? key : `${path}.${key}`)}`);
  }
  return `{${parts.join(',')}}`;
}
