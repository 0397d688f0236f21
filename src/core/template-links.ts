/** The relations of a plan: which links belong together, where each is stored, and what may not be rebuilt. */
import type { LinkDocument } from './configuration/template-document.ts';
import { nearestKnown } from './nearest-known.ts';
import { typeOf, type Draft, type Planning } from './template-planning.ts';
import type { Attribute, LinkAttribute, Relation, Validation } from './template.ts';

/** Adds the link attributes of all drafts, those implied by an inverse included. */
export function planLinks(planning: Planning): void {
  for (const pair of pairsOf(planning)) planPair(planning, pair);
}

interface Side {
  draft: Draft;
  name: string;
  multiple: boolean;
  required: boolean;
  deleteLinked: boolean;
  logChanges: boolean;
  validation?: Validation | undefined;
}

/** The sides of one relation; a one-way link has no far side. */
interface Pair {
  near: Side;
  far: Side | undefined;
  /** The template linked to. */
  target: Draft;
}

/** Links that name their inverse come first, so that a side that does not is found to belong to one. */
function pairsOf(planning: Planning): readonly Pair[] {
  const taken = new Set<string>();
  const pairs: Pair[] = [];
  const declared = [...planning.drafts.values()].flatMap((draft) => draft.document.attributes.filter((attribute) => attribute.kind === 'link').map((link) => ({ draft, link })));
  for (const { draft, link } of [...declared.filter((one) => one.link.inverse !== undefined), ...declared.filter((one) => one.link.inverse === undefined)]) {
    if (taken.has(keyOf(draft, link.name))) continue;
    const pair = pairOf(planning, draft, link, taken);
    taken.add(keyOf(draft, link.name));
    if (pair === undefined) continue;
    if (pair.far !== undefined) taken.add(keyOf(pair.target, pair.far.name));
    pairs.push(pair);
  }
  return pairs;
}

const keyOf = (draft: Draft, attribute: string): string => `${draft.document.name}.${attribute}`;

function pairOf(planning: Planning, draft: Draft, link: LinkDocument, taken: ReadonlySet<string>): Pair | undefined {
  const target = planning.drafts.get(link.template);
  if (target === undefined) {
    const nearest = nearestKnown(link.template, [...planning.drafts.keys()]);
    planning.refuse(draft.document.name, link.name, 'config.missingReference', { kind: 'Template', name: link.template.slice(0, 80), place: keyOf(draft, link.name), nearest });
    return undefined;
  }
  const near: Side = { draft, name: link.name, multiple: link.multiple, required: link.required, deleteLinked: link.deleteLinked, logChanges: link.logChanges === true, validation: link.validation };
  if (link.inverse === undefined) return { near, far: undefined, target };
  const detail = disagreement(draft, link, target, taken);
  if (detail === undefined) return { near, far: farSide(link, link.inverse, target), target };
  planning.refuse(draft.document.name, link.name, 'template.inverseConflict', { attribute: keyOf(draft, link.name), other: keyOf(target, link.inverse.name), detail });
  return undefined;
}

function farSide(link: LinkDocument, inverse: NonNullable<LinkDocument['inverse']>, target: Draft): Side {
  const declared = target.document.attributes.find((attribute) => attribute.name === inverse.name);
  if (declared?.kind === 'link') return { draft: target, name: declared.name, multiple: declared.multiple, required: declared.required, deleteLinked: declared.deleteLinked, logChanges: declared.logChanges === true, validation: declared.validation };
  return { draft: target, name: inverse.name, multiple: inverse.multiple ?? !link.multiple, required: false, deleteLinked: false, logChanges: target.document.logChanges === true };
}

/** Why the two sides cannot be one relation, in names and keys only; undefined when they agree. */
function disagreement(draft: Draft, link: LinkDocument, target: Draft, taken: ReadonlySet<string>): string | undefined {
  const name = link.inverse?.name ?? '';
  const near = keyOf(draft, link.name);
  const far = keyOf(target, name);
  if (near === far) return `inverse = ${near}`;
  const other = target.document.attributes.find((attribute) => attribute.name === name);
  if (taken.has(far)) return `${far}: inverse ≠ ${near}`;
  if (target.document.calculated.some((attribute) => attribute.name === name)) return `${far}: calculated`;
  if (other === undefined) return undefined;
  if (other.kind !== 'link') return `${far}: type ${other.type} ≠ record`;
  if (other.template !== draft.document.name) return `${far}: template ${other.template} ≠ ${draft.document.name}`;
  if (other.inverse !== undefined && other.inverse.name !== link.name) return `${far}: inverse ${other.inverse.name} ≠ ${link.name}`;
  if (link.inverse?.multiple !== undefined && link.inverse.multiple !== other.multiple) return `${near}.inverse.multiple ≠ ${far}.multiple`;
  if (other.inverse?.multiple !== undefined && other.inverse.multiple !== link.multiple) return `${far}.inverse.multiple ≠ ${near}.multiple`;
  return undefined;
}

function planPair(planning: Planning, pair: Pair): void {
  const former = formerSides(planning, pair);
  if (former === undefined) return;
  const nearOwns = nearSideOwns(pair, former);
  const nearId = former.near?.id ?? planning.newId();
  const farId = pair.far === undefined ? undefined : (former.far?.id ?? planning.newId());
  const relation = relationOf(pair, nearOwns, (former.near ?? former.far)?.relation.id ?? (nearOwns ? nearId : (farId ?? nearId)));
  const detail = rebuilding(former, relation, nearOwns);
  if (detail !== undefined) {
    planning.refuse(pair.near.draft.document.name, pair.near.name, 'template.relationChange', { template: pair.near.draft.document.name, attribute: pair.near.name, detail });
    return;
  }
  addSide(planning, pair.near, { id: nearId, target: pair.target, inverse: pair.far?.name, relation, side: nearOwns ? 'owner' : 'other' });
  if (pair.far !== undefined && farId !== undefined) {
    addSide(planning, pair.far, { id: farId, target: pair.near.draft, inverse: pair.near.name, relation, side: nearOwns ? 'other' : 'owner' });
  }
}

interface FormerSides {
  near: LinkAttribute | undefined;
  far: LinkAttribute | undefined;
}

/** The published attributes of both sides; undefined (and refused) when one of them was no link before. */
function formerSides(planning: Planning, pair: Pair): FormerSides | undefined {
  const near = formerLink(planning, pair.near, pair.target);
  const far = pair.far === undefined ? undefined : formerLink(planning, pair.far, pair.near.draft);
  return near === 'refused' || far === 'refused' ? undefined : { near, far };
}

function formerLink(planning: Planning, side: Side, target: Draft): LinkAttribute | undefined | 'refused' {
  const former = planning.former(side.draft, side.name, (attribute: Attribute): attribute is LinkAttribute => attribute.kind === 'link' && attribute.target === target.id && attribute.multiple === side.multiple);
  const about = { template: side.draft.document.name, attribute: side.name };
  if (former === undefined || (former.kind === 'link' && former.target === target.id)) return former;
  if (former.kind === 'link') planning.refuse(side.draft.document.name, side.name, 'template.relationChange', { ...about, detail: `template: ${target.document.name}` });
  else planning.refuse(side.draft.document.name, side.name, 'template.typeChange', { ...about, from: typeOf(former), to: 'record' });
  return 'refused';
}

/**
 * A single link is a column of its own side. Where both sides could hold the relation the published one stays,
 * and a new one belongs to the side that declared it.
 */
function nearSideOwns(pair: Pair, former: FormerSides): boolean {
  const farMultiple = pair.far?.multiple ?? true;
  if (pair.near.multiple !== farMultiple) return !pair.near.multiple;
  if (former.near !== undefined) return former.near.side === 'owner';
  return former.far === undefined || former.far.side === 'other';
}

function relationOf(pair: Pair, nearOwns: boolean, id: string): Relation {
  const owner = nearOwns ? pair.near.draft.id : pair.target.id;
  const other = nearOwns ? pair.target.id : pair.near.draft.id;
  const farMultiple = pair.far?.multiple ?? true;
  if (pair.near.multiple && farMultiple) return { storage: 'table', id, owner, other };
  return { storage: 'column', id, owner, other, unique: !pair.near.multiple && !farMultiple };
}

/** What would have to be rebuilt, or undefined when the published relation can go on. */
function rebuilding(former: FormerSides, relation: Relation, nearOwns: boolean): string | undefined {
  for (const [side, owns] of [[former.near, nearOwns], [former.far, !nearOwns]] as const) {
    if (side === undefined) continue;
    if (side.relation.id !== relation.id) return 'inverse';
    if (side.relation.storage !== relation.storage) return 'multiple';
    if ((side.side === 'owner') !== owns) return 'multiple';
  }
  return undefined;
}

function addSide(planning: Planning, side: Side, link: { id: string; target: Draft; inverse: string | undefined; relation: Relation; side: 'owner' | 'other' }): void {
  if (side.required && (link.relation.storage !== 'column' || link.side !== 'owner')) {
    planning.refuse(side.draft.document.name, side.name, 'template.requiredLink', { attribute: side.name });
  }
  const attribute: LinkAttribute = {
    kind: 'link',
    id: link.id,
    name: side.name,
    required: side.required,
    target: link.target.id,
    multiple: side.multiple,
    relation: link.relation,
    side: link.side,
    deleteLinked: side.deleteLinked,
  };
  if (side.logChanges) attribute.logChanges = true;
  if (side.validation !== undefined) attribute.validation = side.validation;
  if (link.inverse !== undefined) attribute.inverse = link.inverse;
  side.draft.attributes.push(attribute);
}
