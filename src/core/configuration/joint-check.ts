/** What only shows when all objects are there: the names that scenarios use, and who answers a route. */
import type { Problem } from '../failure.ts';
import type { VersionedCatalogue } from '../template-catalogue.ts';
import { DocumentReader } from './document-reader.ts';
import type { ObjectDocument } from './object-document.ts';
import type { ObjectSet } from './object-set.ts';
import { keyOf } from './plan.ts';

export interface Joint {
  objects: readonly ObjectDocument[];
  set: ObjectSet;
  templates: VersionedCatalogue;
}

/** Problems by `keyOf(object)`. */
export function checkTogether({ objects, set }: Joint): ReadonlyMap<string, readonly Problem[]> {
  const problems = new Map<string, readonly Problem[]>();
  const routes = objects.filter((object) => object.kind === 'Route').map((object) => object.name);
  for (const scenario of set.scenarios.values()) {
    const reader = new DocumentReader();
    const { on } = scenario.document;
    if (on.kind === 'message' && !routes.includes(on.route)) reader.missing(['on', 'message'], 'Route', on.route, routes);
    if (reader.problems.length > 0) problems.set(keyOf({ kind: 'Scenario', name: scenario.name }), reader.problems);
  }
  return problems;
}
