/** Object constructors and grouping: `{key: value}` alone, and after a path. */
import { failure } from '../failure.ts';
import type { Compiler } from './compiler.ts';
import { appended, setItem, shown, type Item, type List, type Members, type Runtime } from './item.ts';
import type { Pair } from './node.ts';
import { Frame, type Run } from './runtime.ts';
import { boundNames, Scope } from './scope.ts';

interface CompiledPair {
  /** The key when it is written as a text. */
  fixed: string | null;
  key: Run;
  value: Run;
}

/** Builds one object from an item, a list, or a stream of tuples. */
export type ObjectRun = (input: Item, frame: Frame) => Members;

export function objectRun(pairs: readonly Pair[], position: number, scope: Scope, compiler: Compiler): ObjectRun {
  const inner = new Scope(scope, boundNames(pairs.flat()), true);
  const plain = compilePairs(pairs, scope, compiler);
  const tuplePairs = compilePairs(pairs, inner, compiler);
  const fixedKeys = plain.map((pair) => pair.fixed);
  const simple = fixedKeys.every((key) => key !== null) && new Set(fixedKeys).size === fixedKeys.length;
  return (input, frame) => {
    if (!Array.isArray(input)) return simple ? fixedObject(plain, input, frame) : grouped(plain, [input], frame, null, position);
    const list: List = input;
    if (list.tuples === true) return grouped(tuplePairs, list, frame, inner, position);
    return grouped(plain, list.length === 0 ? [undefined] : list, frame, null, position);
  };
}

function compilePairs(pairs: readonly Pair[], scope: Scope, compiler: Compiler): readonly CompiledPair[] {
  return pairs.map(([key, value]) => ({
    fixed: key.kind === 'literal' && typeof key.value === 'string' && key.predicates.length === 0 && key.group === null ? key.value : null,
    key: compiler.compile(key, scope),
    value: compiler.compile(value, scope),
  }));
}

/** One item and keys that are known: the common case. */
function fixedObject(pairs: readonly CompiledPair[], input: Item, frame: Frame): Members {
  const result: Members = {};
  for (const pair of pairs) {
    const value = pair.value(input, frame);
    if (value !== undefined) store(result, pair.fixed as string, value, frame.runtime); // checked by the caller
  }
  return result;
}

interface Slot {
  pair: number;
  data: Item;
}

function grouped(pairs: readonly CompiledPair[], list: List, frame: Frame, tupleScope: Scope | null, position: number): Members {
  const groups = new Map<string, Slot>();
  frame.runtime.budget.spendSteps(list.length * pairs.length);
  for (const item of list) {
    const tuple = tupleScope === null ? null : (item as Members); // a stream holds tuples only
    const inner = tuple === null ? frame : new Frame(frame.runtime, frame, tupleScope?.size ?? 0, tuple);
    for (const [index, pair] of pairs.entries()) put(groups, pair.key(tuple === null ? item : tuple['@'], inner), index, item, position);
  }
  const result: Members = {};
  for (const [key, slot] of groups) {
    const { value: run } = pairs[slot.pair] as CompiledPair;
    const value = tupleScope === null ? run(slot.data, frame) : overTuples(run, slot.data, frame, tupleScope);
    if (value !== undefined) store(result, key, value, frame.runtime);
  }
  return result;
}

function put(groups: Map<string, Slot>, key: Item, pair: number, item: Item, position: number): void {
  if (key === undefined) return;
  if (typeof key !== 'string') throw failure('expression.key', { position, found: shown(key) });
  const slot = groups.get(key);
  if (slot === undefined) groups.set(key, { pair, data: item });
  else if (slot.pair !== pair) throw failure('expression.key', { position, found: `${shown(key)} ×2` });
  else slot.data = appended(slot.data, item);
}

/** The tuples of a group as one: each of their variables holds all its values. */
function overTuples(run: Run, data: Item, frame: Frame, scope: Scope): Item {
  const tuples: List = Array.isArray(data) ? data : [data];
  const joined: Members = Object.assign(Object.create(null) as Members, tuples[0]);
  for (const tuple of tuples.slice(1)) {
    for (const [name, value] of Object.entries(tuple as Members)) joined[name] = appended(joined[name], value);
  }
  return run(joined['@'], new Frame(frame.runtime, frame, scope.size, joined));
}

/** Sets a member; what carries marks inside an object has to be cleaned before it leaves. */
function store(result: Members, key: string, value: Item, runtime: Runtime): void {
  runtime.budget.spendBytes(16 + key.length);
  noteNested(value, runtime);
  setItem(result, key, value);
}

/** To be called for every item that is put into a list or an object. */
export function noteNested(value: Item, runtime: Runtime): void {
  if (!Array.isArray(value)) return;
  const list: List = value;
  if (list.sequence === true || list.constructed === true) runtime.marked = true;
}
