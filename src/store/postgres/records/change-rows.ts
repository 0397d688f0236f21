/** The `record_change` rows of a set: what changed, for the change log, deltas and the live view. */
import type { Origin } from '../../../core/effect-set.ts';
import type { Statement } from '../statement.ts';
import { table } from './physical-names.ts';
import { ValueLists } from './value-lists.ts';

export interface ChangeRow {
  template: string;
  record: string;
  /** After the change; of a deleted record the last one it had. */
  version: number;
  op: 'create' | 'update' | 'delete';
  /** Attribute ids. */
  attributes: readonly string[];
  /** JSON of what the logged ones held and hold; null when none is logged. */
  values: string | null;
  origin: Origin;
  by: string | null;
}

/** A link change of a record that the set does not write otherwise; its version is the one it has by then. */
export interface LinkChange {
  template: string;
  record: string;
  op: 'link' | 'unlink';
  attribute: string;
  /** The record on the other side; null when neither side is logged. */
  other: string | null;
  origin: Origin;
  by: string | null;
}

export interface SetIdentity {
  id: string;
  run: string | null;
}

export function changeRowsStatement(rows: readonly ChangeRow[], set: SetIdentity): Statement {
  const lists = new ValueLists([set.run, set.id]);
  const of = (value: (row: ChangeRow) => string | number | null, type = 'text'): string => lists.add(rows.map(value), type);
  const columns = [
    of(({ template }) => template),
    of(({ record }) => record, 'uuid'),
    of(({ version }) => version, 'int'),
    of(({ op }) => op),
    `string_to_array(${of(({ attributes }) => attributes.join(','))}, ',')`,
    of(({ values }) => values, 'jsonb'),
    of(({ origin }) => origin),
    of(({ by }) => by),
  ];
  return {
    name: 'rec_changes',
    text: `INSERT INTO zveno.record_change (template, record, version, op, attributes, changes, origin, changed_by, run, set_id) SELECT ${columns.join(', ')}, $1::uuid, $2::uuid FROM ${lists.from}`,
    values: lists.values,
  };
}

/** All of one template. */
export function linkChangesStatement(template: string, changes: readonly LinkChange[], set: SetIdentity): Statement {
  return {
    name: `rec_link_changes_${template}`,
    text: `INSERT INTO zveno.record_change (template, record, version, op, attributes, linked, origin, changed_by, run, set_id)
           SELECT $1, r.id, r.version, w.op, ARRAY[w.attribute], w.linked, w.origin, w.changed_by, $8::uuid, $9::uuid
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[]) AS w(record, op, attribute, linked, origin, changed_by)
           JOIN ${table(template)} AS r ON r.id = w.record`,
    values: [
      template,
      changes.map(({ record }) => record),
      changes.map(({ op }) => op),
      changes.map(({ attribute }) => attribute),
      changes.map(({ other }) => other),
      changes.map(({ origin }) => origin),
      changes.map(({ by }) => by),
      set.run,
      set.id,
    ],
  };
}
