/** Works on one pending message or run: execute, commit, or decide what becomes of it after a failure. */
import { Failure, failure } from '../core/failure.ts';
import type { Configuration, PublishedRoute, RetryPolicy } from '../core/configuration/published.ts';
import { emptyEffectSet, type EffectSet, type IdempotencyWrite, type MessageWrite } from '../core/effect-set.ts';
import type { ReplySlot, RunResult, RunStart } from '../core/scenario/machine-port.ts';
import type { Claimed } from '../core/store-port.ts';
import type { Value, ValueObject } from '../core/value.ts';
import { activeRun, type ActiveRuns } from './active-runs.ts';
import { asFailure } from './crashed.ts';
import { commitOne, executeRun, type Executed } from './execute-run.ts';
import { initiatorOf, lateBy, openRoute, startOf, valueContentType } from './message-case.ts';
import type { Lease } from './lease.ts';
import type { EngineParts } from './parts.ts';
import { storedErrorReply, storedReply, type StoredReply } from './reply.ts';
import { createRequestDesk, type RequestDesk } from './request-desk.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { RouteFace } from './route-face.ts';
import { packTrace } from './trace.ts';
import { randomUuid } from './uuid.ts';
import { limits } from '../core/limits.ts';
import { unpackedBytes } from './packed.ts';
import { unpackedRun } from './packed-run.ts';
import type { Worked } from './worker.ts';

export interface InboxParts extends EngineParts {
  active: ActiveRuns;
  /** Parses the body of a message that came in over this route. */
  parseBody(route: PublishedRoute, body: Uint8Array, contentType: string | null): Value;
}

/** Runs that no route governs: three attempts, a second apart at first. */
const runPolicy: RetryPolicy = { attempts: 3, firstMs: 1_000, maxMs: 60_000 };

interface Work {
  claimed: Claimed;
  lease: Lease;
  configuration: Configuration;
  route: PublishedRoute | null;
  face: RouteFace | null;
  message: ValueObject | null;
  /** Null until the run began. */
  requests: RequestDesk | null;
  /** Scenarios that led to this run. */
  chain: readonly string[];
}

/** A run that is given up may begin anew anywhere: what it has sent is known by its intents. */
export async function workInbox(parts: InboxParts, claimed: Claimed, lease: Lease): Promise<Worked> {
  const configuration = parts.configuration.current();
  const work: Work = { claimed, lease, configuration, route: null, face: null, message: null, requests: null, chain: [] };
  let start: RunStart;
  try {
    start = await begin(parts, work);
  } catch (error) {
    await settleFailure(parts, work, asFailure(error), { path: '', result: null });
    return 'over';
  }
  const executed = await executeClaimed(parts, work, start);
  await settle(parts, work, executed);
  return executed.kind === 'abandoned' ? 'untouched' : 'over';
}

/** Reads the payload and says how the run begins; fills in the route of a message. */
async function begin(parts: InboxParts, work: Work): Promise<RunStart> {
  const { row } = work.claimed;
  if (row.payload === null) throw failure('message.malformed', { detail: 'no body' });
  const bytes = await parts.store.payloadBytes(row.payload);
  if (row.direction === 'run') {
    const { variables, context, chain } = unpackedRun(bytes);
    work.chain = chain;
    return { kind: 'scenario', scenario: row.scenarioNames[0] ?? '', variables, context };
  }
  const open = openRoute(work.configuration, row.routeName ?? '');
  work.route = open.route;
  work.face = parts.routes.of(open.route);
  const arrived = row.contentType === valueContentType ? unpackedBytes(bytes) : parts.parseBody(open.route, bytes, row.contentType);
  work.message = work.face.accept(arrived);
  return startOf(open, work.message);
}

async function executeClaimed(parts: InboxParts, work: Work, start: RunStart): Promise<Executed> {
  const { row } = work.claimed;
  const { clock, settings, active, store } = parts;
  const run = activeRun({ id: row.id, route: row.routeName, scenarios: row.scenarioNames, startedAt: row.receivedAt });
  active.add(run);
  const inTime = parts.deadlines.add(clock.monotonicMs() + settings.runDeadlineMs, () => void active.end(row.id, lateBy(settings.runDeadlineMs), 'kill'));
  try {
    const initiator = await initiatorOf(work.route, row.caller, parts.access);
    const recorded = await store.intents(row.id);
    work.requests = createRequestDesk(parts, { id: row.id, configuration: work.configuration, lease: work.lease, recorded, signal: run.kill.signal });
    return await executeRun(parts, {
      execution: {
        configuration: work.configuration,
        start,
        identity: { run: row.id, initiator, depth: row.depth, startedAt: row.receivedAt, chain: work.chain },
        requests: work.requests,
        signal: run.stop.signal,
      },
      parent: { id: row.id, depth: row.depth, caller: initiator, orderKey: row.orderKey, chain: [...work.chain, ...row.scenarioNames] },
      complete: (result, set) => doneSet(parts, work, result, set),
      gate: run.gate,
    });
  } catch (error) {
    return { kind: 'failed', failure: asFailure(error), path: '', result: null };
  } finally {
    inTime();
    active.remove(run);
  }
}

async function doneSet(parts: InboxParts, work: Work, result: RunResult, set: EffectSet): Promise<EffectSet> {
  const { claimed, face } = work;
  // A run without a route has no declared attributes: it answers with what its scenario returned, if anything.
  const slot = face === null ? result.replies.response : face.response(result.replies.response);
  const reply = slot === null ? null : await storedReply(slot, parts.store);
  const message: MessageWrite = {
    op: 'update',
    id: claimed.row.id,
    state: 'done',
    reply: reply?.payload ?? null,
    replyStatus: reply?.status ?? null,
    attempts: claimed.attempts + 1,
    failure: null,
    trace: packTrace(result.trace),
    scenarioNames: claimed.row.scenarioNames,
  };
  const idempotency = await answered(parts, work, reply);
  return { ...set, fence: claimed.fence, message, queue: { op: 'remove' }, ...(idempotency === null ? {} : { idempotency }) };
}

/** The key's row, claimed at intake, now carries the answer. */
async function answered(parts: InboxParts, { claimed }: Work, reply: StoredReply | null): Promise<IdempotencyWrite | null> {
  const { row } = claimed;
  if (row.idempotencyKey === null || row.route === null) return null;
  const stored = await parts.store.idempotency(row.route, row.caller, row.idempotencyKey);
  // Expired and forgotten meanwhile: nobody asks for this answer any more.
  if (stored === null || stored.message !== row.id) return null;
  return {
    route: row.route,
    caller: row.caller,
    key: row.idempotencyKey,
    bodyHash: stored.bodyHash,
    message: row.id,
    state: 'answered',
    reply: reply?.payload ?? null,
    replyStatus: reply?.status ?? null,
    ttlMs: limits.idempotencyMs.value,
  };
}

async function settle(parts: InboxParts, work: Work, executed: Executed): Promise<void> {
  switch (executed.kind) {
    case 'committed':
      tell(parts, work, 'done', null);
      return;
    case 'failed':
      await settleFailure(parts, work, executed.failure, executed);
      return;
    case 'abandoned':
      return;
    case 'duplicate':
    case 'queueFull':
      throw new Error(`a claimed run cannot be answered with ${executed.kind}`);
    default:
      executed satisfies never;
  }
}

async function settleFailure(parts: InboxParts, work: Work, failed: Failure, { path, result }: { path: string; result: RunResult | null }): Promise<void> {
  const { claimed } = work;
  const attempts = claimed.attempts + 1;
  const base = emptyEffectSet(randomUuid(parts.random));
  const over = { op: 'update' as const, id: claimed.row.id, attempts, failure: failed.toData(), trace: result === null ? null : packTrace(result.trace) };
  const fate = fateOf(parts, work, failed, attempts);
  const set = await fateSet(parts, work, failed, result, fate, { ...base, fence: claimed.fence, outcomes: work.requests?.endedAt(path) ?? [] }, over);
  const committed = await commitOne(parts, set);
  // Unavailable: nothing is known to the database; the lease runs out and somebody tries again.
  if (committed.kind === 'committed') tell(parts, work, fate.state, failed);
  else if (committed.kind !== 'fenced') parts.log.warn('inbox.notSettled', { message: claimed.row.id, result: committed.kind });
}

type Fate = { state: 'waiting'; dueInMs: number } | { state: 'failed' } | { state: 'dead'; block: boolean };

function fateOf(parts: InboxParts, work: Work, failed: Failure, attempts: number): Fate {
  const { route, claimed } = work;
  const policy = route?.retry ?? runPolicy;
  const delay = retryDelayMs(failed.next, policy, attempts, parts.random.fraction());
  if (!callerRetries(parts, work)) return delay === null ? { state: 'dead', block: route?.orderPolicy === 'block' } : { state: 'waiting', dueInMs: delay };
  // Only a short trouble is bridged while the caller waits. What nobody knows needs a person.
  if (failed.next.kind === 'park') return { state: 'dead', block: route?.orderPolicy === 'block' };
  return delay !== null && waitedMs(parts, claimed) + delay < parts.settings.replyDeadlineMs ? { state: 'waiting', dueInMs: delay } : { state: 'failed' };
}

/**
 * A caller who waits for the end retries by himself: of a message that is answered after its run, and of a run that
 * somebody started, in contrast to those that a commit queued. Once a request has left he is told "accepted" at the
 * deadline: near it and after it the work is ours, like any message that was acknowledged.
 */
function callerRetries(parts: InboxParts, { route, claimed, requests }: Work): boolean {
  const callerWaits = claimed.row.direction === 'run' ? claimed.row.depth === 0 : route?.reply === 'afterRun';
  return callerWaits && (requests?.left !== true || waitedMs(parts, claimed) < parts.settings.replyDeadlineMs * 0.8);
}

const waitedMs = ({ clock }: InboxParts, { row }: Claimed): number => clock.wallMs() - Date.parse(row.receivedAt);

async function fateSet(
  parts: InboxParts,
  work: Work,
  failed: Failure,
  result: RunResult | null,
  fate: Fate,
  base: EffectSet,
  over: Omit<Extract<MessageWrite, { op: 'update' }>, 'state'>,
): Promise<EffectSet> {
  const { claimed, face, message } = work;
  switch (fate.state) {
    case 'waiting':
      return { ...base, message: { ...over, state: 'waiting' }, queue: { op: 'retry', dueInMs: fate.dueInMs, attempts: over.attempts } };
    case 'failed':
    case 'dead': {
      const reply = await errorReply(parts, face, failed, result?.replies.errorResponse ?? null, message);
      const queue = fate.state === 'failed' ? ({ op: 'remove' } as const) : ({ op: 'park', block: fate.block } as const);
      return { ...base, message: { ...over, state: fate.state, reply: reply?.payload ?? null, replyStatus: reply?.status ?? null, scenarioNames: claimed.row.scenarioNames }, queue };
    }
    default:
      return fate satisfies never;
  }
}

/** Without a route only what the scenario itself returned. */
async function errorReply(parts: InboxParts, face: RouteFace | null, failed: Failure, slot: ReplySlot | null, message: ValueObject | null): Promise<StoredReply | null> {
  if (face !== null) return storedErrorReply(face, failed, slot, message, parts.store);
  return slot === null ? null : storedReply(slot, parts.store);
}

function tell(parts: InboxParts, { claimed }: Work, state: Fate['state'] | 'done', failed: Failure | null): void {
  const { row } = claimed;
  parts.feed.publish({ message: row.id, direction: row.direction, state, route: row.routeName, failure: failed?.code ?? null });
}
