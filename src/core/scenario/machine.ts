/** The interpreter: one instruction after another until something is needed or the run is over. Pure. */
import type { Configuration } from '../configuration/published.ts';
import { Failure, failure } from '../failure.ts';
import { limits } from '../limits.ts';
import type { Value } from '../value.ts';
import { afterRunsOf, effectsOf, writtenBy } from './effects.ts';
import { brokenRecord, brokenWrite } from './record-validation.ts';
import { caught, flow, leaveScenario, nextTrigger, openTriggers, popFrame, prepareScope } from './flow.ts';
import { holdRead } from './held-records.ts';
import type { Answer, Machine, RunIdentity, RunResult, RunStart, RunState, TraceEntry, Turn } from './machine-port.ts';
import { packState, unpackState } from './pack-state.ts';
import type { Instruction } from './program.ts';
import { noTriggers } from './record-triggers.ts';
import { createRunParts, mayRequest } from './run-parts.ts';
import { chainOf, chainTooDeep, pathOf, Pending, templateById, type Run, type RunParts } from './run.ts';
import { dictionary, type Scope, type State } from './run-state.ts';
import { undoTo } from './undo.ts';
import { apartOf, beginWrite, leftOut } from './writes-apart.ts';
import { preloadWrites } from './preload-writes.ts';
import { takeStep } from './take-step.ts';
import { beginScope } from './value-steps.ts';
import { setVariable } from './variables.ts';

/** `hash` makes a uuid of a text, always the same one. */
export function createMachine(ports: { hash(text: string): string }): Machine {
  const parts = createRunParts((text) => ports.hash(text));
  const quietParts: RunParts = { ...parts, triggers: () => noTriggers };
  return {
    mayRequest: (configuration, scenario) => mayRequest(parts, configuration, scenario, new Set()),
    start,
    advance: (configuration, state, answer, elapsedMs) => advance({ configuration, state: own(state), parts: own(state).quiet ? quietParts : parts, changes: new Map() }, answer, elapsedMs),
    effectsSoFar: (state) => ({ ...effectsOf(own(state)), afterRuns: [] }),
    progress: (state) => ({ replies: own(state).replies, trace: own(state).trace }),
    pack: (state) => packState(own(state)),
    unpack: unpackState,
  };
}

/** A state is opaque outside: only this machine makes them, so what comes back is what was given. */
const own = (state: RunState): State => state as State;

function start(configuration: Configuration, begin: RunStart, identity: RunIdentity): RunState {
  const given = begin.kind === 'writes' ? {} : begin.kind === 'scenario' ? begin.variables : {};
  const context = begin.kind === 'scenario' ? begin.context : null;
  const state: State = {
    machine: 1,
    identity,
    route: begin.kind === 'message' ? begin.route : null,
    files: begin.kind === 'message' ? (begin.files ?? []) : [],
    writes: begin.kind === 'writes' ? begin.writes : [],
    origin: begin.kind === 'writes' ? begin.origin : 'scenario',
    quiet: begin.kind === 'writes' && begin.quiet === true,
    apart: begin.kind === 'writes' && begin.apart === true ? [] : null,
    preloaded: begin.kind !== 'writes' || begin.writes.length < 2,
    keyed: dictionary(),
    found: [],
    waiting: begin.kind === 'message' ? [...begin.scenarios] : begin.kind === 'scenario' ? [begin.scenario] : [],
    given: begin.kind === 'message' ? { message: begin.message } : given,
    givenContext: context === null ? null : { template: configuration.template(context.template)?.id ?? context.template, id: context.id },
    scope: writesScope(),
    frames: [],
    // Writes that are taken apart can be undone one by one.
    guards: begin.kind === 'writes' && begin.apart === true ? 1 : 0,
    held: dictionary(),
    touched: [],
    lists: dictionary(),
    contents: dictionary(),
    changedAt: dictionary(),
    pairs: dictionary(),
    sends: [],
    replies: { response: null, errorResponse: begin.kind === 'message' ? begin.errorResponse : null },
    undo: [],
    permissions: dictionary(),
    answers: dictionary(),
    pending: null,
    counters: { iterations: 0, triggerRuns: 0, writes: 0, writtenBytes: 0 },
    requested: false,
    provenWrites: 0,
    stepSinceMs: null,
    trace: [],
    traceCut: false,
  };
  return state;
}

/** Every run begins with its plain writes, most often none; then come its scenarios. */
function writesScope(): Scope {
  return { scenario: null, version: 0, position: 0, prefix: '', variables: dictionary(), bound: dictionary(), context: null, runAs: 'initiator', started: 'root', ready: true, result: null };
}

function advance(run: Run, answer: Answer | null, elapsedMs: () => number): Turn {
  const refused = answer === null ? null : accept(run, answer);
  const stale = staleScenario(run);
  if (stale !== null) return failed(run, stale, '');
  if (refused !== null) {
    const turn = fail(run, refused, elapsedMs);
    if (turn !== null) return turn;
  }
  for (;;) {
    const turn = tick(run, elapsedMs);
    if (turn !== null) return turn;
  }
}

/** A run that stopped may only go on with the text it began with. */
function staleScenario(run: Run): Failure | null {
  const { scope, frames } = run.state;
  const scopes = [scope, ...frames.flatMap((frame) => (frame.kind === 'caller' ? [frame.scope] : []))];
  const changed = scopes.find(({ scenario, version }) => scenario !== null && run.configuration.scenario(scenario)?.version !== version);
  return changed === undefined ? null : failure('run.scenarioChanged', { scenario: changed.scenario });
}

/** Stores the answer where the step will look for it; returns the failure when the need was not met. */
function accept(run: Run, answer: Answer): Failure | null {
  const { state } = run;
  const place = state.pending;
  state.pending = null;
  if (place === null) throw new Error('an answer came though nothing was asked');
  if (answer.kind === 'failed') return Failure.from(answer.failure);
  switch (place.to) {
    case 'step':
      state.answers[place.key] = answer;
      break;
    case 'permission':
      if (answer.kind !== 'permission') throw new Error('a permission is answered by a permission');
      state.permissions[place.key] = answer.access;
      if (answer.account !== undefined) state.initiatorName = answer.account;
      break;
    case 'record':
      if (answer.kind !== 'read' || answer.result.kind !== 'record') throw new Error('a record is answered by a record');
      holdRead(state, templateById(run, place.template), place.id, answer.result.record, state.requested);
      break;
    case 'content':
      if (answer.kind !== 'fileContent') throw new Error('a content is answered by a content');
      state.contents[place.hash] = answer.content;
      break;
    case 'list':
      if (answer.kind !== 'read' || answer.result.kind !== 'ids') throw new Error('a list of links is answered by ids');
      state.lists[place.key] = answer.result.ids;
      break;
    default:
      place satisfies never;
  }
  return null;
}

/** One instruction, the beginning of a trigger, or the preparation of a scenario. Null when the run goes on at once. */
function tick(run: Run, elapsedMs: () => number): Turn | null {
  const { state } = run;
  state.stepSinceMs ??= elapsedMs();
  if (state.preloaded && state.frames.length === 0 && state.scope.scenario === null) {
    const broken = brokenWrite(run);
    if (broken !== null) return fail(run, broken.failure, elapsedMs);
    beginWrite(state, state.scope.position);
  }
  const mark = { undo: state.undo.length, sends: state.sends.length, counters: { ...state.counters } };
  run.changes = new Map();
  try {
    const turn = act(run, elapsedMs);
    state.answers = dictionary();
    if (state.guards === 0) state.undo.length = 0;
    return turn;
  } catch (thrown) {
    if (thrown instanceof Pending) {
      undoTo(run, mark.undo);
      state.sends.length = mark.sends;
      state.counters = mark.counters;
      state.pending = thrown.place;
      return { kind: 'need', need: thrown.need, state };
    }
    if (thrown instanceof Failure) return fail(run, thrown, elapsedMs);
    throw thrown;
  }
}

function act(run: Run, elapsedMs: () => number): Turn | null {
  const { state } = run;
  const frame = state.frames.at(-1);
  if (!state.preloaded) preloadWrites(run);
  else if (frame?.kind === 'triggers') nextTrigger(run, frame);
  else if (!state.scope.ready) prepareScope(run);
  else return execute(run, instructionOf(run), elapsedMs);
  return null;
}

function instructionOf(run: Run): Instruction {
  const { scope, writes } = run.state;
  if (scope.scenario === null) return writeInstruction(writes, scope.position);
  const found = run.parts.program(run.configuration, scope.scenario).instructions[scope.position];
  if (found === undefined) throw new Error(`scenario ${scope.scenario} has no instruction ${scope.position}`);
  return found;
}

function writeInstruction(writes: State['writes'], index: number): Instruction {
  const write = writes[index];
  if (write === undefined) return { op: 'end', at: '', name: '', lock: false };
  return { op: 'write', index, at: `writes[${index}].${write.op}`, name: write.op, lock: false };
}

function execute(run: Run, instruction: Instruction, elapsedMs: () => number): Turn | null {
  if (instruction.op === 'end') return endScenario(run, elapsedMs);
  const path = pathOf(run, instruction);
  const { scope } = run.state;
  const step = takeStep(run, instruction);
  if (step === null) {
    const outcome = flow(run, instruction);
    if (instruction.op === 'case') trace(run, { path: `${path}.cases[${instruction.index}]`, kind: 'case', name: instruction.label, outcome }, elapsedMs);
    run.state.stepSinceMs = null;
    return null;
  }
  trace(run, { path, kind: instruction.op, name: instruction.name, outcome: 'done', ...(step.note === undefined ? {} : { note: step.note }) }, elapsedMs);
  if (instruction.op === 'stop') {
    leaveScenario(run);
    return endScenario(run, elapsedMs);
  }
  scope.position += 1;
  for (const key of run.changes.keys()) run.state.changedAt[key] = path;
  openTriggers(run, run.changes.values(), path);
  return null;
}

/** Back to the caller, on to the next scenario of the route, or over. */
function endScenario(run: Run, elapsedMs: () => number): Turn | null {
  const { state } = run;
  const ended = state.scope;
  if (state.frames.at(-1)?.kind === 'caller') {
    const frame = popFrame(run);
    if (frame?.kind === 'caller' && frame.as !== null) setVariable(run, frame.as, ended.result);
    return null;
  }
  const next = state.waiting.shift();
  if (next === undefined) return finished(run, elapsedMs);
  if (state.identity.depth > limits.chainDepth.value) throw chainTooDeep([...chainOf(run), next]);
  state.scope = beginScope(run, next, { prefix: next, variables: givenTo(run, next), started: 'root' });
  return null;
}

/** A message goes by the name that the trigger gives it. */
function givenTo(run: Run, scenario: string): State['given'] {
  const { route, given } = run.state;
  const on = run.configuration.scenario(scenario)?.document.on;
  const message = given['message'];
  if (route === null || on?.kind !== 'message' || message === undefined) return given;
  return Object.assign(dictionary<Value>(), { [on.as]: message });
}

function finished(run: Run, elapsedMs: () => number): Turn {
  const { state } = run;
  const broken = brokenRecord(run);
  if (broken !== null) {
    trace(run, { path: broken.path, kind: 'save', name: '', outcome: 'failed', failure: broken.failure.toData() }, elapsedMs);
    return failed(run, broken.failure, broken.path);
  }
  const apart = apartOf(state);
  const result: RunResult = { effects: { ...effectsOf(state), afterRuns: afterRunsOf(run) }, replies: state.replies, trace: state.trace, written: writtenBy(run), ...(apart === null ? {} : { apart }) };
  return { kind: 'finished', result };
}

function fail(run: Run, reason: Failure, elapsedMs: () => number): Turn | null {
  const { state } = run;
  const { path, kind, name } = placeOf(run);
  state.answers = dictionary();
  trace(run, { path, kind, name, outcome: 'failed', failure: reason.toData() }, elapsedMs);
  if (!caught(run, reason, path)) return leftOut(run, reason) ? null : failed(run, reason, path);
  if (state.guards === 0) state.undo.length = 0;
  return null;
}

function placeOf(run: Run): { path: string; kind: string; name: string } {
  const frame = run.state.frames.at(-1);
  if (frame?.kind === 'triggers') return { path: frame.at, kind: 'trigger', name: frame.calls[frame.next - 1]?.scenario ?? '' };
  if (run.configuration.scenario(run.state.scope.scenario ?? '') === undefined && run.state.scope.scenario !== null) return { path: run.state.scope.prefix, kind: '', name: '' };
  const instruction = instructionOf(run);
  return { path: pathOf(run, instruction), kind: instruction.op, name: instruction.name };
}

function failed(run: Run, reason: Failure, path: string): Turn {
  const { replies, trace: entries } = run.state;
  const effects = { records: [], checks: [], sends: [], afterRuns: [] };
  return { kind: 'failed', failure: reason.toData(), path, result: { effects, replies, trace: entries, written: [] } };
}

/** Failures are always listed; of the rest as many as the trace may hold. */
function trace(run: Run, entry: Omit<TraceEntry, 'ms'>, elapsedMs: () => number): void {
  const { state } = run;
  const limit = limits.traceEntries.value;
  const ms = Math.max(0, elapsedMs() - (state.stepSinceMs ?? elapsedMs()));
  state.stepSinceMs = null;
  if (state.trace.length < limit || (entry.outcome === 'failed' && state.trace.length < 2 * limit)) state.trace.push({ ...entry, ms });
  else if (!state.traceCut) {
    state.traceCut = true;
    state.trace.push({ path: '', kind: 'cut', name: '', ms: 0, outcome: 'skipped', failure: failure('run.traceCut', { limit }).toData() });
  }
}
