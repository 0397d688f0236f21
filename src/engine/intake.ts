/**
 * The way of a message from the receiver to its durable record and, where the caller waits, to its reply.
 * Nothing is acknowledged before it is committed.
 */
import { Failure, failure } from '../core/failure.ts';
import type { IdempotencyWrite, MessageRow } from '../core/effect-set.ts';
import type { InFlight } from './in-flight.ts';
import { payloadOf } from './journal-payload.ts';
import { assertForeign, claimOf, formContentType, openRoute, packedForm, valueContentType, type Arrival, type MessageCase, type OpenRoute } from './message-case.ts';
import { knownKey, type Duplicate } from './known-key.ts';
import { recordFailure, runInOneCommit, type Handled } from './one-commit.ts';
import { packedBytes } from './packed.ts';
import { awaitReply, runLater, type PendingParts } from './pending-first.ts';
import { bodyReply, replyOfRow, type Reply } from './reply.ts';
import { blankRow } from './run-effects.ts';

export interface IntakeParts extends PendingParts {
  inFlight: InFlight;
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
    const open = openRoute(this.#parts.configuration.current(), arrival.route);
    if (arrival.files === undefined) assertForeign(arrival.contentType);
    const giveBack = this.#parts.inFlight.take(arrival.body.byteLength);
    // What is under way keeps its share even when its caller is told to come again.
    return this.#inTime(this.#work(arrival, open).finally(giveBack));
  }

  async #work(arrival: Arrival, open: OpenRoute): Promise<Reply> {
    const { subject, refusal } = await this.#understand(arrival, open);
    if (refusal !== null) return this.#settle(subject, await recordFailure(this.#parts, { subject, known: false, attempts: 1 }, refusal, null));
    return this.#isOneCommit(subject) ? this.#runNowOnce(subject) : this.#handle(subject, false);
  }

  /** A commit whose outcome cannot be looked up now stays open; its caller is not kept for ever. */
  async #inTime(reply: Promise<Reply>): Promise<Reply> {
    const { clock, settings, deadlines } = this.#parts;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const inTime = deadlines.add(clock.monotonicMs() + settings.replyDeadlineMs + settings.repeatWaitMs, () => {
      reject(failure('run.outcomePending', {}, { next: { kind: 'retryAfter', ms: 2_000 } }));
    });
    try {
      return await Promise.race([reply, late]);
    } finally {
      inTime();
    }
  }

  /** Parses, maps and checks; a refused body is a case too, because its refusal is recorded. */
  async #understand(arrival: Arrival, open: OpenRoute): Promise<{ subject: MessageCase; refusal: Failure | null }> {
    const { clock, settings, routes, store } = this.#parts;
    const { route, scenarios } = open;
    const { files } = arrival;
    const face = routes.of(route);
    const deadlineAt = clock.monotonicMs() + settings.replyDeadlineMs;
    let row: MessageRow = {
      ...blankRow(this.#parts, route.retentionDays),
      route: route.id,
      routeVersion: route.version,
      revision: open.configuration.revision,
      routeName: route.name,
      connectionName: route.connection,
      scenarioNames: scenarios.map((scenario) => scenario.name),
      caller: arrival.caller,
      contentType: files === undefined ? arrival.contentType : formContentType,
      payload: await payloadOf(arrival.body, store),
      ...(files === undefined ? {} : { files }),
    };
    try {
      const arrived = arrival.parse(arrival.body);
      if (files !== undefined) row = { ...row, payload: await payloadOf(packedForm(arrived, files), store) };
      else if (!arrival.bodyIsAll) row = { ...row, contentType: valueContentType, payload: await payloadOf(packedBytes(arrived), store) };
      const message = face.accept(arrived);
      const keys = face.keys(message);
      const key = arrival.idempotencyKey ?? keys.idempotency;
      row = { ...row, orderKey: keys.order, idempotencyKey: key, keys: keys.business };
      return { subject: { ...open, face, message, files: files ?? [], row, idempotency: claimOf(row, arrival, key), deadlineAt }, refusal: null };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const idempotency = claimOf(row, arrival, arrival.idempotencyKey);
      return { subject: { ...open, face, message: null, files: files ?? [], row: { ...row, idempotencyKey: arrival.idempotencyKey }, idempotency, deadlineAt }, refusal: error };
    }
  }

  /** One commit inserts the message already done when nothing can stop the run on its way. */
  #isOneCommit({ route, scenarios, row, configuration }: MessageCase): boolean {
    return (
      route.reply === 'afterRun' &&
      row.orderKey === null &&
      row.payload?.kind === 'bytes' &&
      scenarios.every((scenario) => !this.#parts.machine.mayRequest(configuration, scenario.name))
    );
  }

  async #handle(subject: MessageCase, known: boolean): Promise<Reply> {
    const handled = this.#isOneCommit(subject) ? await runInOneCommit(this.#parts, subject, known) : await runLater(this.#parts, subject);
    return this.#settle(subject, handled);
  }

  #settle(subject: MessageCase, handled: Handled): Promise<Reply> {
    if (handled.kind === 'reply') return Promise.resolve(handled.reply);
    if (subject.idempotency === null) throw new Error('a message without an idempotency key cannot be a duplicate');
    return this.#repeat(subject, subject.idempotency, handled.duplicate);
  }

  /** A second request of a key that is being worked on here waits for the first. */
  async #runNowOnce(subject: MessageCase): Promise<Reply> {
    const { idempotency } = subject;
    if (idempotency === null) return this.#handle(subject, false);
    const slot = JSON.stringify([idempotency.route, idempotency.caller, idempotency.key]);
    const before = this.#keyed.get(slot);
    if (before !== undefined) return this.#afterTwin(subject, idempotency, before);
    const running = this.#handle(subject, false);
    this.#keyed.set(slot, running);
    try {
      return await running;
    } finally {
      this.#keyed.delete(slot);
    }
  }

  async #afterTwin(subject: MessageCase, idempotency: IdempotencyWrite, twin: Promise<Reply>): Promise<Reply> {
    const { clock, settings, store } = this.#parts;
    const patience = new AbortController();
    const inTime = await Promise.race([
      twin.then(() => true, () => true),
      clock.sleep(settings.repeatWaitMs, patience.signal).then(() => false, () => false),
    ]);
    patience.abort();
    if (!inTime) throw inProgress(idempotency.key);
    const known = await knownKey(store, idempotency);
    return known === null ? this.#handle(subject, false) : this.#repeat(subject, idempotency, known);
  }

  async #repeat(subject: MessageCase, idempotency: IdempotencyWrite, duplicate: Duplicate): Promise<Reply> {
    const { store, waiter, settings, clock } = this.#parts;
    if (!duplicate.sameBody) throw failure('message.keyReused', { key: idempotency.key });
    if (duplicate.state === 'answered') {
      if (duplicate.reply === null) return { kind: 'accepted', message: duplicate.message, repeated: true };
      return bodyReply(duplicate.message, { payload: duplicate.reply, status: duplicate.replyStatus ?? 200 }, store, true);
    }
    const first = await store.message(duplicate.message);
    if (first === null) throw inProgress(idempotency.key);
    if (first.state === 'failed' || first.state === 'cancelled') return this.#runAgain(subject, idempotency, first);
    if (subject.route.reply === 'ack') return { kind: 'accepted', message: first.id, repeated: true };
    const over = await waiter.wait(first.id, Math.min(settings.repeatWaitMs, subject.deadlineAt - clock.monotonicMs()));
    if (over === null) throw inProgress(idempotency.key);
    return replyOfRow(over, store, true);
  }

  /** A failed run is no answer: it runs again under its own message id, so that recorded outcomes are replayed. */
  async #runAgain(subject: MessageCase, idempotency: IdempotencyWrite, first: MessageRow): Promise<Reply> {
    const again: MessageCase = { ...subject, row: { ...subject.row, id: first.id }, idempotency: { ...idempotency, message: first.id } };
    // The same body is refused for the same reason, unless the route has changed meanwhile.
    if (again.message === null) return replyOfRow(first, this.#parts.store, true);
    if (this.#isOneCommit(again) && first.state === 'failed') return this.#handle(again, true);
    await this.#parts.store.requeue(first.id, ['failed', 'cancelled'], { awaited: subject.route.reply === 'afterRun' });
    this.#parts.wakeInbox();
    return subject.route.reply === 'ack' ? { kind: 'accepted', message: first.id, repeated: false } : awaitReply(this.#parts, again);
  }
}

const inProgress = (key: string): Failure => failure('message.inProgress', { key }, { next: { kind: 'retryAfter', ms: 1_000 } });
