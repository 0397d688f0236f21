/** Waits a while for a publication that a job carries out. */
import type { Published } from '../core/configuration/configuration-store.ts';
import { Failure, failure } from '../core/failure.ts';
import { openJobStates, type JobStore, type JobSummary } from '../core/job.ts';
import type { Clock } from '../core/ports.ts';
import { isObject } from '../core/value.ts';

/** The revision that is in force now, or the job as it is when nobody waits any longer. */
export type PublicationOutcome = { kind: 'revision'; revision: number } | { kind: 'job'; job: JobSummary };

export interface PublicationWait {
  jobs: Pick<JobStore, 'show'>;
  clock: Clock;
  /** Null: as long as it takes. */
  waitMs: number | null;
  signal: AbortSignal;
  /** Called whenever the job was looked at. */
  readonly seen?: (job: JobSummary) => void;
}

const lookMs = 100;

/** Throws what the job has failed by; a cancelled one is given back. */
export async function awaitPublication(published: Published, { jobs, clock, waitMs, signal, seen }: PublicationWait): Promise<PublicationOutcome> {
  if (published.kind === 'revision') return published;
  for (const begun = clock.monotonicMs(); ; ) {
    const job = await jobs.show(published.job);
    if (job === null) throw failure('job.unknown', { id: published.job });
    seen?.(job);
    if (job.state === 'failed' && job.failure !== null) throw Failure.from(job.failure);
    if (job.state === 'done') return { kind: 'revision', revision: isObject(job.result) ? Number(job.result['revision']) : 0 };
    if (!openJobStates.includes(job.state)) return { kind: 'job', job };
    if (waitMs !== null && clock.monotonicMs() - begun > waitMs) return { kind: 'job', job };
    await clock.sleep(lookMs, signal);
  }
}
