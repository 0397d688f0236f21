/** One execution under way, as the steps see it: the state, the configuration it began on, and how to ask. */
import type { Configuration } from '../configuration/published.ts';
import type { RecordVerb } from '../access/role.ts';
import { failure, type Failure } from '../failure.ts';
import { checkFilter } from '../filter.ts';
import { limits } from '../limits.ts';
import type { Filter } from '../query.ts';
import type { RouteCheck } from './route-check.ts';
import type { Template } from '../template.ts';
import type { Answer, Need } from './machine-port.ts';
import type { OwnIndex } from './own-index.ts';
import type { Instruction, Program } from './program.ts';
import type { RecordTriggers } from './record-triggers.ts';
import type { AnswerPlace, State } from './run-state.ts';
import type { StepChange } from './step-change.ts';

export interface Run {
  readonly configuration: Configuration;
  readonly state: State;
  readonly parts: RunParts;
  /** What the step under way has changed, by record; made anew whenever the step begins again. */
  changes: Map<string, StepChange>;
}

/** What is compiled from the configuration and kept beside it. */
export interface RunParts extends RouteCheck {
  hash(text: string): string;
  program(configuration: Configuration, scenario: string): Program;
  triggers(configuration: Configuration): RecordTriggers;
  /** Index of the run's own changes, made when it is missing. */
  ownIndex(state: State): OwnIndex;
}

/**
 * Thrown by a step that needs an answer first. What the step has changed so far is undone,
 * and the step begins again once the answer is there; so no step has to remember where it stopped.
 */
export class Pending {
  readonly need: Need;
  readonly place: AnswerPlace;
  constructor(need: Need, place: AnswerPlace) {
    this.need = need;
    this.place = place;
  }
}

/** Leaves the step until the answer is there. */
export function pend(need: Need, place: AnswerPlace): never {
  // oxlint-disable-next-line typescript/only-throw-error -- nothing went wrong, and a captured stack would cost as much as the rest of a small run
  throw new Pending(need, place);
}

/** The answer to a need of the step under way. */
export function ask(run: Run, key: string, need: Need): Answer {
  const known = run.state.answers[key];
  if (known !== undefined) return known;
  pend(need, { to: 'step', key });
}

/**
 * Throws when the initiator may do this with no record of the template; gives which ones he may, null for all.
 * Scenarios that run as the system may do all.
 */
export function permit(run: Run, template: Template, verb: RecordVerb): Filter | null {
  const { identity, scope, permissions } = run.state;
  if (scope.runAs === 'system' || identity.initiator === 'system') return null;
  const key = `${template.id}/${verb}`;
  const access = permissions[key];
  if (access === undefined) pend({ kind: 'permission', template: template.name, verb }, { to: 'permission', key });
  if (access === null) throw forbidden(run, template, verb);
  return access.filter === null ? null : checkFilter(template, access.filter);
}

export const forbidden = ({ state }: Run, template: Template, verb: RecordVerb): Failure => failure('access.forbidden', { account: state.initiatorName ?? state.identity.initiator, permission: `${template.name}: ${verb}` });

export function templateOf(run: Run, name: string): Template {
  const template = run.configuration.template(name);
  if (template === undefined) throw failure('run.missing', { kind: 'Template', name });
  return template;
}

export function templateById(run: Run, id: string): Template {
  const template = run.configuration.templates.byId(id);
  if (template === undefined) throw failure('run.missing', { kind: 'Template', name: id });
  return template;
}

/** Unique in the run, and the same at every recomputation. */
export const pathOf = (run: Run, instruction: Instruction): string => run.state.scope.prefix + instruction.at;

/** Words of the expressions of one scenario; plain writes have none. */
export const wordsOf = (run: Run, scenario: string | null): ReadonlySet<string> => (scenario === null ? noWords : run.parts.program(run.configuration, scenario).words);

const noWords: ReadonlySet<string> = new Set();

export const effectIdOf = (run: Run, path: string): string => run.parts.hash(`${run.state.identity.run} ${path}`);

export function countIteration(run: Run, path: string): void {
  const limit = limits.iterations.value;
  if (++run.state.counters.iterations > limit) throw failure('run.iterations', { path, limit });
}

/** Names of the scenarios that led here, the one under way last. */
export function chainOf(run: Run): readonly string[] {
  const { identity, frames, scope } = run.state;
  const callers = frames.flatMap((frame) => (frame.kind === 'caller' && frame.scope.scenario !== null ? [frame.scope.scenario] : []));
  return [...(identity.chain ?? []), ...callers, ...(scope.scenario === null ? [] : [scope.scenario])];
}

export function chainTooDeep(chain: readonly string[]): Failure {
  return failure('run.chainDepth', { limit: limits.chainDepth.value, cycle: cycleOf(chain).join(' → ') });
}

/** From the last scenario back to where it was before, so that a person sees the circle and not its windings. */
function cycleOf(chain: readonly string[]): readonly string[] {
  const last = chain.at(-1);
  const before = last === undefined ? -1 : chain.lastIndexOf(last, -2);
  return before < 0 ? chain : chain.slice(before);
}
