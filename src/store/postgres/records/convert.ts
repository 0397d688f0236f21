/**
 * Values on their way from the column of an attribute to the column of its next shape. The old column stays as it is,
 * so that versions that still run keep working on it and the change can be taken back; record versions do not grow.
 */
import { builtInRoles } from '../../../core/access/role.ts';
import { convertValue } from '../../../core/attribute-conversion.ts';
import { Decimal } from '../../../core/decimal.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import { shown } from '../../../core/scalar.ts';
import type { Attribute, Scalar, ScalarAttribute, Template } from '../../../core/template.ts';
import type { ConversionPreview } from '../../../core/template-conversion.ts';
import type { Queryable } from '../statement.ts';
import { boundScalar } from './bound-scalar.ts';
import type { Ddl } from './ddl.ts';
import { column, table } from './physical-names.ts';
import { scalarOfColumn } from './record-rows.ts';
import { columnType } from './table-shape.ts';

/** Roles that are there now: built-in ones, and those of the configuration. */
export async function rolesNow(client: Queryable, wanted: readonly Pick<Attribute, 'kind'>[]): Promise<(name: string) => boolean> {
  if (!wanted.some((attribute) => 'type' in attribute && attribute.type === 'role')) return () => false;
  const { rows } = await client.query<{ name: string }>({ text: `SELECT name FROM zveno.configuration_object WHERE kind = 'Role'`, values: [] });
  const names = new Set([...builtInRoles, ...rows].map(({ name }) => name));
  return (name) => names.has(name);
}

export interface Conversion {
  template: Template;
  from: ScalarAttribute;
  to: ScalarAttribute;
  /** Only what has changed since `to` was hidden: it comes back with its values. */
  changesOnly: boolean;
}

/** Conversions that came with these versions of the template. */
export function conversionsOf(template: Template, versions: ReadonlySet<number>): readonly Conversion[] {
  return template.attributes.flatMap((to) => {
    if (to.kind !== 'scalar' || to.convertedFrom === undefined || !versions.has(to.convertedFrom.version)) return [];
    const from = template.hidden?.find((attribute) => attribute.id === to.convertedFrom?.id);
    return from?.kind === 'scalar' ? [{ template, from, to, changesOnly: to.convertedFrom.changesOnly === true }] : [];
  });
}

/** May be interrupted and begun again: rows that have a value already are left alone. */
export async function convertRows(ddl: Ddl, conversion: Conversion): Promise<void> {
  const { session } = ddl;
  const [now] = (await session.query<{ at: string }>({ text: 'SELECT clock_timestamp()::text AS at', values: [] })).rows;
  if (!conversion.changesOnly) {
    for await (const rows of unconverted(session, conversion)) await write(ddl, conversion, rows, true);
  }
  // Runs of the old version went on meanwhile: what they wrote to the old column is taken over.
  for await (const rows of changedRows(session, conversion, conversion.changesOnly ? '-infinity' : (now?.at ?? '-infinity'))) await write(ddl, conversion, rows, false);
}

interface Row {
  id: string;
  value: Scalar;
}

const batch = 1_000;

async function* unconverted(session: Queryable, { template, from, to }: Conversion): AsyncGenerator<readonly Row[]> {
  const text = `SELECT id, ${column(from)} AS value FROM ${table(template.id)} WHERE id > $1 AND ${column(from)} IS NOT NULL AND ${column(to)} IS NULL ORDER BY id LIMIT ${batch}`;
  yield* pages(session, text, [], from);
}

async function* changedRows(session: Queryable, { template, from }: Conversion, since: string): AsyncGenerator<readonly Row[]> {
  const text = `SELECT r.id, r.${column(from)} AS value FROM ${table(template.id)} AS r WHERE r.id > $1
                AND EXISTS (SELECT 1 FROM zveno.record_change AS c WHERE c.record = r.id AND c.template = $2 AND c.at >= $3::timestamptz AND c.attributes @> ARRAY[$4])
                ORDER BY r.id LIMIT ${batch}`;
  yield* pages(session, text, [template.id, since, from.id], from);
}

async function* pages(session: Queryable, text: string, values: readonly unknown[], from: ScalarAttribute): AsyncGenerator<readonly Row[]> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await session.query<{ id: string; value: unknown }>({ text, values: [after, ...values] });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(({ id, value }) => ({ id, value: scalarOfColumn(from, value) }));
    if (rows.length < batch) return;
    after = last.id;
  }
}

async function write(ddl: Ddl, { template, from, to }: Conversion, rows: readonly Row[], emptyOnly: boolean): Promise<void> {
  const isRole = await rolesNow(ddl.session, [to]);
  const converted = rows.map(({ id, value }) => {
    const result = convertValue(from, to, value, isRole);
    return { id, value: result.kind === 'lost' ? null : boundScalar(to.type, result.value) };
  });
  const written = emptyOnly ? converted.filter(({ value }) => value !== null) : converted;
  if (written.length === 0) return;
  await ddl.patiently(template.name, {
    text: `UPDATE ${table(template.id)} AS r SET ${column(to)} = w.value::${columnType(to.type)} FROM unnest($1::uuid[], $2::text[]) AS w(id, value) WHERE r.id = w.id${emptyOnly ? ` AND r.${column(to)} IS NULL` : ''}`,
    values: [written.map(({ id }) => id), written.map(({ value }) => (value instanceof Decimal ? value.toFixed() : value === null ? null : String(value)))],
  });
}

/** What would become of the values; looks at no more rows than `conversionPreviewRows`. */
export async function previewConversion(client: Queryable, conversion: Conversion): Promise<ConversionPreview> {
  const { template, from, to } = conversion;
  const preview: ConversionPreview = { template: template.name, attribute: to.name, from: from.type, to: to.type, restores: conversion.changesOnly, rows: 0, lost: 0, changed: 0, more: false, samples: [], repeated: [] };
  const seen = new Map<string, string>();
  const isRole = await rolesNow(client, [to]);
  const text = `SELECT id, ${column(from)} AS value FROM ${table(template.id)} WHERE id > $1 AND ${column(from)} IS NOT NULL ORDER BY id LIMIT ${batch}`;
  for await (const rows of conversion.changesOnly ? changedRows(client, conversion, '-infinity') : pages(client, text, [], from)) {
    for (const { id, value } of rows) look({ preview, seen, conversion, isRole }, id, value);
    if (preview.rows >= limits.conversionPreviewRows.value) return { ...preview, more: true };
  }
  return preview;
}

interface Looking {
  preview: ConversionPreview;
  /** Ids by values that have to be unique. */
  seen: Map<string, string>;
  conversion: Conversion;
  isRole: (name: string) => boolean;
}

function look({ preview, seen, conversion: { from, to }, isRole }: Looking, id: string, value: Scalar): void {
  preview.rows += 1;
  const result = convertValue(from, to, value, isRole);
  if (result.kind !== 'kept') {
    preview[result.kind] += 1;
    const kinds = preview.samples.filter((sample) => (sample.to === null) === (result.kind === 'lost'));
    if (kinds.length < 5) preview.samples.push({ id, from: shown(value), to: result.kind === 'lost' ? null : shown(result.value) });
  }
  if (!to.unique || result.kind === 'lost' || result.value === null) return;
  const key = String(result.value);
  if (seen.has(key) && preview.repeated.length < 3) preview.repeated.push(key.slice(0, 80));
  seen.set(key, id);
}

/** Throws before anything is changed when the new rules could not hold: `template.conversionLost`, `template.hasDuplicates`. */
export async function checkConversion(client: Queryable, conversion: Conversion): Promise<void> {
  const { template, to } = conversion;
  if (!to.required && !to.unique) return;
  const { lost, samples, repeated } = await previewConversion(client, conversion);
  const examples = samples.filter((sample) => sample.to === null).map(({ id, from }) => `${from} (${id})`).join(', ');
  if (to.required && lost > 0) throw failure('template.conversionLost', { template: template.name, attribute: to.name, count: lost, examples });
  if (repeated.length > 0) throw failure('template.hasDuplicates', { template: template.name, attribute: to.name, examples: repeated.join(', ') });
}

/** What was written to the old column after the switch, by runs that had begun before it; the new column's own writers know better. */
export async function takeOver(ddl: Ddl, conversion: Conversion, since: string): Promise<void> {
  const { template, from, to } = conversion;
  const text = `SELECT r.id, r.${column(from)} AS value FROM ${table(template.id)} AS r WHERE r.id > $1
                AND EXISTS (SELECT 1 FROM zveno.record_change AS c WHERE c.record = r.id AND c.template = $2 AND c.at >= $3::timestamptz AND c.attributes @> ARRAY[$4])
                AND NOT EXISTS (SELECT 1 FROM zveno.record_change AS c WHERE c.record = r.id AND c.template = $2 AND c.attributes @> ARRAY[$5])
                ORDER BY r.id LIMIT ${batch}`;
  for await (const rows of pages(ddl.session, text, [template.id, since, from.id, to.id], from)) await write(ddl, conversion, rows, false);
}
