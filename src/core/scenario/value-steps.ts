/** Steps that compute, send, answer and repeat. */
import { Decimal } from '../decimal.ts';
import { Failure, failure, textOf } from '../failure.ts';
import { limits } from '../limits.ts';
import { shown } from '../scalar.ts';
import { isObject, type Value, type ValueObject } from '../value.ts';
import type { Answer } from './machine-port.ts';
import type { Instruction } from './program.ts';
import { evaluateNamed } from './record-input.ts';
import { ask, chainOf, chainTooDeep, countIteration, effectIdOf, pathOf, type Run } from './run.ts';
import { dictionary, type LoopItem, type Scope } from './run-state.ts';
import type { Note } from './record-steps.ts';
import { recordOf, setVariable } from './variables.ts';

type StepOf<Op extends Instruction['op']> = Extract<Instruction, { op: Op }>;

export function variablesStep(run: Run, step: StepOf<'variables'>): Note {
  const { scope } = run.state;
  const known = scope.variables[step.set];
  if (step.mode === 'exclude') {
    setVariable(run, step.set, {});
    return undefined;
  }
  if (known !== undefined && (!isObject(known) || scope.bound[step.set] !== undefined)) throw failure('run.notSet', { path: pathOf(run, step), name: step.set });
  const set = Object.assign(dictionary<Value>(), known);
  for (const [name, value] of Object.entries(evaluateNamed(run, step.values))) set[name] = step.mode === 'add' && name in set ? repeated(set[name] ?? null, value) : value;
  setVariable(run, step.set, set);
  return undefined;
}

/** The same name again makes a list. */
const repeated = (known: Value, value: Value): Value => (Array.isArray(known) ? [...(known as readonly Value[]), value] : [known, value]);

export function sendStep(run: Run, step: StepOf<'send'>): Note {
  const path = pathOf(run, step);
  const { route } = step;
  if (run.configuration.route(route) === undefined) throw failure('run.missing', { kind: 'Route', name: route });
  const checked = run.parts.checkRequest(run.configuration, route, step.message.evaluate(run.state.scope.variables) ?? {});
  if (checked.problems.length > 0) throw failure('message.refused', { route }, { problems: checked.problems });
  const message = checked.value;
  if (step.response !== null || step.error !== null) return request(run, step, path, message);
  const key = step.key?.evaluate(run.state.scope.variables) ?? null;
  run.state.sends.push({ path, effectId: effectIdOf(run, path), route, message, key: key === null ? null : textOfKey(key) });
  return `→ ${route}`;
}

const textOfKey = (key: Value): string => (typeof key === 'string' ? key : key instanceof Decimal || typeof key !== 'object' ? String(key) : JSON.stringify(key));

function request(run: Run, step: StepOf<'send'>, path: string, message: Value): Note {
  if (isInTrigger(run)) throw failure('scenario.requestInBefore', { place: path });
  const { route, response, error } = step;
  // From here on the world may have moved because of this run.
  run.state.requested = true;
  const answer = ask(run, 'request', { kind: 'request', path, effectId: effectIdOf(run, path), route, message });
  if (answer.kind !== 'request') throw new Error('a request is answered by its result');
  const { result } = answer;
  if (result.kind === 'error' && error === null) throw result.failure === null ? failure('run.errorAnswer', { route, status: result.status ?? '—' }) : Failure.from(result.failure);
  if (response !== null) setVariable(run, response, result.kind === 'ok' ? result.response : null);
  if (error !== null) setVariable(run, error, result.kind === 'ok' ? null : errorValue(result));
  return `⇄ ${route}${result.status === null ? '' : ` ${result.status}`}`;
}

const isInTrigger = (run: Run): boolean => run.state.frames.some((frame) => frame.kind === 'triggers');

/** The fields of the error answer, and beside them what the platform knows of it. */
function errorValue(result: Extract<Answer, { kind: 'request' }>['result']): Value {
  const known = { _status: result.status, _failure: result.failure === null ? null : failureValue(Failure.from(result.failure), '') };
  return isObject(result.response) ? Object.assign(dictionary<Value>(), result.response, known) : { body: result.response, ...known };
}

/** A failure as expressions see it. */
export function failureValue(reason: Failure, path: string): Value {
  const parameters = dictionary<Value>();
  for (const [name, value] of Object.entries(reason.parameters)) parameters[name] = value;
  return {
    code: reason.code,
    message: reason.text('ru'),
    text: { ru: reason.text('ru'), en: reason.text('en') },
    path,
    parameters,
    problems: reason.problems.map(({ path: place, code, parameters: given }) => ({ path: place, code, message: textOf(code, given, 'ru') })),
  };
}

export function validateStep(run: Run, step: StepOf<'validate'>): Note {
  const { variables } = run.state.scope;
  if (step.that.evaluate(variables) === true) return undefined;
  const message = step.else.evaluate(variables);
  throw failure('run.validation', { message: typeof message === 'string' ? message : shown(message) });
}

export function returnStep(run: Run, step: StepOf<'return'>): Note {
  const { state } = run;
  const given = step.body.evaluate(state.scope.variables) ?? null;
  if (step.slot === 'errorResponse') state.replies.errorResponse = { status: step.status, body: given };
  else if (state.scope.started === 'call') state.scope.result = given;
  else state.replies.response = { status: step.status, body: conformed(run, step, given) };
  return undefined;
}

/** A reply to a message has the shape that its route promises. */
function conformed(run: Run, step: Instruction, given: Value): Value {
  const { route } = run.state;
  if (route === null) return given;
  const checked = run.parts.checkResponse(run.configuration, route, given);
  if (checked.problems.length > 0) throw failure('run.replyShape', { path: pathOf(run, step), route }, { problems: checked.problems });
  return checked.value;
}

export function forEachStep(run: Run, step: StepOf<'forEach'>): Note {
  const value = step.in.evaluate(run.state.scope.variables);
  const values: readonly Value[] = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  const items = values.map((item): LoopItem => {
    const record = recordOf(run, item);
    return record === undefined ? { value: item } : { record };
  });
  openLoop(run, step, step.as, items);
  return String(items.length);
}

export function repeatStep(run: Run, step: StepOf<'repeat'>): Note {
  const path = pathOf(run, step);
  const value = step.times.evaluate(run.state.scope.variables);
  const times = value instanceof Decimal ? value.toNumber() : value;
  if (typeof times !== 'number' || !Number.isInteger(times) || times < 0) throw failure('run.badCount', { path, value: shown(value) });
  if (times > limits.iterations.value) throw failure('run.iterations', { path, limit: limits.iterations.value });
  openLoop(run, step, step.as, Array.from({ length: times }, (_, index) => ({ value: index })));
  return String(times);
}

function openLoop(run: Run, step: Instruction, as: string, items: readonly LoopItem[]): void {
  run.state.frames.push({ kind: 'loop', at: pathOf(run, step), outerPrefix: run.state.scope.prefix, as, items, index: -1 });
}

export function isTrue(run: Run, step: StepOf<'case'>): boolean {
  const value = step.when.evaluate(run.state.scope.variables) ?? false;
  if (typeof value === 'boolean') return value;
  if (value === null) return false;
  throw failure('run.notBoolean', { path: pathOf(run, step), value: shown(value) });
}

export function callStep(run: Run, step: StepOf<'call'>): Note {
  const path = pathOf(run, step);
  const called = run.configuration.scenario(step.scenario);
  if (called === undefined || !called.enabled) throw failure('run.missing', { kind: 'Scenario', name: step.scenario });
  countIteration(run, path);
  const scope = beginScope(run, step.scenario, { prefix: `${path}/${step.scenario}`, variables: evaluateNamed(run, step.with), started: 'call' });
  demandDepth(run, step.scenario);
  run.state.frames.push({ kind: 'caller', scope: run.state.scope, as: step.as });
  run.state.scope = scope;
  return step.scenario;
}

/** A scope at the beginning of a scenario; variables of the platform are added. */
export function beginScope(run: Run, scenario: string, start: { prefix: string; variables: ValueObject; started: Scope['started'] }): Scope {
  const published = run.configuration.scenario(scenario);
  if (published === undefined) throw failure('run.missing', { kind: 'Scenario', name: scenario });
  const { run: id, startedAt, initiator } = run.state.identity;
  return {
    scenario,
    version: published.version,
    position: 0,
    prefix: start.prefix,
    variables: Object.assign(dictionary<Value>(), start.variables, { run: { id, startedAt, initiator } }),
    bound: dictionary(),
    context: null,
    runAs: published.document.runAs,
    started: start.started,
    ready: false,
    result: null,
  };
}

/** Throws when one scenario more would make the chain too long. */
export function demandDepth(run: Run, next: string): void {
  const { frames, identity } = run.state;
  const depth = identity.depth + frames.filter((frame) => frame.kind === 'caller').length + 1;
  if (depth > limits.chainDepth.value) throw chainTooDeep([...chainOf(run), next]);
}
