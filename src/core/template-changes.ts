/** What differs between two versions of a template, for a plan that a person reads. */
import type { Attribute, LinkAttribute, ScalarAttribute, Template } from './template.ts';

export interface TemplateChange {
  kind:
    | 'createTemplate'
    | 'restoreTemplate'
    | 'hideTemplate'
    | 'changeTitleAttribute'
    | 'changeReferenceData'
    | 'addAttribute'
    | 'restoreAttribute'
    | 'hideAttribute'
    | 'addEnumValues'
    | 'makeRequired'
    | 'makeOptional'
    | 'makeUnique'
    | 'makeNotUnique'
    | 'makeIndexed'
    | 'makeNotIndexed'
    | 'changeOrder'
    | 'makeSearchable'
    | 'makeNotSearchable'
    | 'changeDefault'
    | 'changeDecimals'
    | 'changeMask'
    | 'changeSchemes'
    | 'changeLink'
    | 'changeType'
    | 'logChanges'
    | 'logNoChanges'
    | 'changeValidation'
    | 'addCalculated'
    | 'changeCalculated'
    | 'removeCalculated';
  /** System names. */
  template: string;
  attribute?: string;
  /** The new value, where one sentence needs it. */
  to?: string;
}

export function templateChanges(before: Template | undefined, after: Template): readonly TemplateChange[] {
  const template = after.name;
  if (after.retired === true) return [{ kind: 'hideTemplate', template }];
  const head: TemplateChange[] = [];
  if (before === undefined) head.push({ kind: 'createTemplate', template });
  else if (before.retired === true) head.push({ kind: 'restoreTemplate', template });
  if (before !== undefined && before.titleAttribute !== after.titleAttribute) head.push({ kind: 'changeTitleAttribute', template, to: after.titleAttribute ?? 'id' });
  if (before !== undefined && JSON.stringify(before.referenceData ?? null) !== JSON.stringify(after.referenceData ?? null)) head.push({ kind: 'changeReferenceData', template });
  return [...head, ...after.attributes.flatMap((attribute) => attributeChanges(before, template, attribute)), ...hiddenAttributes(before, after), ...calculatedChanges(before, after)];
}

function calculatedChanges(before: Template | undefined, after: Template): readonly TemplateChange[] {
  const former = new Map((before?.calculated ?? []).map((attribute) => [attribute.name, attribute]));
  const changes: TemplateChange[] = [];
  for (const attribute of after.calculated ?? []) {
    const known = former.get(attribute.name);
    former.delete(attribute.name);
    const about = { template: after.name, attribute: attribute.name, to: `=${attribute.expression}` };
    if (known === undefined) changes.push({ kind: 'addCalculated', ...about });
    else if (JSON.stringify(known) !== JSON.stringify(attribute)) changes.push({ kind: 'changeCalculated', ...about });
  }
  return [...changes, ...[...former.keys()].map((name): TemplateChange => ({ kind: 'removeCalculated', template: after.name, attribute: name }))];
}

function attributeChanges(before: Template | undefined, template: string, after: Attribute): readonly TemplateChange[] {
  const published = before?.attributes.find((attribute) => attribute.id === after.id);
  const former = published ?? before?.hidden?.find((attribute) => attribute.id === after.id);
  const about = { template, attribute: after.name };
  const source = after.kind === 'scalar' && published === undefined ? after.convertedFrom?.id : undefined;
  if (after.kind === 'scalar' && source !== undefined) return [{ kind: 'changeType', ...about, to: after.type }];
  if (former === undefined) return [{ kind: 'addAttribute', ...about, to: after.kind === 'link' ? 'record' : after.type }];
  const changes: TemplateChange[] = published === undefined ? [{ kind: 'restoreAttribute', ...about }] : [];
  if (former.required !== after.required) changes.push({ kind: after.required ? 'makeRequired' : 'makeOptional', ...about });
  if (former.logChanges !== after.logChanges) changes.push({ kind: after.logChanges === true ? 'logChanges' : 'logNoChanges', ...about });
  if (JSON.stringify(former.validation ?? null) !== JSON.stringify(after.validation ?? null)) changes.push({ kind: 'changeValidation', ...about, to: after.validation === undefined ? '' : `=${after.validation.expression}` });
  if (former.kind === 'scalar' && after.kind === 'scalar') changes.push(...scalarChanges(former, after, about));
  else if (former.kind === 'link' && after.kind === 'link' && linkRules(former) !== linkRules(after)) changes.push({ kind: 'changeLink', ...about });
  return changes;
}

/** What may change about a link without rebuilding it. */
const linkRules = ({ multiple, inverse, deleteLinked, relation }: LinkAttribute): string => JSON.stringify([multiple, inverse, deleteLinked, relation.storage === 'column' && relation.unique]);

function scalarChanges(before: ScalarAttribute, after: ScalarAttribute, about: { template: string; attribute: string }): readonly TemplateChange[] {
  const changes: TemplateChange[] = [];
  if (before.unique !== after.unique) changes.push({ kind: after.unique ? 'makeUnique' : 'makeNotUnique', ...about });
  if (before.indexed !== after.indexed) changes.push({ kind: after.indexed === true ? 'makeIndexed' : 'makeNotIndexed', ...about });
  if (before.order !== after.order) changes.push({ kind: 'changeOrder', ...about, to: after.order ?? 'code' });
  if (before.searchable !== after.searchable) changes.push({ kind: after.searchable === true ? 'makeSearchable' : 'makeNotSearchable', ...about });
  const added = (after.values ?? []).filter((value) => before.values?.includes(value) !== true);
  if (added.length > 0) changes.push({ kind: 'addEnumValues', ...about, to: added.join(', ') });
  if (String(before.default ?? '') !== String(after.default ?? '')) changes.push({ kind: 'changeDefault', ...about, to: String(after.default ?? '') });
  if (before.decimals !== after.decimals) changes.push({ kind: 'changeDecimals', ...about, to: String(after.decimals ?? '') });
  const masks = [before.mask, after.mask].map((mask) => (typeof mask === 'object' ? mask.pattern : (mask ?? '')));
  if (masks[0] !== masks[1]) changes.push({ kind: 'changeMask', ...about, to: masks[1] ?? '' });
  const schemes = [before.schemes, after.schemes].map((list) => (list ?? []).join(', '));
  if (schemes[0] !== schemes[1]) changes.push({ kind: 'changeSchemes', ...about, to: schemes[1] ?? '' });
  return changes;
}

function hiddenAttributes(before: Template | undefined, after: Template): readonly TemplateChange[] {
  const kept = new Set(after.attributes.flatMap((attribute) => [attribute.id, ...(attribute.kind === 'scalar' && attribute.convertedFrom !== undefined ? [attribute.convertedFrom.id] : [])]));
  return (before?.attributes ?? [])
    .filter((attribute) => !kept.has(attribute.id))
    .map((attribute) => ({ kind: 'hideAttribute', template: after.name, attribute: attribute.name }));
}
