/** Deletes in the order that foreign keys allow: whoever links goes before whom it links to. */
import type { Relation, Template } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';
import { compareTexts } from './create-order.ts';
import { orderByLinks, type Edge } from './link-order.ts';
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

/** A circle of templates is opened by emptying an optional link first; one of required links is left to the foreign keys. */
function orderGroups(groups: ReadonlyMap<string, Group>): { ordered: readonly Group[]; circular: readonly Statement[] } {
  const nodes = [...groups.values()];
  const { ordered, broken } = orderByLinks(nodes, nodes.flatMap((group) => edgesOf(group, groups)));
  return { ordered: ordered.toReversed(), circular: broken.map(({ from, relation }) => emptyLinkColumn(relation, from.writes.map(({ id }) => id))) };
}

type GroupEdge = Edge<Group> & { relation: Extract<Relation, { storage: 'column' }> };

function edgesOf(group: Group, groups: ReadonlyMap<string, Group>): readonly GroupEdge[] {
  return group.template.attributes.flatMap((attribute) => {
    if (!ownsColumn(attribute) || attribute.relation.other === group.template.id) return [];
    const to = groups.get(attribute.relation.other);
    return to === undefined ? [] : [{ from: group, to, attribute: attribute.name, required: attribute.required, relation: attribute.relation }];
  });
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
