/** draft save, list, check, publish and discard: changes that are not in force yet. */
import { commandActor } from '../core/audit.ts';
import { readFile } from 'node:fs/promises';
import { isEmptyPlan, keyOf } from '../core/configuration/plan.ts';
import { failure, textOf } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { type DraftProposal, outdatedBy, proposeDrafts, publishDrafts } from '../engine/publish-drafts.ts';
import { type Command, exitCodes, type Invocation } from './command.ts';
import { contextFor, noWait, reportFindings } from './configuration-commands.ts';
import { readConfigurationFile } from './configuration-file.ts';
import { confirmed } from './confirm.ts';
import { objectNamed, objectsNamed } from './object-name.ts';
import { describePlan } from './plan-text.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';
import { sayPublished } from './publication-said.ts';

const by = 'cli';

const takeOver = { about: { ru: 'также если над черновиком работает другой', en: 'also when somebody else works on the draft' } };
const hideRecords = { about: { ru: 'удаляемые шаблоны скрыть вместе с их записями', en: 'hide templates that go together with their records' } };

export const saveDraftCommand: Command = {
  name: 'draft save',
  positionals: ['FILE'],
  about: { ru: 'сохранить документ черновиком', en: 'save a document as a draft' },
  details: { ru: 'Ничего не публикует. Черновик сверен с версией, опубликованной сейчас.', en: 'Publishes nothing. The draft counts as compared with the version published now.' },
  options: { 'take-over': takeOver },
  run: async ({ positionals: [file = ''], flag, surroundings }) => {
    const { document, findings } = readConfigurationFile(file, await bytesOf(file));
    if (document === null) return reportFindings(findings, surroundings);
    return await withPlatformDatabase(surroundings, async ({ configuration }) => {
      const { stored } = await configuration.load();
      const base = stored.objects.find((object) => keyOf(object) === keyOf(document))?.version ?? 0;
      const draft = await configuration.drafts.save({ kind: document.kind, name: document.name, source: document.source, base, by, edit: null, takeOver: flag('take-over') });
      surroundings.print(`${draft.kind} ${draft.name}\t${draft.edit}\n`);
      return exitCodes.done;
    });
  },
};

export const listDraftsCommand: Command = {
  name: 'draft list',
  positionals: [],
  about: { ru: 'показать черновики: чей, когда сохранён, не устарел ли', en: 'show the drafts: whose, when saved, whether outdated' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ configuration }) => {
      const { stored } = await configuration.load();
      for (const draft of await configuration.drafts.list()) {
        const outdated = await outdatedBy(configuration, draft, stored.objects);
        surroundings.print(`${draft.kind} ${draft.name}\t${draft.owner}\t${draft.changedAt}\t${outdated?.text(surroundings.lang) ?? (draft.source === null ? '-' : `v${draft.base}`)}\n`);
      }
      return exitCodes.done;
    }),
};

export const checkDraftsCommand: Command = {
  name: 'draft check',
  positionals: ['OBJECTS'],
  optional: 1,
  about: { ru: 'показать, что изменит публикация черновиков; без имён — всех', en: 'show what publishing drafts would change; without names all of them' },
  options: { 'hide-records': hideRecords },
  run: async (invocation) =>
    await withPlatformDatabase(invocation.surroundings, async (database) => {
      const proposal = await proposed(database, invocation);
      if (proposal.findings.length > 0) return reportFindings(proposal.findings, invocation.surroundings);
      return isEmptyPlan(proposal.plan) ? exitCodes.done : exitCodes.differs;
    }),
};

export const publishDraftsCommand: Command = {
  name: 'draft publish',
  positionals: ['OBJECTS'],
  optional: 1,
  about: { ru: 'опубликовать черновики вместе; без имён — все', en: 'publish drafts together; without names all of them' },
  details: { ru: 'ИМЕНА — через запятую: route/orders,scenario/acceptOrder.', en: 'OBJECTS are separated by commas: route/orders,scenario/acceptOrder.' },
  options: {
    yes: { about: { ru: 'не спрашивать', en: 'do not ask' } },
    note: { value: 'TEXT', about: { ru: 'зачем; сохраняется с версией', en: 'why; kept with the version' } },
    'hide-records': hideRecords,
    'no-wait': noWait,
  },
  run: async (invocation) =>
    await withPlatformDatabase(invocation.surroundings, async (database) => {
      const { surroundings } = invocation;
      const proposal = await proposed(database, invocation);
      if (proposal.findings.length > 0) return reportFindings(proposal.findings, surroundings);
      if (!invocation.flag('yes') && !(await confirmed(surroundings, (await contextFor(database, surroundings)).environment))) {
        surroundings.tell(`${textOf('cli.notConfirmed', {}, surroundings.lang)}\n`);
        return exitCodes.notConfirmed;
      }
      const note = (invocation.option('note') ?? 'zveno draft publish').slice(0, 500);
      const published = await publishDrafts(database.configuration, proposal, by, note, { actor: commandActor('zveno draft publish'), alone: !(await database.hasNodes()) });
      return await sayPublished(database, published, { surroundings, wait: !invocation.flag('no-wait') });
    }),
};

export const discardDraftCommand: Command = {
  name: 'draft discard',
  positionals: ['OBJECT'],
  about: { ru: 'выбросить черновик', en: 'discard a draft' },
  options: { 'take-over': takeOver },
  run: async ({ positionals: [text = ''], flag, surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ configuration }) => {
      const object = objectNamed(text);
      if (!(await configuration.drafts.discard({ ...object, by, edit: null, takeOver: flag('take-over') }))) throw failure('draft.none', { ...object });
      return exitCodes.done;
    }),
};

async function proposed(database: PlatformDatabase, { positionals: [list], flag, surroundings }: Invocation): Promise<DraftProposal> {
  const { configuration } = database;
  const names = list === undefined ? await configuration.drafts.list() : objectsNamed(list);
  const context = await contextFor(database, surroundings);
  if (context.environment !== null) surroundings.print(`${surroundings.lang === 'ru' ? 'Стенд' : 'Environment'}: ${context.environment}\n`);
  const proposal = await proposeDrafts(configuration, names, flag('hide-records'), { ...context, readDocument: readConfigurationFile });
  surroundings.print(describePlan(proposal, surroundings.lang));
  return proposal;
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > limits.configurationFileBytes.value) throw failure('config.tooLarge', { file, limit: limits.configurationFileBytes.value });
    return bytes;
  } catch (error) {
    if (error instanceof Error && 'errno' in error) throw failure('config.folder', { folder: file, detail: error.message }, { cause: error });
    throw error;
  }
}
