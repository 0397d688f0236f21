/** One reading of a row source: page after page, each committed together with the cursor behind it. */
import type { Configuration, PublishedConnection, PublishedRoute } from '../../core/configuration/published.ts';
import { emptyEffectSet, type CommitResult, type EffectSet, type MessageRow, type QueueWrite, type TimerWrite } from '../../core/effect-set.ts';
import { Failure, failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { afterWorkMs, scheduleStamp, wasMissed } from '../../core/schedule.ts';
import { sourceTimer, sourceTimerKind, type SourceRow, type SourceWrite } from '../../core/source.ts';
import type { ClaimedTimer } from '../../core/store-port.ts';
import type { Value } from '../../core/value.ts';
import { isObject } from '../../core/value.ts';
import type { ReadPage } from '../../sdk/connector.ts';
import { commitOne } from '../execute-run.ts';
import { payloadOf } from '../journal-payload.ts';
import type { Lease } from '../lease.ts';
import { openRoute, valueContentType } from '../message-case.ts';
import { packedBytes } from '../packed.ts';
import type { ActiveJobs } from '../jobs/active-jobs.ts';
import type { EngineParts } from '../parts.ts';
import { patienceMs } from '../patience.ts';
import { retryDelayMs } from '../retry-delay.ts';
import { blankRow } from '../run-effects.ts';
import { randomUuid } from '../uuid.ts';
import type { Worked } from '../worker.ts';

export interface SourceParts extends EngineParts {
  /** Aborts when the node closes. */
  closing: AbortSignal;
  wakeInbox(): void;
}

/** Pages of one source are handled one after another, unless its route has a key of its own. */
const pageOrder = 'source';

interface Reading {
  route: PublishedRoute;
  connection: PublishedConnection;
  configuration: Configuration;
}

class SourceRun {
  readonly #parts: SourceParts;
  readonly #claimed: ClaimedTimer;
  readonly #lease: Lease;
  readonly #signal: AbortSignal;
  readonly #beganMs: number;
  #source: SourceRow;

  constructor(parts: SourceParts, claimed: ClaimedTimer, source: SourceRow, { lease, signal }: { lease: Lease; signal: AbortSignal }) {
    this.#parts = parts;
    this.#claimed = claimed;
    this.#lease = lease;
    this.#signal = signal;
    this.#source = source;
    this.#beganMs = parts.clock.monotonicMs();
  }

  async work(): Promise<void> {
    const reading = this.#reading();
    if (reading === null) {
      // Whoever opens it again plans it anew.
      await this.#commit({ queue: { op: 'remove' } });
      return;
    }
    const { schedule } = reading.route;
    if (schedule !== null && !isAsked(this.#claimed) && this.#source.attempts === 0 && schedule.missed === 'skip' && wasMissed(schedule, this.#claimed.lateMs)) {
      await this.#commit(this.#next(reading, this.#claimed.lateMs));
      return;
    }
    try {
      if (await this.#pages(reading)) await this.#commit(this.#next(reading, this.#claimed.lateMs));
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      await this.#failed(reading, error);
    }
  }

  /** False when this worker has to leave it: it is closing, or somebody else has changed the source. */
  async #pages(reading: Reading): Promise<boolean> {
    const { remote } = this.#parts;
    await this.#confirm(reading);
    for (let first = true; ; first = false) {
      if (this.#parts.closing.aborted || this.#isFarAhead(reading)) {
        await this.#commit({ queue: { op: 'retry', dueInMs: this.#parts.closing.aborted ? 0 : this.#parts.settings.patienceMs, attempts: 0 } });
        return false;
      }
      this.#lease.assertFresh();
      const page = await remote.read({ ...reading, cursor: this.#source.cursor, limit: limits.pageRows.value }, this.#signal);
      if (this.#signal.aborted) return false;
      if (!(await this.#take(reading, page, first))) return false;
      await this.#confirm(reading);
      if (!page.more) return true;
    }
  }

  async #take(reading: Reading, page: ReadPage, first: boolean): Promise<boolean> {
    const { route } = reading;
    const unconfirmed = page.confirm === true;
    const runs: EffectSet['runs'][number][] = [];
    for (const message of page.messages) {
      const row = await this.#row(reading, message);
      runs.push({ row, route: route.id, orderKey: row.orderKey, dueInMs: 0 });
    }
    const moved: SourceWrite = { op: 'page', route: route.id, epoch: this.#source.epoch, cursor: page.cursor, unconfirmed, messages: runs.length, first, last: !page.more };
    if (this.#parts.bugs.checkpointApart && runs.length > 0) {
      await this.#commit({ runs });
      runs.length = 0;
    }
    const committed = await this.#commit({ runs, sources: [moved] });
    if (committed.kind === 'fenced') return false;
    if (committed.kind === 'queueFull') throw failure('order.queueFull', { route: route.name, key: pageOrder, limit: limits.orderKeyQueue.value });
    if (committed.kind === 'unavailable' || committed.kind === 'refused') throw Failure.from(committed.failure);
    if (committed.kind !== 'committed') throw new Error(`a page cannot be answered with ${committed.kind}`);
    this.#source = { ...this.#source, cursor: page.cursor, unconfirmed, attempts: 0, failure: null };
    for (const { row } of runs) this.#parts.feed.publish({ message: row.id, direction: 'in', state: 'pending', route: route.name, failure: null });
    if (runs.length > 0) this.#parts.wakeInbox();
    return true;
  }

  /** Tells the other side that what it gave is durable; after a crash it is told again. */
  async #confirm({ route, connection }: Reading): Promise<void> {
    if (!this.#source.unconfirmed) return;
    this.#lease.assertFresh();
    await this.#parts.remote.confirm({ route, connection, cursor: this.#source.cursor }, this.#signal);
    await this.#commit({ sources: [{ op: 'confirmed', route: route.id, epoch: this.#source.epoch }] });
    this.#source = { ...this.#source, unconfirmed: false };
  }

  async #row({ route, configuration }: Reading, message: Value): Promise<MessageRow> {
    const keys = this.#keysOf(route, message);
    return {
      ...blankRow(this.#parts, route.retentionDays),
      route: route.id,
      routeVersion: route.version,
      revision: configuration.revision,
      routeName: route.name,
      connectionName: route.connection,
      scenarioNames: openRoute(configuration, route.name).scenarios.map(({ name }) => name),
      orderKey: keys.order,
      keys: keys.business,
      contentType: valueContentType,
      payload: await payloadOf(packedBytes(message), this.#parts.store),
    };
  }

  /** A page that does not fit its route is recorded all the same: its run is refused, and a person sees why. */
  #keysOf(route: PublishedRoute, message: Value): { order: string; business: Readonly<Record<string, string>> } {
    const face = this.#parts.routes.of(route);
    try {
      const { order, business } = face.keys(face.accept(message));
      return { order: order ?? pageOrder, business };
    } catch (error) {
      if (error instanceof Failure) return { order: pageOrder, business: {} };
      throw error;
    }
  }

  /** Null when it is not to be read any more. */
  #reading(): Reading | null {
    const configuration = this.#parts.configuration.current();
    const route = configuration.routes().find(({ id }) => id === this.#source.route);
    if (route === undefined || this.#source.paused || (route.schedule === null && !isAsked(this.#claimed))) return null;
    try {
      openRoute(configuration, route.name);
    } catch (error) {
      if (error instanceof Failure) return null;
      throw error;
    }
    const connection = configuration.connection(route.connection);
    return connection === undefined || !this.#parts.remote.reads(connection, route) ? null : { route, connection, configuration };
  }

  /** A scenario that is slower than the source is not drowned: what waits is bounded. */
  #isFarAhead({ route }: Reading): boolean {
    return this.#parts.room.waiting(route.id) >= limits.sourceAhead.value;
  }

  async #failed(reading: Reading, failed: Failure): Promise<void> {
    const { settings, random, log } = this.#parts;
    const { route } = reading;
    const attempts = this.#source.attempts + 1;
    log.warn('source.failed', { route: route.name, failure: failed.code, attempts });
    const told: SourceWrite = { op: 'failed', route: route.id, epoch: this.#source.epoch, attempts, failure: failed.toData() };
    const delay = patienceMs(failed, settings) ?? retryDelayMs(failed.next.kind === 'fail' || failed.next.kind === 'park' ? { kind: 'retry' } : failed.next, { ...route.retry, attempts: Infinity }, Math.min(attempts, 30), random.fraction());
    await this.#commit({ sources: [told], queue: { op: 'retry', dueInMs: delay ?? route.retry.maxMs, attempts } });
  }

  /** The next time by the schedule; none for a source that is only read when somebody asks. */
  #next({ route }: Reading, lateMs: number): Pick<EffectSet, 'queue' | 'timers'> {
    const { clock } = this.#parts;
    const { schedule } = route;
    const dueInMs = schedule === null ? null : afterWorkMs(schedule, { nowMs: clock.wallMs(), lateMs, tookMs: clock.monotonicMs() - this.#beganMs });
    return { queue: { op: 'remove' }, timers: schedule === null || dueInMs === null ? [] : [planned(route, dueInMs)] };
  }

  async #commit(changes: Partial<EffectSet> & { queue?: QueueWrite }): Promise<CommitResult> {
    const committed = await commitOne(this.#parts, { ...emptyEffectSet(randomUuid(this.#parts.random)), fence: this.#lease.fence, ...changes });
    if (committed.kind !== 'committed' && committed.kind !== 'fenced') this.#parts.log.warn('source.notCommitted', { route: this.#source.route, result: committed.kind });
    return committed;
  }
}

/** The timer of a route by its present schedule. */
export const planned = (route: PublishedRoute, dueInMs: number, asked = false): TimerWrite => ({
  id: sourceTimer(route.id),
  kind: sourceTimerKind,
  dueInMs: Math.round(dueInMs),
  payload: { route: route.id, stamp: route.schedule === null ? null : scheduleStamp(route.schedule), asked },
});

/** A person wants it now, whatever the schedule says. */
const isAsked = ({ payload }: ClaimedTimer): boolean => isObject(payload) && payload['asked'] === true;

/** Reads the source that a timer stands for. */
export async function workSource(parts: SourceParts, active: ActiveJobs, claimed: ClaimedTimer, lease: Lease): Promise<Worked> {
  const taken = active.begin(claimed.fence.message);
  try {
    const source = await parts.store.sources.get(claimed.fence.message.slice(sourceTimer('').length));
    await new SourceRun(parts, claimed, source, { lease, signal: taken.signal }).work();
    return 'over';
  } finally {
    active.end(claimed.fence.message, taken);
  }
}
