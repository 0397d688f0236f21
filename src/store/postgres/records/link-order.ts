/** Puts things that link to each other in an order in which every target comes before whoever links to it. */

export interface Edge<Node> {
  from: Node;
  to: Node;
  attribute: string;
  /** A circle can only be opened at a link that may be empty. */
  required: boolean;
}

/**
 * Keeps the given order where links allow it. A circle is opened at an optional link, which is returned as broken;
 * one of required links only is opened anywhere and returned as closed.
 */
export function orderByLinks<Node, E extends Edge<Node>>(nodes: readonly Node[], edges: readonly E[]): { ordered: readonly Node[]; broken: readonly E[]; closed: readonly E[] } {
  const broken: E[] = [];
  const closed: E[] = [];
  const out = Map.groupBy(edges, ({ from }) => from);
  for (;;) {
    const walk = walkLinks(nodes, out);
    if (walk.kind === 'ordered') return { ordered: walk.ordered, broken, closed };
    const weak = walk.circle.findLast(({ required }) => !required);
    const edge = weak ?? walk.circle[0];
    if (edge === undefined) throw new Error('a circle has links');
    (weak === undefined ? closed : broken).push(edge);
    out.set(edge.from, (out.get(edge.from) ?? []).filter((other) => other !== edge));
  }
}

type Walk<Node, E> = { kind: 'ordered'; ordered: readonly Node[] } | { kind: 'circle'; circle: readonly E[] };

/** Depth first with a stack of its own, since a chain may be longer than the program's stack is deep. */
function walkLinks<Node, E extends Edge<Node>>(nodes: readonly Node[], out: ReadonlyMap<Node, readonly E[]>): Walk<Node, E> {
  const state = new Map<Node, 'open' | 'done'>();
  const ordered: Node[] = [];
  for (const root of nodes) {
    if (state.has(root)) continue;
    state.set(root, 'open');
    const stack: { node: Node; edges: E[]; via?: E }[] = [{ node: root, edges: [...(out.get(root) ?? [])] }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = top.edges.pop();
      if (edge === undefined) {
        state.set(top.node, 'done');
        ordered.push(top.node);
        stack.pop();
      } else if (state.get(edge.to) === 'open') {
        const start = stack.findIndex(({ node }) => node === edge.to);
        return { kind: 'circle', circle: [...stack.slice(start + 1).flatMap(({ via }) => (via === undefined ? [] : [via])), edge] };
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        stack.push({ node: edge.to, edges: [...(out.get(edge.to) ?? [])], via: edge });
      }
    }
  }
  return { kind: 'ordered', ordered };
}
