/**
 * The SQL of many writes at once. What joins the rows to a table is not kept prepared: a plan for any rows, made while the table
 * was small, would read all of it for each of them when it has grown.
 */
import type { Relation, Template } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';
import type { Many } from './alike.ts';
import type { PlannedCreate } from './create-order.ts';
import type { ColumnLink, TableLink } from './link-writes.ts';
import type { NetDelete, NetUpdate } from './net-writes.ts';
import { linkTable, relationColumn, table } from './physical-names.ts';
import { ownAttributes, parameterOf, type OwnAttribute } from './row-values.ts';
import { typeOfColumn, ValueLists } from './value-lists.ts';

export interface PlannedUpdate {
  write: NetUpdate;
  template: Template;
}

/** Of one template version, by one author in one way, all of them archived or none. */
export function createTogether(creates: Many<PlannedCreate>): Statement {
  const [{ template, write: first }] = creates;
  const own = ownAttributes(template);
  const archived = first.archived === true;
  const lists = new ValueLists([first.by, first.origin]);
  const id = lists.add(creates.map(({ write }) => write.id), 'uuid');
  const values = own.map(({ attribute }) => `, ${lists.add(creates.map(({ write }) => parameterOf(attribute, write.values[attribute.name] ?? null)), typeOfColumn(attribute))}`).join('');
  return {
    name: `rec_cs${archived ? 'a' : ''}_${template.id}_${template.version}`,
    text: `INSERT INTO ${table(template.id)} (id, version, created_at, created_by, changed_at, changed_by, origin${archived ? ', archived' : ''}${own.map(({ column }) => `, ${column}`).join('')})
      SELECT ${id}, 1, now(), $1::text, now(), $1::text, $2::text${archived ? ', true' : ''}${values} FROM ${lists.from}`,
    values: lists.values,
    about: { template: template.id },
  };
}

/** Of one template version, by one author in one way; each may change other attributes. */
export function updateTogether(updates: Many<PlannedUpdate>): Statement {
  const [{ template, write: first }] = updates;
  const lists = new ValueLists([first.by, first.origin]);
  const id = lists.add(updates.map(({ write }) => write.id), 'uuid');
  const version = lists.add(updates.map(({ write }) => write.version), 'int');
  const archived = updates.some(({ write }) => write.archived !== undefined) ? `, archived = COALESCE(${lists.add(updates.map(({ write }) => write.archived ?? null), 'boolean')}, r.archived)` : '';
  const assignments = ownAttributes(template).map((own) => assignment(own, updates, lists)).join('');
  return {
    text: `UPDATE ${table(template.id)} AS r SET version = r.version + 1, changed_at = now(), changed_by = $1::text, origin = $2::text${archived}${assignments} FROM ${lists.from} WHERE r.id = ${id} AND r.version = ${version} RETURNING 1`,
    values: lists.values,
    expect: { rows: updates.length, otherwise: { kind: 'conflict', template: template.id } },
    about: { template: template.id },
  };
}

/** Rows that do not write the attribute keep what they have. */
function assignment({ attribute, column }: OwnAttribute, updates: Many<PlannedUpdate>, lists: ValueLists): string {
  const writes = updates.map(({ write }) => write.values[attribute.name] !== undefined);
  if (!writes.includes(true)) return '';
  const value = lists.add(updates.map(({ write }) => parameterOf(attribute, write.values[attribute.name] ?? null)), typeOfColumn(attribute));
  return `, ${column} = ${writes.includes(false) ? `CASE WHEN ${lists.add(writes, 'boolean')} THEN ${value} ELSE r.${column} END` : value}`;
}

/** Of one template. */
export function deleteTogether(deletes: Many<NetDelete>): Statement {
  const [{ template }] = deletes;
  const lists = new ValueLists([]);
  const id = lists.add(deletes.map((write) => write.id), 'uuid');
  const version = lists.add(deletes.map((write) => write.version), 'int');
  return {
    text: `DELETE FROM ${table(template)} AS r USING ${lists.from} WHERE r.id = ${id} AND r.version = ${version} RETURNING 1`,
    values: lists.values,
    expect: { rows: deletes.length, otherwise: { kind: 'conflict', template } },
    about: { template },
  };
}

/** Of one relation, one kind and one author, no owner twice. */
export function columnLinksTogether(links: Many<ColumnLink>): Statement {
  const [{ write: first, relation, ownerWritten }] = links;
  const column = relationColumn(relation);
  const lists = new ValueLists(ownerWritten ? [] : [first.by, first.origin]);
  const { owner, other } = endsOf(links, lists);
  const about = { template: relation.owner };
  const update = `UPDATE ${table(relation.owner)} AS r SET ${ownerWritten ? '' : 'version = r.version + 1, changed_at = now(), changed_by = $1::text, origin = $2::text, '}${column}`;
  if (first.op === 'unlink') return { text: `${update} = NULL FROM ${lists.from} WHERE r.id = ${owner} AND r.${column} = ${other}`, values: lists.values, about };
  return { text: `${update} = ${other} FROM ${lists.from} WHERE r.id = ${owner} RETURNING 1`, values: lists.values, about, expect: { rows: links.length, otherwise: { kind: 'conflict', ...about } } };
}

/** Of one relation and one kind. */
export function tableLinksTogether(links: Many<TableLink>): Statement {
  const [{ write: first, relation }] = links;
  const lists = new ValueLists([]);
  const { owner, other } = endsOf(links, lists);
  const about = { template: relation.owner };
  if (first.op === 'unlink') return { text: `DELETE FROM ${linkTable(relation)} AS l USING ${lists.from} WHERE l.owner = ${owner} AND l.other = ${other}`, values: lists.values, about };
  const text = `INSERT INTO ${linkTable(relation)} (owner, other) SELECT ${owner}, ${other} FROM ${lists.from} ON CONFLICT (owner, other) DO NOTHING`;
  return { name: `rec_tls_${relation.id}`, text, values: lists.values, about };
}

const endsOf = (links: readonly { write: { owner: string; other: string }; relation: Relation }[], lists: ValueLists): { owner: string; other: string } => ({
  owner: lists.add(links.map(({ write }) => write.owner), 'uuid'),
  other: lists.add(links.map(({ write }) => write.other), 'uuid'),
});
