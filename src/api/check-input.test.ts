import { describe, expect, it } from 'vitest';
import { parseJson } from '../core/json.ts';
import type { Value } from '../core/value.ts';
import { checkInput, type InputSchema } from './check-input.ts';
import { readQuery } from './read-query.ts';

const schema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'lines'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 5, pattern: '^[a-z]+$', examples: ['abc'] },
    lines: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'object', required: ['qty'], properties: { qty: { type: 'integer', minimum: 1 } }, additionalProperties: false } },
    state: { type: 'string', enum: ['new', 'done'] },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    extra: { type: 'object' },
    prices: { type: 'object', additionalProperties: { type: 'number' } },
  },
};

const found = (value: Value): [string, string][] => checkInput(schema, value).map(({ path, code }) => [path, code]);

describe('an input', () => {
  it('that fits has no problems', () => {
    expect(found({ name: 'abc', lines: [{ qty: 1 }], state: 'new', note: null, extra: { anything: [1] } })).toEqual([]);
  });

  it('that does not fit is told everything at once, by path', () => {
    expect(found({ lines: [{ qty: 0 }, { qty: '1', qyt: 2 }, {}], state: 'lost', note: 5, nam: 'x' })).toEqual([
      ['name', 'http.missingField'], ['lines[0].qty', 'http.outOfRange'], ['lines[1].qty', 'http.wrongType'], ['lines[1].qyt', 'http.unknownField'], ['lines[2].qty', 'http.missingField'],
      ['state', 'http.notOneOf'], ['note', 'http.wrongType'], ['nam', 'http.unknownField'],
    ]);
  });

  it('with an unknown field is offered the nearest known one', () => {
    expect(checkInput(schema, { name: 'abc', lines: [{ qty: 1 }], sate: 'new' })[0]?.parameters).toEqual({ field: 'sate', nearest: 'state' });
  });

  it('with a value twice where each may come once is told where', () => {
    expect(checkInput({ type: 'array', items: { type: 'string' }, uniqueItems: true }, ['a', 'b', 'a'], 'names')).toMatchObject([{ path: 'names[2]', code: 'http.twice', parameters: { value: 'a' } }]);
  });

  it('of another kind altogether is one problem', () => {
    for (const value of [null, [], 'x', 1] as const) expect(found(value)).toEqual([['', 'http.wrongType']]);
  });

  it('keeps to its lengths, patterns and counts', () => {
    expect(found({ name: 'a', lines: [] })).toEqual([['name', 'http.outOfRange'], ['lines', 'http.outOfRange']]);
    expect(found({ name: 'ab1', lines: [{ qty: 1 }, { qty: 1 }, { qty: 1 }, { qty: 1 }] })).toEqual([['name', 'http.pattern'], ['lines', 'http.outOfRange']]);
    expect(found({ name: 'abc', lines: [{ qty: 1.5 }] })).toEqual([['lines[0].qty', 'http.wrongType']]);
  });

  it('may hold numbers of any length where a number is asked for', () => {
    expect(found(parseJson('{"name":"abc","lines":[{"qty":1}],"prices":{"a":12345678901234567890.12}}'))).toEqual([]);
  });

  it('has no member that it inherited: __proto__ and constructor are unknown fields', () => {
    expect(found(parseJson('{"name":"abc","lines":[{"qty":1}],"__proto__":1,"constructor":2}'))).toEqual([['__proto__', 'http.unknownField'], ['constructor', 'http.unknownField']]);
  });

  it('in an address may not hold NUL', () => {
    expect(found({ name: 'a\0b', lines: [{ qty: 1 }] })).toEqual([['name', 'message.forbiddenText']]);
  });
});

it('reads the parameters of an address by the types of their fields', () => {
  const query: InputSchema = { type: 'object', properties: { limit: { type: 'integer' }, count: { type: 'boolean' }, state: { type: 'array', items: { type: 'string' } }, text: { type: 'string' } } };
  expect({ ...readQuery(query, [['limit', '5'], ['count', 'true'], ['state', 'a,b'], ['text', '5']]) }).toEqual({ limit: 5, count: true, state: ['a', 'b'], text: '5' });
  expect({ ...readQuery(query, [['limit', 'five'], ['count', 'yes'], ['state', 'a,b'], ['state', 'c'], ['other', '1']]) }).toEqual({ limit: 'five', count: 'yes', state: ['a,b', 'c'], other: '1' });
  expect({ ...readQuery(query, [['text', 'a'], ['text', 'b']]) }).toEqual({ text: ['a', 'b'] });
});
