/**
 * Brings the record tables to a plan's template versions. Only expands: tables, columns, indexes and constraints are added,
 * rules are relaxed, nothing that holds values goes. Versions that still run keep working on the same columns.
 * Every step looks first, so an interrupted publication is finished by the next one.
 */
import { failure } from '../../../core/failure.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { TemplatePlan } from '../../../core/template-plan.ts';
import type { Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { checkConversion, conversionsOf, convertRows } from './convert.ts';
import { Ddl } from './ddl.ts';
import { ensureColumn, ensureIndexes, ensureLinkTable, ensureOrders, ensureRules, ensureSearch, ensureSystemIndexes, ensureTable } from './ensure.ts';
import { readPhysicalState } from './physical-state.ts';
import { checkRows } from './row-checks.ts';
import { linkTableShapes, tableShape } from './table-shape.ts';
import { insertTemplates, loadNewestTemplates, markReady, unfinishedTemplates } from './template-rows.ts';

export interface PublishOptions {
  /** The configuration revision that will show these versions; nodes load them only then. */
  revision: number;
  clock: Clock;
  log: Log;
  signal?: AbortSignal;
}

/** Any number that nobody else locks in this database. */
export const publicationLock = 7_310_005;

/**
 * `session` is one connection outside a transaction. Also to be called with an empty plan: it finishes what an earlier,
 * interrupted publication began. Throws `template.invalid` with the plan's refusals, `template.hasDuplicates`, `template.hasEmpty`,
 * `template.requiredNeedsDefault` (nothing was changed), `template.outdated` (plan again) or `template.busy` (try again later).
 */
export async function publishTemplates(session: Queryable, plan: TemplatePlan, options: PublishOptions): Promise<void> {
  if (plan.refused.length > 0) throw failure('template.invalid', { template: plan.refused[0]?.path.split('.')[0] ?? '', count: plan.refused.length }, { problems: plan.refused });
  const ddl = new Ddl(session, options);
  await ddl.lock(publicationLock);
  try {
    const before = await readPhysicalState(session);
    await checkRows(session, before, plan.templates);
    for (const template of plan.templates) for (const conversion of conversionsOf(template, new Set([template.version]))) await checkConversion(session, conversion);
    await announce(session, plan.templates, options.revision);
    await bringTables(session, ddl);
    await markReady(session, options.revision);
  } finally {
    await ddl.unlock(publicationLock);
  }
}

/** The rows come before the tables, so that ids survive whatever happens next. */
async function announce(session: Queryable, templates: readonly Template[], revision: number): Promise<void> {
  if (templates.length === 0) return;
  await session.query({ text: 'BEGIN', values: [] });
  const taken = await insertTemplates(session, templates, revision).catch(async (error: unknown) => {
    await session.query({ text: 'ROLLBACK', values: [] });
    throw error;
  });
  await session.query({ text: taken.length === 0 ? 'COMMIT' : 'ROLLBACK', values: [] });
  const template = templates.find(({ id }) => taken.includes(id));
  if (template !== undefined) throw failure('template.outdated', { template: template.name, version: template.version });
}

async function bringTables(session: Queryable, ddl: Ddl): Promise<void> {
  const concerned = await unfinishedTemplates(session);
  const newest = await loadNewestTemplates(session);
  const shapes = newest.filter(({ id }) => concerned.has(id)).map(tableShape);
  const conversions = newest.flatMap((template) => conversionsOf(template, concerned.get(template.id) ?? new Set()));
  for (const shape of shapes) await ensureTable(ddl, shape);
  const state = await readPhysicalState(session);
  for (const shape of shapes) for (const column of shape.columns) await ensureColumn(ddl, state, shape.template, column);
  for (const shape of linkTableShapes(newest, new Set(concerned.keys()))) await ensureLinkTable(ddl, state, shape, newest);
  for (const conversion of conversions) await convertRows(ddl, conversion);
  for (const { template, columns } of shapes) {
    for (const column of columns) {
      await ensureRules(ddl, state, template, column);
      await ensureIndexes(ddl, state, template, column);
      await ensureOrders(ddl, state, template, column);
    }
    await ensureSystemIndexes(ddl, state, template);
    await ensureSearch(ddl, state, template);
  }
}
