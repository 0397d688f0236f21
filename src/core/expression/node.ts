/** The syntax tree as the compiler wants it: every kind of part with what it needs and nothing else. */
import type { Decimal } from '../decimal.ts';

export interface Marks {
  /** Characters from the start of the text to the end of the part's token. */
  position: number;
  /** `[]` follows: the result stays a list. */
  keepArray: boolean;
  /** Filters applied to the part's whole result. */
  predicates: readonly Stage[];
  /** Filters and index bindings of a path step, applied item by item (or to the whole tuple stream). */
  stages: readonly Stage[];
  group: Group | null;
  /** Variables that a path step binds: `@$focus`, `#$index`, and the label under which `%` finds the parent. */
  focus: string | null;
  index: string | null;
  ancestor: string | null;
  /** The step takes part in a stream of tuples. */
  tuple: boolean;
}

export type Stage = { kind: 'filter'; of: Node } | { kind: 'index'; name: string };

export type Pair = readonly [key: Node, value: Node];

export interface Group {
  pairs: readonly Pair[];
  position: number;
}

export interface SortTerm {
  of: Node;
  descending: boolean;
}

export type Part =
  | { kind: 'path'; steps: readonly Node[]; keepSingleton: boolean }
  | { kind: 'name'; name: string }
  | { kind: 'literal'; value: null | boolean | number | string | Decimal }
  | { kind: 'wildcard' }
  | { kind: 'descendant' }
  | { kind: 'parent'; label: string }
  | { kind: 'variable'; name: string }
  | { kind: 'regex'; pattern: string; flags: string }
  | { kind: 'negation'; of: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'array'; items: readonly Node[]; constructed: boolean }
  | { kind: 'object'; pairs: readonly Pair[] }
  | { kind: 'condition'; when: Node; then: Node; otherwise: Node | null }
  | { kind: 'block'; items: readonly Node[]; constructed: boolean }
  | { kind: 'bind'; name: string; of: Node }
  | { kind: 'call'; callee: Node; args: readonly Node[] }
  | { kind: 'partial'; callee: Node; args: readonly (Node | null)[] }
  | { kind: 'lambda'; parameters: readonly string[]; signature: string | null; body: Node }
  /** A call in tail position of a lambda. */
  | { kind: 'tail'; of: Node }
  | { kind: 'apply'; left: Node; right: Node }
  | { kind: 'transform'; pattern: Node; update: Node; remove: Node | null }
  | { kind: 'sort'; terms: readonly SortTerm[] };

export type Node = Part & Marks;
export type NodeOf<K extends Part['kind']> = Extract<Part, { kind: K }> & Marks;

/** The parts directly inside a part, stages and groups included. */
export function* children(node: Node): Generator<Node> {
  yield* ownChildren(node);
  for (const stage of [...node.predicates, ...node.stages]) if (stage.kind === 'filter') yield stage.of;
  if (node.group !== null) for (const pair of node.group.pairs) yield* pair;
}

function* ownChildren(node: Node): Generator<Node> {
  switch (node.kind) {
    case 'path':
      yield* node.steps;
      return;
    case 'negation':
    case 'bind':
    case 'tail':
      yield node.of;
      return;
    case 'binary':
    case 'apply':
      yield node.left;
      yield node.right;
      return;
    case 'array':
    case 'block':
      yield* node.items;
      return;
    case 'object':
      for (const pair of node.pairs) yield* pair;
      return;
    case 'condition':
      yield node.when;
      yield node.then;
      if (node.otherwise !== null) yield node.otherwise;
      return;
    case 'call':
    case 'partial':
      yield node.callee;
      for (const arg of node.args) if (arg !== null) yield arg;
      return;
    case 'lambda':
      yield node.body;
      return;
    case 'transform':
      yield node.pattern;
      yield node.update;
      if (node.remove !== null) yield node.remove;
      return;
    case 'sort':
      for (const term of node.terms) yield term.of;
      return;
    case 'name':
    case 'literal':
    case 'wildcard':
    case 'descendant':
    case 'parent':
    case 'variable':
    case 'regex':
      return;
    default:
      node satisfies never;
  }
}
