/** Many writes of the API in one commit: all of them or none, or the good ones beside a word about each of the others. */
import { emptyEffectSet, type EffectSet, type Origin } from '../core/effect-set.ts';
import { Failure, failure, type FailureData } from '../core/failure.ts';
import type { DirectWrite, RunResult, WriteOutcome } from '../core/scenario/machine-port.ts';
import type { WriteRefusal } from '../core/store-port.ts';
import { CommitGate } from './commit-gate.ts';
import { executeRun } from './execute-run.ts';
import { instantText } from './instant.ts';
import type { EngineParts } from './parts.ts';
import { drive, type Execution } from './run-driver.ts';
import { randomUuid } from './uuid.ts';

export interface BulkWrites {
  writes: readonly DirectWrite[];
  by: string;
  origin: Origin;
  /** `atomic`: all or nothing; `each`: what is refused is left out. */
  mode: 'atomic' | 'each';
  /** Nothing is written: what would be is told. */
  dryRun: boolean;
  /** Writes that are known to be wrong beforehand. */
  refused?: ReadonlyMap<number, FailureData>;
  /** Looks at what is about to be committed; what it throws refuses the whole. */
  accept?: (written: RunResult['written']) => void;
}

export interface BulkResult {
  /** False for a rehearsal, and when something stood in the way of all. */
  committed: boolean;
  /** In the order of the writes. */
  outcomes: readonly WriteOutcome[];
  written: RunResult['written'];
}

/** Throws a Failure that concerns the whole; what is wrong with single writes is told by their outcomes. */
export async function bulkWrite(parts: EngineParts, bulk: BulkWrites): Promise<BulkResult> {
  const refused = new Map(bulk.refused);
  // Each round leaves out at least one write more, and all that the database refuses at once.
  for (;;) {
    const live = bulk.writes.map((_, index) => index).filter((index) => !refused.has(index));
    const tried = await tryOnce(parts, bulk, live.flatMap((index) => bulk.writes[index] ?? []), refused.size > 0);
    if (tried.kind === 'over') return { committed: tried.committed, outcomes: merged(bulk, live, tried.result, refused), written: tried.result.written };
    for (const [index, found] of blamed(tried.result, tried.refusals, live)) refused.set(index, found);
  }
}

type Tried = { kind: 'over'; committed: boolean; result: RunResult } | { kind: 'refused'; refusals: readonly WriteRefusal[]; result: RunResult };

async function tryOnce(parts: EngineParts, bulk: BulkWrites, writes: readonly DirectWrite[], isIncomplete: boolean): Promise<Tried> {
  const execution: Execution = {
    configuration: parts.configuration.current(),
    start: { kind: 'writes', writes, origin: bulk.origin, apart: true },
    identity: { run: randomUuid(parts.random), initiator: bulk.by, depth: 0, startedAt: instantText(parts.clock.wallMs()) },
    requests: null,
    signal: AbortSignal.any([]),
  };
  return bulk.dryRun ? rehearsed(parts, execution) : committed(parts, bulk, execution, isIncomplete);
}

async function rehearsed(parts: EngineParts, execution: Execution): Promise<Tried> {
  const driven = await drive(parts, execution);
  if (driven.kind === 'abandoned') throw new Error('nothing abandons a rehearsal');
  if (driven.kind === 'failed') throw driven.failure;
  const { result } = driven;
  const refusals = await parts.store.refusals(setOf(parts, result));
  return refusals.length === 0 ? { kind: 'over', committed: false, result } : { kind: 'refused', refusals, result };
}

async function committed(parts: EngineParts, { mode, accept, by }: BulkWrites, execution: Execution, isIncomplete: boolean): Promise<Tried> {
  let last: RunResult | null = null;
  const executed = await executeRun(parts, {
    execution,
    parent: { id: null, depth: 0, caller: by, orderKey: null, chain: [] },
    complete: (result, set) => {
      last = result;
      if (mode === 'atomic' && (isIncomplete || refusedIn(result) > 0)) throw stopped();
      accept?.(result.written);
      return set;
    },
    gate: new CommitGate(),
  });
  if (executed.kind === 'committed') return { kind: 'over', committed: true, result: executed.result };
  if (executed.kind !== 'failed') throw failure('run.cancelled', {});
  const result: RunResult | null = executed.result ?? last;
  if (result === null || executed.failure.next.kind !== 'fail') throw executed.failure;
  if (executed.failure.code === 'bulk.refused') return { kind: 'over', committed: false, result };
  // The database, or what the run may do: asked once more, write by write, it says which ones are to blame.
  const refusals = await parts.store.refusals(setOf(parts, result));
  if (refusals.length === 0) throw executed.failure;
  return { kind: 'refused', refusals, result };
}

const stopped = (): Failure => failure('bulk.refused', { refused: 0, rows: 0 });

const setOf = (parts: EngineParts, { effects: { records, checks } }: RunResult): EffectSet => ({ ...emptyEffectSet(randomUuid(parts.random)), records, checks });

const refusedIn = ({ apart }: RunResult): number => apart?.outcomes.filter(({ op }) => op === 'refused').length ?? 0;

/** Which of all writes each refusal belongs to. Throws the refusal of which nobody knows. */
function blamed({ apart }: RunResult, refusals: readonly WriteRefusal[], live: readonly number[]): ReadonlyMap<number, FailureData> {
  const found = new Map<number, FailureData>();
  const unknown: WriteRefusal[] = [];
  for (const refusal of refusals) {
    const at = refusal.record === null ? undefined : (apart?.touchedBy[refusal.record] ?? indexOf(apart?.outcomes ?? [], refusal.record));
    const index = at === undefined ? undefined : live[at];
    if (index === undefined) unknown.push(refusal);
    else if (!found.has(index)) found.set(index, refusal.failure);
  }
  const [first] = unknown;
  // What nobody is known to be to blame for may be gone once the others are left out.
  if (first !== undefined && found.size === 0) throw Failure.from(first.failure);
  return found;
}

function indexOf(outcomes: readonly WriteOutcome[], record: string): number | undefined {
  const at = outcomes.findIndex((outcome) => outcome.op !== 'refused' && outcome.id === record);
  return at < 0 ? undefined : at;
}

function merged({ writes }: BulkWrites, live: readonly number[], { apart }: RunResult, refused: ReadonlyMap<number, FailureData>): readonly WriteOutcome[] {
  const byIndex = new Map(live.map((index, at) => [index, apart?.outcomes[at]] as const));
  return writes.map((_, index) => {
    const found = refused.get(index);
    const outcome: WriteOutcome | undefined = found === undefined ? byIndex.get(index) : { op: 'refused', failure: found };
    if (outcome === undefined) throw new Error(`nothing is known of write ${index}`);
    return outcome;
  });
}
