/** What a set is: an object of its own, a part of another set's rows, records of a register, a single constant, a view of documents. */
import { isCollection, type Model, type Shape, shapeOf } from './model.ts';

export type SetKind = 'object' | 'part' | 'recorder' | 'keyed' | 'constant' | 'journal';

export interface SetRole {
  set: string;
  shape: Shape;
  kind: SetKind;
  /** For a part: the set whose rows hold it, and the property that holds it. */
  holder: { set: string; property: string } | undefined;
}

export function rolesOf(model: Model): ReadonlyMap<string, SetRole> {
  return new Map([...model.sets.keys()].map((set) => [set, roleOf(model, set)]));
}

function roleOf(model: Model, set: string): SetRole {
  const shape = shapeOf(model, set);
  const holder = holderOf(model, set);
  return { set, shape, holder, kind: holder ? 'part' : kindOf(set, shape) };
}

function kindOf(set: string, shape: Shape): SetKind {
  if (set.startsWith('Constant_')) return 'constant';
  if (set.startsWith('DocumentJournal_')) return 'journal';
  if (shape.properties.has('RecordSet')) return 'recorder';
  return shape.keys.length === 1 && shape.keys[0] === 'Ref_Key' ? 'object' : 'keyed';
}

/** Names hold underscores of their own, so the holder is looked for in the metadata: the longest set that has such a collection. */
function holderOf(model: Model, set: string): SetRole['holder'] {
  for (let cut = set.lastIndexOf('_'); cut > 0; cut = set.lastIndexOf('_', cut - 1)) {
    const holder = set.slice(0, cut);
    const property = set.slice(cut + 1) === 'RecordType' ? 'RecordSet' : set.slice(cut + 1);
    if (!model.sets.has(holder)) continue;
    const type = shapeOf(model, holder).properties.get(property)?.type;
    if (type !== undefined && isCollection(type)) return { set: holder, property };
  }
  return undefined;
}
