/**
 * Bulk work: a chain of effect sets, each committed together with the checkpoint behind it. Whoever takes the job over,
 * on this node or another, goes on from the last checkpoint; what lies before it is done, exactly once.
 */
import type { FailureData } from './failure.ts';
import type { Payload } from './payload.ts';
import type { Value } from './value.ts';

export type JobState =
  | 'queued' // nobody works on it yet
  | 'running'
  | 'waiting' // a failure that may pass: tried again when due
  | 'done'
  | 'failed' // over; may be resumed from its checkpoint
  | 'cancelled'; // likewise

export const openJobStates: readonly JobState[] = ['queued', 'running', 'waiting'];

/** What is wrong with one item of a job's input, such as a row of a file. */
export interface JobProblem {
  /** Number of the item within the input, or the record's id; for a person. */
  place: string;
  failure: FailureData;
  /** The item as it was given; null when it is a record of ours. */
  source: string | null;
}

/** What a job waits for, told to a person when it makes no progress. */
export interface JobWait {
  kind: 'records' | 'commit' | 'file' | 'remote';
  /** The thing waited for, by name. */
  about: string;
}

export interface JobRow {
  id: string;
  /** Name of the job kind. */
  kind: string;
  /** What it is about: the system name of a template, a route …; null when about everything. */
  subject: string | null;
  state: JobState;
  input: Value;
  /** A file that it works on or has made. */
  file: Payload | null;
  checkpoint: Value;
  /** Items behind the checkpoint, those with problems included. */
  done: number;
  /** Null while nobody knows. */
  total: number | null;
  /** Items with problems. */
  failed: number;
  /** The job gives up when more items than this have problems; null: never. */
  problemBudget: number | null;
  /** Whether record triggers run for what it writes. */
  triggers: boolean;
  /** Account id, or `system`. */
  by: string;
  /** Attempts since the checkpoint last moved. */
  attempts: number;
  failure: FailureData | null;
  result: Value;
  waitsFor: JobWait | null;
}

export type JobWrite =
  /** Also plans the timer that brings the job to a worker. An id that exists already fences the set off. */
  | { op: 'insert'; row: Pick<JobRow, 'id' | 'kind' | 'subject' | 'input' | 'file' | 'checkpoint' | 'total' | 'problemBudget' | 'triggers' | 'by'> }
  /** Only of a job in one of the states `from`; in another, somebody else has ended it, and the set is fenced off. */
  | {
      op: 'update';
      id: string;
      from: readonly JobState[];
      state: JobState;
      attempts: number;
      failure: FailureData | null;
      /** Node that begins to work on it; speed is counted from here. */
      beginsOn?: string;
      progress?: Pick<JobRow, 'checkpoint' | 'done' | 'total' | 'failed'>;
      problems?: readonly JobProblem[];
      problemBudget?: number | null;
      /** Of a job that is over. */
      result?: Value;
      file?: Payload;
    };

/** The kind of job that publishes what needs many values to be converted. */
export const publicationKind = 'publish';

/** The timer that brings a job to a worker. */
export const jobTimer = (job: string): string => `job/${job}`;
export const jobTimerKind = 'job';

export interface JobSummary extends Omit<JobRow, 'input' | 'checkpoint'> {
  node: string | null;
  queuedAt: string;
  startedAt: string | null;
  progressedAt: string | null;
  endedAt: string | null;
  /** When it is tried again. */
  dueAt: string | null;
  /** Items a second since the present worker took it. */
  perSecond: number | null;
  /** By that speed. */
  restMs: number | null;
}

export interface JobFilter {
  states?: readonly JobState[];
  kinds?: readonly string[];
  subject?: string;
}

/** Jobs as they are stored. All writing but these few goes through the commit. */
export interface JobStore {
  get(id: string): Promise<JobRow | null>;
  /** Newest first. Throws `store.page`, `store.cursor`. */
  list(filter: JobFilter, page: { limit: number; cursor?: string }): Promise<{ jobs: readonly JobSummary[]; cursor: string | null }>;
  show(id: string): Promise<JobSummary | null>;
  /** In the order in which they were found. Throws `store.page`, `store.cursor`. */
  problems(id: string, page: { limit: number; cursor?: string }): Promise<{ problems: readonly JobProblem[]; cursor: string | null }>;
  /** Compare-and-set: false when it is over. Its worker is fenced off; what it has committed stays. */
  cancel(id: string): Promise<boolean>;
  /** Says what a job without progress waits for. */
  note(id: string, waitsFor: JobWait): Promise<void>;
}
