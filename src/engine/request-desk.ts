/**
 * Requests of one run: an intent is durable before the bytes leave, the outcome after.
 * A repetition of the run replays recorded outcomes; an intent without outcome is an unknown one.
 */
import { Failure, failure, type FailureData } from '../core/failure.ts';
import type { Configuration, PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import { emptyEffectSet, type EffectSet, type Fence, type OutcomeWrite } from '../core/effect-set.ts';
import type { Answer, Need } from '../core/scenario/machine-port.ts';
import type { StoredIntent } from '../core/store-port.ts';
import { isObject, type Value } from '../core/value.ts';
import type { Receipt } from '../sdk/connector.ts';
import { jsonBytes, payloadOf } from './journal-payload.ts';
import type { Lease } from './lease.ts';
import type { EngineParts } from './parts.ts';
import { requestHash, sameHash } from './request-hash.ts';
import { Abandoned, RunEnds } from './run-end.ts';
import { onUnknown, unknownCodes, verdictOn } from './unknown-outcome.ts';
import { randomUuid } from './uuid.ts';
import { packedBytes, unpackedBytes } from './packed.ts';

type RequestNeed = Extract<Need, { kind: 'request' }>;
type RequestAnswer = Extract<Answer, { kind: 'request' }>;
type FailedAnswer = Extract<Answer, { kind: 'failed' }>;

export interface RequestDesk {
  perform(need: RequestNeed): Promise<Answer>;
  /** True once bytes of any request of this run may have left. */
  readonly left: boolean;
  /** What to record when the step at `path` has ended the run: an error answer that did so is asked for again, not replayed. */
  endedAt(path: string): readonly OutcomeWrite[];
}

export function createRequestDesk(
  parts: EngineParts,
  run: { id: string; configuration: Configuration; lease: Lease; recorded: readonly StoredIntent[]; signal: AbortSignal },
): RequestDesk {
  const recorded = new Map(run.recorded.map((intent) => [intent.path, intent]));
  /** Error answers that the run has been given, by step. */
  const refusals = new Map<string, FailureData>();
  let left = recorded.size > 0;

  return {
    get left() {
      return left;
    },
    async perform(need) {
      const hash = requestHash(need.route, need.message);
      const known = recorded.get(need.path);
      const replayed = known === undefined || known.outcome === null ? null : answerFrom(known.outcome);
      // Known not to have been carried out: calling again is the first call, and it may be another one.
      const again = replayed?.kind === 'failed';
      const unknown = known !== undefined && replayed === null;
      // A person who wants it again has not looked instead of us.
      const open = unknown || (again && replayed.failure.code === 'run.wantedAgain');
      if (known !== undefined && !again && !sameHash(known.requestHash, hash)) throw new RunEnds(failure('run.requestChanged', { path: need.path, route: need.route }));
      // What is known, and what is known to be unknown, comes before the question whether the route is open now.
      if (replayed !== null && !again) return given(need.path, replayed);
      const way = open ? whenUnknown(need.route) : null;
      if (unknown && way === 'park') throw new RunEnds(failure('run.unknownOutcome', { path: need.path, route: need.route }));
      const { route, connection } = way === 'verify' ? orEnd(() => target(run.configuration, need.route)) : target(run.configuration, need.route);
      if (!unknown) {
        parts.remote.guard(connection, route, need.message);
        if (!parts.bugs.noIntent) await recordIntent(need, route, connection, hash, again);
      }
      recorded.set(need.path, { path: need.path, effectId: need.effectId, requestHash: hash, outcome: null });
      left = true;
      await parts.crashPoints.reach('request.afterIntent');
      const answer = (way === 'verify' ? await found(need, route, connection) : null) ?? (await call(need, route, connection));
      if (answer.kind === 'failed' && answer.failure.code === 'connection.unknownOutcome') return answer;
      const outcome = packAnswer(answer);
      await parts.crashPoints.reach('request.beforeOutcome');
      await recordOutcome(need.path, outcome);
      recorded.set(need.path, { path: need.path, effectId: need.effectId, requestHash: hash, outcome });
      // A lease that has grown too old is no failure of the step: no handler of the scenario may go on from it.
      if (answer.kind === 'failed' && answer.failure.code === 'run.leaseTooOld') throw new RunEnds(Failure.from(answer.failure));
      return given(need.path, answer);
    },
    endedAt(path) {
      const refusal = refusals.get(path);
      return refusal === undefined ? [] : [{ run: run.id, path, outcome: packAnswer({ kind: 'failed', failure: refusal }) }];
    },
  };

  function given<A extends RequestAnswer | FailedAnswer>(path: string, answer: A): A {
    if (answer.kind === 'request' && answer.result.failure !== null) refusals.set(path, answer.result.failure);
    return answer;
  }

  /** A route that is gone cannot say that it allows repeats. */
  function whenUnknown(name: string): 'repeat' | 'verify' | 'park' {
    const route = run.configuration.route(name);
    const connection = route === undefined ? undefined : run.configuration.connection(route.connection);
    return route === undefined || connection === undefined ? 'park' : onUnknown(route, connection, parts.remote);
  }

  /** What the remote says of a call that got no answer, or null when it may be made. No handler of the scenario goes on from what is still unknown. */
  async function found(need: RequestNeed, route: PublishedRoute, connection: PublishedConnection): Promise<RequestAnswer | null> {
    try {
      run.lease.assertFresh();
      const receipt = await verdictOn(parts.remote, { connection, route, message: need.message, effectId: need.effectId }, run.signal);
      return receipt === null ? null : answerOf(receipt);
    } catch (error) {
      if (run.signal.aborted) throw run.signal.reason;
      throw error instanceof Failure && unknownCodes.has(error.code) ? new RunEnds(error) : error;
    }
  }

  async function recordIntent(need: RequestNeed, route: PublishedRoute, connection: PublishedConnection, hash: Uint8Array, again: boolean): Promise<void> {
    const request = await payloadOf(jsonBytes(need.message), parts.store);
    await commitUnderLease(parts, run.lease.fence, {
      intents: [{ run: run.id, path: need.path, effectId: need.effectId, requestHash: hash, connectionName: connection.name, routeName: route.name, request, ...(again ? { again } : {}) }],
    });
  }

  /** A run that was cancelled has no lease any more; what its last call did is still worth knowing. */
  async function recordOutcome(path: string, outcome: Uint8Array): Promise<void> {
    const outcomes = [{ run: run.id, path, outcome }];
    try {
      await commitUnderLease(parts, run.lease.fence, { outcomes });
    } catch (error) {
      const cancelled = error instanceof Abandoned && (await parts.store.message(run.id))?.state === 'cancelled';
      if (cancelled) await parts.store.commit([{ ...emptyEffectSet(randomUuid(parts.random)), outcomes }]);
      throw error;
    }
  }

  async function call(need: RequestNeed, route: PublishedRoute, connection: PublishedConnection): Promise<RequestAnswer | FailedAnswer> {
    try {
      run.lease.assertFresh();
      const receipt = await parts.remote.call(
        { connection, route, message: need.message, effectId: need.effectId },
        { beforeBytes: () => run.lease.assertFresh(), afterBytes: () => parts.crashPoints.reach('request.afterBytes') },
        run.signal,
      );
      return answerOf(receipt);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.code !== 'connection.unknownOutcome') return { kind: 'failed', failure: error.toData() };
      switch (onUnknown(route, connection, parts.remote)) {
        case 'repeat':
          return { kind: 'failed', failure: { ...error.toData(), next: { kind: 'retry' } } };
        case 'verify':
          // Not carried out: the call may be made again at once, but a remote that loses calls is given the pause of a retry.
          return (await found(need, route, connection)) ?? { kind: 'failed', failure: failure('connection.lost', { connection: connection.name, address: error.parameters['address'] ?? route.name }, { next: { kind: 'retry' }, cause: error }).toData() };
        case 'park':
          throw new RunEnds(failure('run.unknownOutcome', { path: need.path, route: route.name }, { cause: error }));
      }
    }
  }
}

/** No handler of a scenario goes on from a call that is still unknown. */
function orEnd<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Failure ? new RunEnds(error) : error;
  }
}

/** A commit of an intent or an outcome; a lost lease ends the run without a trace. */
async function commitUnderLease(parts: EngineParts, fence: Fence, part: Partial<EffectSet>): Promise<void> {
  const [result] = await parts.store.commit([{ ...emptyEffectSet(randomUuid(parts.random)), fence, ...part }]);
  switch (result?.kind) {
    case 'committed':
      return;
    case 'fenced':
      throw new Abandoned();
    case 'unavailable':
    case 'refused':
      throw new RunEnds(Failure.from(result.failure));
    default:
      throw new Error(`an intent or outcome cannot be answered with ${result?.kind ?? 'nothing'}`);
  }
}

function target(configuration: Configuration, name: string): { route: PublishedRoute; connection: PublishedConnection } {
  const route = configuration.route(name);
  if (route === undefined) throw failure('route.unknown', { route: name });
  if (!route.enabled) throw failure('route.disabled', { route: name });
  const connection = configuration.connection(route.connection);
  if (connection === undefined) throw failure('connection.unknown', { connection: route.connection });
  if (!connection.enabled) throw failure('connection.disabled', { connection: connection.name });
  return { route, connection };
}

function answerOf(receipt: Receipt): RequestAnswer {
  return {
    kind: 'request',
    result: {
      kind: receipt.kind,
      response: receipt.response,
      status: receipt.status ?? null,
      failure: receipt.kind === 'error' ? receipt.failure.toData() : null,
      ...(receipt.notes === undefined ? {} : { notes: receipt.notes.map((note) => note.toData()) }),
    },
  };
}

/** An answer as an ordinary value, so that exact numbers survive the journal. */
function packAnswer(answer: RequestAnswer | FailedAnswer): Uint8Array {
  const plain: Value =
    answer.kind === 'failed'
      ? { kind: 'failed', failure: JSON.stringify(answer.failure) }
      : {
          kind: answer.result.kind,
          response: answer.result.response,
          status: answer.result.status,
          failure: answer.result.failure === null ? null : JSON.stringify(answer.result.failure),
          ...(answer.result.notes === undefined ? {} : { notes: JSON.stringify(answer.result.notes) }),
        };
  return packedBytes(plain);
}

/** Recorded when a person has looked at the other side and wants calls of unknown outcome to be made again, with the same effect ids. */
export const wantedAgain = (): Uint8Array => packAnswer({ kind: 'failed', failure: failure('run.wantedAgain', {}).toData() });

/** Reads only what was recorded here. */
export function answerFrom(bytes: Uint8Array): RequestAnswer | FailedAnswer {
  const value: Value = unpackedBytes(bytes);
  if (!isObject(value)) throw new Error('a recorded outcome is not an object');
  const { kind, response, status, notes } = value;
  // Written by `packAnswer` only, so the texts are the data of failures.
  const failed = typeof value['failure'] === 'string' ? (JSON.parse(value['failure']) as FailureData) : null;
  if (kind === 'failed' && failed !== null) return { kind: 'failed', failure: failed };
  return {
    kind: 'request',
    result: { kind: kind === 'ok' ? 'ok' : 'error', response: response ?? null, status: typeof status === 'number' ? status : null, failure: failed, ...(typeof notes === 'string' ? { notes: JSON.parse(notes) as readonly FailureData[] } : {}) },
  };
}
