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
 * throws `record.linkCycle` when the link is required.
 */
export function orderCreates(creates: readonly PlannedCreate[]): { ordered: readonly PlannedCreate[]; late: readonly LateLink[] } {
  const sorted = [...creates].sort((left, right) => compareTexts(conflictKey(left), conflictKey(right)));
  const byId = new Map(sorted.map((create) => [create.write.id, create]));
  const state = new Map<string, 'open' | 'done'>();
  const ordered: PlannedCreate[] = [];
  const late: LateLink[] = [];
  for (const root of sorted) {
    // A stack of its own, since a chain of new records may be longer than the program's stack is deep.
    const stack = [{ create: root, targets: targetsOf(root, byId) }];
    if (state.has(root.write.id)) continue;
    state.set(root.write.id, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.targets.pop();
      if (next === undefined) {
        state.set(top.create.write.id, 'done');
        ordered.push(top.create);
        stack.pop();
      } else if (state.get(next.target.write.id) === 'open') late.push(breakAt(top.create, next.attribute, next.required));
      else if (!state.has(next.target.write.id)) {
        state.set(next.target.write.id, 'open');
        stack.push({ create: next.target, targets: targetsOf(next.target, byId) });
      }
    }
  }
  return { ordered, late };
}

interface Target {
  target: PlannedCreate;
  attribute: string;
  required: boolean;
}

/** A record may link to itself in its own insert. */
function targetsOf(create: PlannedCreate, byId: ReadonlyMap<string, PlannedCreate>): Target[] {
  return create.template.attributes.flatMap((attribute) => {
    if (!ownsColumn(attribute)) return [];
    const value = create.write.values[attribute.name];
    const target = typeof value === 'string' && value !== create.write.id ? byId.get(value) : undefined;
    return target === undefined ? [] : [{ target, attribute: attribute.name, required: attribute.required }];
  });
}

function breakAt(create: PlannedCreate, attribute: string, required: boolean): LateLink {
  if (required) throw failure('record.linkCycle', { template: create.template.name, attribute });
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
