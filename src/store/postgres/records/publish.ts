/**
 * Brings the record tables to a plan's template versions. Only expands: tables, columns, indexes and constraints are added,
 * rules are relaxed, nothing that holds values goes. Versions that still run keep working on the same columns.
 * Every step looks first, so an interrupted publication is finished by the next one.
 */
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { TemplatePlan } from '../../../core/template-plan.ts';
import type { Template } from '../../../core/template.ts';
import type { ChangePosition } from '../../../core/publishing.ts';
import type { Queryable } from '../statement.ts';
import { changedAfter, firstId, pageAfter, presentPosition } from './conversion-pages.ts';
import { checkConversion } from './conversion-preview.ts';
import { conversionStatements } from './conversion-write.ts';
import { converted, conversionsOf, type Conversions, type FormerValues } from './convert.ts';
import { Ddl, isLockTrouble, type DdlOptions } from './ddl.ts';
import { removeLeftovers } from './leftovers.ts';
import { readPhysicalState } from './physical-state.ts';
import { expand, settle, switchTables, tighten } from './publication-phases.ts';
import { workOf, type PublicationWork } from './publication-work.ts';
import { checkRows } from './row-checks.ts';
import { insertTemplates, loadReadyTemplates, markReady } from './template-rows.ts';

export interface PublishOptions extends DdlOptions {
  /** The configuration revision that will show these versions; nodes load them only then. */
  revision: number;
}

/** Any number that nobody else locks in this database. */
export const publicationLock = 7_310_005;

/**
 * `session` is one connection outside a transaction. Also to be called with an empty plan: it finishes what an earlier,
 * interrupted publication began. Throws `template.invalid` with the plan's refusals, `template.hasDuplicates`, `template.hasEmpty`,
 * `template.requiredNeedsDefault` (nothing was changed), `template.outdated` (plan again) or `template.busy` (try again later).
 */
export async function publishTemplates(session: Queryable, plan: TemplatePlan, options: PublishOptions): Promise<void> {
  refusePlan(plan);
  await underPublicationLock(session, options, async (ddl) => {
    const tables = await prepareTables(ddl, plan.templates, options.revision);
    await session.query({ text: 'BEGIN', values: [] });
    try {
      await tables.switchTo(session);
      await session.query({ text: 'COMMIT', values: [] });
    } catch (error) {
      await session.query({ text: 'ROLLBACK', values: [] });
      throw error;
    }
    await tables.settle();
  });
}

/** One publication at a time in the whole database; nothing is dropped meanwhile. Throws `template.busy`. */
export async function underPublicationLock<T>(session: Queryable, ports: DdlOptions, work: (ddl: Ddl) => Promise<T>, attempts?: number): Promise<T> {
  const ddl = new Ddl(session, ports);
  await ddl.lock(publicationLock, attempts);
  try {
    return await work(ddl);
  } finally {
    await ddl.unlock(publicationLock);
  }
}

export interface PreparedTables {
  /** In the transaction that shows the new versions. */
  switchTo(client: Queryable): Promise<void>;
  /** Once that has been committed. */
  settle(): Promise<void>;
}

/** All that may be done while the former versions are in use, stored values included. */
export async function prepareTables(ddl: Ddl, templates: readonly Template[], revision: number): Promise<PreparedTables> {
  const { session } = ddl;
  await removeLeftovers(ddl);
  await checkPlan(session, templates);
  await announce(session, templates, revision, null);
  const work = await workOf(session, null);
  await expand(ddl, work);
  let position = await presentPosition(session);
  for (const conversions of work.conversions) await convertAll(ddl, conversions);
  position = await catchUp(ddl, work, position);
  await tighten(ddl, work);
  return {
    switchTo: async (client) => {
      for (let attempt = 1; ; attempt++) {
        position = await catchUp(ddl, work, position);
        if (await switched(client, work, position)) break;
        await ddl.pauseAfter(attempt, '*');
      }
      await markReady(client, revision, null);
    },
    settle: () => settleTemplates(ddl, new Set(work.shapes.map(({ template }) => template.id))),
  };
}

/** What can be cleared away now that new versions of these templates are in use. */
export async function settleTemplates(ddl: Ddl, ids: ReadonlySet<string>): Promise<void> {
  const ready = await loadReadyTemplates(ddl.session);
  await settle(ddl, ready.filter(({ id }) => ids.has(id)), ready);
}

export function refusePlan({ refused }: TemplatePlan): void {
  if (refused.length > 0) throw failure('template.invalid', { template: refused[0]?.path.split('.')[0] ?? '', count: refused.length }, { problems: refused });
}

/** Everything that can be known before anything is changed. */
export async function checkPlan(session: Queryable, templates: readonly Template[]): Promise<void> {
  const before = await readPhysicalState(session);
  await checkRows(session, before, templates);
  for (const template of templates) for (const conversion of conversionsOf(template, new Set([template.version]))) await checkConversion(session, before, conversion);
}

/** The rows come before the tables, so that ids survive whatever happens next. */
export async function announce(session: Queryable, templates: readonly Template[], revision: number, job: string | null): Promise<void> {
  if (templates.length === 0) return;
  await session.query({ text: 'BEGIN', values: [] });
  const taken = await insertTemplates(session, templates, revision, job).catch(async (error: unknown) => {
    await session.query({ text: 'ROLLBACK', values: [] });
    throw error;
  });
  await session.query({ text: taken.length === 0 ? 'COMMIT' : 'ROLLBACK', values: [] });
  const template = templates.find(({ id }) => taken.includes(id));
  if (template !== undefined) throw failure('template.outdated', { template: template.name, version: template.version });
}

async function convertAll(ddl: Ddl, conversions: Conversions): Promise<void> {
  for (let after = firstId; ; ) {
    const rows = await pageAfter(ddl.session, conversions, after, limits.conversionRows.value);
    await write(ddl, conversions, rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < limits.conversionRows.value) return;
    after = last.id;
  }
}

/** What others have written since. */
async function catchUp(ddl: Ddl, { conversions }: PublicationWork, from: ChangePosition): Promise<ChangePosition> {
  for (let position = from; ; ) {
    if (conversions.length === 0) return position;
    const changed = await changedAfter(ddl.session, conversions, position, limits.conversionRows.value, false);
    for (const { conversions: group, rows } of changed.groups) await write(ddl, group, rows);
    position = changed.position;
    if (changed.caughtUp) return position;
  }
}

async function write(ddl: Ddl, conversions: Conversions, rows: readonly FormerValues[]): Promise<void> {
  for (const statement of conversionStatements((await converted(ddl.session, conversions, rows)).write)) await ddl.patiently(conversions[0].template.name, statement);
}

/** False when it has to be tried again: somebody holds a table, or has written too much meanwhile. */
async function switched(client: Queryable, work: PublicationWork, position: ChangePosition): Promise<boolean> {
  await client.query({ text: 'SAVEPOINT tables', values: [] });
  const done = await switchTables(client, work, position).catch((error: unknown) => {
    if (isLockTrouble(error)) return false;
    throw error;
  });
  if (!done) await client.query({ text: 'ROLLBACK TO SAVEPOINT tables', values: [] });
  return done;
}
