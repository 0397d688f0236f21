/** What only shows when all objects are there: the names that scenarios use. */
import type { Problem } from '../failure.ts';
import { DocumentReader } from './document-reader.ts';
import { keyOf } from './plan.ts';
import type { Parts } from './snapshot.ts';

/** Problems by `keyOf(object)`. */
export function checkTogether(parts: Parts): ReadonlyMap<string, readonly Problem[]> {
  const problems = new Map<string, readonly Problem[]>();
  for (const scenario of parts.scenarios.values()) {
    const reader = new DocumentReader();
    checkTrigger(reader, scenario.document.on, parts);
    if (reader.problems.length > 0) problems.set(keyOf({ kind: 'Scenario', name: scenario.name }), reader.problems);
  }
  return problems;
}

function checkTrigger(reader: DocumentReader, trigger: import('../scenario/document.ts').Trigger, parts: Parts): void {
  if (trigger.kind === 'message' && !parts.routes.has(trigger.route)) reader.missing(['on', 'message'], 'Route', trigger.route, [...parts.routes.keys()]);
}
