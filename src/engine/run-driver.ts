/**
 * Drives one execution of a run: gives the interpreter what it needs until it is finished or has failed.
 * No transaction is open meanwhile; nothing is written but intents and outcomes of requests.
 */
import { Failure, failure } from '../core/failure.ts';
import type { Configuration } from '../core/configuration/published.ts';
import { emptyEffectSet, type EffectSet } from '../core/effect-set.ts';
import type { Answer, Need, Replies, RunIdentity, RunResult, RunStart, RunState } from '../core/scenario/machine-port.ts';
import type { EngineParts } from './parts.ts';
import { contentOf, storeGivenFile } from './record-files.ts';
import type { RequestDesk } from './request-desk.ts';
import { Abandoned, RunEnds } from './run-end.ts';
import { randomUuid } from './uuid.ts';

export type Driven =
  | { kind: 'finished'; result: RunResult }
  | { kind: 'failed'; failure: Failure; path: string; result: RunResult }
  /** The lease is gone or somebody cancelled: leave without a trace. */
  | { kind: 'abandoned' };

export interface Execution {
  configuration: Configuration;
  start: RunStart;
  identity: RunIdentity;
  /** Absent where requests are impossible (plain writes, dry runs). */
  requests: RequestDesk | null;
  signal: AbortSignal;
  /** Told what would be answered if the run ended now. */
  progressed?(replies: Replies): void;
}

export async function drive(parts: EngineParts, execution: Execution): Promise<Driven> {
  const { machine, clock } = parts;
  const { configuration, signal } = execution;
  const startedAt = clock.monotonicMs();
  const elapsed = (): number => clock.monotonicMs() - startedAt;
  let state = machine.start(configuration, execution.start, execution.identity);
  let answer: Answer | null = null;
  for (;;) {
    const turn = machine.advance(configuration, state, answer, elapsed);
    switch (turn.kind) {
      case 'finished':
        return turn;
      case 'failed':
        return { kind: 'failed', failure: Failure.from(turn.failure), path: turn.path, result: turn.result };
      case 'need':
        state = turn.state;
        execution.progressed?.(machine.progress(state).replies);
        break;
      default:
        turn satisfies never;
    }
    if (signal.aborted) return ended(signal.reason, parts, state);
    const met = await meet(parts, execution, state, turn.need);
    // Aborted while waiting: what was learned is not used.
    if (signal.aborted) return ended(signal.reason, parts, state);
    if (met.kind === 'end') return ended(met.reason, parts, state);
    answer = met.answer;
  }
}

function ended(reason: unknown, parts: EngineParts, state: RunState): Driven {
  if (reason instanceof Abandoned) return { kind: 'abandoned' };
  const cause = reason instanceof RunEnds ? reason.failure : reason instanceof Failure ? reason : failure('run.cancelled', {}, { cause: reason });
  // Replies survive whatever ends the run.
  const result = { effects: parts.machine.effectsSoFar(state), ...parts.machine.progress(state), written: [] };
  return { kind: 'failed', failure: cause, path: '', result };
}

type Met = { kind: 'answer'; answer: Answer } | { kind: 'end'; reason: unknown };

async function meet(parts: EngineParts, execution: Execution, state: RunState, need: Need): Promise<Met> {
  try {
    return { kind: 'answer', answer: await answerTo(parts, execution, state, need) };
  } catch (error) {
    if (error instanceof Abandoned || error instanceof RunEnds) return { kind: 'end', reason: error };
    if (error instanceof Failure) return { kind: 'answer', answer: { kind: 'failed', failure: error.toData() } };
    throw error;
  }
}

/** An account that may use every record is refused nothing, so its name is not looked up. */
async function permissionAnswer({ access }: EngineParts, initiator: string, { template, verb }: Extract<Need, { kind: 'permission' }>): Promise<Answer> {
  const opened = await access.recordAccess(initiator, template, verb);
  if (opened?.filter === null) return { kind: 'permission', access: opened };
  const account = await access.nameOf(initiator);
  return { kind: 'permission', access: opened, ...(account === null ? {} : { account }) };
}

async function answerTo(parts: EngineParts, execution: Execution, state: RunState, need: Need): Promise<Answer> {
  switch (need.kind) {
    case 'read':
      return { kind: 'read', result: await parts.store.read(need.request, need.own ? ownEffects(parts, state) : undefined) };
    case 'probe':
      return { kind: 'probe', failure: await parts.store.probe(ownEffects(parts, state)) };
    case 'permission':
      return permissionAnswer(parts, execution.identity.initiator, need);
    case 'storeFile':
      return { kind: 'storeFile', file: await storeGivenFile(parts.store.files, need.attribute, need.name, need.content) };
    case 'fileContent':
      return { kind: 'fileContent', content: await contentOf(parts.store.files, need.hash) };
    case 'account':
      return { kind: 'account', id: await parts.access.knownAccount(need.account) };
    case 'roles':
      return { kind: 'roles', unknown: await parts.access.unknownRoles(need.roles) };
    case 'request':
      if (execution.requests === null) throw failure('run.requestImpossible', { route: need.route });
      return execution.requests.perform(need);
    default:
      return need satisfies never;
  }
}

/** Record effects only: sends and child runs cannot be seen by a query. */
function ownEffects(parts: EngineParts, state: RunState): EffectSet {
  const { records, checks } = parts.machine.effectsSoFar(state);
  return { ...emptyEffectSet(randomUuid(parts.random)), records, checks };
}
