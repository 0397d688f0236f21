/** Runs a message at once: one commit inserts it already done. A failed run is recorded in a second one. */
import { Failure, failure } from '../core/failure.ts';
import { emptyEffectSet, type EffectSet, type MessageWrite } from '../core/effect-set.ts';
import type { RunResult } from '../core/scenario/machine-port.ts';
import { activeRun, type ActiveRun, type ActiveRuns } from './active-runs.ts';
import { crashed } from './crashed.ts';
import { commitOne, executeRun, type Executed } from './execute-run.ts';
import { knownKey, type Duplicate } from './known-key.ts';
import { initiatorOf, lateBy, startOf, type MessageCase } from './message-case.ts';
import type { EngineParts } from './parts.ts';
import { isCrowded } from './patience.ts';
import { bodyReply, storedErrorReply, storedReply, type Reply, type StoredReply } from './reply.ts';
import { retryDelayMs } from './retry-delay.ts';
import { packTrace } from './trace.ts';
import { randomUuid } from './uuid.ts';

/** A reply, or the news that the key of this message has been used before. */
export type Handled = { kind: 'reply'; reply: Reply } | { kind: 'duplicate'; duplicate: Duplicate };

export interface OneCommitParts extends EngineParts {
  active: ActiveRuns;
}

/** `known` when the message has a row already, because an earlier run of it failed. */
export async function runInOneCommit(parts: OneCommitParts, subject: MessageCase, known: boolean): Promise<Handled> {
  const { route, row } = subject;
  const run = activeRun({ id: row.id, route: route.name, scenarios: row.scenarioNames, startedAt: row.receivedAt });
  parts.active.add(run);
  const inTime = parts.deadlines.add(subject.deadlineAt, () => void parts.active.end(row.id, lateBy(parts.settings.replyDeadlineMs)));
  try {
    for (let attempts = 1; ; attempts += 1) {
      const attempt = { subject, known, attempts };
      const executed = await executedOnce(parts, attempt, run);
      const delay = executed.kind === 'failed' ? bridgeMs(parts, attempt, executed.failure) : null;
      if (delay === null) return await handled(parts, attempt, executed);
      await parts.clock.sleep(delay, run.stop.signal).catch(() => undefined);
    }
  } finally {
    inTime();
    parts.active.remove(run);
  }
}

interface Attempt {
  subject: MessageCase;
  known: boolean;
  /** This one included. */
  attempts: number;
}

async function executedOnce(parts: OneCommitParts, attempt: Attempt, run: ActiveRun): Promise<Executed> {
  const { route, row, message, files, configuration, scenarios } = attempt.subject;
  const initiator = await initiatorOf(route, row.caller, parts.access);
  try {
    return await executeRun(parts, {
      execution: {
        configuration,
        start: startOf({ route, scenarios }, message, files),
        identity: { run: row.id, initiator, depth: 0, startedAt: row.receivedAt },
        requests: null,
        signal: run.stop.signal,
      },
      parent: { id: row.id, depth: 0, caller: initiator, orderKey: null, chain: row.scenarioNames },
      complete: (result, set) => doneSet(parts, attempt, result, set),
      gate: run.gate,
    });
  } catch (error) {
    // A Failure thrown and not returned: nobody knows whether the commit is there.
    if (error instanceof Failure) throw error;
    parts.log.error('run.crashed', { message: row.id, error: error instanceof Error ? error.stack : String(error) });
    return { kind: 'failed', failure: crashed(error), path: '', result: null };
  }
}

/** A passing trouble is bridged while the caller waits, as often as the route allows; null when it is his to come again. */
function bridgeMs({ clock, random }: EngineParts, { subject, attempts }: Attempt, failed: Failure): number | null {
  if (isCrowded(failed)) return null;
  const delay = retryDelayMs(failed.next, subject.route.retry, attempts, random.fraction());
  return delay !== null && clock.monotonicMs() + delay < subject.deadlineAt ? delay : null;
}

async function doneSet(parts: EngineParts, { subject: { face, row, idempotency }, known, attempts }: Attempt, result: RunResult, set: EffectSet): Promise<EffectSet> {
  const reply = await storedReply(face.response(result.replies.response), parts.store);
  const done = { state: 'done' as const, reply: reply.payload, replyStatus: reply.status, attempts, failure: null, trace: packTrace(result.trace) };
  const message: MessageWrite = known ? { op: 'update', id: row.id, ...done } : { op: 'insert', row: { ...row, ...done } };
  if (idempotency === null) return { ...set, message };
  return { ...set, message, idempotency: { ...idempotency, state: 'answered', reply: reply.payload, replyStatus: reply.status } };
}

async function handled(parts: EngineParts, { subject, known, attempts }: Attempt, executed: Executed): Promise<Handled> {
  switch (executed.kind) {
    case 'committed': {
      tellState(parts, subject, 'done', null);
      await parts.crashPoints.reach('reply.beforeSend');
      return { kind: 'reply', reply: await bodyReply(subject.row.id, replyIn(executed.set), parts.store, false) };
    }
    case 'duplicate':
      return executed;
    case 'failed':
      if (isCrowded(executed.failure)) return sentAway(parts, subject, executed.failure);
      return recordFailure(parts, { subject, known, attempts }, executed.failure, executed.result);
    case 'abandoned':
      throw failure('run.cancelled', {});
    default:
      return executed satisfies never;
  }
}

/** Nothing is recorded; but who has earned an answer already gets it. */
async function sentAway(parts: EngineParts, { idempotency }: MessageCase, crowded: Failure): Promise<Handled> {
  const known = await knownKey(parts.store, idempotency);
  if (known?.state === 'answered') return { kind: 'duplicate', duplicate: known };
  throw crowded;
}

/** The reply that a done set carries. */
function replyIn({ message }: EffectSet): StoredReply {
  const reply = message?.op === 'insert' ? message.row.reply : message?.reply;
  const status = message?.op === 'insert' ? message.row.replyStatus : message?.replyStatus;
  if (reply === undefined || reply === null) throw new Error('a done message has no reply');
  return { payload: reply, status: status ?? 200 };
}

/** Records that the message failed, and answers with the route's error reply. The caller may repeat it. */
export async function recordFailure(parts: EngineParts, { subject, known, attempts }: Attempt, failed: Failure, result: RunResult | null): Promise<Handled> {
  const { face, row, idempotency, message: value } = subject;
  const reply = await storedErrorReply(face, failed, result?.replies.errorResponse ?? null, value, parts.store);
  const over = {
    state: 'failed' as const,
    reply: reply?.payload ?? null,
    replyStatus: reply?.status ?? null,
    attempts,
    failure: failed.toData(),
    trace: result === null ? null : packTrace(result.trace),
  };
  const message: MessageWrite = known ? { op: 'update', id: row.id, ...over } : { op: 'insert', row: { ...row, ...over } };
  const claim = idempotency === null || known ? {} : { idempotency };
  const recorded = await commitOne(parts, { ...emptyEffectSet(randomUuid(parts.random)), message, ...claim });
  // The twin of this message was faster: its reply answers both.
  if (recorded.kind === 'duplicate') return { kind: 'duplicate', duplicate: recorded };
  if (recorded.kind === 'refused') throw Failure.from(recorded.failure);
  if (recorded.kind !== 'committed') throw failure('store.unavailable', {}, { cause: failed });
  tellState(parts, subject, 'failed', failed);
  if (reply === null) return { kind: 'reply', reply: { kind: 'failure', message: row.id, failure: failed } };
  return { kind: 'reply', reply: await bodyReply(row.id, reply, parts.store, false) };
}

export function tellState(parts: Pick<EngineParts, 'feed'>, { row }: MessageCase, state: 'pending' | 'done' | 'failed', failed: Failure | null): void {
  parts.feed.publish({ message: row.id, direction: row.direction, state, route: row.routeName, failure: failed?.code ?? null });
}
