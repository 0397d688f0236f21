/** Makes a message durable first; a worker of any node runs it, and the caller waits or does not. */
import { Failure, failure } from '../core/failure.ts';
import { emptyEffectSet, type EffectSet } from '../core/effect-set.ts';
import { limits } from '../core/limits.ts';
import type { ActiveRuns } from './active-runs.ts';
import { commitOne } from './execute-run.ts';
import { knownKey, type Duplicate } from './known-key.ts';
import { lateBy, type MessageCase } from './message-case.ts';
import { tellState, type Handled } from './one-commit.ts';
import type { EngineParts } from './parts.ts';
import type { ReplyWaiter } from './reply-waiter.ts';
import { bodyReply, replyOfRow, storedErrorReply, type Reply } from './reply.ts';
import { randomUuid } from './uuid.ts';

export interface PendingParts extends EngineParts {
  active: ActiveRuns;
  waiter: ReplyWaiter;
  wakeInbox(): void;
}

export async function runLater(parts: PendingParts, subject: MessageCase): Promise<Handled> {
  const { route, row, idempotency } = subject;
  const known = await assertRoom(parts, subject);
  if (known !== null) return { kind: 'duplicate', duplicate: known };
  await parts.crashPoints.reach('intake.beforeCommit');
  const set: EffectSet = {
    ...emptyEffectSet(randomUuid(parts.random)),
    ...(idempotency === null ? {} : { idempotency }),
    runs: [{ row: { ...row, state: 'pending' }, route: route.id, orderKey: row.orderKey, dueInMs: 0, awaited: route.reply === 'afterRun' }],
  };
  if (parts.bugs.ackBeforeCommit && route.reply === 'ack') {
    void commitOne(parts, set).catch(() => undefined);
    return { kind: 'reply', reply: { kind: 'accepted', message: row.id, repeated: false } };
  }
  const committed = await commitOne(parts, set);
  switch (committed.kind) {
    case 'committed':
      break;
    case 'duplicate':
      return { kind: 'duplicate', duplicate: committed };
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
  await parts.crashPoints.reach('intake.afterCommit');
  tellState(parts, subject, 'pending', null);
  parts.wakeInbox();
  const reply: Reply = route.reply === 'ack' ? { kind: 'accepted', message: row.id, repeated: false } : await awaitReply(parts, subject);
  return { kind: 'reply', reply };
}

/** Throws when too much of the route waits already; who has earned an answer gets it all the same. */
async function assertRoom({ room, store }: EngineParts, { route, idempotency }: MessageCase): Promise<Duplicate | null> {
  try {
    room.assertInbox(route.id, route.name);
    return null;
  } catch (error) {
    const known = await knownKey(store, idempotency);
    if (known === null) throw error;
    return known;
  }
}

/** Waits for the run of a pending message; at the deadline the run is cancelled unless it has committed or a request has left. */
export async function awaitReply(parts: PendingParts, { row, face, message, deadlineAt }: MessageCase): Promise<Reply> {
  const { store, waiter, clock, active, settings } = parts;
  const over = await waiter.wait(row.id, Math.max(0, deadlineAt - clock.monotonicMs()));
  if (over !== null) return replyOfRow(over, store, false);
  if (waiter.closed) return acceptedUnlessOver(parts, row.id);
  const late = lateBy(settings.replyDeadlineMs);
  if (!(await store.setMessageState(row.id, ['pending', 'waiting'], 'cancelled', late.toData(), { unlessRequested: true }))) return acceptedUnlessOver(parts, row.id);
  const reply = await storedErrorReply(face, late, active.errorResponse(row.id), message, store);
  active.end(row.id, late);
  return reply === null ? { kind: 'failure', message: row.id, failure: late } : bodyReply(row.id, reply, store, false);
}

/** It goes on without its caller, and is ours to bring to an end from now on, unless it has come to its end just now. */
export async function acceptedUnlessOver({ store }: Pick<EngineParts, 'store'>, id: string): Promise<Reply> {
  if (await store.acknowledge(id)) return { kind: 'accepted', message: id, repeated: false };
  const finished = await store.message(id);
  if (finished === null) throw new Error(`message ${id} vanished`);
  return replyOfRow(finished, store, false);
}
