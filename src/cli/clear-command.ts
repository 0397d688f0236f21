/** clear: deletes all records of a template; says how many beforehand, and asks for the number. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { auditOf, commandActor } from '../core/audit.ts';
import { failure, textOf } from '../core/failure.ts';
import { templateNamed } from '../core/template-catalogue.ts';
import { clearTemplateJob } from '../engine/jobs/clear-template.ts';
import { jobRowOf } from '../engine/jobs/job-desk.ts';
import { enqueueJob } from '../store/postgres/jobs/enqueue-job.ts';
import { recordClearing } from '../store/postgres/records/clearing.ts';
import { type Command, exitCodes } from './command.ts';
import { withPlatformDatabase } from './platform-database.ts';
import type { Surroundings } from './surroundings.ts';

export const clearCommand: Command = {
  name: 'clear',
  positionals: ['TEMPLATE'],
  about: { ru: 'удалить все записи шаблона', en: 'delete all records of a template' },
  details: {
    ru: 'Печатает, сколько записей каких шаблонов исчезнет, и просит набрать их число; --expected N отвечает заранее.\nУдаляет задание: его ведёт работающая платформа, ход виден в /api/v1/jobs. Сценарии не запускаются.',
    en: 'Prints how many records of which templates would go, and asks for their number; --expected N answers beforehand.\nA job deletes them: a running platform works on it, /api/v1/jobs shows how far it is. No scenario is started.',
  },
  options: { expected: { value: 'N', about: { ru: 'сколько записей должно исчезнуть', en: 'how many records have to go' } } },
  run: async ({ positionals: [name = ''], option, surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers, configuration }) => {
      const { templates } = await configuration.load();
      const template = templateNamed(templates, name);
      const counts = await recordClearing(readers).preview(templates, template);
      const total = counts.reduce((sum, { count }) => sum + count, 0);
      surroundings.print(`${counts.map((one) => `- ${one.template}\t${one.count}`).join('\n')}\n`);
      const given = option('expected') ?? (await typedNumber(surroundings));
      if (given === null) {
        surroundings.tell(`${textOf('cli.notCounted', { total }, surroundings.lang)}\n`);
        return exitCodes.notConfirmed;
      }
      if (given !== String(total)) throw failure('record.deletionChanged', { expected: given.slice(0, 20), actual: total });
      const id = randomUUID();
      await enqueueJob(readers, jobRowOf({ ...clearTemplateJob(template.name, counts[0]?.count ?? 0, 'system'), id }), auditOf(commandActor('zveno clear'), 'clearTemplate', 'Template', template.name, { records: counts.map((one) => ({ ...one })) }));
      surroundings.print(`${id}\n`);
      return exitCodes.done;
    }),
};

/** Null without a person at a terminal. */
async function typedNumber({ input, tell, lang, signal }: Surroundings): Promise<string | null> {
  if (input.isTTY !== true) return null;
  tell(lang === 'ru' ? 'Чтобы удалить, наберите их общее число: ' : 'To delete them type their number in all: ');
  const lines = createInterface({ input, signal });
  try {
    for await (const line of lines) return line.trim();
    return null;
  } finally {
    lines.close();
  }
}
