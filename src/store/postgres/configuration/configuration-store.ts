/** The configuration in PostgreSQL. */
import type { ConfigurationStore } from '../../../core/configuration/configuration-store.ts';
import { commandActor } from '../../../core/audit.ts';
import type { PlainObject } from '../../../core/configuration/object-document.ts';
import { failure } from '../../../core/failure.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Template } from '../../../core/template.ts';
import type { TemplatePlan } from '../../../core/template-plan.ts';
import { openSession, type ConnectionSettings, type Readers } from '../pool.ts';
import { hiddenAttributes } from '../records/contract.ts';
import { conversionsOf, previewConversion } from '../records/convert.ts';
import { countHiddenValues, countRestoredValues, previewRules } from '../records/outlook.ts';
import { table } from '../records/physical-names.ts';
import { publishTemplates } from '../records/publish.ts';
import { countRoleRecords } from '../records/role-records.ts';
import { loadNewestTemplates, loadTemplates } from '../records/template-rows.ts';
import { setAddresses } from './addresses.ts';
import { ask } from './database.ts';
import { postgresDrafts } from './drafts.ts';
import { activeEnvironment, setEnvironment } from './environment.ts';
import { headRevision, loadConfiguration, revisionHistory } from './load.ts';
import { publishConfiguration } from './publish.ts';
import { postgresVersions } from './versions.ts';

export interface ConfigurationStoreOptions {
  /** For a session of its own while tables are made. */
  settings: ConnectionSettings;
  readers: Readers;
  clock: Clock;
  log: Log;
}

export function postgresConfigurationStore({ settings, readers, clock, log }: ConfigurationStoreOptions): ConfigurationStore {
  const countRecords = async (template: Template): Promise<number> => {
    // A template whose publication was interrupted may have no table yet.
    const [made] = await ask<{ made: boolean }>(readers, 'SELECT to_regclass($1) IS NOT NULL AS made', [table(template.id)]);
    if (made?.made !== true) return 0;
    const [row] = await ask<{ count: string }>(readers, `SELECT count(*) AS count FROM ${table(template.id)}`);
    return Number(row?.count ?? 0);
  };
  const bringTables = async (plan: TemplatePlan, revision: number): Promise<void> => {
    const session = await openSession(settings, 'plain', log);
    try {
      await publishTemplates(session, plan, { revision, clock, log });
    } finally {
      await session.close();
    }
  };
  const eachWithTable = async <T>(templates: readonly Template[], look: (before: Template, after: Template) => Promise<readonly T[]>): Promise<readonly T[]> => {
    if (templates.length === 0) return [];
    const newest = await loadNewestTemplates(readers);
    const found: T[] = [];
    for (const after of templates) {
      const before = newest.find(({ id }) => id === after.id);
      if (before !== undefined && after.retired !== true && (await countRecords(before)) > 0) found.push(...(await look(before, after)));
    }
    return found;
  };
  return {
    load: (revision) => loadConfiguration(readers, revision),
    revision: () => headRevision(readers),
    everPublished: async () => (await ask(readers, 'SELECT 1 FROM zveno.configuration_version LIMIT 1')).length > 0,
    newestTemplates: () => loadNewestTemplates(readers),
    countRecords,
    hiddenAttributes: () => hiddenAttributes(readers),
    previewConversions: async ({ templates }) => {
      const conversions = templates.flatMap((template) => conversionsOf(template, new Set([template.version])));
      const previews = [];
      for (const conversion of conversions) if ((await countRecords(conversion.template)) > 0) previews.push(await previewConversion(readers, conversion));
      return previews;
    },
    previewValidations: ({ templates }) => eachWithTable(templates, (before, after) => previewRules(readers, before, after)),
    countHidden: ({ templates }) => eachWithTable(templates, (before, after) => countHiddenValues(readers, before, after)),
    countRestored: ({ templates }) => eachWithTable(templates, (before, after) => countRestoredValues(readers, before, after)),
    countRoleRecords: async (roles) => (roles.length === 0 ? [] : countRoleRecords(readers, (await loadTemplates(readers)).all(), roles)),
    publish: (publication, plan) =>
      publishConfiguration(readers, publication, async (revision) => {
        if (!publication.hideRecords) await refuseRecords(plan, countRecords);
        await bringTables(plan, revision);
      }),
    environment: () => activeEnvironment(readers),
    setEnvironment: (environment) => setEnvironment(readers, environment),
    drafts: postgresDrafts(readers),
    versions: postgresVersions(readers),
    setAddresses: (values, by, actor = commandActor(by)) => setAddresses(readers, values, by, actor),
    lastDocument: async (kind, name) => {
      const text = 'SELECT document FROM zveno.configuration_version WHERE kind = $1 AND name = $2 AND document IS NOT NULL ORDER BY revision DESC LIMIT 1';
      return (await ask<{ document: PlainObject }>(readers, text, [kind, name]))[0]?.document ?? null;
    },
    history: (limit, before) => revisionHistory(readers, limit, before),
  };
}

/** Looked at again under the lock: a record may have come since the plan was made. */
async function refuseRecords(plan: TemplatePlan, countRecords: (template: Template) => Promise<number>): Promise<void> {
  for (const template of plan.templates) {
    const count = template.retired === true ? await countRecords(template) : 0;
    if (count > 0) throw failure('template.hasRecords', { template: template.name, count });
  }
}
