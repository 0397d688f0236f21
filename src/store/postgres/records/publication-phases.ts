/**
 * The phases of a publication. `expand` and `tighten` only add what no version that runs is hindered by; `switchTables` is
 * what all versions notice at once, quick, in the transaction that brings the new ones; `settle` clears away behind it.
 * Every step looks first, so each phase may be interrupted and begun again.
 */
import type { Template } from '../../../core/template.ts';
import { limits } from '../../../core/limits.ts';
import type { ChangePosition } from '../../../core/publishing.ts';
import type { Queryable } from '../statement.ts';
import { changedAfter } from './conversion-pages.ts';
import { conversionStatements } from './conversion-write.ts';
import { converted } from './convert.ts';
import type { Ddl } from './ddl.ts';
import { addColumn, addLinkTable, alterKey, columnKey, dropIndex, ensureFilled, ensureForeignKey, ensureIndexes, ensureSearch, ensureSystemIndexes, ensureTable, linkKeys, needlessIndexes, needlessSearch } from './ensure.ts';
import { linkTableName, table, tableName } from './physical-names.ts';
import { readPhysicalState, type PhysicalState } from './physical-state.ts';
import type { PublicationWork } from './publication-work.ts';
import { linkTableShapes, tableShape, type ColumnShape } from './table-shape.ts';

/** Tables, columns and link tables. */
export async function expand(ddl: Ddl, { shapes, links, newest }: PublicationWork): Promise<void> {
  for (const shape of shapes) await ensureTable(ddl, shape);
  const state = await readPhysicalState(ddl.session);
  for (const { template, columns } of shapes) for (const column of columns) if (state.columns.get(tableName(template.id))?.has(column.name) !== true) await addColumn(ddl, template, column);
  for (const link of links) await addLinkTable(ddl, state, link, newest);
}

/** Indexes and rules, once the values are there. */
export async function tighten(ddl: Ddl, { shapes, isNew, isConverted }: PublicationWork): Promise<void> {
  const state = await readPhysicalState(ddl.session);
  for (const { template, columns } of shapes) {
    for (const column of columns) {
      // Whoever writes the former column leaves a converted one empty until the switch.
      if (!isConverted(column)) await ensureFilled(ddl, state, template, column);
      const key = columnKey(template, column);
      if (key !== null && isNew(template, column)) await ensureForeignKey(ddl, state, template.name, key);
      await ensureIndexes(ddl, state, template, column);
    }
    await ensureSystemIndexes(ddl, state, template);
    await ensureSearch(ddl, state, template);
  }
}

/**
 * In the transaction of the switch: nobody else writes the tables of conversions from here on, what was written since
 * `position` is converted, and rules that only the former versions kept hold no more. False when more was written than may
 * be converted while everybody waits; the transaction has to be rolled back then.
 */
export async function switchTables(client: Queryable, work: PublicationWork, position: ChangePosition | null): Promise<boolean> {
  const state = await readPhysicalState(client);
  const alterations = alterationsOf(state, work);
  const tables = [...new Set(work.conversions.map(([{ template }]) => table(template.id)))].sort();
  const altered = tables.some((name) => alterations.some((text) => text.startsWith(`ALTER TABLE ${name} `)));
  await client.query({ text: `SET LOCAL lock_timeout = ${limits.publishLockMs.value}`, values: [] });
  // A lock that grows would wait for readers that wait for it.
  if (tables.length > 0) await client.query({ text: `LOCK TABLE ${tables.join(', ')} IN ${altered ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE'} MODE`, values: [] });
  if (position !== null && !(await convertRest(client, work, position))) return false;
  for (const text of alterations) await client.query({ text, values: [] });
  return true;
}

async function convertRest(client: Queryable, { conversions }: PublicationWork, from: ChangePosition): Promise<boolean> {
  if (conversions.length === 0) return true;
  const most = limits.conversionRest.value;
  const { groups, changes } = await changedAfter(client, conversions, from, most + 1, true);
  if (changes > most) return false;
  for (const group of groups) for (const statement of conversionStatements((await converted(client, group.conversions, group.rows)).write)) await client.query(statement);
  return true;
}

function alterationsOf(state: PhysicalState, { shapes, links, isNew }: PublicationWork): readonly string[] {
  const ofColumns = shapes.flatMap(({ template, columns }) =>
    columns.flatMap((column) => {
      const key = isNew(template, column) ? null : columnKey(template, column);
      const changes = [...(isNew(template, column) ? [] : presetChange(state, template, column)), ...checkChange(state, column)];
      const alterKeyText = key === null ? null : alterKey(state, key);
      return [...(changes.length === 0 ? [] : [`ALTER TABLE ${table(template.id)} ${changes.join(', ')}`]), ...(alterKeyText === null ? [] : [alterKeyText])];
    }),
  );
  return [...ofColumns, ...links.flatMap((link) => linkKeys(link).flatMap((key) => alterKey(state, key) ?? []))];
}

function presetChange(state: PhysicalState, template: Template, { name, preset }: ColumnShape): readonly string[] {
  if (preset !== null) return [`ALTER COLUMN ${name} SET DEFAULT ${preset}`];
  return state.columns.get(tableName(template.id))?.get(name)?.preset === true ? [`ALTER COLUMN ${name} DROP DEFAULT`] : [];
}

/** A converted column that has to be filled gets its rule once no run of an older version leaves it empty any more. */
const checkChange = (state: PhysicalState, { required, check }: ColumnShape): readonly string[] => (!required && state.constraints.has(check) ? [`DROP CONSTRAINT IF EXISTS ${check}`] : []);

/** Of these templates as nodes work by them now. Whatever is left undone here is done by housekeeping. */
export async function settle(ddl: Ddl, templates: readonly Template[], all: readonly Template[]): Promise<void> {
  const state = await readPhysicalState(ddl.session);
  const validate = async (template: string, of: string, key: string): Promise<void> => {
    if (state.constraints.get(key)?.validated === false) await ddl.run(template, `ALTER TABLE ${of} VALIDATE CONSTRAINT ${key}`);
  };
  for (const { template, columns } of templates.map(tableShape)) {
    for (const column of columns) {
      if (column.required) await validate(template.name, table(template.id), column.check);
      // Left by a publication that was given up.
      else if (state.constraints.has(column.check)) await ddl.run(template.name, `ALTER TABLE ${table(template.id)} DROP CONSTRAINT IF EXISTS ${column.check}`);
      if (column.link !== undefined) await validate(template.name, table(template.id), column.link.key);
      for (const index of needlessIndexes(state, column)) await dropIndex(ddl, template, index);
    }
    for (const index of needlessSearch(state, template)) await dropIndex(ddl, template, index);
  }
  for (const shape of linkTableShapes(all, new Set(templates.map(({ id }) => id)))) {
    if (state.columns.has(linkTableName(shape.relation))) for (const key of linkKeys(shape)) await validate('*', key.table, key.key);
  }
}
