/**
 * The way of a message from the receiver to its durable record and, where the caller waits, to its reply.
 * Nothing is acknowledged before it is committed.
 */
import { Failure, failure } from '../core/failure.ts';
import type { Configuration, PublishedRoute, PublishedScenario } from '../core/configuration/published.ts';
import { emptyEffectSet, type CommitResult, type EffectSet, type IdempotencyWrite, type MessageRow, type MessageWrite, type Payload } from '../core/effect-set.ts';
import { limits } from '../core/limits.ts';
import type { RunResult, RunStart } from '../core/scenario/machine-port.ts';
import type { Value, ValueObject } from '../core/value.ts';
import { activeRun, type ActiveRuns } from './active-runs.ts';
import { commitOne, executeRun, type Executed } from './execute-run.ts';
import type { InFlight } from './in-flight.ts';
import { payloadOf } from './journal-payload.ts';
import type { EngineParts } from './parts.ts';
import { bodyReply, storedErrorReply, storedReply, type Reply, type StoredReply } from './reply.ts';
import { bodyHash, sameHash } from './request-hash.ts';
import type { MessageKeys, RouteFace } from './route-face.ts';
import { blankRow } from './run-effects.ts';
import { packTrace } from './trace.ts';
import { randomUuid } from './uuid.ts';
import type { ReplyWaiter } from './reply-waiter.ts';
import { packedBytes } from './packed.ts';

export interface Arrival {
  /** System name of the route. */
  route: string;
  body: Uint8Array;
  contentType: string | null;
  /** Account id, or `anonymous`. */
  caller: string;
  /** The header, when the caller sent one. */
  idempotencyKey: string | null;
  /** Whether the body alone gives the value again; else the value itself is kept. */
  bodyIsAll: boolean;
  /** Makes a value of the body; throws `message.*`. */
  parse(body: Uint8Array): Value;
}

/** Marks a payload that is a packed value, not what came over the wire. */
export const valueContentType = 'application/vnd.zveno.value+json';

export interface IntakeParts extends EngineParts {
  inFlight: InFlight;
  active: ActiveRuns;
  waiter: ReplyWaiter;
  wakeInbox(): void;
}

/** Everything known about one arriving message once it is understood. */
interface Case {
  arrival: Arrival;
  configuration: Configuration;
  route: PublishedRoute;
  scenarios: readonly PublishedScenario[];
  face: RouteFace;
  /** Null when the body was refused. */
  message: ValueObject | null;
  row: MessageRow;
  idempotency: IdempotencyWrite | null;
  deadlineAt: number;
}

export class Intake {
  readonly #parts: IntakeParts;
  /** One-commit runs with an idempotency key that are under way on this node. */
  readonly #keyed = new Map<string, Promise<Reply>>();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Refusals that concern the route throw a Failure: nothing was recorded. */
  async receive(arrival: Arrival): Promise<Reply> {
    const { configuration, route, scenarios } = openRoute(this.#parts.configuration.current(), arrival.route);
    const giveBack = this.#parts.inFlight.take(arrival.body.byteLength);
    try {
      return await this.#understand(arrival, configuration, route, scenarios);
    } finally {
      giveBack();
    }
  }

  async #understand(arrival: Arrival, configuration: Configuration, route: PublishedRoute, scenarios: readonly PublishedScenario[]): Promise<Reply> {
    const { clock, settings, routes, store } = this.#parts;
    const face = routes.of(route);
    const blank = blankRow(this.#parts, route.retentionDays);
    const base: Omit<Case, 'row' | 'message' | 'idempotency'> = {
      arrival,
      configuration,
      route,
      scenarios,
      face,
      deadlineAt: clock.monotonicMs() + settings.replyDeadlineMs,
    };
    const row: MessageRow = {
      ...blank,
      route: route.id,
      routeVersion: route.version,
      routeName: route.name,
      connectionName: route.connection,
      scenarioNames: scenarios.map((scenario) => scenario.name),
      caller: arrival.caller,
      contentType: arrival.contentType,
      payload: await payloadOf(arrival.body, store),
    };
    let kept = row;
    let message: ValueObject;
    let keys: MessageKeys;
    try {
      const arrived = arrival.parse(arrival.body);
      if (!arrival.bodyIsAll) kept = { ...row, contentType: valueContentType, payload: await payloadOf(packedBytes(arrived), store) };
      message = face.accept(arrived);
      keys = face.keys(message);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const refused: Case = { ...base, row: kept, message: null, idempotency: idempotencyOf(kept, arrival, arrival.idempotencyKey) };
      return this.#refuse(refused, error);
    }
    const key = arrival.idempotencyKey ?? keys.idempotency;
    const full: MessageRow = { ...kept, orderKey: keys.order, idempotencyKey: key, keys: keys.business };
    const understood: Case = { ...base, row: full, message, idempotency: idempotencyOf(full, arrival, key) };
    return this.#isOneCommit(understood) ? this.#runNowOnce(understood) : this.#runLater(understood);
  }

  /** One commit inserts the message already done when nothing can stop the run on its way. */
  #isOneCommit({ route, scenarios, row, configuration }: Case): boolean {
    return (
      route.reply === 'afterRun' &&
      row.orderKey === null &&
      row.payload?.kind === 'bytes' &&
      scenarios.every((scenario) => !this.#parts.machine.mayRequest(configuration, scenario.name))
    );
  }

  // One commit

  async #runNowOnce(subject: Case): Promise<Reply> {
    const { idempotency } = subject;
    if (idempotency === null) return this.#runNow(subject, false);
    const slot = JSON.stringify([idempotency.route, idempotency.caller, idempotency.key]);
    const before = this.#keyed.get(slot);
    if (before !== undefined) return this.#afterTwin(subject, idempotency, before);
    const running = this.#runNow(subject, false);
    this.#keyed.set(slot, running);
    try {
      return await running;
    } finally {
      this.#keyed.delete(slot);
    }
  }

  /** The same key is being worked on here: wait for it a while, then answer from what it left. */
  async #afterTwin(subject: Case, idempotency: IdempotencyWrite, twin: Promise<Reply>): Promise<Reply> {
    const { clock, settings } = this.#parts;
    const inTime = await Promise.race([twin.then(() => true, () => true), clock.sleep(settings.repeatWaitMs).then(() => false)]);
    if (!inTime) throw failure('message.inProgress', { key: idempotency.key }, { next: { kind: 'retryAfter', ms: 1_000 } });
    const stored = await this.#parts.store.idempotency(idempotency.route, idempotency.caller, idempotency.key);
    if (stored === null) return this.#runNow(subject, false);
    return this.#repeat(subject, idempotency, { kind: 'duplicate', ...stored, sameBody: sameHash(stored.bodyHash, idempotency.bodyHash) });
  }

  async #runNow(subject: Case, known: boolean): Promise<Reply> {
    const { route, row } = subject;
    const run = activeRun({ id: row.id, route: route.name, scenarios: row.scenarioNames, startedAt: row.receivedAt });
    this.#parts.active.add(run);
    const stopWatch = this.#watchDeadline(subject, run.id);
    try {
      const executed = await executeRun(this.#parts, {
        execution: {
          configuration: subject.configuration,
          start: startOf(subject),
          identity: { run: subject.row.id, initiator: initiatorOf(subject), depth: 0, startedAt: subject.row.receivedAt },
          requests: null,
          signal: run.stop.signal,
        },
        parent: { id: subject.row.id, depth: 0, caller: subject.row.caller, orderKey: null },
        complete: (result, set) => this.#doneSet(subject, result, set, known),
        gate: run.gate,
      });
      return await this.#replyTo(subject, executed, known);
    } finally {
      stopWatch();
      this.#parts.active.remove(run);
    }
  }

  #watchDeadline(subject: Case, id: string): () => void {
    const { clock, active } = this.#parts;
    const watch = new AbortController();
    clock.sleep(subject.deadlineAt - clock.monotonicMs(), watch.signal).then(
      () => active.end(id, failure('run.deadline', { seconds: Math.round(this.#parts.settings.replyDeadlineMs / 1000) })),
      () => undefined,
    );
    return () => watch.abort();
  }

  async #doneSet(subject: Case, result: RunResult, set: EffectSet, known: boolean): Promise<EffectSet> {
    const reply = await storedReply(subject.face.response(result.replies.response), this.#parts.store);
    const done = { state: 'done' as const, reply: reply.payload, replyStatus: reply.status, attempts: 1, failure: null, trace: packTrace(result.trace) };
    const message: MessageWrite = known ? { op: 'update', id: subject.row.id, ...done } : { op: 'insert', row: { ...subject.row, ...done } };
    const { idempotency } = subject;
    return { ...set, message, ...(idempotency === null ? {} : { idempotency: { ...idempotency, state: 'answered' as const, reply: reply.payload, replyStatus: reply.status } }) };
  }

  async #replyTo(subject: Case, executed: Executed, known: boolean): Promise<Reply> {
    switch (executed.kind) {
      case 'committed': {
        this.#tell(subject.row, 'done', null);
        await this.#parts.crashPoints.reach('reply.beforeSend');
        return replyOfSet(subject, executed.set, this.#parts);
      }
      case 'duplicate':
        if (subject.idempotency === null) throw new Error('a message without an idempotency key cannot be a duplicate');
        return this.#repeat(subject, subject.idempotency, executed.duplicate);
      case 'failed':
        return this.#afterFailure(subject, executed.failure, executed.result, known);
      case 'queueFull':
      case 'abandoned':
        throw failure('run.cancelled', {});
      default:
        return executed satisfies never;
    }
  }

  /** The work of a failed run may have been done by its twin: then the twin's reply answers. */
  async #afterFailure(subject: Case, failed: Failure, result: RunResult | null, known: boolean): Promise<Reply> {
    const { idempotency } = subject;
    if (idempotency !== null) {
      const stored = await this.#parts.store.idempotency(idempotency.route, idempotency.caller, idempotency.key);
      if (stored?.state === 'answered') return this.#repeat(subject, idempotency, { kind: 'duplicate', ...stored, sameBody: sameHash(stored.bodyHash, idempotency.bodyHash) });
    }
    return this.#recordFailure(subject, failed, result, known);
  }

  #refuse(subject: Case, refusal: Failure): Promise<Reply> {
    return this.#recordFailure(subject, refusal, null, false);
  }

  async #recordFailure(subject: Case, failed: Failure, result: RunResult | null, known: boolean): Promise<Reply> {
    const reply = await storedErrorReply(subject.face, failed, result?.replies.errorResponse ?? null, subject.message, this.#parts.store);
    const over = {
      state: 'failed' as const,
      reply: reply?.payload ?? null,
      replyStatus: reply?.status ?? null,
      attempts: 1,
      failure: failed.toData(),
      trace: result === null ? null : packTrace(result.trace),
    };
    const message: MessageWrite = known ? { op: 'update', id: subject.row.id, ...over } : { op: 'insert', row: { ...subject.row, ...over } };
    const set: EffectSet = { ...emptyEffectSet(randomUuid(this.#parts.random)), message, ...(subject.idempotency === null || known ? {} : { idempotency: subject.idempotency }) };
    const recorded = await commitOne(this.#parts, set);
    if (recorded.kind === 'duplicate' && subject.idempotency !== null) return this.#repeat(subject, subject.idempotency, recorded);
    if (recorded.kind !== 'committed') throw failure('store.unavailable', {}, { cause: failed });
    this.#tell(subject.row, 'failed', failed);
    if (reply === null) return { kind: 'failure', message: subject.row.id, failure: failed };
    return bodyReply(subject.row.id, reply, this.#parts.store, false);
  }

  // Repeats

  async #repeat(subject: Case, idempotency: IdempotencyWrite, duplicate: Extract<CommitResult, { kind: 'duplicate' }>): Promise<Reply> {
    const { store, waiter } = this.#parts;
    if (!duplicate.sameBody) throw failure('message.keyReused', { key: idempotency.key });
    if (duplicate.state === 'answered') {
      if (duplicate.reply === null) return { kind: 'accepted', message: duplicate.message, repeated: true };
      return bodyReply(duplicate.message, { payload: duplicate.reply, status: duplicate.replyStatus ?? 200 }, store, true);
    }
    const first = await store.message(duplicate.message);
    if (first === null) throw failure('message.inProgress', { key: idempotency.key }, { next: { kind: 'retryAfter', ms: 1_000 } });
    if (subject.message !== null && (first.state === 'failed' || first.state === 'cancelled')) return this.#runAgain(subject, first);
    if (subject.route.reply === 'ack') return { kind: 'accepted', message: first.id, repeated: true };
    const over = await waiter.wait(first.id, Math.min(this.#parts.settings.repeatWaitMs, subject.deadlineAt - this.#parts.clock.monotonicMs()));
    if (over === null) throw failure('message.inProgress', { key: idempotency.key }, { next: { kind: 'retryAfter', ms: 1_000 } });
    return replyOfRow(over, store, true);
  }

  /** A failed run is no answer: it runs again under its own message id, so that recorded outcomes are replayed. */
  async #runAgain(subject: Case, first: MessageRow): Promise<Reply> {
    const again: Case = { ...subject, row: { ...subject.row, id: first.id }, idempotency: subject.idempotency === null ? null : { ...subject.idempotency, message: first.id } };
    if (this.#isOneCommit(again)) return this.#runNow(again, true);
    const requeued = await this.#parts.store.requeue(first.id, ['failed', 'cancelled']);
    this.#parts.wakeInbox();
    if (!requeued && subject.route.reply === 'ack') return { kind: 'accepted', message: first.id, repeated: true };
    return subject.route.reply === 'ack' ? { kind: 'accepted', message: first.id, repeated: false } : this.#await(again);
  }

  // Pending first

  async #runLater(subject: Case): Promise<Reply> {
    const { route, row, idempotency } = subject;
    await this.#parts.crashPoints.reach('intake.beforeCommit');
    const set: EffectSet = {
      ...emptyEffectSet(randomUuid(this.#parts.random)),
      ...(idempotency === null ? {} : { idempotency }),
      runs: [{ row: { ...row, state: 'pending' }, route: route.id, orderKey: row.orderKey, dueInMs: 0 }],
    };
    const acknowledgeFirst = this.#parts.bugs.ackBeforeCommit && route.reply === 'ack';
    if (acknowledgeFirst) {
      void commitOne(this.#parts, set).catch(() => undefined);
      return { kind: 'accepted', message: row.id, repeated: false };
    }
    const committed = await commitOne(this.#parts, set);
    switch (committed.kind) {
      case 'committed':
        break;
      case 'duplicate':
        if (idempotency === null) throw new Error('a message without an idempotency key cannot be a duplicate');
        return this.#repeat(subject, idempotency, committed);
      case 'queueFull':
        throw failure('order.queueFull', { route: route.name, key: row.orderKey ?? '', limit: limits.orderKeyQueue.value }, { next: { kind: 'retryAfter', ms: 5_000 } });
      case 'unavailable':
      case 'refused':
        throw Failure.from(committed.failure);
      case 'conflict':
      case 'fenced':
        throw new Error(`an intake commit cannot be answered with ${committed.kind}`);
      default:
        return committed satisfies never;
    }
    await this.#parts.crashPoints.reach('intake.afterCommit');
    this.#tell(row, 'pending', null);
    this.#parts.wakeInbox();
    if (route.reply === 'ack') return { kind: 'accepted', message: row.id, repeated: false };
    return this.#await(subject);
  }

  /** Waits for the run of a pending message; at the deadline the run is cancelled unless it has committed or a request has left. */
  async #await(subject: Case): Promise<Reply> {
    const { store, waiter, clock, active } = this.#parts;
    const { id } = subject.row;
    const over = await waiter.wait(id, Math.max(0, subject.deadlineAt - clock.monotonicMs()));
    if (over !== null) return replyOfRow(over, store, false);
    const late = failure('run.deadline', { seconds: Math.round(this.#parts.settings.replyDeadlineMs / 1000) });
    const requestLeft = (await store.intents(id)).length > 0;
    if (requestLeft) return this.#acceptedUnlessOver(id);
    if (await store.setMessageState(id, ['pending', 'waiting'], 'cancelled', late.toData())) {
      active.end(id, late);
      const reply = await storedErrorReply(subject.face, late, null, subject.message, store);
      return reply === null ? { kind: 'failure', message: id, failure: late } : bodyReply(id, reply, store, false);
    }
    const row = await store.message(id);
    if (row === null) throw new Error(`message ${id} vanished`);
    return replyOfRow(row, store, false);
  }

  /** It goes on without the caller, unless it has come to its end just now. */
  async #acceptedUnlessOver(id: string): Promise<Reply> {
    const over = await this.#parts.waiter.wait(id, 0);
    return over === null ? { kind: 'accepted', message: id, repeated: false } : replyOfRow(over, this.#parts.store, false);
  }

  #tell(row: MessageRow, state: MessageRow['state'], failed: Failure | null): void {
    this.#parts.feed.publish({ message: row.id, direction: row.direction, state, route: row.routeName, failure: failed?.code ?? null });
  }
}

/** The route, when messages may come in over it; throws what is closed and nothing is recorded. */
export function openRoute(configuration: Configuration, name: string): { configuration: Configuration; route: PublishedRoute; scenarios: readonly PublishedScenario[] } {
  const route = configuration.route(name);
  if (route === undefined) throw failure('route.unknown', { route: name });
  if (!route.enabled) throw failure('route.disabled', { route: name });
  const connection = configuration.connection(route.connection);
  if (connection === undefined) throw failure('connection.unknown', { connection: route.connection });
  if (!connection.enabled) throw failure('connection.disabled', { connection: connection.name });
  const scenarios = configuration.scenarios().filter(({ enabled, document }) => enabled && document.on.kind === 'message' && document.on.route === name);
  if (scenarios.length === 0) throw failure('route.noScenario', { route: name });
  return { configuration, route, scenarios };
}

const startOf = ({ route, scenarios, message }: Case): RunStart => ({
  kind: 'message',
  route: route.name,
  scenarios: scenarios.map((scenario) => scenario.name),
  message: message ?? null,
  errorResponse: null,
});

function initiatorOf({ route, row }: Case): string {
  if (route.initiator === 'caller') return row.caller;
  return route.initiator === 'system' ? 'system' : route.initiator.account;
}

function idempotencyOf(row: MessageRow, arrival: Arrival, key: string | null): IdempotencyWrite | null {
  if (key === null || row.route === null) return null;
  return {
    route: row.route,
    caller: row.caller,
    key,
    bodyHash: bodyHash(arrival.body),
    message: row.id,
    state: 'claimed',
    reply: null,
    replyStatus: null,
    ttlMs: limits.idempotencyMs.value,
  };
}

async function replyOfSet(subject: Case, set: EffectSet, parts: EngineParts): Promise<Reply> {
  const write = set.message;
  const reply: Payload | null = write === undefined ? null : write.op === 'insert' ? write.row.reply : (write.reply ?? null);
  const status = write === undefined ? null : write.op === 'insert' ? write.row.replyStatus : (write.replyStatus ?? null);
  if (reply === null) return { kind: 'accepted', message: subject.row.id, repeated: false };
  return bodyReply(subject.row.id, { payload: reply, status: status ?? 200 }, parts.store, false);
}

/** The answer that a finished message gives, whoever finished it. */
export async function replyOfRow(row: MessageRow, store: EngineParts['store'], repeated: boolean): Promise<Reply> {
  if (row.reply !== null) return bodyReply(row.id, { payload: row.reply, status: row.replyStatus ?? 200 } satisfies StoredReply, store, repeated);
  if (row.failure !== null) return { kind: 'failure', message: row.id, failure: Failure.from(row.failure) };
  return { kind: 'accepted', message: row.id, repeated };
}

