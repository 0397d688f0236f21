/** Which scenarios listen to changes of which records. */
import type { Configuration, PublishedScenario } from '../configuration/published.ts';
import type { Program } from './program.ts';
import type { TriggerCall } from './run-state.ts';
import type { StepChange } from './step-change.ts';

export interface RecordTriggers {
  /** Words of the listening scenarios' expressions; null when none listens to the template. */
  wordsOf(template: string): ReadonlySet<string> | null;
  /** Whether a scenario names this attribute. */
  watches(template: string, attribute: string): boolean;
  matching(when: 'before' | 'after', change: Pick<StepChange, 'record' | 'change' | 'attributes' | 'implied'>): readonly string[];
}

/** Nobody listens. */
export const noTriggers: RecordTriggers = { wordsOf: () => null, watches: () => false, matching: () => [] };

interface Listener {
  scenario: string;
  when: 'before' | 'after';
  change: TriggerCall['change'];
  attributes: ReadonlySet<string>;
}

/** In the order of scenario names, as the configuration lists them. */
export function recordTriggers(configuration: Configuration, programOf: (scenario: PublishedScenario) => Program): RecordTriggers {
  const listeners = new Map<string, Listener[]>();
  const words = new Map<string, Set<string>>();
  for (const scenario of configuration.scenarios()) {
    const { on } = scenario.document;
    const template = on.kind === 'record' ? configuration.template(on.template) : undefined;
    if (on.kind !== 'record' || template === undefined || !scenario.enabled) continue;
    listeners.set(template.id, [...(listeners.get(template.id) ?? []), { scenario: scenario.name, when: on.when, change: on.change, attributes: new Set(on.attributes) }]);
    words.set(template.id, new Set([...(words.get(template.id) ?? []), ...programOf(scenario).words]));
  }
  return {
    wordsOf: (template) => words.get(template) ?? null,
    watches: (template, attribute) => listeners.get(template)?.some((listener) => listener.attributes.has(attribute)) === true,
    matching: (when, change) =>
      (listeners.get(change.record.template) ?? []).filter((listener) => listener.when === when && listener.change === change.change && concerns(listener, change)).map((listener) => listener.scenario),
  };
}

/** A change trigger without attributes listens to every change of the record itself. */
function concerns(listener: Listener, change: Pick<StepChange, 'attributes' | 'implied'>): boolean {
  if (listener.change !== 'changed') return true;
  if (listener.attributes.size === 0) return change.attributes.size > 0;
  return [...listener.attributes].some((name) => change.attributes.has(name) || change.implied.has(name));
}
