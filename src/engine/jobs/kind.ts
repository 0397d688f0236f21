/**
 * How to write a job: a `JobKind` is a name and a function `step` that, from the checkpoint, says what the next effect set is
 * and where the job stands after it. The runner commits both together, so a step is never half done and never done twice.
 *
 *   const clearNotes: JobKind = {
 *     name: 'clearNotes',
 *     async step({ job, checkpoint, size, read, waitsFor }) {
 *       waitsFor({ kind: 'records', about: job.subject });
 *       const page = await read(…at most `size` records behind the checkpoint…);
 *       return { checkpoint: …position of the last one…, done: page.length, writes: { origin: 'api', writes: […] }, ...(isLast && { result: null }) };
 *     },
 *   };
 *
 * A step keeps nothing outside the checkpoint: the next one may be computed on another node. It takes at most `size` items;
 * when the data of a set is refused, the runner asks again for fewer, down to the item that is wrong, which becomes a problem.
 * A failure that may pass (`next` is retry or retryAfter) is thrown: the step is tried again later. Any other one that is
 * thrown ends the job; it can be resumed. Kinds are handed to the engine as `jobKinds`; `engine.jobs.start` begins one.
 */
import type { EffectSet, Origin, Payload } from '../../core/effect-set.ts';
import type { JobProblem, JobRow, JobWait } from '../../core/job.ts';
import type { ReadRequest, ReadResult } from '../../core/query.ts';
import type { Configuration } from '../../core/configuration/published.ts';
import type { DirectWrite } from '../../core/scenario/machine-port.ts';
import type { Value } from '../../core/value.ts';
import type { Lease } from '../lease.ts';

export interface JobKind {
  name: string;
  step(turn: JobTurn): Promise<JobStep>;
  /** After the job was cancelled or has failed: what it made for its own later steps goes. May fail or never happen. */
  readonly abandoned?: () => Promise<void>;
}

export interface JobTurn {
  job: JobRow;
  checkpoint: Value;
  configuration: Configuration;
  /** Items that the next set may have. */
  size: number;
  /** Aborts when the job is cancelled or taken over: what the step still does is thrown away. */
  signal: AbortSignal;
  /** To be asserted fresh before a remote call. */
  lease: Lease;
  readonly read: (request: ReadRequest) => Promise<ReadResult>;
  /** Told to people when the job makes no progress for long. */
  readonly waitsFor: (what: JobWait) => void;
}

export interface JobStep {
  /** Where the next step begins. */
  checkpoint: Value;
  /** Items that this step has dealt with, those with problems included. */
  done: number;
  /** When it has become known. */
  total?: number;
  problems?: readonly JobProblem[];
  /** Problems that are counted without being told one by one. */
  untold?: number;
  /** Written as the API's are: checked, with their triggers if the job has them, in the name of the job's account. */
  writes?: { origin: Origin; writes: readonly DirectWrite[]; places: readonly Omit<JobProblem, 'failure'>[] };
  /** What else belongs to the same commit. */
  effects?: Partial<Pick<EffectSet, 'records' | 'checks' | 'outbox' | 'runs' | 'conversions' | 'publication'>>;
  file?: Payload;
  /** It was the last step; what the job has come to. */
  result?: Value;
}
