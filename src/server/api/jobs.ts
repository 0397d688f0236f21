/** Jobs: looking at them, ending them, and sending them on. */
import { jobOperations } from '../../api/jobs.ts';
import type { Caller } from '../../core/account.ts';
import { failure, type Lang } from '../../core/failure.ts';
import { publicationKind } from '../../core/job.ts';
import type { JobDesk } from '../../engine/jobs/job-desk.ts';
import { backupJobKind } from '../../engine/jobs/make-backup.ts';
import { assertMay } from '../sign-in.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import { jobJson, problemJson } from './job-json.ts';
import type { ApiParts } from './parts.ts';

export function jobHandlers({ engine: { jobs } }: ApiParts): readonly Handler[] {
  /** Whether a configuration comes into force is for those to say who may publish, and a backup is the matter of those who may make one. */
  const assertMayEnd = async (id: string, caller: Caller): Promise<void> => {
    const kind = (await jobs.stored.get(id))?.kind;
    if (kind === publicationKind) assertMay(caller, 'configuration.publish');
    if (kind === backupJobKind) assertMay(caller, 'backups.edit');
  };
  const shown = async (id: string, lang: Lang): Promise<Answered> => {
    const job = await jobs.stored.show(id);
    if (job === null) throw failure('job.unknown', { id });
    return good(jobJson(job, lang));
  };
  return [
    handle(jobOperations.listJobs, async ({ query: { state, kind, subject, limit, cursor }, lang }) => {
      const filter = { ...(state === undefined ? {} : { states: state }), ...(kind === undefined ? {} : { kinds: kind }), ...(subject === undefined ? {} : { subject }) };
      const page = await jobs.stored.list(filter, { limit: limit ?? 100, ...(cursor === undefined ? {} : { cursor }) });
      return good({ jobs: page.jobs.map((job) => jobJson(job, lang)), cursor: page.cursor });
    }),
    handle(jobOperations.getJob, async ({ params, lang }) => shown(params.id.toLowerCase(), lang)),
    handle(jobOperations.listJobProblems, async ({ params, query: { limit, cursor }, lang }) => {
      const id = params.id.toLowerCase();
      await shown(id, lang);
      const page = await jobs.stored.problems(id, { limit: limit ?? 100, ...(cursor === undefined ? {} : { cursor }) });
      return good({ problems: page.problems.map((problem) => problemJson(problem, lang)), cursor: page.cursor });
    }),
    handle(jobOperations.cancelJob, async ({ params, caller, lang }) => {
      const id = params.id.toLowerCase();
      await assertMayEnd(id, caller);
      await jobs.cancel(id);
      return shown(id, lang);
    }),
    handle(jobOperations.resumeJob, async ({ params, body, caller, lang }) => {
      const id = params.id.toLowerCase();
      await assertMayEnd(id, caller);
      await jobs.resume(id, body);
      return shown(id, lang);
    }),
  ];
}

/** What is answered to whoever began a job. */
export async function begun(jobs: JobDesk, id: string, lang: Lang): Promise<Answered> {
  const job = await jobs.stored.show(id);
  if (job === null) throw failure('job.unknown', { id });
  return { status: 202, body: jobJson(job, lang), headers: { location: `/api/v1/jobs/${id}` } };
}
