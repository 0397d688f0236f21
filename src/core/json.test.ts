import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from './decimal.ts';
import { Failure } from './failure.ts';
import { parseJson, printJson } from './json.ts';
import type { Value } from './value.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

describe('numbers', () => {
  test.for([
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['0.1234567890123456', '0.1234567890123456'],
    ['9007199254740993', '9007199254740993'],
    ['1e3', '1000'],
    ['1.50E-2', '0.015'],
    ['0.0000001', '0.0000001'],
    ['-1000000000000000000000', '-1000000000000000000000'],
  ] as const)('%s stays exact as a Decimal', ([token, digits]) => {
    const value = parseJson(bytes(`{"a":[${token}]}`));
    expect(value).toEqual({ a: [new Decimal(digits)] });
    expect(printJson(value)).toBe(`{"a":[${digits}]}`);
  });

  test.for(['0', '-1', '1.5', '123456789012345', '0.25', '12345.6789', '10.10'])('%s is a JavaScript number', (token) => {
    expect(parseJson(token)).toBe(Number(token));
  });

  test('of more digits than the limit are refused with their place', () => {
    for (const token of [`1${'0'.repeat(1500)}`, '1e1000000000', '1e-5000', `0.${'1'.repeat(1200)}`]) {
      expect(failureOf(() => parseJson(`{"price":${token}}`))).toMatchObject({ code: 'message.numberRange', parameters: { path: 'price' } });
    }
  });

  test('that are NaN or infinite cannot be printed', () => {
    expect(failureOf(() => printJson({ a: [1, Number.NaN] }))).toMatchObject({ code: 'message.notFinite', parameters: { path: 'a[1]' } });
    expect(failureOf(() => printJson([new Decimal('1').dividedBy(0)]))).toMatchObject({ code: 'message.notFinite' });
  });

  test('are printed without an exponent', () => {
    expect(printJson([1e-7, 1e21, new Decimal('1e-30'), -0])).toBe('[0.0000001,1000000000000000000000,0.000000000000000000000000000001,0]');
  });
});

describe('bad input', () => {
  test.for([
    ['{"a":1,}', 'line 1, column 8: expected a key in quotes, found "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
    ['[1,\n 2', 'line 2, column 3: expected "," or "]", found the end of the text'],
    ['', 'line 1, column 1: expected a value, found the end of the text'],
    ['[01]', 'line 1, column 3: expected "," or "]", found "1"'],
    ["{'a':1}", `line 1, column 2: expected a key in quotes, found "'"`],
    ['{"a":NaN}', 'line 1, column 6: expected a value, found "N"'],
    ['"abc', 'line 1, column 5: expected a closing quote, found the end of the text'],
    ['"\\x"', 'line 1, column 3: expected an escape such as \\n or \\u0041, found "x"'],
    ['"\u0001"', 'line 1, column 2: expected an escaped control character, found "\\u0001"'],
    ['{} {}', 'line 1, column 4: expected the end of the text, found "{"'],
    ['1.', 'line 1, column 2: expected the end of the text, found "."'],
  ] as const)('%s is refused with line, column and what was expected', ([text, detail]) => {
    expect(failureOf(() => parseJson(bytes(text)))).toMatchObject({ code: 'message.malformed', parameters: { detail } });
  });

  test('of another charset is refused with the byte', () => {
    const windows1251 = Uint8Array.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xcf, 0xf0, 0x22, 0x7d]);
    expect(failureOf(() => parseJson(windows1251))).toMatchObject({ code: 'message.charset', parameters: { position: 7 } });
    expect(failureOf(() => parseJson(Uint8Array.from([0xff, 0xfe, 0x31, 0x00])))).toMatchObject({ code: 'message.charset', parameters: { position: 0 } });
  });

  test('nested too deeply is refused, at the limit it is read', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(printJson(parseJson(nested(64)))).toBe(nested(64));
    expect(failureOf(() => parseJson(nested(65)))).toMatchObject({ code: 'message.tooDeep', parameters: { limit: 64 } });
    expect(failureOf(() => parseJson('[['.repeat(50_000)))).toMatchObject({ code: 'message.tooDeep' });
    expect(parseJson(nested(3), { depth: 3 })).toEqual([[[]]]);
  });

  test('with NUL or half of a surrogate pair is refused with the path', () => {
    expect(failureOf(() => parseJson('{"a":[{"b":"x\\u0000y"}]}'))).toMatchObject({ code: 'message.forbiddenText', parameters: { path: 'a[0].b' } });
    expect(failureOf(() => parseJson('{"a":"\\ud83d"}'))).toMatchObject({ code: 'message.forbiddenText', parameters: { path: 'a' } });
    expect(failureOf(() => parseJson('["\ud800"]'))).toMatchObject({ code: 'message.forbiddenText', parameters: { path: '[0]' } });
    expect(parseJson('"\\ud83d\\ude00"')).toBe('😀');
  });

  test('with a key twice in one object is refused with the path', () => {
    expect(failureOf(() => parseJson('{"a":{"b":1,"c":2,"b":3}}'))).toMatchObject({ code: 'message.duplicateKey', parameters: { path: 'a.b' } });
    expect(failureOf(() => parseJson('[{"a":1,"\\u0061":2}]'))).toMatchObject({ code: 'message.duplicateKey', parameters: { path: '[0].a' } });
    expect(parseJson('[{"a":1},{"a":":"}]')).toEqual([{ a: 1 }, { a: ':' }]);
  });
});

test('special names are ordinary keys and reach no prototype', () => {
  for (const text of ['{"__proto__":{"admin":true},"constructor":1}', '{"__proto__":{"admin":true},"constructor":1e0}']) {
    const value = parseJson(text) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(value['admin']).toBeUndefined();
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    expect(printJson(value as Value)).toContain('"__proto__":{"admin":true}');
  }
});

test('a byte order mark is tolerated', () => {
  expect(parseJson(Uint8Array.from([0xef, 0xbb, 0xbf, 0x31]))).toBe(1);
  expect(parseJson('\ufeff{}')).toEqual({});
});

test('what the engine reads is read alike, and what it refuses is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.json().chain((text) => fc.nat(text.length).map((at) => text.slice(0, at) + text.slice(at + 1)))), (text) => {
      let wanted: unknown;
      try {
        wanted = JSON.parse(text);
      } catch {
        expect(failureOf(() => parseJson(text)).code).toMatch(/^message\./);
        return;
      }
      fc.pre(!/\\u0000|\\ud|[0-9][eE]|[0-9.]{8}/i.test(text) && JSON.stringify(wanted).length <= text.length);
      expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(wanted));
    }),
  );
});

/** Texts without NUL and without halves of surrogate pairs. */
const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(30)).map(([digits, places]) => new Decimal(`${digits}e-${places}`));
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.constant(null), fc.boolean(), text, fc.integer(), decimal.filter((one) => one.precision() > 15), fc.array(tie('value')), fc.dictionary(text, tie('value'))),
}));

test('parse(print(x)) is x', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const printed = printJson(value as Value);
      expect(printJson(parseJson(bytes(printed)))).toBe(printed);
      expect(parseJson(printed)).toEqual(value);
    }),
  );
});
