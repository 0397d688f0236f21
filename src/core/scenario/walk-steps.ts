/** Every step of a scenario with its path in the document. */
import type { ScenarioDocument, Step } from './document.ts';

export interface StepPlace {
  step: Step;
  /** Of the object under the kind, like `steps[1].upsert`. */
  path: string;
  /** The step whose nested steps this one belongs to. */
  inside: StepPlace | null;
}

export const stepsOf = (document: ScenarioDocument): readonly StepPlace[] => walk(document.steps, 'steps', null);

function walk(steps: readonly Step[], path: string, inside: StepPlace | null): readonly StepPlace[] {
  return steps.flatMap((step, i) => {
    const place: StepPlace = { step, path: `${path}[${i}].${step.kind}`, inside };
    const handlePath = step.kind === 'try' ? `${place.path}.handle` : `${path}[${i}].handle`;
    // A handler runs after its step is over, so outside of the step's context.
    return [place, ...nestedLists(place).flatMap(([at, nested]) => walk(nested, at, place)), ...walk(step.handle ?? [], handlePath, inside)];
  });
}

function nestedLists(place: StepPlace): readonly (readonly [path: string, steps: readonly Step[]])[] {
  const { step, path } = place;
  if (step.kind === 'conditions') return [...step.cases.map((branch, i) => [`${path}.cases[${i}].steps`, branch.steps] as const), [`${path}.else`, step.else] as const];
  return 'steps' in step ? [[`${path}.steps`, step.steps] as const] : [];
}

/** Another object that a scenario names. */
export interface Reference {
  kind: 'Template' | 'Route' | 'Scenario';
  name: string;
  path: string;
}

export function referencesOf(document: ScenarioDocument): readonly Reference[] {
  return [...triggerReferences(document), ...stepsOf(document).flatMap(({ step, path }) => stepReferences(step, path))];
}

function triggerReferences({ on }: ScenarioDocument): readonly Reference[] {
  switch (on.kind) {
    case 'message':
      return [{ kind: 'Route', name: on.route, path: 'on.message' }];
    case 'record':
      return [{ kind: 'Template', name: on.template, path: `on.${on.change}` }];
    case 'manual':
      return on.template === null ? [] : [{ kind: 'Template', name: on.template, path: 'on.manual' }];
    case 'api':
      return [];
    default:
      return on satisfies never;
  }
}

function stepReferences(step: Step, path: string): readonly Reference[] {
  if ('template' in step) return [{ kind: 'Template', name: step.template, path: `${path}.template` }];
  if (step.kind === 'send') return [{ kind: 'Route', name: step.route, path: `${path}.route` }];
  return step.kind === 'call' ? [{ kind: 'Scenario', name: step.scenario, path: `${path}.scenario` }] : [];
}
