/** Plain writes one by one: what came of each, and the way back from one that is refused. */
import type { Failure } from '../failure.ts';
import { isFatal } from './fatal.ts';
import { heldRecord, ownRowChanged } from './held-records.ts';
import type { RunResult, WriteOutcome } from './machine-port.ts';
import type { Run } from './run.ts';
import { dictionary, type RecordKey, type State, type WriteEnd } from './run-state.ts';
import { undoTo } from './undo.ts';

/** To be told before anything of the write is done; telling it again changes nothing. */
export function beginWrite(state: State, index: number): void {
  if (state.apart === null || state.apart[index] !== undefined || index >= state.writes.length) return;
  state.apart[index] = { touched: state.touched.length, sends: state.sends.length, pending: true };
  // What is done already is not undone any more.
  state.undo.length = 0;
}

export function endWrite(state: State, index: number, record: RecordKey): void {
  const begun = state.apart?.[index];
  if (state.apart !== null && begun !== undefined) state.apart[index] = { touched: begun.touched, sends: begun.sends, record };
}

/** Takes back all that the write under way has done, its triggers included, and goes on behind it. False when the run cannot bear the failure. */
export function leftOut(run: Run, reason: Failure): boolean {
  const { apart, scope, undo } = run.state;
  const index = (apart?.length ?? 0) - 1;
  const begun = apart?.[index];
  if (apart === null || begun === undefined || isFatal(reason)) return false;
  if (undo.length > 0) undoTo(run, 0);
  // Plain writes send nothing by themselves; whatever is sent belongs to triggers.
  run.state.sends.length = begun.sends;
  apart[index] = { touched: begun.touched, sends: begun.sends, refused: reason.toData() };
  scope.position = index + 1;
  return true;
}

export function apartOf(state: State): NonNullable<RunResult['apart']> | null {
  if (state.apart === null) return null;
  const touchedBy = dictionary<number>();
  state.apart.forEach((end, index) => {
    for (const { id } of state.touched.slice(end.touched, state.apart?.[index + 1]?.touched)) touchedBy[id] = index;
  });
  const linked = linkedRecords(state);
  return { outcomes: state.apart.map((end) => outcomeOf(state, end, linked)), touchedBy };
}

function outcomeOf(state: State, end: WriteEnd, linked: ReadonlySet<string>): WriteOutcome {
  if ('refused' in end) return { op: 'refused', failure: end.refused };
  if (!('record' in end)) throw new Error('a finished run has a write that is not done');
  const { template, id } = end.record;
  const held = heldRecord(state, template, id);
  const version = held?.base?.version ?? 1;
  if (held === undefined) throw new Error(`record ${id} was written and is not held`);
  if (held.state === 'deleted') return { op: 'deleted', id, version };
  if (held.base === null) return { op: 'created', id, version };
  if (ownRowChanged(held)) return { op: 'updated', id, version: version + 1 };
  return { op: linked.has(id) ? 'updated' : 'unchanged', id, version };
}

/** Of changed rows of link tables, both sides. */
function linkedRecords(state: State): ReadonlySet<string> {
  const pairs = Object.values(state.pairs).flatMap((relation) => Object.values(relation));
  return new Set(pairs.flatMap(({ owner, other, base, now }) => (base === now ? [] : [owner, other])));
}
