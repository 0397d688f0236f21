/** What is compiled from a configuration and kept beside it. */
import type { Configuration, PublishedScenario } from '../configuration/published.ts';
import { failure } from '../failure.ts';
import { compileScenario } from './compile.ts';
import { createOwnIndex, type OwnIndex } from './own-index.ts';
import type { Program } from './program.ts';
import { recordTriggers, type RecordTriggers } from './record-triggers.ts';
import { createRouteCheck } from './route-check.ts';
import type { RunParts } from './run.ts';
import type { State } from './run-state.ts';

/** Programs and indexes belong to snapshots that never change, and go when these go. */
export function createRunParts(hash: (text: string) => string): RunParts {
  const programs = new WeakMap<object, Program>();
  const triggers = new WeakMap<Configuration, RecordTriggers>();
  const ownIndexes = new WeakMap<State, OwnIndex>();
  const programOf = (scenario: PublishedScenario): Program => {
    const known = programs.get(scenario.document);
    if (known !== undefined) return known;
    const made = compileScenario(scenario.document);
    programs.set(scenario.document, made);
    return made;
  };
  return {
    hash,
    program(configuration, name) {
      const scenario = configuration.scenario(name);
      if (scenario === undefined) throw failure('run.missing', { kind: 'Scenario', name });
      return programOf(scenario);
    },
    triggers(configuration) {
      const known = triggers.get(configuration);
      if (known !== undefined) return known;
      const made = recordTriggers(configuration, programOf);
      triggers.set(configuration, made);
      return made;
    },
    ownIndex(state) {
      const known = ownIndexes.get(state);
      if (known !== undefined) return known;
      const made = createOwnIndex(state);
      ownIndexes.set(state, made);
      return made;
    },
    ...createRouteCheck(),
  };
}

/** Whether a scenario, or one that it calls, waits for the answer of another system. */
export function mayRequest(parts: RunParts, configuration: Configuration, scenario: string, seen: Set<string>): boolean {
  if (seen.has(scenario) || configuration.scenario(scenario) === undefined) return false;
  seen.add(scenario);
  return parts.program(configuration, scenario).instructions.some((instruction) => {
    if (instruction.op === 'call') return mayRequest(parts, configuration, instruction.scenario, seen);
    return instruction.op === 'send' && (instruction.response !== null || instruction.error !== null);
  });
}
