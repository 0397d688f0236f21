/** The order in which new records are inserted: whoever is linked to comes first, otherwise by template, unique values and id. */
import { failure } from '../../../core/failure.ts';
import type { Scalar, Template } from '../../../core/template.ts';
import { orderByLinks, type Edge } from './link-order.ts';
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
  const keyed = creates.map((create) => ({ create, key: conflictKey(create) }));
  const sorted = keyed.toSorted((left, right) => compareTexts(left.key, right.key)).map(({ create }) => create);
  const byId = new Map(sorted.map((create) => [create.write.id, create]));
  const { ordered, broken, closed } = orderByLinks(sorted, sorted.flatMap((create) => edgesOf(create, byId)));
  if (closed[0] !== undefined) throw failure('record.linkCycle', { template: closed[0].from.template.name, attribute: closed[0].attribute });
  const late = broken.map(postpone);
  return { ordered: byShape(ordered, byId), late };
}

/** What one statement can insert. */
export const shapeOfCreate = ({ write, template }: PlannedCreate): string => [template.id, template.version, write.archived === true, write.origin, write.by].join('/');

/** Brings records of one shape together, unless shapes link to each other in a circle. */
function byShape(ordered: readonly PlannedCreate[], byId: ReadonlyMap<string, PlannedCreate>): readonly PlannedCreate[] {
  const shapes = [...Map.groupBy(ordered, shapeOfCreate)].sort(([left], [right]) => compareTexts(left, right)).map(([shape, creates]) => ({ shape, creates }));
  if (shapes.length < 2) return ordered;
  const of = new Map(shapes.map((group) => [group.shape, group]));
  const edges = shapes.flatMap((from) => {
    const targets = new Map(from.creates.flatMap((create) => edgesOf(create, byId)).map((edge) => [shapeOfCreate(edge.to), edge]));
    return [...targets].flatMap(([shape, { attribute }]): readonly Edge<(typeof shapes)[number]>[] => {
      const to = of.get(shape);
      return to === undefined || to === from ? [] : [{ from, to, attribute, required: false }];
    });
  });
  const sorted = orderByLinks(shapes, edges);
  return sorted.broken.length > 0 ? ordered : sorted.ordered.flatMap(({ creates }) => creates);
}

/** A record may link to itself in its own insert. */
function edgesOf(create: PlannedCreate, byId: ReadonlyMap<string, PlannedCreate>): readonly Edge<PlannedCreate>[] {
  return create.template.attributes.flatMap((attribute) => {
    if (!ownsColumn(attribute)) return [];
    const value = create.write.values[attribute.name];
    const to = typeof value === 'string' && value !== create.write.id ? byId.get(value) : undefined;
    return to === undefined ? [] : [{ from: create, to, attribute: attribute.name, required: attribute.required }];
  });
}

function postpone({ from: create, attribute }: Edge<PlannedCreate>): LateLink {
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
