/** Frames and positions: loops, guards, calls, triggers, and the way out after a failure. */
import { Failure, failure } from '../failure.ts';
import { limits } from '../limits.ts';
import { isObject, type Value } from '../value.ts';
import { isFatal } from './fatal.ts';
import type { Instruction } from './program.ts';
import { isThere, openContext } from './record-steps.ts';
import { ask, countIteration, templateById, type Run } from './run.ts';
import { assertKept } from './record-validation.ts';
import type { Frame, RecordKey, TriggerCall } from './run-state.ts';
import type { StepChange } from './step-change.ts';
import { undoTo } from './undo.ts';
import { beginScope, demandDepth, failureValue, isTrue } from './value-steps.ts';
import { bindRecord, enterContext, setVariable } from './variables.ts';

/** Carries out an instruction that only moves the position; `skipped` when it was a case that is not true. */
export function flow(run: Run, instruction: Instruction): 'done' | 'skipped' {
  const { scope, frames } = run.state;
  switch (instruction.op) {
    case 'jump':
      scope.position = instruction.to;
      return 'done';
    case 'cases':
      frames.push({ kind: 'cases', matched: false });
      break;
    case 'case':
      if (!isTrue(run, instruction)) {
        scope.position = instruction.next;
        return 'skipped';
      }
      topFrame(run, 'cases').matched = true;
      break;
    case 'otherwise':
      if (topFrame(run, 'cases').matched) {
        scope.position = instruction.end;
        return 'done';
      }
      break;
    case 'next':
      if (!nextIteration(run, instruction)) {
        popFrame(run);
        scope.position = instruction.exit;
        return 'done';
      }
      break;
    case 'leave':
      popFrame(run);
      break;
    case 'guard':
      prove(run);
      frames.push({ kind: 'guard', handler: instruction.handler, undo: run.state.undo.length, sends: run.state.sends.length, writes: run.state.counters.writes });
      run.state.guards += 1;
      break;
    case 'unguard':
      prove(run);
      popFrame(run);
      scope.position = instruction.end;
      return 'done';
    default:
      throw new Error(`${instruction.op} is not a matter of flow`);
  }
  scope.position += 1;
  return 'done';
}

function topFrame<K extends Frame['kind']>(run: Run, kind: K): Extract<Frame, { kind: K }> {
  const frame = run.state.frames.at(-1);
  if (frame?.kind !== kind) throw new Error(`expected a frame of ${kind}, found ${frame?.kind ?? 'none'}`);
  return frame as Extract<Frame, { kind: K }>; // its kind was just compared
}

function nextIteration(run: Run, instruction: Instruction): boolean {
  const frame = run.state.frames.at(-1);
  if (frame?.kind === 'contexts') return nextContext(run, frame, instruction.lock);
  if (frame?.kind !== 'loop') throw new Error(`expected a loop, found ${frame?.kind ?? 'none'}`);
  const item = frame.items[frame.index + 1];
  if (item === undefined) return false;
  countIteration(run, frame.at);
  frame.index += 1;
  run.state.scope.prefix = `${frame.at}[${frame.index}]`;
  if ('record' in item) bindRecord(run, frame.as, item.record);
  else setVariable(run, frame.as, item.value);
  return true;
}

function nextContext(run: Run, frame: Extract<Frame, { kind: 'contexts' }>, lock: boolean): boolean {
  const record = frame.records[frame.index + 1];
  if (record === undefined) return false;
  openContext(run, record, frame.as, lock);
  countIteration(run, frame.at);
  frame.index += 1;
  run.state.scope.prefix = `${frame.at}[${frame.index}]`;
  return true;
}

/** Asks the store whether what was written so far would be accepted, so that its refusal is known at this step. */
function prove(run: Run): void {
  const { counters, provenWrites } = run.state;
  if (counters.writes === provenWrites) return;
  assertKept(run);
  const answer = ask(run, 'probe', { kind: 'probe' });
  if (answer.kind !== 'probe') throw new Error('a probe is answered by a probe');
  if (answer.failure !== null) throw Failure.from(answer.failure);
  run.state.provenWrites = counters.writes;
}

/** Takes the newest frame away and restores what it had replaced. */
export function popFrame(run: Run): Frame | undefined {
  const { state } = run;
  const frame = state.frames.pop();
  switch (frame?.kind) {
    case 'context':
      enterContext(run, frame.outer);
      break;
    case 'loop':
      state.scope.prefix = frame.outerPrefix;
      break;
    case 'contexts':
      state.scope.prefix = frame.outerPrefix;
      enterContext(run, frame.outer);
      break;
    case 'guard':
      state.guards -= 1;
      break;
    case 'caller':
      state.scope = frame.scope;
      break;
    case 'cases':
    case 'triggers':
    case undefined:
      break;
    default:
      frame satisfies never;
  }
  return frame;
}

/** Leaves every frame of the scenario under way. */
export function leaveScenario(run: Run): void {
  while (run.state.frames.length > 0 && run.state.frames.at(-1)?.kind !== 'caller') popFrame(run);
}

/** Goes back to the innermost guard: its effects are undone, its handler begins. False when nobody catches the failure. */
export function caught(run: Run, reason: Failure, path: string): boolean {
  const { state } = run;
  if (isFatal(reason) || state.guards === 0) return false;
  for (let frame = popFrame(run); frame !== undefined; frame = popFrame(run)) {
    if (frame.kind !== 'guard') continue;
    undoTo(run, frame.undo);
    state.sends.length = frame.sends;
    // The effects are those of the guard's beginning again, and these were proven.
    state.provenWrites = state.counters.writes;
    state.scope.position = frame.handler;
    setVariable(run, 'error', failureValue(reason, path));
    return true;
  }
  return false;
}

/** `before` triggers of what the step has changed; they run before the next instruction. */
export function openTriggers(run: Run, changes: Iterable<StepChange>, at: string): void {
  const triggers = run.parts.triggers(run.configuration);
  const calls = [...changes].flatMap((change): TriggerCall[] => triggers.matching('before', change).map((scenario) => ({ scenario, record: change.record, change: change.change, before: change.before })));
  if (calls.length > 0) run.state.frames.push({ kind: 'triggers', at, calls, next: 0 });
}

/** Begins the next trigger scenario, or goes on with the scenario that wrote. */
export function nextTrigger(run: Run, frame: Extract<Frame, { kind: 'triggers' }>): void {
  const { state } = run;
  const call = frame.calls[frame.next];
  if (call === undefined) {
    popFrame(run);
    return;
  }
  const suffix = frame.calls.length > 1 ? `[${frame.next}]` : '';
  frame.next += 1;
  const isGone = call.change !== 'deleted' && !isThere(run, call.record);
  if (isGone) return;
  if (++state.counters.triggerRuns > limits.triggerRuns.value) throw failure('run.triggerRuns', { limit: limits.triggerRuns.value, scenario: call.scenario });
  demandDepth(run, call.scenario);
  const scope = beginScope(run, call.scenario, { prefix: `${frame.at}/${call.scenario}${suffix}`, variables: { before: call.before, after: null }, started: 'trigger' });
  state.frames.push({ kind: 'caller', scope: state.scope, as: null });
  state.scope = scope;
  scope.ready = true;
  if (call.change === 'deleted') return;
  bindRecord(run, 'after', call.record);
  enterContext(run, call.record);
}

/** Loads what the start of a scenario promises: its context, when an expression reads it. */
export function prepareScope(run: Run): void {
  const { scope, givenContext } = run.state;
  const context = scope.started === 'root' && scope.scenario !== null ? givenContext : null;
  if (context !== null && scope.scenario !== null) {
    const { words } = run.parts.program(run.configuration, scope.scenario);
    // What the record was before stays as it was.
    const names = Object.keys(scope.variables).filter((name) => name !== 'before' && isSame(run, scope.variables[name], context));
    if (words.has('context') || names.length > 0) {
      if (isThere(run, context)) openContext(run, context, null, false);
      for (const name of names) if (isThere(run, context)) bindRecord(run, name, context);
    }
    enterContext(run, context);
  }
  scope.ready = true;
}

/** A record given at the start is the context under another name: it follows what the run writes. */
function isSame(run: Run, value: Value | undefined, context: RecordKey): boolean {
  return isObject(value) && value['id'] === context.id && value['_template'] === templateById(run, context.template).name;
}
