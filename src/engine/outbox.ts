/** Sends one message of the outbox. Its claim is its intent; the outcome is committed after the call. */
import { Failure, failure } from '../core/failure.ts';
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import { emptyEffectSet, type EffectSet, type MessageState, type MessageWrite, type Payload } from '../core/effect-set.ts';
import { parseJson } from '../core/json.ts';
import type { Claimed } from '../core/store-port.ts';
import type { Value } from '../core/value.ts';
import type { Receipt } from '../sdk/connector.ts';
import { activeRun, type ActiveRuns } from './active-runs.ts';
import { commitOne } from './execute-run.ts';
import { jsonBytes, payloadOf } from './journal-payload.ts';
import type { Lease } from './lease.ts';
import { crashed } from './crashed.ts';
import type { EngineParts } from './parts.ts';
import { patienceMs } from './patience.ts';
import { retryDelayMs } from './retry-delay.ts';
import { Abandoned, RunEnds } from './run-end.ts';
import { onUnknown, unknownCodes, unverified, verdictOn } from './unknown-outcome.ts';
import { randomUuid } from './uuid.ts';
import type { Worked } from './worker.ts';

export interface OutboxParts extends EngineParts {
  active: ActiveRuns;
}

interface Delivery {
  route: PublishedRoute;
  connection: PublishedConnection;
}

export async function workOutbox(parts: OutboxParts, claimed: Claimed, lease: Lease): Promise<Worked> {
  await parts.crashPoints.reach('outbox.afterClaim');
  const { row } = claimed;
  const run = activeRun({ id: row.id, route: row.routeName, scenarios: [], startedAt: row.receivedAt });
  parts.active.add(run);
  try {
    const outcome = await attempt(parts, claimed, lease, run.kill.signal);
    if (outcome === null) return 'untouched';
    await parts.crashPoints.reach('outbox.beforeOutcome');
    const committed = await commitOne(parts, outcome.set);
    if (committed.kind === 'committed') parts.feed.publish({ message: row.id, direction: 'out', state: outcome.state, route: row.routeName, failure: outcome.failure?.code ?? null });
    else if (committed.kind === 'fenced') await tellOfCancelled(parts, outcome.set);
    else parts.log.warn('outbox.notSettled', { message: row.id, result: committed.kind });
    return 'over';
  } finally {
    parts.active.remove(run);
  }
}

/** A delivery that was cancelled has no lease any more; what its call did is still worth knowing. */
async function tellOfCancelled(parts: OutboxParts, { message }: EffectSet): Promise<void> {
  if (message?.op !== 'update' || message.state !== 'done') return;
  const row = await parts.store.message(message.id);
  if (row?.state !== 'cancelled') return;
  await commitOne(parts, { ...emptyEffectSet(randomUuid(parts.random)), message: { ...message, state: 'cancelled', failure: row.failure } });
}

interface Settled {
  state: MessageState;
  failure: Failure | null;
  set: EffectSet;
}

/** Null when the delivery was given up before anything of it had left. */
async function attempt(parts: OutboxParts, claimed: Claimed, lease: Lease, signal: AbortSignal): Promise<Settled | null> {
  let delivery: Delivery | null = null;
  let receipt: Receipt;
  try {
    delivery = deliveryOf(parts, claimed);
    receipt = await carriedOut(parts, claimed, lease, delivery, signal);
  } catch (error) {
    const failed = failureOf(parts, claimed, error, signal);
    return failed === null ? null : settled(parts, claimed, delivery, failed, null);
  }
  return settled(parts, claimed, delivery, receipt.kind === 'error' ? receipt.failure : null, receipt);
}

/** What keeps the call from having been made, or from being known. A bug is an unknown outcome: nobody says where it struck. */
function failureOf(parts: OutboxParts, { row }: Claimed, error: unknown, signal: AbortSignal): Failure | null {
  if (signal.aborted && signal.reason instanceof RunEnds) return signal.reason.failure;
  const failed = error instanceof Failure ? error : null;
  // Whatever takes this node from its work, a call that is out has an unknown outcome, and this is the last who can say so.
  if (signal.aborted && signal.reason instanceof Abandoned && !unknownCodes.has(failed?.code ?? '') && (failed !== null || error === signal.reason)) return null;
  if (failed !== null) return failed;
  parts.log.error('outbox.callCrashed', { message: row.id, error: error instanceof Error ? error.stack : String(error) });
  return crashed(error);
}

/** Sends, but for a call that the remote says it has carried out already. A row keeps by its failure that its call is unknown. */
async function carriedOut(parts: OutboxParts, claimed: Claimed, lease: Lease, delivery: Delivery, signal: AbortSignal): Promise<Receipt> {
  const { route, connection } = delivery;
  const { row } = claimed;
  const asks = onUnknown(route, connection, parts.remote) === 'verify';
  if (asks && (claimed.unknown || unknownCodes.has(row.failure?.code ?? ''))) {
    const known = await verified(parts, claimed, lease, delivery, signal);
    if (known !== null) return known;
  }
  assertOpen(delivery);
  try {
    return await send(parts, claimed, lease, delivery, signal);
  } catch (error) {
    if (!asks || !(error instanceof Failure) || error.code !== 'connection.unknownOutcome') throw error;
    const known = await verified(parts, claimed, lease, delivery, signal);
    if (known !== null) return known;
    throw failure('connection.lost', { connection: connection.name, address: error.parameters['address'] ?? route.name }, { next: { kind: 'retry' }, cause: error });
  }
}

async function verified(parts: OutboxParts, { row }: Claimed, lease: Lease, delivery: Delivery, signal: AbortSignal): Promise<Receipt | null> {
  const { route, connection } = delivery;
  try {
    assertOpen(delivery);
    const message = await messageOf(parts, row);
    lease.assertFresh();
    return await verdictOn(parts.remote, { connection, route, message: message.value, effectId: message.effectId }, signal);
  } catch (error) {
    throw error instanceof Failure && !unknownCodes.has(error.code) ? unverified(route, error) : error;
  }
}

function deliveryOf(parts: OutboxParts, { row, unknown }: Claimed): Delivery {
  const configuration = parts.configuration.current();
  const name = row.routeName ?? '';
  const unknownOutcome = (): Failure => failure('run.unknownOutcome', { path: '', route: name });
  const route = configuration.route(name);
  if (route === undefined) throw unknown ? unknownOutcome() : failure('route.unknown', { route: name }, { next: { kind: 'park' } });
  const connection = configuration.connection(route.connection);
  if (connection === undefined) throw unknown ? unknownOutcome() : failure('connection.unknown', { connection: route.connection }, { next: { kind: 'park' } });
  // Before anything that only waits: a row that goes back to its queue is no longer known to be unknown.
  if (unknown && onUnknown(route, connection, parts.remote) === 'park') throw unknownOutcome();
  return { route, connection };
}

/** A disabled route keeps its messages; they go out when it is enabled again. */
function assertOpen({ route, connection }: Delivery): void {
  if (!route.enabled) throw failure('route.disabled', { route: route.name });
  if (!connection.enabled) throw failure('connection.disabled', { connection: connection.name });
}

async function messageOf(parts: OutboxParts, { payload, effectId }: Claimed['row']): Promise<{ value: Value; effectId: string }> {
  if (payload === null || effectId === null) throw failure('message.malformed', { detail: 'no body' }, { next: { kind: 'park' } });
  return { value: parseJson(await parts.store.payloadBytes(payload)), effectId };
}

async function send(parts: OutboxParts, { row }: Claimed, lease: Lease, { route, connection }: Delivery, signal: AbortSignal): Promise<Receipt> {
  const { value: message, effectId } = await messageOf(parts, row);
  parts.remote.guard(connection, route, message);
  lease.assertFresh();
  return parts.remote.call(
    { connection, route, message, effectId },
    { beforeBytes: () => lease.assertFresh(), afterBytes: () => parts.crashPoints.reach('outbox.afterBytes') },
    signal,
  );
}

async function settled(parts: OutboxParts, claimed: Claimed, delivery: Delivery | null, failed: Failure | null, receipt: Receipt | null): Promise<Settled> {
  const base: EffectSet = { ...emptyEffectSet(randomUuid(parts.random)), fence: claimed.fence };
  const reply = receipt === null ? null : await replyPayload(parts, claimed, receipt);
  const waits = failed === null ? null : patienceMs(failed, parts.settings);
  const attempts = waits === null ? claimed.attempts + 1 : claimed.attempts;
  const write = (state: MessageState): MessageWrite => ({
    op: 'update',
    id: claimed.row.id,
    state,
    reply,
    replyStatus: receipt?.status ?? null,
    attempts,
    failure: failed?.toData() ?? null,
  });
  if (failed === null) return { state: 'done', failure: null, set: { ...base, message: write('done'), queue: { op: 'remove' } } };
  const delay = waits ?? delayOf(parts, delivery, failed, attempts);
  if (delay === null) {
    return { state: 'dead', failure: failed, set: { ...base, message: write('dead'), queue: { op: 'park', block: delivery?.route.orderPolicy === 'block' } } };
  }
  return { state: 'waiting', failure: failed, set: { ...base, message: write('waiting'), queue: { op: 'retry', dueInMs: delay, attempts } } };
}

/** An answer that cannot be kept must not make the call look as if it had failed. */
async function replyPayload(parts: OutboxParts, { row }: Claimed, receipt: Receipt): Promise<Payload | null> {
  try {
    return await payloadOf(jsonBytes(receipt.response), parts.store);
  } catch (error) {
    parts.log.warn('outbox.replyNotKept', { message: row.id, error: String(error) });
    return null;
  }
}

function delayOf(parts: OutboxParts, delivery: Delivery | null, failed: Failure, attempts: number): number | null {
  if (delivery === null) return null;
  const { route, connection } = delivery;
  const way = onUnknown(route, connection, parts.remote);
  // A question that a person has to answer is not asked again by itself.
  if (unknownCodes.has(failed.code) && failed.code !== 'run.undecided' && way !== 'park') {
    const next = failed.next.kind === 'retryAfter' ? failed.next : { kind: 'retry' as const };
    return retryDelayMs(next, route.retry, attempts, parts.random.fraction());
  }
  return retryDelayMs(failed.next, route.retry, attempts, parts.random.fraction());
}
