/** hidden list and hidden restore: attributes, former types and templates that can still come back with their values. */
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { proposeHiddenAttribute, proposeRemovedTemplate } from '../engine/restore-hidden.ts';
import type { ReadyProposal } from '../engine/apply-configuration.ts';
import { type Command, exitCodes, type Invocation } from './command.ts';
import { contextFor, noWait, publish, reportFindings } from './configuration-commands.ts';
import { readConfigurationFile } from './configuration-file.ts';
import { describePlan } from './plan-text.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';

export const listHiddenCommand: Command = {
  name: 'hidden list',
  positionals: [],
  about: { ru: 'показать, что скрыто и до какого времени вернётся со значениями', en: 'show what is hidden and until when it can come back with its values' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ configuration }) => {
      const { lang, print } = surroundings;
      for (const { template, attribute, type, hiddenAt, convertedTo } of await configuration.hiddenAttributes()) {
        const until = new Date(Date.parse(hiddenAt) + limits.hiddenDays.value * 86_400_000).toISOString();
        print(`${template}.${attribute}\t${type}${convertedTo === null ? '' : lang === 'ru' ? ' (прежний тип)' : ' (former type)'}\t${lang === 'ru' ? 'до' : 'until'} ${until}\n`);
      }
      for (const { template, removedAt, records } of await configuration.removedTemplates()) print(`${template}\t${lang === 'ru' ? 'записей' : 'records'}: ${records}\t${lang === 'ru' ? 'удалён' : 'removed'} ${removedAt}\n`);
      return exitCodes.done;
    }),
};

export const restoreHiddenCommand: Command = {
  name: 'hidden restore',
  positionals: ['NAME'],
  about: { ru: 'вернуть атрибут, прежний тип или удалённый шаблон со значениями', en: 'bring back an attribute, a former type or a removed template with its values' },
  details: {
    ru: 'ИМЯ — Шаблон.атрибут или Шаблон. Печатает план: сколько значений вернётся, сколько преобразуется обратно и сколько потеряется; спрашивает и публикует.',
    en: 'NAME is Template.attribute or Template. Prints the plan: how many values come back, are converted back and are lost; asks, and publishes.',
  },
  options: {
    yes: { about: { ru: 'не спрашивать', en: 'do not ask' } },
    'dry-run': { about: { ru: 'только напечатать план', en: 'only print the plan' } },
    type: { value: 'TYPE', about: { ru: 'какой из нескольких скрытых под этим именем', en: 'which of several that are hidden under the name' } },
    'no-wait': noWait,
  },
  run: async (invocation) =>
    await withPlatformDatabase(invocation.surroundings, async (database) => {
      const { surroundings } = invocation;
      const { proposal, madeOptional } = await proposed(database, invocation);
      surroundings.print(describePlan(proposal, surroundings.lang));
      if (madeOptional) surroundings.print(surroundings.lang === 'ru' ? 'Атрибут был обязательным; теперь нет: у части записей значения нет.\n' : 'The attribute had to be filled; it does not any more: some records have no value.\n');
      if (proposal.findings.length > 0) return reportFindings(proposal.findings, surroundings);
      return invocation.flag('dry-run') ? exitCodes.done : await publish(database, proposal, invocation);
    }),
};

async function proposed(database: PlatformDatabase, { positionals: [name = ''], option, surroundings }: Invocation): Promise<{ proposal: ReadyProposal; madeOptional: boolean }> {
  const { configuration } = database;
  const context = { ...(await contextFor(database, surroundings)), readDocument: readConfigurationFile };
  const [template = '', attribute, ...rest] = name.split('.');
  if (template === '' || attribute === '' || rest.length > 0) throw failure('cli.arguments', { detail: name.slice(0, 80), usage: 'zveno hidden restore TEMPLATE[.ATTRIBUTE]' });
  if (attribute === undefined) return { proposal: await proposeRemovedTemplate(configuration, template, context), madeOptional: false };
  const type = option('type');
  const { madeOptional, ...proposal } = await proposeHiddenAttribute(configuration, { template, attribute, ...(type === undefined ? {} : { type }) }, context);
  return { proposal, madeOptional };
}
