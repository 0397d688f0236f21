import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import type { Value } from '../core/value.ts';
import { parseResultCodes, reasonsIn } from './result-codes.ts';

const dictionary = parseResultCodes({ at: 'result.code', codes: { '-12': 'broken', '3': 'three' }, bits: { '1': 'one', '64': 'sixty-four', '134217728': 'high' } });
const codesOf = (code: Value): unknown => reasonsIn(dictionary, { result: { code } })?.map((reason) => [reason.code, reason.meaning]);

describe('a result code', () => {
  it.each<[string, Value, unknown]>([
    ['0 is success', 0, []],
    ['a text of success too', '0', []],
    ['a negative one has one meaning', -12, [['-12', 'broken']]],
    ['an unknown negative one is told as it is', new Decimal(-99), [['-99', '']]],
    ['a positive one is a sum of bits, each told', 65, [['1', 'one'], ['64', 'sixty-four']]],
    ['high bits too, and those nobody knows', new Decimal('134217730'), [['2', ''], ['134217728', 'high']]],
    ['a positive one with a meaning of its own is no sum', 3, [['3', 'three']]],
    ['a word is one code', 'denied', [['denied', '']]],
  ])('%s', (_what, code, expected) => {
    expect(codesOf(code)).toEqual(expected);
  });

  it.each<[string, Value]>([['an empty answer', null], ['an answer without it', { result: {} }], ['a list', []], ['an object in its place', { result: { code: {} } }], ['an inherited name', { result: 'x' }]])('is missing in %s', (_what, answer) => {
    expect(reasonsIn(dictionary, answer)).toBeUndefined();
  });
});

describe('a dictionary', () => {
  it.each<[string, unknown, string]>([
    ['a text', 'x', '$'], ['without a place', {}, 'at'], ['with an empty step', { at: 'a..b' }, 'at'], ['with an unknown key', { at: 'a', code: {} }, 'code'],
    ['whose success is no list', { at: 'a', ok: 0 }, 'ok'], ['with a bit that is no power of two', { at: 'a', bits: { '3': 'x' } }, 'bits.3'], ['with a bit 0', { at: 'a', bits: { '0': 'x' } }, 'bits.0'],
    ['with a meaning that is no text', { at: 'a', codes: { '1': 5 } }, 'codes.1'],
  ])('that is %s is refused at its place', (_what, document, place) => {
    expect(() => parseResultCodes(document)).toThrow(expect.objectContaining({ code: 'connection.resultCodesShape', parameters: expect.objectContaining({ place }) }));
  });
});
