/** What only shows when all objects are there: whether scenarios fit what they name, and who answers a route. */
import type { Problem } from '../failure.ts';
import { checkReplies, checkScenario } from '../scenario/check.ts';
import type { TemplateCatalogue } from '../template.ts';
import type { ConnectorCatalogue } from './connector-catalogue.ts';
import type { ObjectDocument, PlainObject } from './object-document.ts';
import type { ObjectSet } from './object-set.ts';
import { keyOf } from './plan.ts';
import { groupProblems, roleProblems } from './role-document.ts';

export interface Joint {
  objects: readonly ObjectDocument[];
  set: ObjectSet;
  templates: TemplateCatalogue;
  /** False when templates have problems of their own, so that `templates` is not what it is meant to become. */
  templatesKnown: boolean;
  connectors: ConnectorCatalogue;
}

/** Problems by `keyOf(object)`. */
export function checkTogether(joint: Joint): ReadonlyMap<string, readonly Problem[]> {
  const problems = new Map<string, readonly Problem[]>();
  const add = (name: string, found: readonly Problem[], kind: ObjectDocument['kind'] = 'Scenario'): void => {
    const key = keyOf({ kind, name });
    if (found.length > 0) problems.set(key, [...(problems.get(key) ?? []), ...found]);
  };
  const { set, objects, templates } = joint;
  const scenarios = [...set.scenarios.values()].map(({ document }) => document);
  // A route with problems of its own is there all the same; only its direction is not known.
  const routes = objects.filter(({ kind }) => kind === 'Route').map(({ name }) => ({ name, direction: set.routes.get(name)?.direction ?? 'in' }));
  for (const document of scenarios) add(document.name, checkScenario(document, { templates, routes, scenarios }).filter((problem) => isOwnProblem(problem, joint)));
  for (const { route, problem } of takenAddresses(joint)) add(route, [problem], 'Route');
  for (const role of set.roles.values()) add(role.name, roleProblems(role, templates).filter(() => joint.templatesKnown), 'Role');
  const roleNames = objects.filter(({ kind }) => kind === 'Role').map(({ name }) => name);
  for (const group of set.groups.values()) add(group.name, groupProblems(group, roleNames), 'Group');
  const active = [...set.scenarios.values()].filter(({ enabled }) => enabled).map(({ document }) => document);
  for (const { name } of routes) {
    const twice = checkReplies(name, active);
    if (twice !== null) for (const document of active) if (document.on.kind === 'message' && document.on.route === name) add(document.name, [{ ...twice, path: 'on.message' }]);
  }
  return problems;
}

/** Of routes with one address the first by name has it, here as at any later time. */
function takenAddresses({ set, connectors }: Joint): readonly { route: string; problem: Problem }[] {
  const owners = new Map<string, string>();
  return [...set.routes.values()].sort((left, right) => (left.name < right.name ? -1 : 1)).flatMap((route) => {
    const connection = set.connections.get(route.connection);
    const operation = connectors.get(connection?.type ?? '')?.operations[route.operation];
    if (connection === undefined || operation === undefined) return [];
    // What is read from a document is plain data throughout; Decimals come from messages only.
    const taken = operation.addresses(connection.properties as PlainObject, route.properties as PlainObject).flatMap((address) => {
      const owner = owners.get(address);
      if (owner === undefined) owners.set(address, route.name);
      return owner === undefined ? [] : [{ address, owner }];
    });
    return taken.slice(0, 1).map(({ address, owner }) => ({ route: route.name, problem: { path: 'properties', code: 'config.addressTaken', parameters: { address, route: owner } } }));
  });
}

/** False for what only follows from the problems of another object, which is reported itself. */
function isOwnProblem({ code, parameters }: Problem, { set, objects, templatesKnown }: Joint): boolean {
  switch (code) {
    case 'scenario.routeDirection':
      return set.routes.has(String(parameters['route']));
    case 'config.missingReference':
      return !objects.some(({ kind, name }) => kind === parameters['kind'] && name === parameters['name']);
    case 'record.unknownAttribute':
    case 'run.keyAttribute':
      return templatesKnown;
    default:
      return true;
  }
}
