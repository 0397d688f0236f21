/** Rows of record tables as `RecordData`. */
import { Decimal } from '../../../core/decimal.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { WantedAttributes } from '../../../core/query.ts';
import { emptyRecord } from '../../../core/record-values.ts';
import { isShownOtherwise, shownValue } from '../../../core/shown-value.ts';
import type { Attribute, LinkAttribute, RecordData, Scalar, Template } from '../../../core/template.ts';
import type { Value } from '../../../core/value.ts';
import { linkSource, valueSql } from './filter-sql.ts';
import { multipleLink } from './multiple-link.ts';

/** System columns by name, then `v0…` for single values and `l0…` for requested multiple links. */
export interface RecordRow extends Record<string, unknown> {
  id: string;
  version: number;
  created_at: string;
  created_by: string | null;
  changed_at: string;
  changed_by: string | null;
  archived: boolean;
  origin: string;
}

const systemList = 'r.id, r.version, r.created_at, r.created_by, r.changed_at, r.changed_by, r.archived, r.origin';

/** What of a record is read. */
export interface Columns {
  /** Scalars and single links. */
  singles: readonly Attribute[];
  /** Multiple links. */
  links: readonly LinkAttribute[];
}

export function columnsOf(template: Template, { attributes, links }: { attributes?: WantedAttributes | undefined; links?: readonly string[] | undefined }): Columns {
  const wanted = attributes === undefined ? undefined : new Set(attributes);
  const singles = template.attributes.filter((attribute) => (attribute.kind === 'scalar' || !attribute.multiple) && wanted?.has(attribute.name) !== false);
  return { singles, links: (links ?? []).map((name) => multipleLink(template, name)) };
}

export function selectList(template: Template, { singles, links }: Columns): string {
  const values = singles.map((attribute, index) => `, ${valueSql(template, attribute.name)} AS v${index}`);
  const lists = links.map((link, index) => {
    const { from, id, order } = linkSource(link);
    return `, ARRAY(SELECT ${id}::text FROM ${from} ORDER BY ${order} LIMIT ${limits.linkedRecords.value + 1}) AS l${index}`;
  });
  return systemList + values.join('') + lists.join('');
}

export function recordOf(template: Template, { singles, links }: Columns, row: RecordRow): RecordData {
  const values = emptyRecord<Scalar>();
  singles.forEach((attribute, index) => {
    values[attribute.name] = scalarOfColumn(attribute, row[`v${index}`]);
  });
  const lists = emptyRecord<readonly string[]>();
  const shown = shownIn(singles, values);
  links.forEach((link, index) => {
    lists[link.name] = idsOfColumn(link, row.id, row[`l${index}`]);
  });
  return {
    id: row.id,
    template: template.id,
    version: row.version,
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    archived: row.archived,
    origin: row.origin,
    values,
    links: lists,
    ...(shown === null ? {} : { shown }),
  };
}

function shownIn(singles: readonly Attribute[], values: Readonly<Record<string, Scalar>>): Record<string, Value> | null {
  let shown: Record<string, Value> | null = null;
  for (const attribute of singles) {
    if (attribute.kind === 'scalar' && isShownOtherwise(attribute)) (shown ??= emptyRecord<Value>())[attribute.name] = shownValue(attribute, values[attribute.name]);
  }
  return shown;
}

/** Connections return numbers and instants as exact text. */
export function scalarOfColumn(attribute: Attribute, value: unknown): Scalar {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') throw new Error(`column of attribute ${attribute.id} came as ${typeof value}: the connection does not use the store's type parsers`);
  return attribute.kind === 'scalar' && attribute.type === 'number' ? new Decimal(value) : value;
}

function idsOfColumn(link: LinkAttribute, record: string, value: unknown): readonly string[] {
  const ids = Array.isArray(value) ? value.map(String) : [];
  const limit = limits.linkedRecords.value;
  if (ids.length > limit) throw failure('query.tooManyLinks', { record, attribute: link.name, limit });
  return ids;
}
