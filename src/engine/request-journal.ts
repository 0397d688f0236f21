/** What a run has written down of its calls: an intent before the bytes leave, the outcome after. */
import { Failure, failure, type FailureData } from '../core/failure.ts';
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import { emptyEffectSet, type EffectSet, type Fence, type OutcomeWrite } from '../core/effect-set.ts';
import type { Answer, Need } from '../core/scenario/machine-port.ts';
import { isObject, type Value } from '../core/value.ts';
import { jsonBytes, payloadOf } from './journal-payload.ts';
import type { Lease } from './lease.ts';
import { packedBytes, unpackedBytes } from './packed.ts';
import type { EngineParts } from './parts.ts';
import { Abandoned, RunEnds } from './run-end.ts';
import { randomUuid } from './uuid.ts';

export type RequestNeed = Extract<Need, { kind: 'request' }>;
export type RequestAnswer = Extract<Answer, { kind: 'request' }>;
export type FailedAnswer = Extract<Answer, { kind: 'failed' }>;

export interface IntendedCall {
  need: RequestNeed;
  route: PublishedRoute;
  connection: PublishedConnection;
  hash: Uint8Array;
  /** The call before it is known not to have been carried out. */
  again: boolean;
}

export interface RequestJournal {
  /** Resolves when it is durable. Ends the run where it cannot be. */
  intent(call: IntendedCall): Promise<void>;
  outcome(path: string, outcome: Uint8Array): Promise<void>;
}

export function createRequestJournal(parts: EngineParts, run: { id: string; lease: Pick<Lease, 'fence'> }): RequestJournal {
  return {
    async intent({ need, route, connection, hash, again }) {
      const request = await payloadOf(jsonBytes(need.message), parts.store);
      await commitUnderLease(parts, run.lease.fence, {
        intents: [{ run: run.id, path: need.path, effectId: need.effectId, requestHash: hash, connectionName: connection.name, routeName: route.name, request, ...(again ? { again } : {}) }],
      });
    },
    /** A run that was cancelled has no lease any more; what its last call did is still worth knowing. */
    async outcome(path, outcome) {
      const outcomes: readonly OutcomeWrite[] = [{ run: run.id, path, outcome }];
      try {
        await commitUnderLease(parts, run.lease.fence, { outcomes });
      } catch (error) {
        const cancelled = error instanceof Abandoned && (await parts.store.message(run.id))?.state === 'cancelled';
        if (cancelled) await parts.store.commit([{ ...emptyEffectSet(randomUuid(parts.random)), outcomes }]);
        throw error;
      }
    },
  };
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

/** An answer as an ordinary value, so that exact numbers survive the journal. */
export function packAnswer(answer: RequestAnswer | FailedAnswer): Uint8Array {
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
