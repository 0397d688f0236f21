/** Link writes of a set, sorted by how their relation is stored. */
import type { LinkAttribute, Relation, Template, TemplateCatalogue } from '../../../core/template.ts';
import { compareTexts } from './create-order.ts';
import type { LinkWrite, NetWrites } from './net-writes.ts';
import { ownsColumn } from './physical-names.ts';

type Column = Extract<Relation, { storage: 'column' }>;
type Table = Extract<Relation, { storage: 'table' }>;

export interface ColumnLink {
  write: LinkWrite;
  relation: Column;
  /** The owner is written by the set itself, which counts its version up. */
  ownerWritten: boolean;
}

export interface TableLink {
  write: LinkWrite;
  relation: Table;
}

export interface SortedLinks {
  columns: readonly ColumnLink[];
  tables: readonly TableLink[];
}

/**
 * A link write to the column of a record that the set creates or updates becomes part of that write (`templateOf` says
 * with which version it was made). What concerns a deleted or vanished record is left out: its row goes anyway.
 */
export function sortLinks(net: NetWrites, templates: TemplateCatalogue, templateOf: (write: { template: string; templateVersion: number }) => Template): SortedLinks {
  const written = new Map([...net.creates, ...net.updates].map((write) => [write.id, write]));
  const created = new Set(net.creates.map(({ id }) => id));
  const gone = new Set([...net.vanished, ...net.deletes.map(({ id }) => id)]);
  const columns: ColumnLink[] = [];
  const tables: TableLink[] = [];
  for (const write of net.links) {
    const relation = relationOf(templates, write.relation);
    if (gone.has(write.owner) || net.vanished.has(write.other)) continue;
    if (relation.storage === 'table') tables.push({ write, relation });
    else {
      const owner = written.get(write.owner);
      const attribute = owner === undefined ? undefined : ownerAttribute(templateOf(owner), relation);
      if (owner === undefined || attribute === undefined) columns.push({ write, relation, ownerWritten: owner !== undefined });
      else if (write.op === 'link') owner.values[attribute.name] = write.other;
      else if (owner.values[attribute.name] === write.other) owner.values[attribute.name] = null;
      else if (!created.has(owner.id) && owner.values[attribute.name] === undefined) columns.push({ write, relation, ownerWritten: true });
    }
  }
  return { columns: columns.toSorted(byOwner), tables: tables.toSorted(byOwner) };
}

/** Links of one owner stay in the order given: it is the order they are shown in, and of a single link the last one wins. */
const byOwner = (left: ColumnLink | TableLink, right: ColumnLink | TableLink): number =>
  compareTexts(left.relation.owner, right.relation.owner) || compareTexts(left.write.owner, right.write.owner);

const ownerAttribute = (template: Template, relation: Column): LinkAttribute | undefined =>
  template.attributes.find((attribute): attribute is LinkAttribute & { relation: Column } => ownsColumn(attribute) && attribute.relation.id === relation.id);

/** Relations that were hidden meanwhile are still written by runs that began before. */
function relationOf(templates: TemplateCatalogue, id: string): Relation {
  for (const template of templates.all()) {
    for (const attribute of [...template.attributes, ...(template.hidden ?? [])]) {
      if (attribute.kind === 'link' && attribute.relation.id === id) return attribute.relation;
    }
  }
  throw new Error(`a link write names relation ${id}, which no template has`);
}
