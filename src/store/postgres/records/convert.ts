/**
 * Values on their way from the column of an attribute to the column of its next shape. The old column stays as it is,
 * so that versions that still run keep working on it and the change can be taken back; record versions do not grow.
 */
import { convertValue } from '../../../core/attribute-conversion.ts';
import type { ConversionWrite, LostValue } from '../../../core/conversion-write.ts';
import { failure } from '../../../core/failure.ts';
import { shown } from '../../../core/scalar.ts';
import type { Scalar, ScalarAttribute, Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { rolesNow } from './roles-now.ts';

export interface Conversion {
  template: Template;
  from: ScalarAttribute;
  to: ScalarAttribute;
  /** Only what has changed since `to` was hidden: it comes back with its values. */
  changesOnly: boolean;
}

/** Conversions of one template that look at the same records. */
export type Conversions = readonly [Conversion, ...Conversion[]];

/** Conversions that came with these versions of the template. */
export function conversionsOf(template: Template, versions: ReadonlySet<number>): readonly Conversion[] {
  return template.attributes.flatMap((to) => {
    if (to.kind !== 'scalar' || to.convertedFrom === undefined || !versions.has(to.convertedFrom.version)) return [];
    const from = template.hidden?.find((attribute) => attribute.id === to.convertedFrom?.id);
    return from?.kind === 'scalar' ? [{ template, from, to, changesOnly: to.convertedFrom.changesOnly === true }] : [];
  });
}

/** Those that one pass over a table can do together. A shape that comes back is looked at alone: another attribute's change must not touch its values. */
export function grouped(conversions: readonly Conversion[]): readonly Conversions[] {
  const groups = Map.groupBy(conversions, ({ template, to, changesOnly }) => `${template.id}${changesOnly ? ` ${to.id}` : ''}`);
  return [...groups.values()].flatMap(([first, ...rest]) => (first === undefined ? [] : [[first, ...rest] as const]));
}

export interface FormerValues {
  id: string;
  /** In the order of the conversions. */
  values: readonly Scalar[];
}

export interface Converted {
  write: ConversionWrite;
  lost: readonly LostValue[];
  /** Values of which something went. */
  changed: number;
}

/** Throws `template.conversionLost` or `template.hasEmpty` when an attribute that has to be filled would be empty, unless that is put up with. */
export async function converted(client: Queryable, conversions: Conversions, rows: readonly FormerValues[], { emptyAllowed = false }: { emptyAllowed?: boolean } = {}): Promise<Converted> {
  const isRole = await rolesNow(client, conversions.map(({ to }) => to));
  const lost: LostValue[] = [];
  let changed = 0;
  const columns = conversions.map((conversion, index) => ({
    attribute: conversion.to.id,
    type: conversion.to.type,
    unique: conversion.to.unique,
    values: rows.map(({ id, values }) => {
      const result = convertValue(conversion.from, conversion.to, values[index] ?? null, isRole);
      if (result.kind === 'changed') changed += 1;
      if (result.kind === 'lost') lost.push(lostValue(conversion, id, values[index] ?? null, emptyAllowed));
      const value = result.kind === 'lost' ? null : result.value;
      return value ?? emptied(conversion, id, emptyAllowed);
    }),
  }));
  return { write: { template: conversions[0].template.id, records: rows.map(({ id }) => id), columns }, lost, changed };
}

function lostValue({ template, to }: Conversion, record: string, value: Scalar, emptyAllowed: boolean): LostValue {
  const text = shown(value);
  if (to.required && !emptyAllowed) throw failure('template.conversionLost', { template: template.name, attribute: to.name, count: 1, examples: `${text} (${record})` });
  return { record, attribute: to.name, value: text, to: to.type };
}

/** An attribute that has to be filled takes its default where there was no value. */
function emptied({ template, to }: Conversion, record: string, emptyAllowed: boolean): Scalar {
  if (!to.required) return null;
  if (to.default === undefined && emptyAllowed) return null;
  if (to.default === undefined) throw failure('template.hasEmpty', { template: template.name, attribute: to.name, count: '1', examples: record });
  return to.default;
}
