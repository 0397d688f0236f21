/**
 * Names at compile time. Every block, lambda, tuple step and the whole expression is a scope; where a name is found
 * is settled here once, so that an evaluation only follows frames.
 */
import { children, type Node } from './node.ts';
import type { Item } from './item.ts';
import { unbound, type Frame } from './runtime.ts';

export class Scope {
  readonly parent: Scope | null;
  /** Names bound in this scope by `:=` or as parameters → slot. */
  private readonly slots = new Map<string, number>();
  /** Frames of this scope carry a tuple. */
  private readonly tuple: boolean;

  constructor(parent: Scope | null, names: Iterable<string>, tuple = false) {
    this.parent = parent;
    this.tuple = tuple;
    for (const name of names) if (!this.slots.has(name)) this.slots.set(name, this.slots.size);
  }

  get size(): number {
    return this.slots.size;
  }

  slot(name: string): number {
    const slot = this.slots.get(name);
    if (slot === undefined) throw new Error(`"${name}" is not bound in its scope`);
    return slot;
  }

  /** All places where the name may be bound at run time, innermost first. `carried` are the names that tuples can carry. */
  places(name: string, carried: ReadonlySet<string>): readonly Place[] {
    const places: Place[] = [];
    const slot = this.slots.get(name);
    if (slot !== undefined) places.push({ up: 0, slot });
    if (this.tuple && carried.has(name)) places.push({ up: 0, tuple: name });
    for (const place of this.parent?.places(name, carried) ?? []) places.push({ ...place, up: place.up + 1 });
    return places;
  }
}

export type Place = { up: number; slot: number } | { up: number; tuple: string };

/** What the place holds now, or `unbound`. */
export function read(place: Place, frame: Frame): Item | typeof unbound {
  let holder = frame;
  for (let up = place.up; up > 0; up--) holder = holder.parent as Frame; // frames follow scopes
  if ('slot' in place) return holder.slots[place.slot];
  return holder.tuple !== null && place.tuple in holder.tuple ? holder.tuple[place.tuple] : unbound;
}

/** Names that `:=` binds in the scope of these parts, not in scopes inside them. */
export function boundNames(nodes: Iterable<Node>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) collectBound(node, names);
  return names;
}

function collectBound(node: Node, names: Set<string>): void {
  if (node.kind === 'bind') names.add(node.name);
  // Blocks and lambdas are scopes themselves, but their predicates and groups belong to the scope around them.
  const inner = node.kind === 'block' || node.kind === 'lambda' ? decorations(node) : children(node);
  for (const child of inner) collectBound(child, names);
}

function* decorations(node: Node): Generator<Node> {
  for (const stage of [...node.predicates, ...node.stages]) if (stage.kind === 'filter') yield stage.of;
  if (node.group !== null) for (const pair of node.group.pairs) yield* pair;
}

/** Names that steps of paths bind by `@`, `#` and for `%`, anywhere in the expression. */
export function tupleNames(node: Node, names: Set<string> = new Set()): ReadonlySet<string> {
  for (const name of [node.focus, node.index, node.ancestor]) if (name !== null) names.add(name);
  for (const stage of [...node.predicates, ...node.stages]) if (stage.kind === 'index') names.add(stage.name);
  for (const child of children(node)) tupleNames(child, names);
  return names;
}
