/** Paths: steps applied one after another, each to every item that the step before gave. */
import { Decimal } from '../decimal.ts';
import type { Compiler } from './compiler.ts';
import { filterRun, tupleStages, type Filter } from './filter.ts';
import { objectRun, type ObjectRun } from './group.ts';
import { isMembers, lookup, newSequence, unwrapped, type Item, type List, type Members } from './item.ts';
import type { Node, NodeOf } from './node.ts';
import { Frame, type Run } from './runtime.ts';
import { boundNames, Scope } from './scope.ts';
import { orderRun } from './sort.ts';

/** The raw result of a path; the caller applies the sequence rule. */
export function pathRun(node: NodeOf<'path'>, scope: Scope, compiler: Compiler): Run {
  const names = plainNames(node);
  if (names !== null) return namesRun(names);
  const group = node.group === null ? null : objectRun(node.group.pairs, node.group.position, scope, compiler);
  const run = node.steps.some((step) => step.tuple) ? tuplePath(node, scope, compiler) : plainPath(node, scope, compiler);
  return group === null && !node.keepSingleton ? run : finished(run, node.keepSingleton, group);
}

/** Marks and groups what the steps gave. */
function finished(run: Run, keepSingleton: boolean, group: ObjectRun | null): Run {
  return (input, frame) => {
    let result = run(input, frame);
    if (keepSingleton) result = kept(result);
    return group === null ? result : group(result, frame);
  };
}

function kept(result: Item): Item {
  if (!Array.isArray(result)) return result;
  const list: List = result;
  if (list.constructed === true && list.sequence !== true) {
    const wrapped = newSequence();
    wrapped.push(list);
    wrapped.keep = true;
    return wrapped;
  }
  if (list.sequence === true) list.keep = true;
  return list;
}



/** Names of a path that consists of nothing else, else null. */
export function plainNames(node: Node): readonly string[] | null {
  if (node.kind !== 'path' || node.keepSingleton || node.group !== null || node.tuple) return null;
  const names = leadingNames(node.steps);
  return names.length === node.steps.length ? names : null;
}

function leadingNames(steps: readonly Node[]): readonly string[] {
  const names: string[] = [];
  for (const step of steps) {
    if (step.kind !== 'name' || step.keepArray || step.tuple || step.stages.length + step.predicates.length > 0 || step.group !== null) break;
    names.push(step.name);
  }
  return names;
}

/** Names that an object may answer to without having them as its own; they need the careful look-up. */
const inherited: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), ...Object.keys(new Decimal(1)), 'constructor']);

const isInherited = (name: string): boolean => inherited.has(name) || name.startsWith('$');

function namesRun(names: readonly string[]): Run {
  const careful = names.some(isInherited) || names.some((name) => name in Decimal.prototype);
  if (careful) return (input, frame) => mapNames(asInput(input, false), names, 0, frame);
  return (input, frame) => {
    let item = input;
    for (let index = 0; index < names.length; index++) {
      if (typeof item !== 'object' || item === null) return undefined;
      if (Array.isArray(item)) return mapNames(item, names, index, frame);
      item = (item as Members)[names[index] as string]; // a Decimal or function has none of these names
    }
    return item;
  };
}

/** Applies the names from `from` on to all items of the list. */
function mapNames(list: List, names: readonly string[], from: number, frame: Frame): Item {
  let items: List = list;
  for (let index = from; index < names.length; index++) {
    frame.runtime.budget.spendSteps(items.length);
    items = mapName(items, names[index] as string, index === names.length - 1);
    if (items.length === 0) break;
  }
  return items;
}

function mapName(list: List, name: string, last: boolean): List {
  const out = newSequence();
  let count = 0;
  let only: Item;
  for (const item of list) {
    const value = Array.isArray(item) ? unwrapped(lookup(item, name)) : isMembers(item) && Object.hasOwn(item, name) ? item[name] : undefined;
    if (value === undefined) continue;
    count++;
    only = value;
    flattenInto(out, value);
  }
  return last && count === 1 && Array.isArray(only) && only.sequence !== true ? only : out;
}

function flattenInto(out: List, item: Item): void {
  if (Array.isArray(item) && item.constructed !== true) for (const one of item) out.push(one);
  else out.push(item);
}



type Step = (items: List, frame: Frame) => List;

function plainPath(node: NodeOf<'path'>, scope: Scope, compiler: Compiler): Run {
  const names = leadingNames(node.steps);
  const [first, ...others] = node.steps as readonly [Node, ...Node[]]; // the parser makes no empty path
  const start = names.length > 0 ? namesStep(namesRun(names)) : firstStep(first, node.steps.length === 1, scope, compiler);
  const rest = names.length > 0 ? node.steps.slice(names.length) : others;
  const steps = rest.map((step, index) => plainStep(step, index === rest.length - 1, scope, compiler));
  return (input, frame) => {
    let items = start(input, frame);
    for (let index = 0; index < steps.length && items.length > 0; index++) items = (steps[index] as Step)(items, frame);
    return items;
  };
}

/** Where only names stand before the first other step. */
const namesStep =
  (run: Run) =>
  (input: Item, frame: Frame): List => {
    const item = run(input, frame);
    const isPlain = Array.isArray(item) && item.constructed !== true;
    // Where a sequence and a list differ, a step makes a sequence.
    if (isPlain && item.length > 1) return item;
    const list = newSequence();
    if (isPlain) list.push(...item);
    else if (item !== undefined) list.push(item);
    return list;
  };

function firstStep(node: Node, last: boolean, scope: Scope, compiler: Compiler): (input: Item, frame: Frame) => List {
  if ((node.kind === 'array' || node.kind === 'block') && node.constructed) {
    // A list written at the start of a path is made once, not once an item of the context.
    const run = compiler.compile(node, scope);
    return (input, frame) => {
      const result = run(input, frame);
      return Array.isArray(result) ? result : result === undefined ? [] : [result];
    };
  }
  const step = plainStep(node, last, scope, compiler);
  const absolute = node.kind === 'variable';
  return (input, frame) => step(asInput(input, absolute), frame);
}

/** A list as context is gone through item by item, except by a variable, which does not depend on it. */
function asInput(input: Item, absolute: boolean): List {
  if (Array.isArray(input) && !absolute) return input;
  const single = newSequence();
  single.push(input);
  return single;
}

function plainStep(node: Node, last: boolean, scope: Scope, compiler: Compiler): Step {
  if (node.kind === 'sort') return sortStep(node, scope, compiler);
  const run = compiler.compile(node, scope);
  const filters = node.stages.flatMap((stage) => (stage.kind === 'filter' ? [filterRun(stage.of, scope, compiler)] : []));
  return (items, frame) => {
    frame.runtime.budget.spendSteps(items.length);
    const out = newSequence();
    let count = 0;
    let only: Item;
    for (let index = 0; index < items.length; index++) {
      const result = filtered(run(items[index], frame), filters, frame);
      if (result === undefined) continue;
      count++;
      only = result;
      flattenInto(out, result);
    }
    return last && count === 1 && Array.isArray(only) && only.sequence !== true ? only : out;
  };
}

function filtered(item: Item, filters: readonly Filter[], frame: Frame): Item {
  let result = item;
  for (const filter of filters) result = filter(result, frame);
  return result;
}

function sortStep(node: NodeOf<'sort'>, scope: Scope, compiler: Compiler): Step {
  const order = orderRun(node, scope, compiler);
  const filters = node.stages.flatMap((stage) => (stage.kind === 'filter' ? [filterRun(stage.of, scope, compiler)] : []));
  return (items, frame) => filtered(order(items, frame), filters, frame) as List; // sorting and filtering give lists
}



function tuplePath(node: NodeOf<'path'>, scope: Scope, compiler: Compiler): Run {
  const firstTuple = node.steps.findIndex((step) => step.tuple);
  const before = node.steps.slice(0, firstTuple);
  const head = before.length === 0 ? null : plainPath({ ...node, steps: before }, scope, compiler);
  const steps = node.steps.slice(firstTuple).map((step) => tupleStep(step, scope, compiler));
  const absolute = firstTuple === 0 && node.steps[0]?.kind === 'variable';
  return (input, frame) => {
    const items = head === null ? asInput(input, absolute) : (head(input, frame) as List); // a path's steps give a list
    let tuples = asTuples(items);
    for (const step of steps) tuples = step(tuples, frame);
    return node.tuple || node.group !== null ? tuples : itemsOf(tuples);
  };
}

function asTuples(items: List): List {
  const tuples = newTuples();
  for (const item of items) tuples.push(tupleOf(item));
  return tuples;
}

function newTuples(): List {
  const tuples: List = newSequence();
  tuples.tuples = true;
  return tuples;
}

function tupleOf(item: Item): Members {
  const tuple = Object.create(null) as Members;
  tuple['@'] = item;
  return tuple;
}

function itemsOf(tuples: List): List {
  const items = newSequence();
  for (const tuple of tuples) items.push((tuple as Members)['@']); // a stream holds tuples only
  return items;
}

function tupleStep(node: Node, scope: Scope, compiler: Compiler): Step {
  const stages = tupleStages(node.stages, scope, compiler);
  if (node.kind === 'sort') return tupleSort(node, stages, scope, compiler);
  const inner = new Scope(scope, boundNames([node]), true);
  const run = compiler.compile(node, inner);
  return (tuples, frame) => {
    const out = newTuples();
    frame.runtime.budget.spendSteps(tuples.length);
    for (const item of tuples) {
      const tuple = item as Members; // a stream holds tuples only
      const result = run(tuple['@'], new Frame(frame.runtime, frame, inner.size, tuple));
      if (result !== undefined) extend(out, tuple, result, node);
    }
    return stages(out, frame);
  };
}

function tupleSort(node: NodeOf<'sort'>, stages: Step, scope: Scope, compiler: Compiler): Step {
  const order = orderRun(node, scope, compiler);
  return (tuples, frame) => {
    const sorted = order(tuples, frame);
    if (node.index !== null) for (const [index, tuple] of sorted.entries()) (tuple as Members)[node.index] = index;
    return stages(sorted, frame);
  };
}

/** Adds a tuple for every item that the step gave for this tuple. */
function extend(out: List, tuple: Members, result: Item, node: Node): void {
  const items: List = Array.isArray(result) ? result : [result];
  for (const [index, item] of items.entries()) {
    const next = Object.assign(Object.create(null) as Members, tuple);
    if (items.tuples === true) Object.assign(next, item);
    else {
      if (node.focus === null) next['@'] = item;
      else next[node.focus] = item;
      if (node.index !== null) next[node.index] = index;
      if (node.ancestor !== null) next[node.ancestor] = tuple['@'];
    }
    out.push(next);
  }
}

