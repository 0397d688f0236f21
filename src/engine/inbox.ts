/** Works on one pending message or run: execute, commit, or decide what becomes of it after a failure. */
import { failure, type Failure } from '../core/failure.ts';
import type { Configuration, PublishedRoute, RetryPolicy } from '../core/configuration/published.ts';
import { emptyEffectSet, type CommitResult, type EffectSet, type IdempotencyWrite, type MessageWrite } from '../core/effect-set.ts';
import type { RunResult, RunStart } from '../core/scenario/machine-port.ts';
import type { Claimed } from '../core/store-port.ts';
import type { Value, ValueObject } from '../core/value.ts';
import { activeRun, type ActiveRuns } from './active-runs.ts';
import { asFailure } from './crashed.ts';
import { commitOne, executeRun, type Executed } from './execute-run.ts';
import { arrivedOf, initiatorOf, lateBy, openRoute, startOf } from './message-case.ts';
import type { Lease } from './lease.ts';
import type { EngineParts } from './parts.ts';
import { patienceMs } from './patience.ts';
import { storedErrorReply, storedReply, type StoredReply } from './reply.ts';
import { createRequestDesk, type RequestDesk } from './request-desk.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { RouteFace } from './route-face.ts';
import { packTrace } from './trace.ts';
import { randomUuid } from './uuid.ts';
import { limits } from '../core/limits.ts';
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
  /** Somebody waits for the end and repeats by himself. */
  awaited: boolean;
  /** Monotonic. */
  claimedAt: number;
}

/** A run that is given up may begin anew anywhere: what it has sent is known by its intents. */
export async function workInbox(parts: InboxParts, claimed: Claimed, lease: Lease): Promise<Worked> {
  const work: Work = { claimed, lease, configuration: parts.configuration.current(), route: null, face: null, message: null, requests: null, chain: [], awaited: claimed.awaited, claimedAt: parts.clock.monotonicMs() };
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

/** Reads the payload and says how the run begins; fills in what it works by, and the route of a message. */
async function begin(parts: InboxParts, work: Work): Promise<RunStart> {
  const { row } = work.claimed;
  work.configuration = await parts.began.of(row);
  if (row.payload === null) throw failure('message.malformed', { detail: 'no body' });
  const bytes = await parts.store.payloadBytes(row.payload);
  if (row.direction === 'run') {
    const { variables, context, chain } = unpackedRun(bytes);
    work.chain = chain;
    return { kind: 'scenario', scenario: row.scenarioNames[0] ?? '', variables, context };
  }
  work.route = work.configuration.route(row.routeName ?? '') ?? null;
  work.face = work.route === null ? null : parts.routes.of(work.route);
  const open = openRoute(work.configuration, row.routeName ?? '');
  const { arrived, files } = arrivedOf(bytes, row.contentType, () => parts.parseBody(open.route, bytes, row.contentType));
  work.message = parts.routes.of(open.route).accept(arrived);
  return startOf(open, work.message, files);
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
        progressed: ({ errorResponse }) => {
          run.errorResponse = errorResponse;
        },
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
      // Its key expired and was taken over between the look and the commit: the next attempt answers nobody.
      await settleFailure(parts, work, failure('message.inProgress', { key: work.claimed.row.idempotencyKey ?? '' }), { path: '', result: null });
      return;
    default:
      executed satisfies never;
  }
}

interface Reached {
  path: string;
  result: RunResult | null;
}

async function settleFailure(parts: InboxParts, work: Work, failed: Failure, reached: Reached): Promise<void> {
  const settled = await settledAs(parts, work, failed, reached);
  if (settled.committed === 'fenced' && settled.fate === 'failed') {
    // Either the lease is lost, or the caller was told just now that the message goes on: then it is ours.
    work.awaited = false;
    await settledAs(parts, work, failed, reached);
  }
}

async function settledAs(parts: InboxParts, work: Work, failed: Failure, { path, result }: Reached): Promise<{ committed: CommitResult['kind']; fate: Fate['state'] }> {
  const { claimed } = work;
  const fate = fateOf(parts, work, failed);
  const base = { ...emptyEffectSet(randomUuid(parts.random)), fence: claimed.fence, outcomes: work.requests?.endedAt(path) ?? [] };
  const over = { op: 'update' as const, id: claimed.row.id, attempts: fate.attempts, failure: failed.toData(), trace: result === null ? null : packTrace(result.trace) };
  const set = await fateSet(parts, work, failed, result, fate, base, over);
  const committed = await commitOne(parts, set);
  // Unavailable: nothing is known to the database; the lease runs out and somebody tries again.
  if (committed.kind === 'committed') tell(parts, work, fate.state, failed);
  else if (committed.kind !== 'fenced') parts.log.warn('inbox.notSettled', { message: claimed.row.id, result: committed.kind });
  return { committed: committed.kind, fate: fate.state };
}

type Fate = { attempts: number } & ({ state: 'waiting'; dueInMs: number } | { state: 'failed' } | { state: 'dead'; block: boolean });

/** A caller who waits is bridged over a short trouble only, and repeats by himself. What nobody knows needs a person. */
function fateOf(parts: InboxParts, work: Work, failed: Failure): Fate {
  const { route, claimed, awaited } = work;
  const patience = awaited ? null : patienceMs(failed, parts.settings);
  if (patience !== null) return { state: 'waiting', dueInMs: patience, attempts: claimed.attempts };
  const attempts = claimed.attempts + 1;
  const delay = retryDelayMs(failed.next, route?.retry ?? runPolicy, attempts, parts.random.fraction());
  if (failed.next.kind === 'park' || (delay === null && !awaited)) return { state: 'dead', block: route?.orderPolicy === 'block', attempts };
  const late = delay === null || (awaited && waitedMs(parts, work) + delay >= parts.settings.replyDeadlineMs);
  return late ? { state: 'failed', attempts } : { state: 'waiting', dueInMs: delay, attempts };
}

const waitedMs = ({ clock }: InboxParts, { claimed, claimedAt }: Work): number => claimed.queuedMs + clock.monotonicMs() - claimedAt;

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
      const reply = await storedErrorReply(face, failed, result?.replies.errorResponse ?? null, message, parts.store);
      const queue = fate.state === 'failed' ? ({ op: 'remove' } as const) : ({ op: 'park', block: fate.block } as const);
      const fence = fate.state === 'failed' ? { ...claimed.fence, awaited: true as const } : claimed.fence;
      return { ...base, fence, message: { ...over, state: fate.state, reply: reply?.payload ?? null, replyStatus: reply?.status ?? null, scenarioNames: claimed.row.scenarioNames }, queue };
    }
    default:
      return fate satisfies never;
  }
}

function tell(parts: InboxParts, { claimed }: Work, state: Fate['state'] | 'done', failed: Failure | null): void {
  const { row } = claimed;
  parts.feed.publish({ message: row.id, direction: row.direction, state, route: row.routeName, failure: failed?.code ?? null });
}
