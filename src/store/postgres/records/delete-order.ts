/** Deletes in the order that foreign keys allow: whoever links goes before whom it links to. */
import type { Relation, Template } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';
import { compareTexts } from './create-order.ts';
import { orderByLinks, type Edge } from './link-order.ts';
import type { NetDelete } from './net-writes.ts';
import { ownsColumn } from './physical-names.ts';
import { alikeStatements, type Many } from './alike.ts';
import { deleteTogether } from './together-statements.ts';
import { clearLinkRows, deleteStatement, emptyLinkColumn } from './write-statements.ts';

interface Group {
  template: Template;
  writes: Many<NetDelete>;
}

export function deleteStatements(deletes: readonly NetDelete[], versionOf: (write: NetDelete) => Template): readonly Statement[] {
  if (deletes.length === 0) return [];
  const groups = groupsOf(deletes, versionOf);
  const { ordered, circular } = orderGroups(groups);
  return [...[...groups.values()].flatMap(linkRows), ...circular, ...ordered.flatMap(groupStatements)];
}

function groupsOf(deletes: readonly NetDelete[], versionOf: (write: NetDelete) => Template): ReadonlyMap<string, Group> {
  const writes = Map.groupBy(deletes, ({ template }) => template);
  return new Map(
    [...writes].sort(([left], [right]) => compareTexts(left, right)).flatMap(([id, [first, ...more]]) => (first === undefined ? [] : [[id, { template: versionOf(first), writes: [first, ...more] }]])),
  );
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

/** Records of a template that links to itself go by one statement, so that the order among them does not matter. */
function groupStatements({ template, writes }: Group): readonly Statement[] {
  const linksToItself = template.attributes.some((attribute) => ownsColumn(attribute) && attribute.relation.other === template.id);
  return linksToItself ? [deleteTogether(writes)] : alikeStatements(writes, { shapeOf: () => '', rowOf: ({ id }) => id, one: deleteStatement, together: deleteTogether });
}

/** Links kept as rows are values of the records that show them, and go with them. */
function linkRows({ template, writes }: Group): readonly Statement[] {
  const ids = writes.map(({ id }) => id);
  return template.attributes.flatMap((attribute) => (attribute.kind === 'link' && attribute.relation.storage === 'table' ? [clearLinkRows(attribute.relation, attribute.side, ids)] : []));
}
