/** Taking back what was written since a mark. What was read stays known; counters and replies stay too. */
import { refreshAll } from './variables.ts';
import type { Run } from './run.ts';
import { dictionary, type Held, type LinkPair } from './run-state.ts';

/** Replaces a held record so that it can be taken back. */
export function changeHeld(run: Run, template: string, id: string, next: Held): void {
  const { state } = run;
  const records = (state.held[template] ??= dictionary());
  const previous = records[id] ?? null;
  state.undo.push({ kind: 'held', template, id, previous });
  if (next.touched && previous?.touched !== true) state.touched.push({ template, id });
  records[id] = next;
  if (next.touched) run.parts.ownIndex(state).note({ template, id }, next);
}

export function changePair(run: Run, relation: string, pair: string, next: LinkPair): void {
  const pairs = (run.state.pairs[relation] ??= dictionary());
  run.state.undo.push({ kind: 'pair', relation, pair, previous: pairs[pair] ?? null });
  pairs[pair] = next;
}

export function undoTo(run: Run, mark: number): void {
  const { undo } = run.state;
  if (undo.length <= mark) return;
  while (undo.length > mark) {
    const entry = undo.pop();
    if (entry?.kind === 'held') restoreHeld(run, entry.template, entry.id, entry.previous);
    else if (entry?.kind === 'pair') restorePair(run, entry.relation, entry.pair, entry.previous);
  }
  run.parts.ownIndex(run.state).forget();
  refreshAll(run);
}

function restoreHeld(run: Run, template: string, id: string, previous: Held | null): void {
  const { state } = run;
  const records = (state.held[template] ??= dictionary());
  // A record is touched once, so undoing its first change takes back the newest entry.
  if (records[id]?.touched === true && previous?.touched !== true) state.touched.pop();
  if (previous === null) delete records[id];
  else records[id] = { ...previous, locked: previous.locked || records[id]?.locked === true };
}

function restorePair(run: Run, relation: string, pair: string, previous: LinkPair | null): void {
  const pairs = (run.state.pairs[relation] ??= dictionary());
  if (previous === null) delete pairs[pair];
  else pairs[pair] = previous;
}
