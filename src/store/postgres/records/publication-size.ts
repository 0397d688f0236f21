/** Whether a publication has more to do than a caller should wait for: many values to convert, or a large table to look through. */
import { limits } from '../../../core/limits.ts';
import type { Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { countRecords } from './conversion-pages.ts';
import { conversionsOf, grouped } from './convert.ts';
import { lacksSearch, missingIndexes } from './ensure.ts';
import { table, tableName } from './physical-names.ts';
import { hasManyRows, readPhysicalState, type PhysicalState } from './physical-state.ts';
import { tableShape } from './table-shape.ts';

/** `templates`: the versions that the publication brings. */
export async function takesLong(client: Queryable, templates: readonly Template[]): Promise<boolean> {
  return (await convertsMany(client, templates)) || (await looksThroughLarge(client, templates));
}

async function convertsMany(client: Queryable, templates: readonly Template[]): Promise<boolean> {
  const most = limits.conversionInCall.value;
  let count = 0;
  for (const conversions of grouped(templates.flatMap((template) => conversionsOf(template, new Set([template.version]))))) {
    count += await countRecords(client, conversions, most + 1);
    if (count > most) return true;
  }
  return false;
}

/** For an index, or to see that a rule holds. */
async function looksThroughLarge(client: Queryable, templates: readonly Template[]): Promise<boolean> {
  const state = await readPhysicalState(client);
  for (const template of templates) if (state.columns.has(tableName(template.id)) && looksThrough(state, template) && (await hasManyRows(client, table(template.id)))) return true;
  return false;
}

const looksThrough = (state: PhysicalState, template: Template): boolean =>
  lacksSearch(state, template) || tableShape(template).columns.some((column) => missingIndexes(state, column).length > 0 || (column.required && state.constraints.get(column.check)?.validated !== true));
