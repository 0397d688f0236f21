/** Predicates: by position when they give numbers, else by truth. */
import type { Decimal } from '../decimal.ts';
import type { Compiler } from './compiler.ts';
import { isNumber, isTrue, newSequence, type Item, type List, type Members } from './item.ts';
import type { Node, Stage } from './node.ts';
import { Frame } from './runtime.ts';
import { boundNames, Scope } from './scope.ts';

/** Filters an item as a list. The result is a sequence, or the nested list that a position chose. */
export type Filter = (item: Item, frame: Frame) => List;

export function filterRun(of: Node, scope: Scope, compiler: Compiler): Filter {
  if (of.kind === 'literal' && isNumber(of.value) && of.predicates.length === 0 && of.group === null) return byPosition(Number(of.value));
  const run = compiler.compile(of, scope);
  return (item, frame) => {
    const list = listOf(item);
    const result = newSequence();
    frame.runtime.budget.spendSteps(list.length);
    for (let index = 0; index < list.length; index++) {
      const one = list[index];
      for (let times = timesChosen(run(one, frame), index, list.length); times > 0; times--) result.push(one);
    }
    return result;
  };
}

/** Filters a stream of tuples: the predicate sees the item and the variables bound on the way. */
export function tupleStages(stages: readonly Stage[], scope: Scope, compiler: Compiler): (tuples: List, frame: Frame) => List {
  const steps = stages.map((stage) => (stage.kind === 'index' ? bindIndex(stage.name) : tupleFilter(stage.of, scope, compiler)));
  return (tuples, frame) => steps.reduce((list, step) => step(list, frame), tuples);
}

const bindIndex =
  (name: string) =>
  (tuples: List): List => {
    tuples.forEach((tuple, index) => {
      (tuple as Members)[name] = index; // a stream holds tuples only
    });
    return tuples;
  };

function tupleFilter(of: Node, scope: Scope, compiler: Compiler): (tuples: List, frame: Frame) => List {
  const inner = new Scope(scope, boundNames([of]), true);
  const run = compiler.compile(of, inner);
  return (tuples, frame) => {
    const result: List = [];
    result.tuples = true;
    frame.runtime.budget.spendSteps(tuples.length);
    tuples.forEach((item, index) => {
      const tuple = item as Members; // a stream holds tuples only
      const taken = run(tuple['@'], new Frame(frame.runtime, frame, inner.size, tuple));
      for (let times = timesChosen(taken, index, tuples.length); times > 0; times--) result.push(tuple);
    });
    return result;
  };
}

function byPosition(position: number): Filter {
  const wanted = Math.floor(position);
  return (item) => {
    const list = listOf(item);
    const found = list[wanted < 0 ? list.length + wanted : wanted];
    if (Array.isArray(found)) return found;
    const result = newSequence();
    if (found !== undefined) result.push(found);
    return result;
  };
}

function listOf(item: Item): List {
  if (Array.isArray(item)) return item;
  return item === undefined ? [] : [item];
}

/** How often the item is taken: a list of positions may name it more than once. */
function timesChosen(result: Item, index: number, length: number): number {
  if (typeof result === 'boolean') return result ? 1 : 0;
  if (isNumber(result)) return isPosition(result, index, length) ? 1 : 0;
  if (Array.isArray(result) && result.every(isNumber)) return result.filter((one) => isPosition(one, index, length)).length;
  return isTrue(result) ? 1 : 0;
}

function isPosition(value: number | Decimal, index: number, length: number): boolean {
  const wanted = Math.floor(Number(value));
  return (wanted < 0 ? length + wanted : wanted) === index;
}

