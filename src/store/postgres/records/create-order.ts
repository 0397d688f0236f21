/** The order in which new records are inserted: whoever is linked to comes first, otherwise by template, unique values and id. */
import { failure } from '../../../core/failure.ts';
import type { Scalar, Template } from '../../../core/template.ts';
import type { NetCreate } from './net-writes.ts';
import { ownsColumn } from './physical-names.ts';

export interface PlannedCreate {
  write: NetCreate;
  template: Template;
}

/** A link that can only be set when both records are there. */
export interface LateLink {
  create: PlannedCreate;
  attribute: string;
  value: Scalar;
}

/**
 * Circles are broken at an optional link, which is left empty in the insert and set afterwards;
 * throws `record.linkCycle` when all links of a circle are required.
 */
export function orderCreates(creates: readonly PlannedCreate[]): { ordered: readonly PlannedCreate[]; late: readonly LateLink[] } {
  const sorted = [...creates].sort((left, right) => compareTexts(conflictKey(left), conflictKey(right)));
  const byId = new Map(sorted.map((create) => [create.write.id, create]));
  const late: LateLink[] = [];
  for (;;) {
    const walk = walkCreates(sorted, byId);
    if (walk.kind === 'ordered') return { ordered: walk.ordered, late };
    late.push(breakCircle(walk.circle));
  }
}

/** A link between two new records: `from` can only be inserted after `to`. */
interface Edge {
  from: PlannedCreate;
  to: PlannedCreate;
  attribute: string;
  required: boolean;
}

type Walk = { kind: 'ordered'; ordered: readonly PlannedCreate[] } | { kind: 'circle'; circle: readonly Edge[] };

/** Depth first with a stack of its own, since a chain of new records may be longer than the program's stack is deep. */
function walkCreates(creates: readonly PlannedCreate[], byId: ReadonlyMap<string, PlannedCreate>): Walk {
  const state = new Map<PlannedCreate, 'open' | 'done'>();
  const ordered: PlannedCreate[] = [];
  for (const root of creates) {
    if (state.has(root)) continue;
    state.set(root, 'open');
    const stack: { create: PlannedCreate; edges: Edge[]; via?: Edge }[] = [{ create: root, edges: edgesOf(root, byId) }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = top.edges.pop();
      if (edge === undefined) {
        state.set(top.create, 'done');
        ordered.push(top.create);
        stack.pop();
      } else if (state.get(edge.to) === 'open') {
        const start = stack.findIndex(({ create }) => create === edge.to);
        return { kind: 'circle', circle: [...stack.slice(start + 1).flatMap(({ via }) => (via === undefined ? [] : [via])), edge] };
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        stack.push({ create: edge.to, edges: edgesOf(edge.to, byId), via: edge });
      }
    }
  }
  return { kind: 'ordered', ordered };
}

/** A record may link to itself in its own insert. */
function edgesOf(create: PlannedCreate, byId: ReadonlyMap<string, PlannedCreate>): Edge[] {
  return create.template.attributes.flatMap((attribute) => {
    if (!ownsColumn(attribute)) return [];
    const value = create.write.values[attribute.name];
    const to = typeof value === 'string' && value !== create.write.id ? byId.get(value) : undefined;
    return to === undefined ? [] : [{ from: create, to, attribute: attribute.name, required: attribute.required }];
  });
}

function breakCircle(circle: readonly Edge[]): LateLink {
  const edge = circle.findLast(({ required }) => !required);
  if (edge === undefined) throw failure('record.linkCycle', { template: circle[0]?.from.template.name ?? '', attribute: circle[0]?.attribute ?? '' });
  const { from: create, attribute } = edge;
  const value = create.write.values[attribute] ?? null;
  create.write.values[attribute] = null;
  return { create, attribute, value };
}

/** Two sets that create the same unique values do it in the same order, so that neither waits for the other in a circle. */
function conflictKey({ write, template }: PlannedCreate): string {
  const unique = template.attributes.filter((attribute) => attribute.kind === 'scalar' && attribute.unique);
  return [template.id, ...unique.map((attribute) => String(write.values[attribute.name] ?? '')), write.id].join('\n');
}

export const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
