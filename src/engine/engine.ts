/** One engine: the parts put together, with a beginning and an end. Two engines may run in one process. */
import { failure, type Failure, type FailureData } from '../core/failure.ts';
import type { Configuration, PublishedRoute, PublishedScenario } from '../core/configuration/published.ts';
import { emptyEffectSet, type MessageRow, type Origin } from '../core/effect-set.ts';
import { jobTimer, jobTimerKind } from '../core/job.ts';
import type { ReadRequest, ReadResult } from '../core/query.ts';
import type { DirectWrite, Replies, RunContext, RunResult, RunStart, TraceEntry } from '../core/scenario/machine-port.ts';
import { sourceTimerKind } from '../core/source.ts';
import type { Claimed, ClaimedTimer } from '../core/store-port.ts';
import type { Value, ValueObject } from '../core/value.ts';
import { ActiveRuns } from './active-runs.ts';
import { bulkWrite, type BulkResult, type BulkWrites } from './bulk-write.ts';
import { readCalculated } from './calculated-values.ts';
import { CommitGate } from './commit-gate.ts';
import { createBeganWith } from './began-with.ts';
import { commitOne, executeRun } from './execute-run.ts';
import { Deadlines } from './deadlines.ts';
import { createFeed } from './feed.ts';
import { ActiveJobs } from './jobs/active-jobs.ts';
import { createJobDesk, workJob, type JobDesk, type JobDeskParts } from './jobs/job-desk.ts';
import type { JobKind } from './jobs/kind.ts';
import { InFlight } from './in-flight.ts';
import { workInbox, type InboxParts } from './inbox.ts';
import { Intake, type IntakeParts } from './intake.ts';
import { openRoute, startOf, type Arrival } from './message-case.ts';
import type { Lease } from './lease.ts';
import { instantText } from './instant.ts';
import { payloadOf } from './journal-payload.ts';
import { workOutbox } from './outbox.ts';
import type { EngineParts } from './parts.ts';
import { replyOfRow, type Reply } from './reply.ts';
import { createReplyWaiter, type ReplyWaiter } from './reply-waiter.ts';
import { wantedAgain } from './request-journal.ts';
import { Room } from './room.ts';
import { createRouteFaces, type RouteFaces } from './route-face.ts';
import { blankRow, runRetentionDays } from './run-effects.ts';
import { acceptedUnlessOver } from './pending-first.ts';
import { createRehearsalDesk } from './rehearsal-desk.ts';
import { drive } from './run-driver.ts';
import { randomUuid } from './uuid.ts';
import { createSourceDesk, type SourceDesk, type SourceDeskParts } from './sources/source-desk.ts';
import { SourcePlanner } from './sources/source-planner.ts';
import { workSource } from './sources/source-run.ts';
import { Worker, type Worked } from './worker.ts';
import { packedRun } from './packed-run.ts';

export interface EngineOptions extends Omit<EngineParts, 'began' | 'feed' | 'routes' | 'deadlines' | 'room'> {
  node: string;
  boot: string;
  parseBody(route: PublishedRoute, body: Uint8Array, contentType: string | null): Value;
  /** Kinds of bulk work that this node can do. */
  jobKinds: readonly JobKind[];
}

/** A person has to act first. */
const pausedRetryMs = 60_000;

/** What a rehearsal shows: nothing was written and nothing was sent. */
export interface Rehearsal {
  replies: Replies;
  trace: readonly TraceEntry[];
  records: RunResult['effects']['records'];
  sends: RunResult['effects']['sends'];
  failure: Failure | null;
}

export class Engine {
  readonly feed: EngineParts['feed'];
  readonly inFlight = new InFlight();
  readonly active = new ActiveRuns();
  readonly routes: RouteFaces = createRouteFaces();
  readonly jobs: JobDesk;
  readonly sources: SourceDesk;
  readonly #room: Room;
  readonly #parts: InboxParts & IntakeParts & JobDeskParts & SourceDeskParts;
  readonly #options: EngineOptions;
  readonly #intake: Intake;
  readonly #inbox: Worker<Claimed>;
  readonly #outbox: Worker<Claimed>;
  readonly #jobs: Worker<ClaimedTimer>;
  readonly #sources: Worker<ClaimedTimer>;
  readonly #planner: SourcePlanner;
  readonly #closing = new AbortController();
  readonly #waiter: ReplyWaiter;
  #stopListening: () => void = () => undefined;
  #open = true;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.feed = createFeed(() => instantText(options.clock.wallMs()));
    this.#waiter = createReplyWaiter({ ...options, feed: this.feed });
    this.#room = new Room(options);
    this.#parts = {
      ...options,
      began: createBeganWith(options.configuration, options.clock),
      feed: this.feed,
      routes: this.routes,
      deadlines: new Deadlines(options.clock, options.settings.deadlineTickMs),
      room: this.#room,
      inFlight: this.inFlight,
      active: this.active,
      waiter: this.#waiter,
      wakeInbox: () => this.#inbox.wake(),
      activeJobs: new ActiveJobs(),
      closing: this.#closing.signal,
      wakeJobs: () => this.#jobs.wake(),
      wakeSources: () => this.#sources.wake(),
    };
    this.#intake = new Intake(this.#parts);
    this.#inbox = this.#messageWorker('inbox', options.settings.inboxConcurrency, (claimed, lease) => workInbox(this.#parts, claimed, lease));
    this.#outbox = this.#messageWorker('outbox', options.settings.outboxConcurrency, (claimed, lease) => workOutbox(this.#parts, claimed, lease));
    this.#jobs = this.#jobWorker();
    this.jobs = createJobDesk(this.#parts);
    this.#sources = this.#sourceWorker();
    this.sources = createSourceDesk(this.#parts);
    this.#planner = new SourcePlanner(this.#parts);
  }

  #messageWorker(queue: 'inbox' | 'outbox', concurrency: number, work: (claimed: Claimed, lease: Lease) => Promise<Worked>): Worker<Claimed> {
    const { store, owner, settings } = this.#options;
    return new Worker(this.#parts, {
      queue,
      concurrency,
      work,
      claim: (limit) => store.claim(queue, owner, limit, settings.leaseMs),
      nextDueInMs: () => store.nextDueInMs(queue),
      lost: (message) => void this.#afterLease(message),
      left: (message) => this.active.abandon(message),
    });
  }

  #jobWorker(): Worker<ClaimedTimer> {
    const { store, owner, settings } = this.#options;
    const abandon = (timer: string): void => this.#parts.activeJobs.abandon(timer.slice(jobTimer('').length));
    return new Worker(this.#parts, {
      queue: 'timer',
      concurrency: settings.jobConcurrency,
      work: (claimed, lease) => workJob(this.#parts, claimed, lease),
      claim: (limit) => store.claimTimers(jobTimerKind, owner, limit, settings.leaseMs),
      nextDueInMs: () => store.nextTimerInMs(jobTimerKind),
      lost: abandon,
      left: abandon,
    });
  }

  #sourceWorker(): Worker<ClaimedTimer> {
    const { store, owner, settings } = this.#options;
    const active = new ActiveJobs();
    return new Worker(this.#parts, {
      queue: 'timer',
      concurrency: settings.sourceConcurrency,
      work: (claimed, lease) => workSource(this.#parts, active, claimed, lease),
      claim: (limit) => store.claimTimers(sourceTimerKind, owner, limit, settings.leaseMs),
      nextDueInMs: () => store.nextTimerInMs(sourceTimerKind),
      lost: (timer) => active.abandon(timer),
      left: (timer) => active.abandon(timer),
    });
  }

  /** Takes back what earlier boots of this node held, then works. */
  async start(): Promise<void> {
    const { store, node, boot, log } = this.#options;
    const freed = await store.freeEarlierBoots(node, boot);
    if (freed > 0) log.info('engine.leasesFreed', { freed });
    this.#stopListening = store.onWake((queue) => {
      if (queue === 'inbox') this.#inbox.wake();
      if (queue === 'outbox') this.#outbox.wake();
      if (queue === 'timer') {
        this.#jobs.wake();
        this.#sources.wake();
      }
      if (queue === 'cancel') void this.#dropCancelled();
    });
    this.#room.start();
    this.#inbox.start();
    this.#outbox.start();
    this.#jobs.start();
    this.#sources.start();
    this.#planner.start();
  }

  /** There may be something to do: the installation was told to go on. */
  wake(): void {
    this.#inbox.wake();
    this.#outbox.wake();
  }

  get open(): boolean {
    return this.#open;
  }

  /** Takes nothing new, lets what runs come to its end, and frees the leases of the rest. */
  async drain(): Promise<void> {
    this.#open = false;
    this.#stopListening();
    this.#closing.abort();
    await Promise.all([this.#inbox.close(), this.#outbox.close(), this.#jobs.close(), this.#sources.close(), this.#planner.close(), this.#room.close()]);
    const patience = new AbortController();
    await Promise.race([this.active.whenIdle(), this.#options.clock.sleep(this.#options.settings.drainMs, patience.signal).catch(() => undefined)]);
    patience.abort();
    this.#waiter.close();
    await this.#options.remote.close();
  }

  /** A message arrives; refusals that concern the route throw a Failure. */
  async receive(arrival: Arrival): Promise<Reply> {
    this.#assertOpen();
    this.#assertActing();
    const reply = await this.#intake.receive(arrival);
    this.#outbox.wake();
    return reply;
  }

  /** As people and programs see records: with their calculated attributes. */
  async read(request: ReadRequest): Promise<ReadResult> {
    return readCalculated(this.#options.store, this.#options.configuration.current().templates, request);
  }

  /** Whether a run of the scenario may call other systems and wait for them. */
  mayRequest(scenario: string): boolean {
    return this.#options.machine.mayRequest(this.#options.configuration.current(), scenario);
  }

  /** What such writes would come to, by the data as it is; nothing is written. Throws a Failure when they cannot even be tried. */
  async rehearseWrites(writes: readonly DirectWrite[], by: string): Promise<{ written: RunResult['written']; refusal: FailureData | null }> {
    const configuration = this.#options.configuration.current();
    const identity = { run: randomUuid(this.#options.random), initiator: by, depth: 0, startedAt: instantText(this.#options.clock.wallMs()) };
    const driven = await drive(this.#parts, { configuration, start: { kind: 'writes', writes, origin: 'api' }, identity, requests: null, signal: AbortSignal.any([]) });
    if (driven.kind === 'abandoned') throw new Error('nothing abandons a rehearsal');
    if (driven.kind === 'failed') throw driven.failure;
    const { records, checks } = driven.result.effects;
    return { written: driven.result.written, refusal: await this.#options.store.probe({ ...emptyEffectSet(randomUuid(this.#options.random)), records, checks }) };
  }

  /** Writes of the API, with the `before` triggers they fire; all of them or none. Throws a Failure. */
  async write(writes: readonly DirectWrite[], by: string, origin: Origin): Promise<RunResult['written']> {
    this.#assertOpen();
    const id = randomUuid(this.#options.random);
    const configuration = this.#options.configuration.current();
    const executed = await executeRun(this.#parts, {
      execution: {
        configuration,
        start: { kind: 'writes', writes, origin },
        identity: { run: id, initiator: by, depth: 0, startedAt: instantText(this.#options.clock.wallMs()) },
        requests: null,
        signal: AbortSignal.any([]),
      },
      parent: { id: null, depth: 0, caller: by, orderKey: null, chain: [] },
      complete: (_result, set) => set,
      gate: new CommitGate(),
    });
    this.#inbox.wake();
    this.#outbox.wake();
    if (executed.kind === 'committed') return executed.result.written;
    throw executed.kind === 'failed' ? executed.failure : failure('run.cancelled', {});
  }

  /** Many writes of the API in one commit. Throws a Failure that concerns the whole. */
  async writeMany(bulk: BulkWrites): Promise<BulkResult> {
    this.#assertOpen();
    const result = await bulkWrite(this.#parts, bulk);
    this.#inbox.wake();
    this.#outbox.wake();
    return result;
  }

  /**
   * Starts a scenario with the trigger `manual` or `api` and waits for its end up to the reply deadline.
   * The run is durable before it begins, so that it may ask other systems and outlive this call.
   */
  async run(scenario: string, variables: ValueObject, context: RunContext | null, by: string): Promise<Reply> {
    this.#assertOpen();
    this.#assertActing();
    const { configuration, store, settings } = this.#options;
    const found = startable(configuration.current(), scenario);
    this.#room.assertInbox(found.id, found.name);
    const payload = await payloadOf(packedRun({ variables, context, chain: [] }), store);
    const row: MessageRow = { ...blankRow(this.#parts, runRetentionDays), direction: 'run', revision: configuration.current().revision, scenarioNames: [scenario], caller: by, payload };
    const committed = await commitOne(this.#parts, { ...emptyEffectSet(randomUuid(this.#options.random)), runs: [{ row, route: found.id, orderKey: null, dueInMs: 0, awaited: true }] });
    if (committed.kind !== 'committed') throw failure('store.unavailable', {});
    this.#inbox.wake();
    const over = await this.#waiter.wait(row.id, settings.replyDeadlineMs);
    return over === null ? acceptedUnlessOver(this.#parts, row.id) : replyOfRow(over, store, false);
  }

  /** Runs a message through a route and its scenarios without writing or sending anything. */
  async rehearse(route: string, message: Value, by: string): Promise<Rehearsal> {
    const open = openRoute(this.#options.configuration.current(), route);
    return this.#rehearse(open.configuration, startOf(open, this.routes.of(open.route).accept(message)), by);
  }

  /** The same for a scenario that is started by hand or by API. */
  async rehearseRun(scenario: string, variables: ValueObject, context: RunContext | null, by: string): Promise<Rehearsal> {
    const configuration = this.#options.configuration.current();
    startable(configuration, scenario);
    return this.#rehearse(configuration, { kind: 'scenario', scenario, variables, context }, by);
  }

  async #rehearse(configuration: Configuration, start: RunStart, by: string): Promise<Rehearsal> {
    const rehearsed = await drive(this.#parts, {
      configuration,
      start,
      identity: { run: randomUuid(this.#options.random), initiator: by, depth: 0, startedAt: instantText(this.#options.clock.wallMs()) },
      requests: createRehearsalDesk(configuration, this.routes),
      signal: AbortSignal.any([]),
    });
    if (rehearsed.kind === 'abandoned') throw failure('run.cancelled', {});
    const { replies, trace, effects } = rehearsed.result;
    const refusal = rehearsed.kind === 'finished' ? await this.#options.store.probe({ ...emptyEffectSet(randomUuid(this.#options.random)), records: effects.records, checks: effects.checks }) : null;
    return { replies, trace, records: effects.records, sends: effects.sends, failure: rehearsed.kind === 'failed' ? rehearsed.failure : refusal === null ? null : failure(refusal.code, refusal.parameters) };
  }

  /**
   * Ends a run or a delivery that has not committed; true when it was ended by this. `stop` lets a remote call that is
   * out be answered, `kill` leaves it, and its outcome stays unknown.
   */
  async cancel(id: string, how: 'stop' | 'kill' = 'stop'): Promise<boolean> {
    // The other nodes read from the failure how it is meant.
    const cancelled = failure('run.cancelled', { how });
    const ended = await this.#options.store.setMessageState(id, ['pending', 'waiting'], 'cancelled', cancelled.toData());
    const here = this.active.end(id, cancelled, how);
    return ended || here;
  }

  /** A dead letter goes back to its queue. Calls of which nobody knows what came of them are made again: that was the question to the person. */
  async retry(id: string): Promise<boolean> {
    const requeued = await this.#options.store.requeue(id, ['dead'], { unknownAs: wantedAgain() });
    if (requeued) {
      this.#inbox.wake();
      this.#outbox.wake();
    }
    return requeued;
  }

  discard(id: string): Promise<boolean> {
    return this.#options.store.setMessageState(id, ['dead'], 'discarded', null);
  }

  async #dropCancelled(): Promise<void> {
    for (const run of this.active.list()) await this.#endIfCancelled(run.id);
    await this.#parts.activeJobs.dropCancelled(this.#options.store.jobs);
  }

  /** A cancelled message has no lease either, and how it was cancelled says what becomes of its call; any other goes on elsewhere. */
  async #afterLease(message: string): Promise<void> {
    if (!(await this.#endIfCancelled(message))) this.active.abandon(message);
  }

  async #endIfCancelled(message: string): Promise<boolean> {
    const row = await this.#options.store.message(message).catch(() => null);
    if (row?.state !== 'cancelled') return false;
    this.active.end(message, failure('run.cancelled', {}), row.failure?.parameters['how'] === 'kill' ? 'kill' : 'stop');
    return true;
  }

  #assertOpen(): void {
    if (!this.#open) throw failure('run.closing', {}, { next: { kind: 'retryAfter', ms: 2_000 } });
  }

  /** Records may be looked at and mended while everything that reaches outside stands still. */
  #assertActing(): void {
    const pause = this.#options.pause();
    if (pause !== null) throw failure('instance.paused', { why: pause.why, since: pause.since }, { next: { kind: 'retryAfter', ms: pausedRetryMs } });
  }
}

/** A scenario that a person or a call may start; throws why it may not. */
function startable(configuration: Configuration, name: string): PublishedScenario {
  const found = configuration.scenario(name);
  if (found === undefined) throw failure('scenario.unknown', { scenario: name });
  if (!found.enabled) throw failure('scenario.disabled', { scenario: name });
  const { kind } = found.document.on;
  if (kind !== 'manual' && kind !== 'api') throw failure('scenario.notStartable', { scenario: name });
  return found;
}
