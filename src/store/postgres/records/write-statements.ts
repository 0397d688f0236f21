/** The SQL of single record and link writes. Texts depend on template versions only; values are bound. */
import type { Relation, Scalar } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';
import type { PlannedCreate } from './create-order.ts';
import type { ColumnLink, TableLink } from './link-writes.ts';
import type { NetDelete } from './net-writes.ts';
import { linkTable, relationColumn, table } from './physical-names.ts';
import { ownAttributes, parameterOf, type OwnAttribute } from './row-values.ts';
import type { PlannedUpdate } from './together-statements.ts';

export function createStatement({ write, template }: PlannedCreate): Statement {
  const own = ownAttributes(template);
  const columns = own.map(({ column }) => `, ${column}`).join('');
  const parameters = own.map((_, index) => `, $${index + 4}`).join('');
  const archived = write.archived === true;
  return {
    name: `rec_c${archived ? 'a' : ''}_${template.id}_${template.version}`,
    text: `INSERT INTO ${table(template.id)} (id, version, created_at, created_by, changed_at, changed_by, origin${archived ? ', archived' : ''}${columns}) VALUES ($1, 1, now(), $2, now(), $2, $3${archived ? ', true' : ''}${parameters})`,
    values: [write.id, write.by, write.origin, ...own.map(({ attribute }) => parameterOf(attribute, write.values[attribute.name] ?? null))],
    about: { template: template.id, record: write.id },
  };
}

/**
 * One attribute has a statement of its own; more of them share one over all columns with a flag each,
 * so that the number of prepared statements stays in proportion to the attributes.
 */
export function updateStatement({ write, template }: PlannedUpdate): Statement {
  const own = ownAttributes(template);
  const changed = own.filter(({ attribute }) => write.values[attribute.name] !== undefined);
  const only = changed.length === 1 ? changed[0] : undefined;
  const shape = only === undefined ? wideShape(own, write.values) : narrowShape(only, write.values);
  const archive = write.archived === undefined ? { name: '', text: '' } : write.archived ? { name: '_a', text: ', archived = true' } : { name: '_r', text: ', archived = false' };
  return {
    name: `rec_u_${template.id}_${template.version}${only === undefined ? '' : `_${only.column}`}${archive.name}`,
    text: `UPDATE ${table(template.id)} SET version = version + 1, changed_at = now(), changed_by = $3, origin = $4${archive.text}${shape.assignments} WHERE id = $1 AND version = $2 RETURNING 1`,
    values: [write.id, write.version, write.by, write.origin, ...shape.values],
    expect: { rows: 1, otherwise: { kind: 'conflict', template: template.id, record: write.id } },
    about: { template: template.id, record: write.id },
  };
}

interface UpdateShape {
  assignments: string;
  values: readonly unknown[];
}

function narrowShape({ attribute, column }: OwnAttribute, values: Readonly<Record<string, Scalar>>): UpdateShape {
  return { assignments: `, ${column} = $5`, values: [parameterOf(attribute, values[attribute.name] ?? null)] };
}

function wideShape(own: readonly OwnAttribute[], values: Readonly<Record<string, Scalar>>): UpdateShape {
  return {
    assignments: own.map(({ column }, index) => `, ${column} = CASE WHEN ($5::boolean[])[${index + 1}] THEN $${index + 6} ELSE ${column} END`).join(''),
    values: [own.map(({ attribute }) => values[attribute.name] !== undefined), ...own.map(({ attribute }) => parameterOf(attribute, values[attribute.name] ?? null))],
  };
}

export function deleteStatement(write: NetDelete): Statement {
  return {
    name: `rec_d_${write.template}`,
    text: `DELETE FROM ${table(write.template)} WHERE id = $1 AND version = $2 RETURNING 1`,
    values: [write.id, write.version],
    expect: { rows: 1, otherwise: { kind: 'conflict', template: write.template, record: write.id } },
    about: { template: write.template, record: write.id },
  };
}

/** Rows of link tables that belong to records about to go. */
export function clearLinkRows(relation: Relation, side: 'owner' | 'other', ids: readonly string[]): Statement {
  return {
    name: `rec_lc_${relation.id}_${side}`,
    text: `DELETE FROM ${linkTable(relation)} WHERE ${side} = ANY($1::uuid[])`,
    values: [ids],
    about: { template: relation[side] },
  };
}

type Column = Extract<Relation, { storage: 'column' }>;

/** Opens a circle of links among records about to go. */
export function emptyLinkColumn(relation: Column, ids: readonly string[]): Statement {
  return {
    name: `rec_le_${relation.owner}_${relation.id}`,
    text: `UPDATE ${table(relation.owner)} SET ${relationColumn(relation)} = NULL WHERE id = ANY($1::uuid[])`,
    values: [ids],
    about: { template: relation.owner },
  };
}

/** Sets a link of a record inserted by the same set; its version is not counted up. */
export function lateLinkStatement(relation: Column, owner: string, other: string): Statement {
  return {
    name: `rec_ll_${relation.owner}_${relation.id}`,
    text: `UPDATE ${table(relation.owner)} SET ${relationColumn(relation)} = $2 WHERE id = $1 RETURNING 1`,
    values: [owner, other],
    expect: { rows: 1, otherwise: { kind: 'conflict', template: relation.owner, record: owner } },
    about: { template: relation.owner, record: owner },
  };
}

/**
 * A link written from the other side. Unlinking touches the owner only while it still holds that link;
 * linking needs the owner to exist, and the last one wins.
 */
export function columnLinkStatement({ write, relation, ownerWritten }: ColumnLink): Statement {
  const column = relationColumn(relation);
  const about = { template: relation.owner, record: write.owner };
  const update = `UPDATE ${table(relation.owner)} SET ${ownerWritten ? '' : 'version = version + 1, changed_at = now(), changed_by = $3, origin = $4, '}${column}`;
  const values = [write.owner, write.other, ...(ownerWritten ? [] : [write.by, write.origin])];
  const suffix = `${ownerWritten ? 'w' : ''}_${relation.owner}_${relation.id}`;
  if (write.op === 'unlink') return { name: `rec_lu${suffix}`, text: `${update} = NULL WHERE id = $1 AND ${column} = $2`, values, about };
  return { name: `rec_lk${suffix}`, text: `${update} = $2 WHERE id = $1 RETURNING 1`, values, about, expect: { rows: 1, otherwise: { kind: 'conflict', ...about } } };
}

export function tableLinkStatement({ write, relation }: TableLink): Statement {
  const about = { template: relation.owner, record: write.owner };
  const values = [write.owner, write.other];
  if (write.op === 'unlink') return { name: `rec_tu_${relation.id}`, text: `DELETE FROM ${linkTable(relation)} WHERE owner = $1 AND other = $2`, values, about };
  return { name: `rec_tl_${relation.id}`, text: `INSERT INTO ${linkTable(relation)} (owner, other) VALUES ($1, $2) ON CONFLICT (owner, other) DO NOTHING`, values, about };
}
