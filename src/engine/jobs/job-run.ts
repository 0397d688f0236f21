/** One worker's time with a job: step after step, each committed with its checkpoint. */
import { catalogue } from '../../core/errors.ts';
import { Failure, failure } from '../../core/failure.ts';
import { emptyEffectSet, type CommitResult, type EffectSet, type Fence } from '../../core/effect-set.ts';
import { openJobStates, type JobProblem, type JobRow, type JobWait, type JobWrite } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import { CommitGate } from '../commit-gate.ts';
import { commitOne, executeRun, type Executed } from '../execute-run.ts';
import { instantText } from '../instant.ts';
import type { Lease } from '../lease.ts';
import type { EngineParts } from '../parts.ts';
import { patienceMs } from '../patience.ts';
import { Abandoned } from '../run-end.ts';
import { randomUuid } from '../uuid.ts';
import type { JobKind, JobStep } from './kind.ts';

export interface JobParts extends EngineParts {
  /** Aborts when the node closes: jobs are handed over between two steps. */
  closing: AbortSignal;
}

/** How one step ended. */
type Stepped = 'goOn' | 'over';

type Update = Extract<JobWrite, { op: 'update' }>;

export class JobRun {
  readonly #parts: JobParts;
  readonly #kind: JobKind;
  readonly #lease: Lease;
  readonly #signal: AbortSignal;
  #job: JobRow;
  #size: number = limits.jobRows.value;
  #waits: JobWait = { kind: 'records', about: '' };
  #toldAt = 0;

  constructor(parts: JobParts, kind: JobKind, job: JobRow, { lease, signal }: { lease: Lease; signal: AbortSignal }) {
    this.#parts = parts;
    this.#kind = kind;
    this.#job = job;
    this.#lease = lease;
    this.#signal = signal;
  }

  /** Works until the job is over, has to wait, or is taken away. */
  async work(): Promise<void> {
    if (!(await this.#begin())) return;
    if (!this.#job.triggers) this.#parts.log.warn('job.triggersOff', { job: this.#job.id, kind: this.#job.kind, subject: this.#job.subject ?? '' });
    for (;;) {
      if (this.#parts.settings.jobPauseMs > 0) await this.#rest();
      if (this.#signal.aborted) return;
      if (this.#parts.closing.aborted) {
        await this.#commit({ ...this.#set(), jobs: [this.#update({ state: 'queued', attempts: 0 })], queue: { op: 'retry', dueInMs: 0, attempts: 0 } });
        return;
      }
      try {
        if ((await this.#watched(() => this.#step())) === 'over') return;
      } catch (error) {
        if (this.#signal.aborted || error instanceof Abandoned) return;
        await this.#settle(error instanceof Failure ? error : this.#crashed(error));
        return;
      }
    }
  }

  /** Leaves the database to others between two steps. */
  async #rest(): Promise<void> {
    const { clock, settings, closing } = this.#parts;
    await clock.sleep(settings.jobPauseMs, AbortSignal.any([this.#signal, closing])).catch(() => undefined);
  }

  /** An attempt counts from its beginning: one that takes its whole node with it is counted, too. */
  async #begin(): Promise<boolean> {
    const attempts = this.#job.attempts + 1;
    if (attempts > limits.jobAttempts.value) {
      await this.#end('failed', Failure.from(this.#job.failure ?? failure('job.noProgress', { attempts: this.#job.attempts, done: this.#job.done }).toData()));
      return false;
    }
    const begun = await this.#commit({ ...this.#set(), jobs: [{ ...this.#update({ state: 'running', attempts }), beginsOn: this.#parts.owner.split('/')[0] ?? '' }] });
    return begun.kind === 'committed';
  }

  async #step(): Promise<Stepped> {
    const { configuration, store } = this.#parts;
    const turn = {
      job: this.#job,
      checkpoint: this.#job.checkpoint,
      configuration: configuration.current(),
      size: this.#size,
      signal: this.#signal,
      lease: this.#lease,
      read: (request: Parameters<typeof store.read>[0]) => store.read(request),
      waitsFor: (what: JobWait): void => void (this.#waits = what),
    };
    const step = await this.#kind.step(turn);
    if (this.#signal.aborted) return 'over';
    this.#waits = { kind: 'commit', about: this.#job.subject ?? '' };
    const result = await this.#write(step);
    if (result === 'over' || result === 'goOn') return result;
    return this.#refused(step, result);
  }

  /** Commits the step; a failure means that its data was refused. */
  async #write(step: JobStep): Promise<Stepped | { failure: Failure; at: number | null }> {
    const writes = step.writes?.writes ?? [];
    if (writes.length === 0) {
      const committed = await this.#commitStep(this.#set(), step);
      return committed.kind === 'refused' ? { failure: Failure.from(committed.failure), at: null } : this.#after(committed, step);
    }
    const executed = await this.#execute(step, writes);
    switch (executed.kind) {
      case 'committed':
        return this.#after(this.#parts.bugs.checkpointApart ? await this.#commit({ ...this.#set(), ...this.#moved(step) }) : { kind: 'committed' }, step);
      case 'abandoned':
      case 'duplicate':
        return 'over';
      case 'failed':
        if (isPassing(executed.failure)) throw executed.failure;
        return { failure: executed.failure, at: indexOf(executed.path) };
      default:
        return executed satisfies never;
    }
  }

  #execute(step: JobStep, writes: NonNullable<JobStep['writes']>['writes']): Promise<Executed> {
    const { configuration, clock, random, bugs } = this.#parts;
    const { by, triggers } = this.#job;
    return executeRun(this.#parts, {
      execution: {
        configuration: configuration.current(),
        start: { kind: 'writes', writes, origin: step.writes?.origin ?? 'api', ...(triggers ? {} : { quiet: true }) },
        identity: { run: randomUuid(random), initiator: by, depth: 0, startedAt: instantText(clock.wallMs()) },
        requests: null,
        signal: this.#signal,
      },
      parent: { id: null, depth: 0, caller: by, orderKey: null, chain: [] },
      complete: (_result, set) => (bugs.checkpointApart ? { ...set, fence: this.#lease.fence } : joined({ ...set, ...this.#moved(step) }, step)),
      gate: new CommitGate(),
    });
  }

  /** A set that is refused is asked for again with fewer items, until it is known which one is wrong. */
  async #refused(step: JobStep, { failure: refusal, at }: { failure: Failure; at: number | null }): Promise<Stepped> {
    const writes = step.writes?.writes ?? [];
    const wrong = at ?? (writes.length === 1 ? 0 : null);
    if (writes.length <= 1 && step.done <= 1 && wrong === 0 && catalogue[refusal.code].fault === 'message' && !refusal.code.startsWith('access.')) {
      this.#size = limits.jobRows.value;
      const [place] = step.writes?.places ?? [];
      const problem: JobProblem = { place: place?.place ?? '', source: place?.source ?? null, failure: refusal.toData() };
      const { writes: _dropped, ...rest } = step;
      const told: JobStep = { ...rest, problems: [...(step.problems ?? []), problem] };
      return this.#after(await this.#commitStep(this.#set(), told), told);
    }
    if (this.#size === 1) throw refusal;
    this.#size = wrong !== null && wrong > 0 && wrong < this.#size ? wrong : wrong === 0 ? 1 : Math.max(1, Math.floor(this.#size / 4));
    return 'goOn';
  }

  #commitStep(set: EffectSet, step: JobStep): Promise<CommitResult> {
    return this.#commit(joined({ ...set, ...this.#moved(step) }, step));
  }

  /** The checkpoint behind the step, and the end of the job when this was it. */
  #moved(step: JobStep): Pick<EffectSet, 'fence' | 'jobs' | 'queue'> {
    const failed = this.#failedAfter(step);
    const progress = { checkpoint: step.checkpoint, done: this.#job.done + step.done, total: step.total ?? this.#job.total, failed };
    const ended = this.#endOf(step, failed);
    const job: Update = {
      ...this.#update(ended ?? { state: 'running', attempts: 0 }),
      progress: ended?.state === 'done' ? { ...progress, total: progress.done } : progress,
      ...(step.problems === undefined ? {} : { problems: step.problems }),
      ...(step.file === undefined ? {} : { file: step.file }),
      ...(ended?.state === 'done' ? { result: step.result ?? null } : {}),
    };
    return { fence: this.#lease.fence, jobs: [job], ...(ended === null ? {} : { queue: { op: 'remove' } }) };
  }

  #failedAfter({ problems = [], untold = 0 }: JobStep): number {
    return this.#job.failed + problems.length + untold;
  }

  #endOf(step: JobStep, failed: number): Pick<Update, 'state' | 'attempts'> & { failure?: Failure } | null {
    const { problemBudget } = this.#job;
    if (problemBudget !== null && failed > problemBudget) return { state: 'failed', attempts: 0, failure: failure('job.tooManyProblems', { failed, limit: problemBudget }) };
    return step.result === undefined ? null : { state: 'done', attempts: 0 };
  }

  async #after(committed: CommitResult, step: JobStep): Promise<Stepped> {
    switch (committed.kind) {
      case 'committed':
        break;
      case 'fenced':
        return 'over';
      case 'unavailable':
      case 'refused':
        throw Failure.from(committed.failure);
      case 'conflict':
        return 'goOn'; // computed again from the same checkpoint
      case 'duplicate':
      case 'queueFull':
        throw failure('store.busy', { waiting: limits.orderKeyQueue.value });
      default:
        committed satisfies never;
    }
    const failed = this.#failedAfter(step);
    const ended = this.#endOf(step, failed);
    this.#job = { ...this.#job, state: ended?.state ?? 'running', checkpoint: step.checkpoint, done: this.#job.done + step.done, total: step.total ?? this.#job.total, failed, attempts: 0, failure: null };
    this.#size = Math.min(limits.jobRows.value, this.#size * 2);
    this.#tell(ended?.failure ?? null, ended !== null);
    return ended === null ? 'goOn' : 'over';
  }

  /** Waits for better times, or gives up. */
  async #settle(failed: Failure): Promise<void> {
    const patience = patienceMs(failed, this.#parts.settings);
    if (patience !== null) return this.#wait(failed, patience, Math.max(0, this.#job.attempts));
    const attempts = this.#job.attempts + 1;
    if (!isPassing(failed) || attempts >= limits.jobAttempts.value) return this.#end('failed', failed);
    const { settings, random } = this.#parts;
    const pause = settings.jobRetryMs * 2 ** (attempts - 1) * (0.75 + random.fraction() / 2);
    return this.#wait(failed, failed.next.kind === 'retryAfter' ? Math.max(failed.next.ms, pause) : pause, attempts);
  }

  async #wait(failed: Failure, ms: number, attempts: number): Promise<void> {
    await this.#commit({ ...this.#set(), jobs: [this.#update({ state: 'waiting', attempts, failure: failed })], queue: { op: 'retry', dueInMs: Math.round(ms), attempts } });
    this.#job = { ...this.#job, state: 'waiting' };
    this.#tell(failed, true);
  }

  async #end(state: 'failed', failed: Failure): Promise<void> {
    const ended = await this.#commit({ ...this.#set(), jobs: [this.#update({ state, attempts: 0, failure: failed })], queue: { op: 'remove' } });
    if (ended.kind !== 'committed') return;
    this.#job = { ...this.#job, state };
    this.#tell(failed, true);
    await this.#kind.abandoned?.().catch((error: unknown) => this.#parts.log.warn('job.notCleared', { job: this.#job.id, error: String(error) }));
  }

  /** Says what the step waits for when it takes too long. */
  async #watched<T>(step: () => Promise<T>): Promise<T> {
    const { clock, deadlines, settings, store, log } = this.#parts;
    const { id, kind } = this.#job;
    const stalled = (): void => {
      log.warn('job.noProgress', { job: id, kind, waitsFor: `${this.#waits.kind} ${this.#waits.about}` });
      store.jobs.note(id, this.#waits).catch((error: unknown) => log.debug('job.notNoted', { job: id, error: String(error) }));
    };
    const inTime = deadlines.add(clock.monotonicMs() + settings.jobStallMs, stalled);
    try {
      return await step();
    } finally {
      inTime();
    }
  }

  #crashed(error: unknown): Failure {
    const detail = error instanceof Error ? error.message : String(error);
    this.#parts.log.error('job.crashed', { job: this.#job.id, kind: this.#kind.name, error: error instanceof Error ? error.stack : detail });
    return failure('job.crashed', { detail }, { cause: error });
  }

  #set(): EffectSet & { fence: Fence } {
    return { ...emptyEffectSet(randomUuid(this.#parts.random)), fence: this.#lease.fence };
  }

  #update({ failure: reason, ...changes }: Pick<Update, 'state' | 'attempts'> & { failure?: Failure }): Update {
    return { op: 'update', id: this.#job.id, from: openJobStates, failure: reason?.toData() ?? null, ...changes };
  }

  async #commit(set: EffectSet): Promise<CommitResult> {
    const committed = await commitOne(this.#parts, set);
    if (committed.kind !== 'committed' && committed.kind !== 'fenced') this.#parts.log.warn('job.notCommitted', { job: this.#job.id, result: committed.kind });
    return committed;
  }

  /** Progress is told once a second, an end at once. */
  #tell(failed: Failure | null, atOnce: boolean): void {
    const { clock, feed } = this.#parts;
    const now = clock.monotonicMs();
    if (!atOnce && now - this.#toldAt < 1_000) return;
    this.#toldAt = now;
    const { id, kind, subject, state, done, total, failed: problems } = this.#job;
    feed.publish({ job: id, kind, subject, state, done, total, failed: problems, failure: failed?.code ?? null });
  }
}

/** What the step adds by itself. */
const joined = (set: EffectSet, { effects = {} }: JobStep): EffectSet => ({
  ...set,
  records: [...set.records, ...(effects.records ?? [])],
  checks: [...set.checks, ...(effects.checks ?? [])],
  outbox: [...set.outbox, ...(effects.outbox ?? [])],
  runs: [...set.runs, ...(effects.runs ?? [])],
  ...(effects.conversions === undefined ? {} : { conversions: effects.conversions }),
  ...(effects.publication === undefined ? {} : { publication: effects.publication }),
});

const isPassing = ({ next }: Failure): boolean => next.kind === 'retry' || next.kind === 'retryAfter' || next.kind === 'reconnect';

/** Of a path like `writes[3].update`. */
function indexOf(path: string): number | null {
  const found = /^writes\[(\d+)\]/.exec(path)?.[1];
  return found === undefined ? null : Number(found);
}
