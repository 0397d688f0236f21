/** What an expression reads of its input: paths from the root, as far as they can be told without running it. */
import { children, type Node } from './node.ts';

export interface RootRead {
  /** Names from the root on; empty when the whole input is read. */
  path: readonly string[];
  position: number;
}

export function rootReads(tree: Node): readonly RootRead[] {
  const reads: RootRead[] = [];
  visit(tree, true, reads);
  return reads;
}

/** `atRoot`: the part's context is the root of the input. */
function visit(node: Node, atRoot: boolean, reads: RootRead[]): void {
  for (const stage of [...node.predicates, ...node.stages]) if (stage.kind === 'filter') visit(stage.of, false, reads);
  if (node.group !== null) for (const part of node.group.pairs.flat()) visit(part, false, reads);
  switch (node.kind) {
    case 'path':
      visitPath(node.steps, atRoot, reads);
      return;
    case 'name':
      if (atRoot) reads.push({ path: [node.name], position: node.position });
      return;
    case 'variable':
      if (node.name === '$' || (node.name === '' && atRoot)) reads.push({ path: [], position: node.position });
      return;
    case 'wildcard':
    case 'descendant':
      if (atRoot) reads.push({ path: [], position: node.position });
      return;
    case 'transform':
      visitInner(node, false, reads);
      return;
    default:
      visitInner(node, atRoot, reads);
  }
}

function visitInner(node: Node, atRoot: boolean, reads: RootRead[]): void {
  const decorated = new Set<Node>();
  for (const stage of [...node.predicates, ...node.stages]) if (stage.kind === 'filter') decorated.add(stage.of);
  for (const part of node.group?.pairs.flat() ?? []) decorated.add(part);
  for (const child of children(node)) if (!decorated.has(child)) visit(child, atRoot, reads);
}

function visitPath(steps: readonly Node[], atRoot: boolean, reads: RootRead[]): void {
  const [first] = steps;
  if (first === undefined) return;
  const named = first.kind === 'name' && atRoot;
  const rooted = first.kind === 'variable' && (first.name === '$' || (first.name === '' && atRoot));
  if (named || rooted) {
    const path = namesFrom(steps, named ? 0 : 1);
    reads.push({ path, position: (named ? first : (steps[1] ?? first)).position });
    visitStages(first, reads);
  } else visit(first, atRoot, reads);
  for (const step of steps.slice(1)) visit(step, false, reads);
}

function visitStages(step: Node, reads: RootRead[]): void {
  for (const stage of [...step.predicates, ...step.stages]) if (stage.kind === 'filter') visit(stage.of, false, reads);
  if (step.group !== null) for (const part of step.group.pairs.flat()) visit(part, false, reads);
}

function namesFrom(steps: readonly Node[], from: number): readonly string[] {
  const names: string[] = [];
  for (const step of steps.slice(from)) {
    if (step.kind !== 'name') break;
    names.push(step.name);
  }
  return names;
}
