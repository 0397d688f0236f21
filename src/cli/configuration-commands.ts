/** apply, diff, check and export: the configuration as files. */
import { assertMeant } from '../core/configuration/environment.ts';
import { isEmptyPlan } from '../core/configuration/plan.ts';
import type { Finding } from '../core/configuration/object-document.ts';
import { failure, textOf } from '../core/failure.ts';
import { type ApplyContext, proposeConfiguration, publishProposal, type ReadyProposal } from '../engine/apply-configuration.ts';
import type { RecordFile } from '../engine/reference-data/record-file.ts';
import type { TransferPlan } from '../engine/reference-data/transfer-plan.ts';
import { connectorCatalogue } from '../engine/connector-catalogue.ts';
import { endings } from '../server/endings.ts';
import { connectors } from '../connectors/registry.ts';
import { listSecrets } from '../store/postgres/secrets.ts';
import { type Command, exitCodes, type ExitCode, type Invocation } from './command.ts';
import { checkAlone } from './check-alone.ts';
import { readConfigurationFolder, writeConfigurationFolder } from './configuration-folder.ts';
import { editedText } from './configuration-edit.ts';
import { printObject } from './configuration-print.ts';
import { confirmed } from './confirm.ts';
import { describeFailure, describeFinding, sortFindings } from './failure-text.ts';
import { objectsNamed } from './object-name.ts';
import { exportedRecords, findingOf, planRecords, takeRecords } from './carried-records.ts';
import { changesNoRecords, describeRecords, describeTaken } from './carried-text.ts';
import { describePlan } from './plan-text.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';
import { processClock, processRandom } from './process-ports.ts';
import { sayPublished } from './publication-said.ts';
import type { Surroundings } from './surroundings.ts';

const prune = { about: { ru: 'удалить то, чего нет в папке', en: 'delete what is not in the folder' } };
const hideRecords = { about: { ru: 'удаляемые шаблоны скрыть вместе с их записями', en: 'hide templates that go together with their records' } };

export const noWait = { about: { ru: 'не ждать задания, которое преобразует значения: напечатать его номер', en: 'do not wait for the job that converts values: print its id' } };

const only = { value: 'OBJECTS', about: { ru: 'только эти объекты, через запятую: route/orders,template/Order', en: 'only these objects, separated by commas: route/orders,template/Order' } };

export const applyCommand: Command = {
  name: 'apply',
  positionals: ['DIR'],
  about: { ru: 'применить и опубликовать конфигурацию из папки', en: 'apply and publish the configuration of a folder' },
  details: {
    ru: 'Печатает план (что создать, изменить, удалить и какие данные станут недоступны) и спрашивает согласие.\nЗаписи справочников из records/ШАБЛОН.jsonl создаются и меняются по ключу, целиком или никак; удалять их apply не станет.\nРаботает и при запущенной платформе: она сама заметит новую версию. Если меняется тип атрибута с многими значениями,\nих преобразует задание платформы; команда ждёт его и печатает ход.',
    en: 'Prints the plan (what to create, change, delete, and which data would become hidden) and asks.\nRecords of reference templates in records/TEMPLATE.jsonl are made and changed by their key, all or none; apply deletes none.\nWorks beside a running platform too: it notices the new revision by itself. Where an attribute with many values changes\nits type, a job of the platform converts them; the command waits for it and prints how far it is.',
  },
  options: {
    yes: { about: { ru: 'не спрашивать', en: 'do not ask' } },
    'dry-run': { about: { ru: 'только напечатать план', en: 'only print the plan' } },
    prune,
    'hide-records': hideRecords,
    only,
    'no-wait': noWait,
    environment: { value: 'NAME', about: { ru: 'стенд, для которого изменения; для производственного обязателен', en: 'the environment that the change is for; a production has to be named' } },
  },
  run: async (invocation) => {
    const { surroundings } = invocation;
    return await withPlatformDatabase(surroundings, async (database) => {
      const found = await proposed(database, invocation);
      if (found === null) return exitCodes.failed;
      const isEmpty = changesNothing(found);
      if (!invocation.flag('dry-run') && !isEmpty) assertMeant(await database.configuration.environment(), invocation.option('environment') ?? null);
      if (isEmpty || invocation.flag('dry-run')) return exitCodes.done;
      return await publish(database, found.proposal, invocation, found.files);
    });
  },
};

export const diffCommand: Command = {
  name: 'diff',
  positionals: ['DIR'],
  about: { ru: 'показать, что изменит apply', en: 'show what apply would change' },
  options: { prune, 'hide-records': hideRecords, only },
  run: async (invocation) =>
    await withPlatformDatabase(invocation.surroundings, async (database) => {
      const found = await proposed(database, invocation);
      if (found === null) return exitCodes.failed;
      return changesNothing(found) ? exitCodes.done : exitCodes.differs;
    }),
};

export const checkCommand: Command = {
  name: 'check',
  positionals: ['DIR'],
  optional: 1,
  about: { ru: 'проверить папку конфигурации без базы данных; без папки — сроки секретов и ключей API установки', en: 'check a configuration folder without a database; without a folder, whether secrets and API tokens of the installation end' },
  details: {
    ru: 'В папке секреты, адреса установки и сохранённые данные не проверяются: их знает только база.\nБез папки читается база: секреты и ключи API, срок которых вышел или скоро выйдет, с именами и тем, что делать. Вышедший срок — код 1.',
    en: 'With a folder, secrets, addresses of the installation and stored data are not checked: only the database knows them.\nWithout one the database is read: secrets and API tokens that have ended or end soon, with their names and what to do. An ended one gives the exit code 1.',
  },
  options: {},
  run: async ({ positionals: [folder], surroundings }) => (folder === undefined ? await checkExpiry(surroundings) : await checkFolder(folder, surroundings)),
};

async function checkFolder(path: string, surroundings: Surroundings): Promise<ExitCode> {
  const folder = await readConfigurationFolder(path);
  const findings = [...folder.findings, ...(folder.findings.length === 0 ? checkAlone(folder.documents, applyContext(surroundings)) : [])];
  if (findings.length > 0) return reportFindings(findings, surroundings);
  surroundings.print(`${surroundings.lang === 'ru' ? 'Ошибок нет. Документов' : 'No errors. Documents'}: ${folder.documents.length}\n`);
  return exitCodes.done;
}

/** What `/health/ready` counts, by name. */
async function checkExpiry(surroundings: Surroundings): Promise<ExitCode> {
  return await withPlatformDatabase(surroundings, async ({ readers, accounts }) => {
    const problems = await endings({ vault: { list: () => listSecrets(readers) }, accounts, clock: processClock });
    for (const problem of problems) surroundings.tell(describeFailure(problem, surroundings.lang));
    if (problems.length === 0) surroundings.print(surroundings.lang === 'ru' ? 'Ни у одного секрета и ключа API срок не вышел и скоро не выйдет.\n' : 'No secret and no API token has ended or ends soon.\n');
    return problems.some(({ code }) => code === 'secret.expired' || code === 'token.expired') ? exitCodes.failed : exitCodes.done;
  });
}

export const exportCommand: Command = {
  name: 'export',
  positionals: ['DIR'],
  about: { ru: 'записать опубликованную конфигурацию в папку', en: 'write the published configuration into a folder' },
  details: {
    ru: 'Один файл на объект; применённое из файла выгружается так, как было написано, с комментариями.\nЗаписи справочников с carryDataOnTransfer — в records/ШАБЛОН.jsonl, по одной в строке; с --revision не выгружаются.',
    en: 'One file an object; what was applied from a file is written as it was, with its comments.\nRecords of reference templates with carryDataOnTransfer go to records/TEMPLATE.jsonl, one a line; not with --revision.',
  },
  options: {
    force: { about: { ru: 'удалить в папке файлы .yaml, которых нет в выгрузке', en: 'delete .yaml files of the folder that the export does not have' } },
    revision: { value: 'N', about: { ru: 'версия конфигурации вместо последней', en: 'a configuration revision instead of the newest' } },
  },
  run: async (invocation) =>
    await withPlatformDatabase(invocation.surroundings, async (database) => {
      const revision = revisionOf(invocation);
      const { stored, templates } = await database.configuration.load(revision);
      const files = stored.objects.map((object) => ({ kind: object.kind, name: object.name, source: object.source ?? printObject(object) }));
      // Records have no revisions: those of now belong to the configuration of now.
      const { records, lost } = revision === undefined ? exportedRecords(database, templates) : { records: null, lost: new Map<string, number>() };
      await writeConfigurationFolder(invocation.positionals[0] ?? '.', { objects: files, records }, invocation.flag('force'));
      for (const [template, count] of lost) invocation.surroundings.tell(`${textOf('reference.linksLeftOut', { template, count }, invocation.surroundings.lang)}\n`);
      invocation.surroundings.tell(`${invocation.surroundings.lang === 'ru' ? 'Версия' : 'Revision'} ${stored.revision}: ${files.length}\n`);
      return exitCodes.done;
    }),
};

function revisionOf(invocation: Invocation): number | undefined {
  const text = invocation.option('revision');
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw failure('cli.arguments', { detail: `--revision ${text.slice(0, 20)}`, usage: 'zveno export DIR --revision N' });
  return Number(text);
}

export const applyContext = ({ environment }: Surroundings): ApplyContext => ({
  connectors: connectorCatalogue(connectors),
  environment: environment['ZVENO_ENVIRONMENT'] || null,
  random: processRandom,
  print: printObject,
  edit: editedText,
});

interface Proposed {
  proposal: ReadyProposal;
  files: readonly RecordFile[];
  records: TransferPlan;
}

const changesNothing = ({ proposal, records }: Proposed): boolean => isEmptyPlan(proposal.plan) && changesNoRecords(records);

/** Prints the plan; null (and everything that stands in the way) when it cannot be carried out. */
async function proposed(database: PlatformDatabase, { positionals, flag, option, surroundings }: Invocation): Promise<Proposed | null> {
  const folder = await readConfigurationFolder(positionals[0] ?? '.');
  if (folder.findings.length > 0) {
    reportFindings(folder.findings, surroundings);
    return null;
  }
  const context = await contextFor(database, surroundings);
  if (context.environment !== null) surroundings.print(`${surroundings.lang === 'ru' ? 'Стенд' : 'Environment'}: ${context.environment}\n`);
  const list = option('only');
  const named: { only?: ReturnType<typeof objectsNamed> } = list === undefined ? {} : { only: objectsNamed(list) };
  const proposal = await proposeConfiguration(database.configuration, folder.documents, { prune: flag('prune'), hideRecords: flag('hide-records'), ...named }, context);
  const files = folder.records.filter(({ template }) => named.only === undefined || named.only.some((one) => one.kind === 'Template' && one.name === template));
  // Records can only be held against templates that make sense.
  const records: TransferPlan = proposal.findings.length > 0 ? { templates: [], problems: [] } : await planRecords(database, files, proposal);
  if (!isEmptyPlan(proposal.plan) || changesNoRecords(records)) surroundings.print(describePlan(proposal, surroundings.lang));
  surroundings.print(describeRecords(records, surroundings.lang));
  const findings = [...proposal.findings, ...records.problems.map(findingOf)];
  if (findings.length === 0) return { proposal, files, records };
  reportFindings(findings, surroundings);
  return null;
}

/**
 * A command that was not told the environment works for the one that the platform runs for.
 * Throws `config.otherEnvironment` when it was told another.
 */
export async function contextFor({ configuration }: PlatformDatabase, surroundings: Surroundings): Promise<ApplyContext> {
  const context = applyContext(surroundings);
  const active = await configuration.environment();
  if (context.environment !== null && active !== null) assertMeant(active, context.environment);
  return { ...context, environment: context.environment ?? active };
}

/** Asks, publishes and says which revision it is now, or the job that brings it. */
export async function publish(database: PlatformDatabase, proposal: ReadyProposal, { command, flag, surroundings }: Invocation, records: readonly RecordFile[] = []): Promise<ExitCode> {
  if (!flag('yes') && !(await confirmed(surroundings, (await contextFor(database, surroundings)).environment))) {
    surroundings.tell(`${textOf('cli.notConfirmed', {}, surroundings.lang)}\n`);
    return exitCodes.notConfirmed;
  }
  const published = await publishProposal(database.configuration, proposal, 'cli', `zveno ${command}`, { alone: !(await database.hasNodes()) });
  // Records of the folder may need what the job still brings.
  const said = await sayPublished(database, published, { surroundings, wait: !flag('no-wait') || records.length > 0 });
  if (records.length === 0 || said !== exitCodes.done) return said;
  surroundings.print(describeTaken(await takeRecords(database, records, `zveno ${command}`), surroundings.lang));
  return exitCodes.done;
}

export function reportFindings(findings: readonly Finding[], surroundings: Surroundings): ExitCode {
  for (const finding of sortFindings(findings)) surroundings.tell(`${describeFinding(finding, surroundings.lang)}\n`);
  surroundings.tell(`${textOf('config.invalid', { count: findings.length }, surroundings.lang)}\n`);
  return exitCodes.failed;
}
