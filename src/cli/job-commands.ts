/** job list, show, cancel and resume: bulk work as the platform does it. */
import { auditOf, commandActor } from '../core/audit.ts';
import { Failure, failure } from '../core/failure.ts';
import { openJobStates, publicationKind, type JobSummary } from '../core/job.ts';
import { cancelJob, resumeJob } from '../store/postgres/jobs/enqueue-job.ts';
import { jobStore } from '../store/postgres/jobs/job-store.ts';
import { type Command, exitCodes } from './command.ts';
import { jobLine } from './job-text.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';

export const listJobsCommand: Command = {
  name: 'job list',
  positionals: [],
  about: { ru: 'показать задания, новые первыми', en: 'list the jobs, newest first' },
  options: { all: { about: { ru: 'также законченные', en: 'those that are over, too' } } },
  run: async ({ flag, surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers }) => {
      const { jobs } = await jobStore(readers).list(flag('all') ? {} : { states: openJobStates }, { limit: 100 });
      for (const job of jobs) surroundings.print(`${jobLine(job, surroundings.lang)}\n`);
      return exitCodes.done;
    }),
};

export const showJobCommand: Command = {
  name: 'job show',
  positionals: ['ID'],
  about: { ru: 'показать задание и первые из его ошибок', en: 'show a job and the first of its problems' },
  options: {},
  run: async ({ positionals: [id = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers }) => {
      const { lang, print } = surroundings;
      print(`${jobLine(await known(readers, id), lang)}\n`);
      const { problems } = await jobStore(readers).problems(id, { limit: 20 });
      for (const { place, failure: problem } of problems) print(`  ${place}\t${Failure.from(problem).text(lang)}\n`);
      return exitCodes.done;
    }),
};

export const cancelJobCommand: Command = {
  name: 'job cancel',
  positionals: ['ID'],
  about: { ru: 'отменить задание', en: 'cancel a job' },
  details: {
    ru: 'Сделанное остаётся, и задание можно продолжить. Отменённая публикация не оставляет следов: прежняя версия не менялась, черновики остаются.',
    en: 'What was done stays, and the job can be resumed. A cancelled publication leaves no traces: the former version was not touched, drafts stay drafts.',
  },
  options: {},
  run: async ({ positionals: [id = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers, publishing }) => {
      const job = await known(readers, id);
      if (!(await cancelJob(readers, job.id, auditOf(commandActor('zveno job cancel'), 'cancelJob', 'Job', job.id, null)))) throw failure('job.over', { id: job.id, state: job.state });
      // Somebody may be publishing; housekeeping does it then.
      if (job.kind === publicationKind) await publishing.removeLeftovers().catch(() => undefined);
      surroundings.print(`${jobLine(await known(readers, id), surroundings.lang)}\n`);
      return exitCodes.done;
    }),
};

export const resumeJobCommand: Command = {
  name: 'job resume',
  positionals: ['ID'],
  about: { ru: 'продолжить неудавшееся или отменённое задание', en: 'resume a failed or cancelled job' },
  options: {},
  run: async ({ positionals: [id = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ readers }) => {
      const job = await known(readers, id);
      if (!(await resumeJob(readers, job.id, auditOf(commandActor('zveno job resume'), 'resumeJob', 'Job', job.id, null)))) throw failure('job.notResumable', { id: job.id, state: job.state });
      surroundings.print(`${jobLine(await known(readers, id), surroundings.lang)}\n`);
      return exitCodes.done;
    }),
};

async function known(readers: PlatformDatabase['readers'], id: string): Promise<JobSummary> {
  const job = await jobStore(readers).show(id.toLowerCase());
  if (job === null) throw failure('job.unknown', { id: id.slice(0, 80) });
  return job;
}
