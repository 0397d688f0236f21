/** Stable merge sort, for `^(…)` and `$sort`. */
import { failure } from '../failure.ts';
import type { Compiler } from './compiler.ts';
import { compare } from './exact.ts';
import { isNumber, shown, type Item, type List, type Members, type Runtime } from './item.ts';
import type { NodeOf } from './node.ts';
import { Frame, type Run } from './runtime.ts';
import { boundNames, Scope } from './scope.ts';

/** Whether the left item has to come after the right one. */
export type Swaps = (left: Item, right: Item) => boolean;

export function sortedList(list: List, swaps: Swaps, runtime: Runtime): List {
  if (list.length <= 1) return list;
  const middle = list.length >> 1;
  return merged(sortedList(list.slice(0, middle), swaps, runtime), sortedList(list.slice(middle), swaps, runtime), swaps, runtime);
}

function merged(left: List, right: List, swaps: Swaps, runtime: Runtime): List {
  const result: List = [];
  let leftAt = 0;
  let rightAt = 0;
  runtime.budget.spendSteps(left.length + right.length);
  while (leftAt < left.length && rightAt < right.length) {
    if (swaps(left[leftAt], right[rightAt])) result.push(right[rightAt++]);
    else result.push(left[leftAt++]);
  }
  while (leftAt < left.length) result.push(left[leftAt++]);
  while (rightAt < right.length) result.push(right[rightAt++]);
  return result;
}

interface Term {
  run: Run;
  descending: boolean;
}

/** An item to sort with its keys, each computed when it is first needed. */
interface Keyed {
  item: Item;
  keys: Item[];
}

/** The order-by step of a path over a list or a stream of tuples. */
export function orderRun(node: NodeOf<'sort'>, scope: Scope, compiler: Compiler): (list: List, frame: Frame) => List {
  const inner = new Scope(scope, boundNames(node.terms.map((term) => term.of)), true);
  const terms = node.terms.map((term) => ({ run: compiler.compile(term.of, inner), descending: term.descending }));
  return (list, frame) => {
    if (list.length <= 1) return list;
    const entries: Keyed[] = list.map((item) => ({ item, keys: [] }));
    const order = entries.map((_, index) => index as Item);
    const keyOf = (entry: Keyed, index: number): Item => {
      if (index < entry.keys.length) return entry.keys[index];
      const tuple = list.tuples === true ? (entry.item as Members) : null; // a stream holds tuples only
      const key = (terms[index] as Term).run(tuple === null ? entry.item : tuple['@'], new Frame(frame.runtime, frame, inner.size, tuple));
      entry.keys.push(key);
      return key;
    };
    const swaps: Swaps = (left, right) => comesAfter(entries[left as number] as Keyed, entries[right as number] as Keyed, terms, keyOf, node.position);
    const result: List = sortedList(order, swaps, frame.runtime).map((index) => (entries[index as number] as Keyed).item);
    if (list.tuples === true) result.tuples = true;
    return result;
  };
}

function comesAfter(left: Keyed, right: Keyed, terms: readonly Term[], keyOf: (entry: Keyed, index: number) => Item, position: number): boolean {
  for (let index = 0; index < terms.length; index++) {
    const a = keyOf(left, index);
    const b = keyOf(right, index);
    // What has no key comes last, whatever the direction.
    if (a === undefined && b === undefined) continue;
    if (a === undefined) return true;
    if (b === undefined) return false;
    const order = keyOrder(a, b, position);
    if (order !== 0) return (terms[index] as Term).descending ? order < 0 : order > 0;
  }
  return false;
}

function keyOrder(left: Item, right: Item, position: number): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (isNumber(left) && isNumber(right)) return compare(left, right);
  const wrong = typeof left === 'string' || isNumber(left) ? right : left;
  throw failure('expression.operand', { operator: '^', expected: 'sort keys that are all numbers or all texts', found: shown(wrong), position });
}
