/**
 * Compares template documents with what is published and says which new versions follow.
 * A plan only expands: nothing that holds data is rebuilt or dropped. What is no longer declared is hidden,
 * its columns stay for a while, and declaring it again in the same shape brings it back with its values. An attribute of
 * another type is a new column to which the values are converted.
 */
import type { Problem } from './failure.ts';
import { calculationProblems } from './calculation-check.ts';
import { countsOf, type ScalarDocument, type TemplateDocument } from './configuration/template-document.ts';
import { templateCatalogue } from './template-catalogue.ts';
import { conversionWay } from './attribute-conversion.ts';
import { templateChanges, type TemplateChange } from './template-changes.ts';
import { planLinks } from './template-links.ts';
import { checkReferences } from './template-reference.ts';
import { compareNames, Planning, typeOf, type Draft } from './template-planning.ts';
import type { Attribute, ScalarAttribute, Template } from './template.ts';
import { validationProblems } from './validation.ts';

export interface TemplatePlan {
  /** New versions of the templates that change, by name; empty when anything is refused. */
  templates: readonly Template[];
  changes: readonly TemplateChange[];
  /** Why this cannot be published; paths begin with the template's name. */
  refused: readonly Problem[];
}

/**
 * `current` holds the newest version of every template, removed ones included (`VersionedCatalogue.newest`);
 * `documents` are all templates that should be there after. `newId` gives eight random hexadecimal digits.
 */
export function planTemplates(current: readonly Template[], documents: readonly TemplateDocument[], newId: () => string): TemplatePlan {
  const planning = new Planning(current, documents, freshIds(current, newId));
  for (const draft of planning.drafts.values()) planScalars(planning, draft);
  planLinks(planning);
  checkReferences(planning);
  for (const draft of planning.drafts.values()) checkCounts(planning, draft);
  if (planning.refused.length > 0) return { templates: [], changes: [], refused: planning.refused };
  const planned = [...[...planning.drafts.values()].map(templateOf), ...removedTemplates(current, planning)];
  const catalogue = templateCatalogue(planned.map(({ after }) => after));
  const misread = [...calculationProblems(catalogue), ...validationProblems(catalogue)];
  if (misread.length > 0) return { templates: [], changes: [], refused: misread };
  const changed = planned.filter(({ before, after }) => !sameTemplate(before, after)).sort((left, right) => compareNames(left.after.name, right.after.name));
  return {
    templates: changed.map(({ after }) => after),
    changes: changed.flatMap(({ before, after }) => templateChanges(before, after)),
    refused: [],
  };
}

function planScalars(planning: Planning, draft: Draft): void {
  for (const document of draft.document.attributes) {
    if (document.kind === 'scalar') draft.attributes.push(planScalar(planning, draft, document));
  }
}

function planScalar(planning: Planning, draft: Draft, document: ScalarDocument): ScalarAttribute {
  const former = planning.former(draft, document.name, (attribute): attribute is ScalarAttribute => attribute.kind === 'scalar' && keepsColumn(attribute, document));
  if (former === undefined) return { ...document, id: planning.newId() };
  if (former.kind === 'scalar' && comesBack(draft, former, document)) return convertedScalar(planning, draft, former, document);
  if (former.kind === 'scalar' && keepsColumn(former, document)) return { ...document, id: former.id, ...sourceOf(draft, former) };
  if (former.kind === 'scalar' && conversionWay(former.type, document.type) !== undefined) return convertedScalar(planning, draft, former, document);
  planning.refuse(draft.document.name, document.name, 'template.typeChange', { template: draft.document.name, attribute: document.name, from: typeOf(former), to: document.type });
  return { ...document, id: planning.newId() };
}

/** Values of a former shape go to a column of their own; a shape that the attribute had before comes back with what it held. */
function convertedScalar(planning: Planning, draft: Draft, former: ScalarAttribute, document: ScalarDocument): ScalarAttribute {
  const version = (draft.current?.version ?? 0) + 1;
  const kept = draft.current?.hidden?.findLast((attribute) => attribute.name === document.name && attribute.kind === 'scalar' && keepsColumn(attribute, document) && former.convertedFrom?.id === attribute.id);
  if (kept !== undefined) return { ...document, id: kept.id, convertedFrom: { id: former.id, version, changesOnly: true } };
  return { ...document, id: planning.newId(), convertedFrom: { id: former.id, version } };
}

/** A list that was narrowed, or decimals that were cut, are as they had been: what was lost comes back rather than that the rest grows. */
function comesBack(draft: Draft, former: ScalarAttribute, document: ScalarDocument): boolean {
  const source = draft.current?.hidden?.find(({ id }) => id === former.convertedFrom?.id);
  return source?.kind === 'scalar' && shapeOf(source) === shapeOf(document) && shapeOf(former) !== shapeOf(document);
}

const shapeOf = ({ type, decimals, multiple, values }: Pick<ScalarAttribute, 'type' | 'decimals' | 'multiple' | 'values'>): string => JSON.stringify([type, decimals, multiple === true, (values ?? []).toSorted()]);

/** Remembered as long as the former column is there. */
const sourceOf = ({ current }: Draft, { convertedFrom }: ScalarAttribute): Pick<ScalarAttribute, 'convertedFrom'> =>
  convertedFrom !== undefined && current?.hidden?.some(({ id }) => id === convertedFrom.id) === true ? { convertedFrom } : {};

/** Whether values of the one shape are all values of the other. */
function keepsColumn(former: ScalarAttribute, document: ScalarDocument): boolean {
  if (former.type !== document.type) return false;
  if (document.decimals !== undefined && document.decimals < (former.decimals ?? Infinity)) return false;
  if (former.multiple === true && document.multiple !== true) return false;
  return (former.values ?? []).every((value) => document.values?.includes(value) === true);
}

function checkCounts(planning: Planning, draft: Draft): void {
  const template = draft.document.name;
  for (const [code, limit, count] of countsOf(draft.attributes, draft.document.calculated.length)) if (count > limit) planning.refuse(template, undefined, code, { template, count, limit });
}

interface PlannedTemplate {
  before: Template | undefined;
  after: Template;
}

function templateOf(draft: Draft): PlannedTemplate {
  const kept = new Set(draft.attributes.map((attribute) => attribute.id));
  const hidden = formerAttributes(draft.current).filter((attribute) => !kept.has(attribute.id));
  const { titleAttribute, referenceData, name } = draft.document;
  const after: Template = { id: draft.id, name, version: (draft.current?.version ?? 0) + 1, attributes: inDeclaredOrder(draft) };
  if (draft.document.calculated.length > 0) after.calculated = draft.document.calculated;
  if (titleAttribute !== undefined) after.titleAttribute = titleAttribute;
  if (referenceData !== undefined) after.referenceData = referenceData;
  if (hidden.length > 0) after.hidden = hidden;
  return { before: draft.current, after };
}

/** As declared; attributes implied by other templates follow by name. */
function inDeclaredOrder(draft: Draft): readonly Attribute[] {
  const declared = draft.document.attributes.map((attribute) => attribute.name);
  const rank = (name: string): number => (declared.includes(name) ? declared.indexOf(name) : declared.length);
  return [...draft.attributes].sort((left, right) => rank(left.name) - rank(right.name) || compareNames(left.name, right.name));
}

const formerAttributes = (template: Template | undefined): readonly Attribute[] => [...(template?.hidden ?? []), ...(template?.attributes ?? [])];

function removedTemplates(current: readonly Template[], planning: Planning): readonly PlannedTemplate[] {
  return current
    .filter((template) => template.retired !== true && !planning.drafts.has(template.name))
    .map((before) => ({ before, after: { id: before.id, name: before.name, version: before.version + 1, attributes: [], hidden: formerAttributes(before), retired: true } }));
}

/** Versions apart. Both are built by the same code, so their keys stand in the same order once they are printed sorted. */
const sameTemplate = (before: Template | undefined, after: Template): boolean => before !== undefined && printed(before) === printed(after);

function printed(template: Template): string {
  return JSON.stringify({ ...template, version: 0 }, (_key, value: unknown) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => compareNames(left, right))) : value;
  });
}

function freshIds(current: readonly Template[], newId: () => string): () => string {
  const used = new Set(current.flatMap((template) => [template.id, ...formerAttributes(template).map((attribute) => attribute.id)]));
  return () => {
    for (let attempt = 0; attempt < 100; attempt++) {
      const id = newId();
      if (!/^[0-9a-f]{8}$/.test(id)) throw new Error(`An id of a template or attribute is eight hexadecimal digits, not ${id}`);
      if (!used.has(id)) {
        used.add(id);
        return id;
      }
    }
    throw new Error('The source of ids repeats itself');
  };
}
