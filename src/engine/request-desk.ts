/**
 * Requests of one run: an intent is durable before the bytes leave, the outcome after.
 * A repetition of the run replays recorded outcomes; an intent without outcome is an unknown one.
 */
import { Failure, failure, type FailureData } from '../core/failure.ts';
import type { Configuration, PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import type { OutcomeWrite } from '../core/effect-set.ts';
import type { Answer } from '../core/scenario/machine-port.ts';
import type { StoredIntent } from '../core/store-port.ts';
import type { Lease } from './lease.ts';
import type { EngineParts } from './parts.ts';
import { createRequestCaller } from './request-caller.ts';
import { requestHash, sameHash } from './request-hash.ts';
import { answerFrom, createRequestJournal, packAnswer, type FailedAnswer, type RequestAnswer, type RequestNeed } from './request-journal.ts';
import { RunEnds } from './run-end.ts';
import { onUnknown } from './unknown-outcome.ts';

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
  const journal = createRequestJournal(parts, run);
  const caller = createRequestCaller(parts, run);

  return {
    get left() {
      return left;
    },
    async perform(need) {
      const hash = requestHash(need.route, need.message);
      const { replayed, again, unknown, way } = knownOf(need, hash);
      // What is known, and what is known to be unknown, comes before the question whether the route is open now.
      if (replayed !== null && !again) return given(need.path, replayed);
      if (unknown && way === 'park') throw new RunEnds(failure('run.unknownOutcome', { path: need.path, route: need.route }));
      const { route, connection } = way === 'verify' ? orEnd(() => target(run.configuration, need.route)) : target(run.configuration, need.route);
      if (!unknown) {
        parts.remote.guard(connection, route, need.message);
        if (!parts.bugs.noIntent) await journal.intent({ need, route, connection, hash, again });
      }
      recorded.set(need.path, { path: need.path, effectId: need.effectId, requestHash: hash, outcome: null });
      left = true;
      await parts.crashPoints.reach('request.afterIntent');
      const call = { need, route, connection };
      const answer = (way === 'verify' ? await caller.found(call) : null) ?? (await caller.call(call));
      return await kept(need, hash, answer);
    },
    endedAt(path) {
      const refusal = refusals.get(path);
      return refusal === undefined ? [] : [{ run: run.id, path, outcome: packAnswer({ kind: 'failed', failure: refusal }) }];
    },
  };

  /** What an earlier repetition of the run has written down of this call. */
  function knownOf(need: RequestNeed, hash: Uint8Array): { replayed: RequestAnswer | FailedAnswer | null; again: boolean; unknown: boolean; way: 'repeat' | 'verify' | 'park' | null } {
    const known = recorded.get(need.path);
    const replayed = known === undefined || known.outcome === null ? null : answerFrom(known.outcome);
    // Known not to have been carried out: calling again is the first call, and it may be another one.
    const again = replayed?.kind === 'failed';
    const unknown = known !== undefined && replayed === null;
    if (known !== undefined && !again && !sameHash(known.requestHash, hash)) throw new RunEnds(failure('run.requestChanged', { path: need.path, route: need.route }));
    // A person who wants it again has not looked instead of us.
    const open = unknown || (again && replayed.failure.code === 'run.wantedAgain');
    return { replayed, again, unknown, way: open ? whenUnknown(need.route) : null };
  }

  /** Writes the outcome down, unless nobody knows it. */
  async function kept(need: RequestNeed, hash: Uint8Array, answer: RequestAnswer | FailedAnswer): Promise<RequestAnswer | FailedAnswer> {
    if (answer.kind === 'failed' && answer.failure.code === 'connection.unknownOutcome') return answer;
    const outcome = packAnswer(answer);
    await parts.crashPoints.reach('request.beforeOutcome');
    await journal.outcome(need.path, outcome);
    recorded.set(need.path, { path: need.path, effectId: need.effectId, requestHash: hash, outcome });
    // A lease that has grown too old is no failure of the step: no handler of the scenario may go on from it.
    if (answer.kind === 'failed' && answer.failure.code === 'run.leaseTooOld') throw new RunEnds(Failure.from(answer.failure));
    return given(need.path, answer);
  }

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
}

/** No handler of a scenario goes on from a call that is still unknown. */
function orEnd<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Failure ? new RunEnds(error) : error;
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
