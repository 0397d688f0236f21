/** Built-ins of lists, objects and truth, and the higher-order ones. */
import { failure } from '../../failure.ts';
import { printNumber } from '../../number-text.ts';
import { compare } from '../exact.ts';
import { noteNested } from '../group.ts';
import { appended, asSequence, FunctionItem, isMembers, isNumber, isTrue, kindOf, lookup, newSequence, sameItems, setItem, truth, type Item, type List, type Members, type Site, type Runtime } from '../item.ts';
import type { Native } from '../native.ts';
import { sortedList } from '../sort.ts';
import { copied } from '../transform.ts';
import { callbackArgs, callFailed, listOf, native, strict } from './define.ts';

export const collectionFunctions: readonly Native[] = [
  native('boolean', '<x-:b>', 1, (args) => truth(args[0])),
  strict('not', '<x-:b>', 1, (args) => !isTrue(args[0])),
  native('exists', '<x:b>', 1, (args) => args[0] !== undefined),
  strict('type', '<x:s>', 1, (args) => kindOf(args[0])),
  native('append', '<xx:a>', 2, (args, runtime) => {
    const result = appended(args[0], args[1]);
    if (Array.isArray(result)) runtime.budget.spendBytes(8 * result.length);
    return result;
  }),
  strict('reverse', '<a:a>', 1, (args) => ((args[0] as List).length <= 1 ? args[0] : [...(args[0] as List)].reverse())),
  strict('sort', '<af?:a>', 2, (args, runtime, site) => sort(args[0] as List, args[1] as FunctionItem | undefined, runtime, site)),
  strict('distinct', '<x:x>', 1, (args, runtime) => distinct(args[0], runtime)),
  native('zip', '<a+>', 0, (args, runtime) => zip(args, runtime)),
  strict('map', '<af>', 2, (args, runtime, site) => map(args[0] as List, args[1] as FunctionItem, runtime, site)),
  strict('filter', '<af>', 2, (args, runtime, site) => {
    const list = args[0] as List;
    const result = newSequence();
    list.forEach((item, index) => {
      if (isTrue(call(args[1], item, index, list, runtime, site))) result.push(item);
    });
    return result;
  }),
  strict('single', '<af?>', 2, (args, runtime, site) => single(args[0] as List, args[1] as FunctionItem | undefined, runtime, site)),
  strict('reduce', '<afj?:j>', 3, (args, runtime, site) => reduce(args[0] as List, args[1] as FunctionItem, args[2], runtime, site)),
  native('each', '<o-f:a>', 2, (args, runtime, site) => {
    const result = newSequence();
    for (const [key, item] of entriesOf(args[0])) {
      const value = call(args[1], item, key, args[0], runtime, site);
      if (value !== undefined) put(result, value, runtime);
    }
    return result;
  }),
  native('sift', '<o-f?:o>', 2, (args, runtime, site) => {
    const result: Members = {};
    for (const [key, item] of entriesOf(args[0])) if (isTrue(call(args[1], item, key, args[0], runtime, site))) setItem(result, key, item);
    return Object.keys(result).length === 0 ? undefined : result;
  }),
  native('keys', '<x-:a<s>>', 1, (args, runtime) => {
    const result: List = [...keysOf(args[0], runtime)];
    return asSequence(result);
  }),
  native('lookup', '<x-s:x>', 2, (args) => (typeof args[1] === 'string' ? lookup(args[0], args[1]) : Array.isArray(args[0]) ? newSequence() : undefined)),
  native('spread', '<x-:a<o>>', 1, (args, runtime) => spread(args[0], runtime)),
  strict('merge', '<a<o>:o>', 1, (args, runtime) => {
    const result: Members = {};
    for (const object of args[0] as List) {
      for (const [key, item] of entriesOf(object)) {
        runtime.budget.spendBytes(16);
        setItem(result, key, item);
      }
    }
    return result;
  }),
  strict('clone', '<(oa)-:o>', 1, (args, runtime) => copied(args[0], runtime)),
  native('error', '<s?:x>', 1, (args) => {
    throw failure('expression.raised', { message: typeof args[0] === 'string' && args[0] !== '' ? args[0] : '$error()' });
  }),
  native('assert', '<bs?:x>', 2, (args) => {
    if (args[0] === true) return undefined;
    throw failure('expression.raised', { message: typeof args[1] === 'string' && args[1] !== '' ? args[1] : '$assert()' });
  }),
];

function call(callback: Item, value: Item, key: Item, whole: Item, runtime: Runtime, site: Site): Item {
  if (!(callback instanceof FunctionItem)) throw callFailed(site, 'a function is needed as the last argument');
  return runtime.call(callback, callbackArgs(callback, value, key, whole), null, site);
}

const entriesOf = (item: Item): readonly (readonly [string, Item])[] => (isMembers(item) ? Object.entries(item) : []);

function put(list: List, item: Item, runtime: Runtime): void {
  runtime.budget.spendBytes(8);
  noteNested(item, runtime);
  list.push(item);
}

function map(list: List, callback: FunctionItem, runtime: Runtime, site: Site): List {
  const result = newSequence();
  for (let index = 0; index < list.length; index++) {
    const value = call(callback, list[index], index, list, runtime, site);
    if (value !== undefined) put(result, value, runtime);
  }
  return result;
}

function single(list: List, callback: FunctionItem | undefined, runtime: Runtime, site: Site): Item {
  const found = list.filter((item, index) => callback === undefined || isTrue(call(callback, item, index, list, runtime, site)));
  if (found.length !== 1) throw callFailed(site, `exactly one match is expected, there are ${found.length}`);
  return found[0];
}

function reduce(list: List, callback: FunctionItem, initial: Item, runtime: Runtime, site: Site): Item {
  if (callback.$arity < 2) throw callFailed(site, 'the function must take at least two arguments');
  const started = initial === undefined && list.length > 0;
  let result = started ? list[0] : initial;
  for (let index = started ? 1 : 0; index < list.length; index++) {
    const all: Item[] = [result, list[index], index, list];
    result = runtime.call(callback, all.slice(0, Math.min(callback.$arity, 4)), null, site);
  }
  return result;
}

function sort(list: List, callback: FunctionItem | undefined, runtime: Runtime, site: Site): List {
  if (list.length <= 1) return list;
  if (callback !== undefined) return sortedList(list, (left, right) => isTruthy(runtime.call(callback, [left, right], null, site)), runtime);
  if (list.every((item) => typeof item === 'string')) return sortedList(list, (left, right) => (left as string) > (right as string), runtime);
  if (list.every(isNumber)) return sortedList(list, (left, right) => isNumber(left) && isNumber(right) && compare(left, right) > 0, runtime);
  throw callFailed(site, 'without a comparing function only texts or only numbers can be sorted');
}

/** What a comparing function gives counts as true unless it is empty, zero or missing; lists and objects always do. */
const isTruthy = (item: Item): boolean => (Array.isArray(item) || isMembers(item) ? true : isTrue(item));

function distinct(item: Item, runtime: Runtime): Item {
  if (!Array.isArray(item) || item.length <= 1) return item;
  const list: List = item;
  const seen = new Set<string>();
  const composite: List = [];
  const result: List = list.sequence === true ? newSequence() : [];
  for (const one of list) {
    const key = scalarKey(one);
    if (key === undefined ? composite.some((other) => sameItems(one, other, runtime)) : seen.has(key)) continue;
    if (key === undefined) composite.push(one);
    else seen.add(key);
    put(result, one, runtime);
  }
  return result;
}

function scalarKey(item: Item): string | undefined {
  if (typeof item === 'string') return `s${item}`;
  if (isNumber(item)) return `n${printNumber(item)}`;
  return item === null || typeof item === 'boolean' || item === undefined ? String(item) : undefined;
}

function zip(lists: readonly Item[], runtime: Runtime): List {
  const length = Math.min(...lists.map((list) => (Array.isArray(list) ? list.length : 0)));
  runtime.budget.spendBytes(8 * length * lists.length);
  runtime.budget.spendSteps(length);
  return Array.from({ length }, (_, index) => lists.map((list) => listOf(list)[index]));
}

function keysOf(item: Item, runtime: Runtime): ReadonlySet<string> {
  if (!Array.isArray(item)) return new Set(isMembers(item) ? Object.keys(item) : []);
  runtime.budget.spendSteps(item.length);
  // An object puts keys that look like numbers first, as for any other object.
  const all: Record<string, true> = {};
  for (const one of item) for (const key of keysOf(one, runtime)) setItem(all, key, true);
  return new Set(Object.keys(all));
}

function spread(item: Item, runtime: Runtime): Item {
  if (Array.isArray(item)) return item.length === 0 ? newSequence() : item.flatMap((one) => listOf(spread(one, runtime)));
  if (!isMembers(item)) return item;
  const result = newSequence();
  for (const [key, value] of Object.entries(item)) {
    const part: Members = {};
    setItem(part, key, value);
    put(result, part, runtime);
  }
  return result;
}

