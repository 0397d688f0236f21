/** Executes a run to its commit, computing it again when what it read has changed meanwhile. */
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { CommitResult, EffectSet } from '../core/effect-set.ts';
import type { RunResult } from '../core/scenario/machine-port.ts';
import type { EngineParts } from './parts.ts';
import { effectSetOf, type Parent } from './run-effects.ts';
import { drive, type Execution } from './run-driver.ts';
import type { CommitGate } from './commit-gate.ts';

export type Executed =
  | { kind: 'committed'; result: RunResult; set: EffectSet }
  | { kind: 'failed'; failure: Failure; path: string; result: RunResult | null }
  | { kind: 'duplicate'; duplicate: Extract<CommitResult, { kind: 'duplicate' }> }
  | { kind: 'abandoned' };

export interface RunPlan {
  execution: Execution;
  parent: Parent;
  /** Adds what belongs to the run besides its effects: message, fence, idempotency, queue. */
  complete(result: RunResult, set: EffectSet): EffectSet | Promise<EffectSet>;
  /** Closed when the run was given up before its commit began. */
  gate: CommitGate;
}

export async function executeRun(parts: EngineParts, plan: RunPlan): Promise<Executed> {
  const { gate } = plan;
  let refusals = 0;
  for (let attempt = 0; ; attempt += 1) {
    const driven = await drive(parts, plan.execution);
    if (driven.kind !== 'finished') return driven;
    const { result } = driven;
    const failed = (reason: Failure): Executed => ({ kind: 'failed', failure: gate.leave() ? reason : gate.reason, path: '', result });
    const set = await wholeSet(parts, plan, result);
    if (set instanceof Failure) return failed(set);
    const crowded = parts.room.refusal(set);
    if (crowded !== null) return failed(crowded);
    if (!gate.enter()) return failed(gate.reason);
    const committed = await commitOne(parts, set);
    switch (committed.kind) {
      case 'committed':
        return { kind: 'committed', result, set };
      case 'duplicate':
        return { kind: 'duplicate', duplicate: committed };
      case 'queueFull':
        return failed(outboxKeyFull(set));
      case 'fenced':
        return { kind: 'abandoned' };
      case 'unavailable':
        return failed(Failure.from(committed.failure));
      case 'refused':
        // Another run may have created the same unique value: computed again, this run may find it.
        refusals += 1;
        if (refusals > 1) return failed(Failure.from(committed.failure));
        break;
      case 'conflict':
        if (attempt >= limits.recomputations.value) return failed(failure('run.contended', { attempts: attempt + 1 }));
        await parts.clock.sleep(pauseMs(parts, attempt));
        break;
      default:
        return committed satisfies never;
    }
    if (!gate.leave()) return failed(gate.reason);
  }
}

/** The set to commit, or why it cannot be made: a reply or a body that does not fit, a store that has no room for it. */
async function wholeSet(parts: EngineParts, plan: RunPlan, result: RunResult): Promise<EffectSet | Failure> {
  try {
    return await plan.complete(result, await effectSetOf(parts, plan.execution.configuration, plan.parent, result.effects));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Only the sends of a finished run have an order key here. */
function outboxKeyFull({ outbox }: EffectSet): Failure {
  const full = outbox.find(({ orderKey }) => orderKey !== null);
  return failure('order.queueFull', { route: full?.row.routeName ?? '', key: full?.orderKey ?? '', limit: limits.orderKeyQueue.value }, { next: { kind: 'retryAfter', ms: 5_000 } });
}

/** Grows with each attempt; the jitter lets one of several contenders through. */
const pauseMs = (parts: EngineParts, attempt: number): number => parts.settings.recomputePauseMs * 2 ** attempt * parts.random.fraction();

export async function commitOne(parts: Pick<EngineParts, 'store'>, set: EffectSet): Promise<CommitResult> {
  const [result] = await parts.store.commit([set]);
  if (result === undefined) throw new Error('the store gave no result for a set');
  return result;
}
