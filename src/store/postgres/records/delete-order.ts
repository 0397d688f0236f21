/** Deletes in the order that foreign keys allow: whoever links goes before whom it links to. */
import type { Template } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';
import { compareTexts } from './create-order.ts';
import type { NetDelete } from './net-writes.ts';
import { ownsColumn } from './physical-names.ts';
import { clearLinkRows, deleteStatement, deleteTogether, emptyLinkColumn } from './write-statements.ts';

interface Group {
  template: Template;
  writes: readonly NetDelete[];
}

export function deleteStatements(deletes: readonly NetDelete[], versionOf: (write: NetDelete) => Template): readonly Statement[] {
  if (deletes.length === 0) return [];
  const groups = groupsOf(deletes, versionOf);
  const { ordered, circular } = orderGroups(groups);
  return [...[...groups.values()].flatMap(linkRows), ...circular, ...ordered.flatMap(groupStatements)];
}

function groupsOf(deletes: readonly NetDelete[], versionOf: (write: NetDelete) => Template): ReadonlyMap<string, Group> {
  const writes = Map.groupBy(deletes, ({ template }) => template);
  return new Map([...writes].sort(([left], [right]) => compareTexts(left, right)).flatMap(([id, group]) => (group[0] === undefined ? [] : [[id, { template: versionOf(group[0]), writes: group }]])));
}

/** Depth first over templates; a circle of templates is opened by emptying an optional link, a required one is left to the foreign key. */
function orderGroups(groups: ReadonlyMap<string, Group>): { ordered: readonly Group[]; circular: readonly Statement[] } {
  const reversed: Group[] = [];
  const circular: Statement[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (group: Group): void => {
    state.set(group.template.id, 'open');
    for (const attribute of group.template.attributes) {
      if (!ownsColumn(attribute) || attribute.relation.other === group.template.id) continue;
      const target = groups.get(attribute.relation.other);
      if (target === undefined) continue;
      const seen = state.get(target.template.id);
      if (seen === undefined) visit(target);
      else if (seen === 'open' && !attribute.required) circular.push(emptyLinkColumn(attribute.relation, group.writes.map(({ id }) => id)));
    }
    state.set(group.template.id, 'done');
    reversed.push(group);
  };
  for (const group of groups.values()) if (!state.has(group.template.id)) visit(group);
  return { ordered: reversed.reverse(), circular };
}

function groupStatements({ template, writes }: Group): readonly Statement[] {
  const linksToItself = template.attributes.some((attribute) => ownsColumn(attribute) && attribute.relation.other === template.id);
  return linksToItself ? [deleteTogether(template.id, writes)] : writes.map(deleteStatement);
}

/** Links kept as rows are values of the records that show them, and go with them. */
function linkRows({ template, writes }: Group): readonly Statement[] {
  const ids = writes.map(({ id }) => id);
  return template.attributes.flatMap((attribute) => (attribute.kind === 'link' && attribute.relation.storage === 'table' ? [clearLinkRows(attribute.relation, attribute.side, ids)] : []));
}
