/**
 * What an expression works with while it runs: values, missing (undefined), and functions.
 * Lists carry marks that JSONata's sequence rules need; `settled` removes them from what leaves an evaluation.
 */
import { Decimal } from '../decimal.ts';
import { failure } from '../failure.ts';
import { setMember, type Value } from '../value.ts';
import type { Budget } from './budget.ts';

export type Item = undefined | null | boolean | number | string | Decimal | List | Members | FunctionItem;

export interface List extends Array<Item> {
  /** Made by a path or a function: a single item stands for itself. */
  sequence?: boolean;
  /** A sequence that stays a list though it has one item (`[]` was asked for). */
  keep?: boolean;
  /** Made by an array constructor inside a path: not flattened into the path's result. */
  constructed?: boolean;
  /** Wraps an input that is a list, so that it counts as one item. */
  wrapper?: boolean;
  /** The items are tuples: `@` is the item, other keys are variables bound on the way. */
  tuples?: boolean;
}

export interface Members {
  [key: string]: Item;
}

/** The evaluation that is going on, as far as items and functions have to do with it. */
export interface Runtime {
  readonly root: Item;
  readonly variables: Readonly<Record<string, Value | undefined>>;
  readonly budget: Budget;
  /** Something was built that must not leave as it is: a marked list or a function. */
  marked: boolean;
  /** Calls a function and makes the tail calls it asks for. */
  call(target: FunctionItem, args: Item[], context: Item, site: Site): Item;
}

/** Where a function is called, for failures. */
export interface Site {
  name: string;
  position: number;
}

/** A call in tail position: the caller makes it, so that the stack does not grow. */
export class TailCall {
  readonly target: FunctionItem;
  readonly args: Item[];
  readonly site: Site;
  constructor(target: FunctionItem, args: Item[], site: Site) {
    this.target = target;
    this.args = args;
    this.site = site;
  }
}

/** Fields begin with `$`, so that a name in a path is recognised cheaply as none of theirs. */
export class FunctionItem {
  /** How many arguments a higher-order function should pass. */
  readonly $arity: number;
  /** `context` stands in for a first argument that was left out. */
  readonly $call: (args: Item[], context: Item, runtime: Runtime, site: Site) => Item | TailCall;
  constructor(arity: number, call: FunctionItem['$call']) {
    this.$arity = arity;
    this.$call = call;
  }
}

export const isNumber = (item: Item): item is number | Decimal => typeof item === 'number' || item instanceof Decimal;

export const isMembers = (item: Item): item is Members =>
  typeof item === 'object' && item !== null && !Array.isArray(item) && !(item instanceof Decimal) && !(item instanceof FunctionItem);

export function newSequence(): List {
  const list: List = [];
  list.sequence = true;
  return list;
}

export function asSequence(list: List): List {
  list.sequence = true;
  return list;
}

/** The rule at the end of every evaluation: an empty sequence is missing, one of one item is that item. */
export function unwrapped(item: Item): Item {
  if (!Array.isArray(item)) return item;
  const list: List = item;
  if (list.sequence !== true || list.tuples === true || list.length > 1) return list;
  if (list.length === 0) return undefined;
  return list.keep === true ? list : list[0];
}

/** Own members only; a list is looked into item by item. */
export function lookup(item: Item, key: string): Item {
  if (Array.isArray(item)) {
    const found = newSequence();
    for (const inner of item) {
      const value = lookup(inner, key);
      if (Array.isArray(value)) for (const one of value) found.push(one);
      else if (value !== undefined) found.push(value);
    }
    return found;
  }
  return isMembers(item) && Object.hasOwn(item, key) ? item[key] : undefined;
}

/** Joins two items to one list; missing ones count as nothing. */
export function appended(left: Item, right: Item): Item {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const first: List = Array.isArray(left) ? left : [left];
  return first.concat(Array.isArray(right) ? right : [right]);
}

export const setItem = (members: Members, key: string, item: Item): void => setMember(members, key, item);

/** The truth of an item; missing is undefined. */
export function truth(item: Item): boolean | undefined {
  if (item === undefined) return undefined;
  return isTrue(item);
}

export function isTrue(item: Item): boolean {
  switch (typeof item) {
    case 'boolean':
      return item;
    case 'number':
      return item !== 0;
    case 'string':
      return item !== '';
    case 'undefined':
      return false;
    default:
      break;
  }
  if (item === null) return false;
  if (Array.isArray(item)) return item.some(isTrue);
  if (item instanceof Decimal) return !item.isZero();
  if (item instanceof FunctionItem) return false;
  for (const key in item) if (Object.hasOwn(item, key)) return true;
  return false;
}

export function sameItems(left: Item, right: Item, runtime: Runtime): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) return numbersEqual(left, right);
  if (left instanceof Decimal || right instanceof Decimal) return numbersEqual(left, right);
  if (left instanceof FunctionItem || right instanceof FunctionItem) return false;
  runtime.budget.spendSteps(1);
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    const others: List = right;
    return left.every((item, index) => sameItems(item, others[index], runtime));
  }
  if (Array.isArray(right)) return false;
  const keys = Object.keys(left);
  const other: Members = right;
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && sameItems(left[key], other[key], runtime));
}

function numbersEqual(left: Item, right: Item): boolean {
  if (!(left instanceof Decimal || right instanceof Decimal) || !isNumber(left) || !isNumber(right)) return false;
  return new Decimal(left).equals(right);
}

/** Names of kinds, as `$type` gives them. */
export function kindOf(item: Item): string {
  if (item === undefined) return 'nothing';
  if (item === null) return 'null';
  if (isNumber(item)) return 'number';
  if (Array.isArray(item)) return 'array';
  if (item instanceof FunctionItem) return 'function';
  return typeof item;
}

/** An item for a message to a person: short, and never a whole document. */
export function shown(item: Item): string {
  if (typeof item === 'string') return JSON.stringify(item.length > 40 ? `${item.slice(0, 40)}…` : item);
  if (isNumber(item)) return item.toString();
  return typeof item === 'boolean' ? String(item) : kindOf(item);
}

/**
 * The item as a value without marks. Fresh lists and objects are corrected in place: what came from outside
 * has neither marks nor functions and is shared, not copied.
 */
export function settled(item: Item): Value | undefined {
  if (typeof item !== 'object' || item === null || item instanceof Decimal) return item;
  if (item instanceof FunctionItem) throw failure('expression.functionResult');
  if (Array.isArray(item)) return settledList(item);
  for (const key of Object.keys(item)) {
    const before = item[key];
    const after = settled(before);
    if (after !== before) setItem(item, key, after as Item);
  }
  return item as Value; // its members are settled
}

function settledList(list: List): Value {
  const plain: List = list.sequence === undefined && list.constructed === undefined && list.keep === undefined ? list : list.slice();
  for (let index = 0; index < plain.length; index++) {
    const before = plain[index];
    const after = settled(before);
    if (after !== before) plain[index] = after as Item;
  }
  return plain as Value; // its items are settled
}
