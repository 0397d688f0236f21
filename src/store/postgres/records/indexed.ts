/** What the indexes of a record table can answer. */
import { queriedAttribute } from '../../../core/filter.ts';
import { filterAttributes, type Filter, type RecordQuery } from '../../../core/query.ts';
import { attributeNamed } from '../../../core/template-catalogue.ts';
import type { Template } from '../../../core/template.ts';
import { ownsColumn } from './physical-names.ts';

/** Conditions and orders by it go by an index of its values alone. */
export const isUnique = (template: Template, name: string): boolean => {
  if (name === 'id') return true;
  const attribute = attributeNamed(template, name);
  return attribute?.kind === 'scalar' && attribute.unique;
};

/** It has an index in which archived records stand apart and the id decides among equals. */
export function isOrdered(template: Template, name: string): boolean {
  if (name === '_createdAt' || name === '_changedAt') return true;
  const attribute = attributeNamed(template, name);
  return attribute?.kind === 'scalar' && attribute.indexed === true;
}

export const namesOrdered = (template: Template, filter: Filter | undefined): boolean => filter !== undefined && filterAttributes(filter).some((name) => isOrdered(template, name));

/** Whether the condition says which of archived and other records are wanted. */
export function decidesArchived(filter: Filter | undefined): boolean {
  if (filter?.op === 'and') return filter.of.some(decidesArchived);
  return filter?.op === 'eq' && filter.attribute === '_archived' && filter.value !== null;
}

/** Names by which a query would have to look at all records. */
export function unindexedNames(template: Template, query: Pick<RecordQuery, 'filter' | 'sort'>): readonly string[] {
  const filtered = query.filter === undefined ? [] : filterAttributes(query.filter).filter((name) => !answersCondition(template, name));
  const sorted = query.sort.map(({ attribute }) => attribute).filter((name) => !isUnique(template, name) && !isOrdered(template, name));
  return [...new Set([...filtered, ...sorted])];
}

function answersCondition(template: Template, name: string): boolean {
  if (name === '_archived' || isUnique(template, name) || isOrdered(template, name)) return true;
  const queried = queriedAttribute(template, name);
  const attribute = attributeNamed(template, name);
  return queried.kind === 'links' || (attribute !== undefined && ownsColumn(attribute));
}
