/** Operators between two parts. */
import { failure } from '../failure.ts';
import { add, compare, divide, multiply, negate, remainder, subtract, wholeNumber, type Num } from './exact.ts';
import { asSequence, isNumber, isTrue, kindOf, sameItems, shown, type Item, type List, type Runtime } from './item.ts';
import type { Run } from './runtime.ts';
import { textOf } from './text.ts';

export function operatorRun(operator: string, left: Run, right: Run, position: number): Run {
  switch (operator) {
    case '+':
      return arithmetic(operator, add, left, right, position);
    case '-':
      return arithmetic(operator, subtract, left, right, position);
    case '*':
      return arithmetic(operator, multiply, left, right, position);
    case '/':
      return arithmetic(operator, divide, left, right, position);
    case '%':
      return arithmetic(operator, remainder, left, right, position);
    case '=':
      return (input, frame) => equal(left(input, frame), right(input, frame), frame.runtime);
    case '!=':
      return (input, frame) => {
        const a = left(input, frame);
        const b = right(input, frame);
        return a !== undefined && b !== undefined && !sameItems(a, b, frame.runtime);
      };
    case '<':
      return comparison(operator, (order) => order < 0, left, right, position);
    case '<=':
      return comparison(operator, (order) => order <= 0, left, right, position);
    case '>':
      return comparison(operator, (order) => order > 0, left, right, position);
    case '>=':
      return comparison(operator, (order) => order >= 0, left, right, position);
    case 'and':
      return (input, frame) => isTrue(left(input, frame)) && isTrue(right(input, frame));
    case 'or':
      return (input, frame) => isTrue(left(input, frame)) || isTrue(right(input, frame));
    case '&':
      return (input, frame) => joined(left(input, frame), right(input, frame), frame.runtime);
    case '..':
      return (input, frame) => range(left(input, frame), right(input, frame), position, frame.runtime);
    case 'in':
      return (input, frame) => included(left(input, frame), right(input, frame), frame.runtime);
    default:
      throw failure('expression.syntax', { position, detail: `unknown operator ${operator}` });
  }
}

export function negationRun(of: Run, position: number): Run {
  return (input, frame) => {
    const item = of(input, frame);
    if (item === undefined) return undefined;
    if (!isNumber(item)) throw wrongOperand('-', 'a number', item, position);
    return negate(item);
  };
}

const wrongOperand = (operator: string, expected: string, found: Item, position: number): Error =>
  failure('expression.operand', { operator, expected, found: `${kindOf(found)} ${shown(found)}`, position });

function arithmetic(operator: string, compute: (left: Num, right: Num) => Num | undefined, left: Run, right: Run, position: number): Run {
  return (input, frame) => {
    const a = left(input, frame);
    const b = right(input, frame);
    if (a !== undefined && !isNumber(a)) throw wrongOperand(operator, 'a number on the left', a, position);
    if (b !== undefined && !isNumber(b)) throw wrongOperand(operator, 'a number on the right', b, position);
    if (a === undefined || b === undefined) return undefined;
    const result = compute(a, b);
    if (result === undefined) throw failure('expression.number', { operator, position });
    return result;
  };
}

function equal(left: Item, right: Item, runtime: Runtime): boolean {
  return left !== undefined && right !== undefined && sameItems(left, right, runtime);
}

function comparison(operator: string, holds: (order: number) => boolean, left: Run, right: Run, position: number): Run {
  return (input, frame) => {
    const a = left(input, frame);
    const b = right(input, frame);
    if (typeof a === 'number' && typeof b === 'number') return holds(a < b ? -1 : a > b ? 1 : 0);
    for (const item of [a, b]) {
      if (item !== undefined && typeof item !== 'string' && !isNumber(item)) throw wrongOperand(operator, 'numbers or texts', item, position);
    }
    if (a === undefined || b === undefined) return undefined;
    if (typeof a === 'string' && typeof b === 'string') return holds(a < b ? -1 : a > b ? 1 : 0);
    if (!isNumber(a) || !isNumber(b)) throw wrongOperand(operator, 'both sides of one type', isNumber(a) ? b : a, position);
    return holds(compare(a, b));
  };
}

function joined(left: Item, right: Item, runtime: Runtime): string {
  const text = (left === undefined ? '' : textOf(left, runtime)) + (right === undefined ? '' : textOf(right, runtime));
  runtime.budget.spendBytes(text.length);
  return text;
}

function range(left: Item, right: Item, position: number, runtime: Runtime): Item {
  const from = bound(left, 'a whole number on the left', position);
  const to = bound(right, 'a whole number on the right', position);
  if (from === undefined || to === undefined || from > to) return undefined;
  runtime.budget.spendBytes((to - from + 1) * 8);
  runtime.budget.spendSteps(Math.ceil((to - from + 1) / 16));
  const list: List = [];
  for (let value = from; value <= to; value++) list.push(value);
  return asSequence(list);
}

function bound(item: Item, expected: string, position: number): number | undefined {
  if (item === undefined) return undefined;
  const whole = isNumber(item) ? wholeNumber(item) : undefined;
  if (whole === undefined) throw wrongOperand('..', expected, item, position);
  return whole;
}

function included(left: Item, right: Item, runtime: Runtime): boolean {
  if (left === undefined || right === undefined) return false;
  const list: List = Array.isArray(right) ? right : [right];
  runtime.budget.spendSteps(list.length >> 4);
  return list.some((item) => item === left || (isNumber(item) && isNumber(left) && compare(item, left) === 0));
}
