import { describe, expect, it } from 'vitest';
import { Failure } from '../core/failure.ts';
import { parseSpec } from './spec-parse.ts';
import { lintSpec } from './spec-lint.ts';
import { specSchema } from './spec-schema.ts';
import { Secret } from './secret.ts';
import type { SpecFields } from './spec.ts';

const words = { title: { ru: 'Поле', en: 'Field' }, description: { ru: 'Описание', en: 'About' } };

const fields = {
  url: { type: 'string', required: true, transport: true, pattern: '^https?://', example: 'https://shop.example', ...words },
  auth: { type: 'enum', values: ['none', 'bearer'], default: 'none', example: 'bearer', ...words },
  token: { type: 'secret', required: true, when: { auth: ['bearer'] }, ...words },
  timeoutMs: { type: 'number', minimum: 1, maximum: 60_000, unit: 'ms', default: 1000, advanced: true, example: 500, ...words },
  strict: { type: 'boolean', default: false, ...words },
  tags: { type: 'strings', example: ['a'], ...words },
  headers: { type: 'pairs', example: { 'X-A': '1' }, ...words },
  reply: { type: 'json', example: { ok: true }, ...words },
} as const satisfies SpecFields;

const secrets = new Map([['partner', new Secret('canary')]]);
const parse = (document: unknown) => parseSpec(fields, document, 'connection shop', { openSecret: (name) => secrets.get(name) });

function problemsOf(document: unknown): readonly (readonly [string, string])[] {
  try {
    parse(document);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.problems.map((problem) => [problem.path, problem.code] as const);
  }
}

describe('properties of a document', () => {
  it('become typed values with defaults, and secrets are opened', () => {
    const values = parse({ url: 'https://a', auth: 'bearer', token: '${secret:partner}', headers: { 'X-A': '1' } });
    expect({ ...values, token: values.token?.open() }).toMatchObject({ url: 'https://a', auth: 'bearer', timeoutMs: 1000, strict: false, token: 'canary', headers: { 'X-A': '1' } });
    expect(JSON.stringify(values)).not.toContain('canary');
  });

  it('are refused with every problem at once', () => {
    expect(problemsOf({ urll: 'x', auth: 'baerer', timeoutMs: 0, strict: 'yes', tags: [1], headers: [], reply: null })).toEqual([
      ['urll', 'config.unknownKey'], ['auth', 'spec.notAllowed'], ['timeoutMs', 'spec.outOfRange'], ['strict', 'spec.wrongType'],
      ['tags', 'spec.wrongType'], ['headers', 'spec.wrongType'], ['url', 'spec.missing'],
    ]);
  });

  it('name the nearest right key and the nearest right value', () => {
    const error = expect.objectContaining({ problems: [
      expect.objectContaining({ parameters: expect.objectContaining({ key: 'timeoutms', nearest: 'timeoutMs' }) }),
      expect.objectContaining({ parameters: expect.objectContaining({ nearest: 'bearer' }) }),
    ] });
    expect(() => parse({ url: 'https://a', timeoutms: 5, auth: 'baerer' })).toThrow(error);
  });

  it('need a field only while its condition holds', () => {
    expect(problemsOf({ url: 'https://a', auth: 'bearer' })).toEqual([['token', 'spec.missing']]);
    expect(problemsOf({ url: 'https://a' })).toEqual([]);
  });

  it('never hold a secret as plain text, and the message does not repeat it', () => {
    const refused = (() => { try { parse({ url: 'https://a', token: 'canary' }); } catch (error) { return error; } })();
    expect(refused).toMatchObject({ problems: [{ path: 'token', code: 'spec.secretInline' }] });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('canary');
    expect(problemsOf({ url: 'https://a', token: '${secret:nobody}' })).toEqual([['token', 'spec.secretUnknown']]);
  });

  it.each([null, undefined, 'x', 5, [], new Secret('x')])('must be an object, not %s', (document) => {
    expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'spec.notAnObject' }));
  });

  it('treat hostile keys as unknown keys', () => {
    expect(problemsOf(JSON.parse('{"url":"https://a","__proto__":{"timeoutMs":5},"constructor":1}'))).toEqual([['__proto__', 'config.unknownKey'], ['constructor', 'config.unknownKey']]);
  });

  it('are bounded', () => {
    expect(problemsOf({ url: `https://${'a'.repeat(5000)}`, tags: Array.from({ length: 300 }, () => 'a'), reply: 'x'.repeat(300_000) }))
      .toEqual([['url', 'spec.tooLong'], ['tags', 'spec.tooLong'], ['reply', 'spec.tooLong']]);
    expect(problemsOf({ url: 'https://a', timeoutMs: Number.NaN })).toEqual([['timeoutMs', 'spec.wrongType']]);
  });
});

describe('the JSON Schema of a spec', () => {
  it('has write-only secrets, defaults, bounds and conditions, and no unknown keys', () => {
    const schema = specSchema(fields, 'ru');
    expect(schema).toMatchObject({
      additionalProperties: false, required: ['url'],
      properties: { token: { writeOnly: true, format: 'password' }, timeoutMs: { default: 1000, minimum: 1, maximum: 60_000, 'x-advanced': true }, url: { title: 'Поле', 'x-transport': true } },
      allOf: [{ if: { properties: { auth: { enum: ['bearer'] } }, required: ['auth'] }, then: { required: ['token'] } }],
    });
  });
});

describe('the lint of a spec', () => {
  it('finds nothing in a good one', () => {
    expect(lintSpec(fields, 'shop')).toEqual([]);
  });

  it('finds each kind of omission', () => {
    const bad: SpecFields = {
      Bad_name: { type: 'string', example: 'x', ...words },
      noRussian: { type: 'string', example: 'x', title: { ru: 'Field', en: 'Field' }, description: words.description },
      noText: { type: 'string', example: 'x', title: words.title },
      noExample: { type: 'string', ...words },
      wrongExample: { type: 'enum', values: ['a', 'b'], example: 'c', ...words },
      wrongDefault: { type: 'number', minimum: 1, maximum: 2, unit: 'ms', default: 3, example: 1, ...words },
      noBounds: { type: 'number', example: 1, ...words },
      shownSecret: { type: 'secret', example: 'x', ...words },
      lostCondition: { type: 'string', example: 'x', when: { nothing: ['a'] }, ...words },
      wrongCondition: { type: 'string', example: 'x', when: { wrongExample: ['z'] }, ...words },
    };
    expect(new Set(lintSpec(bad, 'shop').map((finding) => finding.split(':')[0]?.split('.')[1]))).toEqual(new Set(Object.keys(bad)));
  });
});
