/** Runs a message at once: one commit inserts it already done. A failed run is recorded in a second one. */
import { failure, type Failure } from '../core/failure.ts';
import { emptyEffectSet, type CommitResult, type EffectSet, type MessageWrite } from '../core/effect-set.ts';
import type { RunResult } from '../core/scenario/machine-port.ts';
import { activeRun, type ActiveRuns } from './active-runs.ts';
import { commitOne, executeRun, type Executed } from './execute-run.ts';
import { initiatorOf, lateBy, startOf, type MessageCase } from './message-case.ts';
import type { EngineParts } from './parts.ts';
import { bodyReply, storedErrorReply, storedReply, type Reply, type StoredReply } from './reply.ts';
import { packTrace } from './trace.ts';
import { randomUuid } from './uuid.ts';

export type Duplicate = Extract<CommitResult, { kind: 'duplicate' }>;

/** A reply, or the news that the key of this message has been used before. */
export type Handled = { kind: 'reply'; reply: Reply } | { kind: 'duplicate'; duplicate: Duplicate };

export interface OneCommitParts extends EngineParts {
  active: ActiveRuns;
}

/** `known` when the message has a row already, because an earlier run of it failed. */
export async function runInOneCommit(parts: OneCommitParts, subject: MessageCase, known: boolean): Promise<Handled> {
  const { route, row, configuration } = subject;
  const run = activeRun({ id: row.id, route: route.name, scenarios: row.scenarioNames, startedAt: row.receivedAt });
  parts.active.add(run);
  const inTime = parts.deadlines.add(subject.deadlineAt, () => void parts.active.end(row.id, lateBy(parts.settings.replyDeadlineMs)));
  try {
    const initiator = await initiatorOf(route, row.caller, parts.access);
    const executed = await executeRun(parts, {
      execution: {
        configuration,
        start: startOf(subject, subject.message),
        identity: { run: row.id, initiator, depth: 0, startedAt: row.receivedAt },
        requests: null,
        signal: run.stop.signal,
      },
      parent: { id: row.id, depth: 0, caller: initiator, orderKey: null, chain: row.scenarioNames },
      complete: (result, set) => doneSet(parts, subject, result, set, known),
      gate: run.gate,
    });
    return await handled(parts, subject, executed, known);
  } finally {
    inTime();
    parts.active.remove(run);
  }
}

async function doneSet(parts: EngineParts, { face, row, idempotency }: MessageCase, result: RunResult, set: EffectSet, known: boolean): Promise<EffectSet> {
  const reply = await storedReply(face.response(result.replies.response), parts.store);
  const done = { state: 'done' as const, reply: reply.payload, replyStatus: reply.status, attempts: 1, failure: null, trace: packTrace(result.trace) };
  const message: MessageWrite = known ? { op: 'update', id: row.id, ...done } : { op: 'insert', row: { ...row, ...done } };
  if (idempotency === null) return { ...set, message };
  return { ...set, message, idempotency: { ...idempotency, state: 'answered', reply: reply.payload, replyStatus: reply.status } };
}

async function handled(parts: EngineParts, subject: MessageCase, executed: Executed, known: boolean): Promise<Handled> {
  switch (executed.kind) {
    case 'committed': {
      tellState(parts, subject, 'done', null);
      await parts.crashPoints.reach('reply.beforeSend');
      return { kind: 'reply', reply: await bodyReply(subject.row.id, replyIn(executed.set), parts.store, false) };
    }
    case 'duplicate':
      return executed;
    case 'failed':
      return recordFailure(parts, subject, executed.failure, executed.result, known);
    case 'queueFull':
    case 'abandoned':
      throw failure('run.cancelled', {});
    default:
      return executed satisfies never;
  }
}

/** The reply that a done set carries. */
function replyIn({ message }: EffectSet): StoredReply {
  const reply = message?.op === 'insert' ? message.row.reply : message?.reply;
  const status = message?.op === 'insert' ? message.row.replyStatus : message?.replyStatus;
  if (reply === undefined || reply === null) throw new Error('a done message has no reply');
  return { payload: reply, status: status ?? 200 };
}

/** Records that the message failed, and answers with the route's error reply. The caller may repeat it. */
export async function recordFailure(parts: EngineParts, subject: MessageCase, failed: Failure, result: RunResult | null, known: boolean): Promise<Handled> {
  const { face, row, idempotency, message: value } = subject;
  const reply = await storedErrorReply(face, failed, result?.replies.errorResponse ?? null, value, parts.store);
  const over = {
    state: 'failed' as const,
    reply: reply?.payload ?? null,
    replyStatus: reply?.status ?? null,
    attempts: 1,
    failure: failed.toData(),
    trace: result === null ? null : packTrace(result.trace),
  };
  const message: MessageWrite = known ? { op: 'update', id: row.id, ...over } : { op: 'insert', row: { ...row, ...over } };
  const claim = idempotency === null || known ? {} : { idempotency };
  const recorded = await commitOne(parts, { ...emptyEffectSet(randomUuid(parts.random)), message, ...claim });
  // The twin of this message was faster: its reply answers both.
  if (recorded.kind === 'duplicate') return { kind: 'duplicate', duplicate: recorded };
  if (recorded.kind !== 'committed') throw failure('store.unavailable', {}, { cause: failed });
  tellState(parts, subject, 'failed', failed);
  if (reply === null) return { kind: 'reply', reply: { kind: 'failure', message: row.id, failure: failed } };
  return { kind: 'reply', reply: await bodyReply(row.id, reply, parts.store, false) };
}

export function tellState(parts: Pick<EngineParts, 'feed'>, { row }: MessageCase, state: 'pending' | 'done' | 'failed', failed: Failure | null): void {
  parts.feed.publish({ message: row.id, direction: row.direction, state, route: row.routeName, failure: failed?.code ?? null });
}
