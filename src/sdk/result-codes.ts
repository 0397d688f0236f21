/** What a number in an answer means: some services answer 200 and tell their refusal by a code, or by a sum of bits. Pure. */
import { Decimal } from '../core/decimal.ts';
import { failure, type Failure } from '../core/failure.ts';
import { isObject, type Value } from '../core/value.ts';

export interface ResultCodes {
  /** Path of the code inside the answer, like `result.code`. */
  at: string;
  /** Codes of success. */
  ok: readonly string[];
  /** Codes that have one meaning. */
  codes: ReadonlyMap<string, string>;
  /** Meanings of single bits, by their value; a positive code that is not in `codes` is a sum of them. */
  bits: ReadonlyMap<string, string>;
}

export interface ResultReason {
  code: string;
  /** Empty when the dictionary has none. */
  meaning: string;
}

const keys: readonly string[] = ['at', 'ok', 'codes', 'bits'];

/** `{at, ok: [0], codes: {"-1": text}, bits: {"1": text}}`. Throws `connection.resultCodesShape` that names the place. */
export function parseResultCodes(document: unknown): ResultCodes {
  if (!isPlain(document)) throw shape('$', '{at, ok, codes, bits}');
  const unknown = Object.keys(document).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw shape(unknown.slice(0, 60), keys.join(', '));
  const { at, ok = [0] } = document;
  if (typeof at !== 'string' || !/^[^.\s]+(?:\.[^.\s]+)*$/.test(at)) throw shape('at', 'result.code');
  if (!Array.isArray(ok) || !ok.every(isCode)) throw shape('ok', '[0]');
  const bits = meanings(document['bits'], 'bits');
  for (const bit of bits.keys()) if (!/^[1-9]\d{0,18}$/.test(bit) || (BigInt(bit) & (BigInt(bit) - 1n)) !== 0n) throw shape(`bits.${bit}`, '1, 2, 4, 8 …');
  return { at, ok: ok.map(String), codes: meanings(document['codes'], 'codes'), bits };
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isCode = (value: unknown): boolean => (typeof value === 'number' && Number.isInteger(value)) || (typeof value === 'string' && value !== '');

function meanings(document: unknown, place: string): ReadonlyMap<string, string> {
  if (document === undefined) return new Map();
  if (!isPlain(document)) throw shape(place, '{"1": "…"}');
  return new Map(Object.entries(document).map(([code, meaning]) => {
    if (typeof meaning !== 'string' || meaning === '') throw shape(`${place}.${code}`, 'text');
    return [code, meaning];
  }));
}

const shape = (place: string, expected: string): Failure => failure('connection.resultCodesShape', { place, expected });

/** The reasons of a refusal, all set bits of a mask; empty for success, undefined when the answer has no code at its place. */
export function reasonsIn(dictionary: ResultCodes, answer: Value): readonly ResultReason[] | undefined {
  const code = codeAt(answer, dictionary.at.split('.'));
  if (code === undefined) return undefined;
  if (dictionary.ok.includes(code)) return [];
  const meaning = dictionary.codes.get(code);
  if (meaning !== undefined || dictionary.bits.size === 0 || !/^[1-9]\d{0,18}$/.test(code)) return [{ code, meaning: meaning ?? '' }];
  return bitsOf(BigInt(code)).map((bit) => ({ code: bit, meaning: dictionary.bits.get(bit) ?? '' }));
}

function bitsOf(mask: bigint): readonly string[] {
  const found: string[] = [];
  for (let bit = 1n; bit <= mask; bit <<= 1n) if ((mask & bit) !== 0n) found.push(String(bit));
  return found;
}

function codeAt(answer: Value, path: readonly string[]): string | undefined {
  let value: Value | undefined = answer;
  for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (typeof value === 'number' || value instanceof Decimal) return new Decimal(value).toFixed();
  return typeof value === 'string' && value !== '' ? value.trim() : undefined;
}
