import { expect, test } from 'vitest';
import { Budget } from './expression/budget.ts';
import { Failure } from './failure.ts';
import { compileTemplateValue } from './value-template.ts';
import type { Value } from './value.ts';

const variables = { message: { orderId: 'A-17', lines: [{ qty: 2, price: 10.1 }] }, order: { number: 'A-17' } };
const run = (document: unknown): Value | undefined => compileTemplateValue(document)(variables, new Budget());

test('texts that begin with = are expressions over the variables, == stands for =, all else is itself', () => {
  expect(run({ accepted: true, number: '=order.number', sum: '=$sum(message.lines.(qty * price))', text: '==x', list: [1, '=message.orderId', null], deep: { plain: 'a = b' } })).toEqual({
    accepted: true,
    number: 'A-17',
    sum: 20.2,
    text: '=x',
    list: [1, 'A-17', null],
    deep: { plain: 'a = b' },
  });
  expect(run('=message.lines[0].qty')).toBe(2);
  expect(run('literal')).toBe('literal');
  expect(run('==')).toBe('=');
  expect(run(null)).toBeNull();
});

test('members and items that are missing are left out, null ones are kept', () => {
  expect(run({ a: '=nothing', b: '=null', c: ['=nothing', 1] })).toEqual({ b: null, c: [1] });
  expect(run('=nothing')).toBeUndefined();
});

test('every wrong part is told with its path', () => {
  try {
    compileTemplateValue({ a: ['=1 +'], b: { c: '=$fooo(1)' }, d: () => 1, e: Number.NaN, f: new Date(0) }, { place: 'response' });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    const failure = error as Failure;
    expect(failure.parameters).toEqual({ place: 'response' });
    expect(failure.problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['a[0] expression.syntax', 'b.c expression.unknownFunction', 'd expression.literal', 'e expression.literal', 'f expression.literal']);
  }
});

test('names that will not exist are refused with the nearest one when the names are known', () => {
  expect(() => compileTemplateValue('=mesage.orderId', { roots: ['message', 'order'] })).toThrow(Failure);
  try {
    compileTemplateValue({ a: '=mesage.orderId' }, { roots: ['message', 'order'] });
  } catch (error) {
    expect((error as Failure).problems).toMatchObject([{ path: 'a', code: 'expression.unknownVariable', parameters: { name: 'mesage', nearest: 'message' } }]);
  }
});

test('special keys are ordinary members', () => {
  const value = run(JSON.parse('{"__proto__": {"x": "=order.number"}, "constructor": "=order.number"}')) as Record<string, Value>;
  expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});
