/** What would become of the values of one attribute, before anything is changed. */
import { convertValue } from '../../../core/attribute-conversion.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import { shown } from '../../../core/scalar.ts';
import type { Scalar } from '../../../core/template.ts';
import type { ConversionPreview } from '../../../core/template-conversion.ts';
import type { Queryable } from '../statement.ts';
import { valuesOf } from './conversion-pages.ts';
import type { Conversion } from './convert.ts';
import { column, table, tableName } from './physical-names.ts';
import { countUpTo, type PhysicalState } from './physical-state.ts';
import { rolesNow } from './roles-now.ts';

/** Looks at no more values than `conversionPreviewRows`. */
export async function previewConversion(client: Queryable, conversion: Conversion): Promise<ConversionPreview> {
  const { template, from, to } = conversion;
  const preview: ConversionPreview = { template: template.name, attribute: to.name, from: from.type, to: to.type, restores: conversion.changesOnly, rows: 0, lost: 0, changed: 0, more: false, samples: [], repeated: [] };
  const looking: Looking = { preview, seen: new Map(), conversion, isRole: await rolesNow(client, [conversion.to]) };
  for await (const rows of valuesOf(client, conversion)) {
    for (const { id, values } of rows) look(looking, id, values[0] ?? null);
    if (preview.rows >= limits.conversionPreviewRows.value) return { ...preview, more: true };
  }
  return preview;
}

interface Looking {
  preview: ConversionPreview;
  /** Ids by values that have to be unique. */
  seen: Map<string, string>;
  conversion: Conversion;
  readonly isRole: (name: string) => boolean;
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

/** Throws before anything is changed when the new rules could not hold: `template.hasEmpty`, `template.conversionLost`, `template.hasDuplicates`. */
export async function checkConversion(client: Queryable, state: PhysicalState, conversion: Conversion): Promise<void> {
  const { template, to } = conversion;
  if (!to.required && !to.unique) return;
  await checkFilled(client, state, conversion);
  const { lost, samples, repeated } = await previewConversion(client, conversion);
  const examples = samples.filter((sample) => sample.to === null).map(({ id, from }) => `${from} (${id})`).join(', ');
  if (to.required && lost > 0) throw failure('template.conversionLost', { template: template.name, attribute: to.name, count: lost, examples });
  if (repeated.length > 0) throw failure('template.hasDuplicates', { template: template.name, attribute: to.name, examples: repeated.join(', ') });
}

async function checkFilled(client: Queryable, state: PhysicalState, { template, from, to }: Conversion): Promise<void> {
  if (!to.required || to.default !== undefined) return;
  const kept = state.columns.get(tableName(template.id))?.has(column(to)) === true ? ` AND ${column(to)} IS NULL` : '';
  const empty = `${column(from)} IS NULL${kept}`;
  const count = await countUpTo(client, table(template.id), empty, 1_000);
  if (count === 0) return;
  const { rows } = await client.query<{ id: string }>({ text: `SELECT id FROM ${table(template.id)} WHERE ${empty} LIMIT 3`, values: [] });
  throw failure('template.hasEmpty', { template: template.name, attribute: to.name, count: String(count), examples: rows.map(({ id }) => id).join(', ') });
}
