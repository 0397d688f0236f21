/** The configuration in PostgreSQL. */
import type { ConfigurationStore } from '../../../core/configuration/configuration-store.ts';
import { commandActor } from '../../../core/audit.ts';
import type { PlainObject } from '../../../core/configuration/object-document.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Template } from '../../../core/template.ts';
import type { ConnectionSettings, Readers } from '../pool.ts';
import { hiddenAttributes, removedTemplates } from '../records/contract.ts';
import { previewConversion } from '../records/conversion-preview.ts';
import { conversionsOf } from '../records/convert.ts';
import { countHiddenValues, countRestoredValues, previewRules } from '../records/outlook.ts';
import { countTemplateRecords } from '../records/count-records.ts';
import { countRoleRecords } from '../records/role-records.ts';
import { loadNewestTemplates, loadTemplates } from '../records/template-rows.ts';
import { setAddresses } from './addresses.ts';
import { ask } from './database.ts';
import { postgresDrafts } from './drafts.ts';
import { activeEnvironment, setEnvironment } from './environment.ts';
import { headRevision, loadConfiguration, revisionHistory } from './load.ts';
import { publishConfiguration } from './publish-configuration.ts';
import { postgresVersions } from './versions.ts';

export interface ConfigurationStoreOptions {
  /** For a session of its own while tables are made. */
  settings: ConnectionSettings;
  readers: Readers;
  clock: Clock;
  log: Log;
}

export function postgresConfigurationStore({ settings, readers, clock, log }: ConfigurationStoreOptions): ConfigurationStore {
  const countRecords = (template: Template): Promise<number> => countTemplateRecords(readers, template);
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
    removedTemplates: () => removedTemplates(readers),
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
    publish: (publication, plan) => publishConfiguration({ settings, readers, clock, log }, publication, plan),
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
