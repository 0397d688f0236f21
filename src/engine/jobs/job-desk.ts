/** Begins, resumes and ends jobs. */
import { failure } from '../../core/failure.ts';
import { emptyEffectSet, type Payload } from '../../core/effect-set.ts';
import { jobTimer, jobTimerKind, openJobStates, type JobRow, type JobStore, type JobWrite } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import type { ClaimedTimer } from '../../core/store-port.ts';
import type { Value } from '../../core/value.ts';
import { isObject } from '../../core/value.ts';
import { commitOne } from '../execute-run.ts';
import type { Lease } from '../lease.ts';
import { randomUuid } from '../uuid.ts';
import type { Worked } from '../worker.ts';
import type { ActiveJobs } from './active-jobs.ts';
import { JobRun, type JobParts } from './job-run.ts';
import type { JobKind } from './kind.ts';

export interface NewJob {
  /** Chosen by the caller when he may have to ask again; an id that exists is not begun twice. */
  id?: string;
  kind: string;
  subject: string | null;
  input: Value;
  file?: Payload;
  /** Of the first step; null unless told. */
  checkpoint?: Value;
  total?: number | null;
  /** Items with problems after which the job gives up; null: never. */
  problemBudget?: number | null;
  /** Whether record triggers run for what it writes; they do unless told. */
  triggers?: boolean;
  by: string;
}

/** As it is stored when it begins. */
export const jobRowOf = ({ id, kind, subject, input, file, checkpoint = null, total = null, problemBudget = limits.jobProblems.value, triggers = true, by }: NewJob & { id: string }): Extract<JobWrite, { op: 'insert' }>['row'] =>
  ({ id, kind, subject, input, file: file ?? null, checkpoint, total, problemBudget, triggers, by });

export interface JobDesk {
  /** Returns its id as soon as it is durable. */
  start(job: NewJob): Promise<string>;
  /** A failed or cancelled job goes on from its checkpoint; `problemBudget` takes the place of the former one. Throws `job.unknown`, `job.notResumable`. */
  resume(id: string, options?: { problemBudget?: number | null }): Promise<void>;
  /** Throws `job.unknown`, `job.over`. What was committed stays. */
  cancel(id: string): Promise<void>;
  readonly stored: Pick<JobStore, 'list' | 'show' | 'problems' | 'get'>;
}

export interface JobDeskParts extends JobParts {
  jobKinds: readonly JobKind[];
  activeJobs: ActiveJobs;
  wakeJobs(): void;
}

export function createJobDesk(parts: JobDeskParts): JobDesk {
  const { store, random } = parts;
  return {
    stored: store.jobs,
    async start(job) {
      if (!parts.jobKinds.some(({ name }) => name === job.kind)) throw failure('job.unknownKind', { kind: job.kind });
      const row = jobRowOf({ id: randomUuid(random), ...job });
      const { id } = row;
      const committed = await commitOne(parts, { ...emptyEffectSet(randomUuid(random)), jobs: [{ op: 'insert', row }], timers: [timerOf(id)] });
      if (committed.kind !== 'committed' && committed.kind !== 'fenced') throw failure('store.unavailable', {});
      parts.wakeJobs();
      return id;
    },
    async resume(id, { problemBudget } = {}) {
      const job = await known(id);
      const again = { op: 'update', id, from: ['failed', 'cancelled'], state: 'queued', attempts: 0, failure: null, ...(problemBudget === undefined ? {} : { problemBudget }) } as const;
      const committed = await commitOne(parts, { ...emptyEffectSet(randomUuid(random)), jobs: [again], timers: [timerOf(id)] });
      if (committed.kind === 'unavailable') throw failure('store.unavailable', {});
      if (committed.kind !== 'committed') throw failure('job.notResumable', { id, state: job.state });
      parts.wakeJobs();
    },
    async cancel(id) {
      if (await store.jobs.cancel(id)) {
        parts.activeJobs.abandon(id);
        await clearedAfter(await known(id));
        return;
      }
      throw failure('job.over', { id, state: (await known(id)).state });
    },
  };

  async function clearedAfter({ id, kind: name }: JobRow): Promise<void> {
    const kind = parts.jobKinds.find((one) => one.name === name);
    await kind?.abandoned?.().catch((error: unknown) => parts.log.warn('job.notCleared', { job: id, error: String(error) }));
  }

  async function known(id: string): Promise<JobRow> {
    const job = await store.jobs.get(id);
    if (job === null) throw failure('job.unknown', { id });
    return job;
  }
}

const timerOf = (job: string) => ({ id: jobTimer(job), kind: jobTimerKind, dueInMs: 0, payload: { job } });

/** Works on the job that a timer stands for. */
export async function workJob(parts: JobDeskParts, claimed: ClaimedTimer, lease: Lease): Promise<Worked> {
  const given = isObject(claimed.payload) ? claimed.payload['job'] : undefined;
  const id = typeof given === 'string' ? given : '';
  const job = await parts.store.jobs.get(id);
  const kind = parts.jobKinds.find(({ name }) => name === job?.kind);
  const taken = parts.activeJobs.begin(id);
  try {
    if (job === null || kind === undefined) await leave(parts, claimed, job);
    else await new JobRun(parts, kind, job, { lease, signal: taken.signal }).work();
    return 'over';
  } finally {
    parts.activeJobs.end(id, taken);
  }
}

/** A newer node may know the kind: an older one says so and leaves it to a person. */
async function leave(parts: JobDeskParts, { fence }: ClaimedTimer, job: JobRow | null): Promise<void> {
  const reason = failure('job.unknownKind', { kind: job?.kind ?? '' });
  const ended = job === null ? [] : [{ op: 'update', id: job.id, from: openJobStates, state: 'failed', attempts: 0, failure: reason.toData() } as const];
  await commitOne(parts, { ...emptyEffectSet(randomUuid(parts.random)), fence, jobs: ended, queue: { op: 'remove' } });
}
