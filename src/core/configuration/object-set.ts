/**
 * All objects of a configuration, read together: each document on its own first, then what they say about one another.
 * The same code judges what is about to be applied and builds what a node works with.
 */
import type { Group, Role } from '../access/role.ts';
import { Failure, type Problem } from '../failure.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { TemplateCatalogue } from '../template.ts';
import { type ConnectionBody, type ConnectionContext, parseConnection } from './connection-document.ts';
import { DocumentReader, shortText } from './document-reader.ts';
import { readTitle } from './object-header.ts';
import type { ObjectDocument, PlainObject } from './object-document.ts';
import { keyOf } from './plan.ts';
import type { PublishedScenario } from './published.ts';
import { parseGroup, parseRole } from './role-document.ts';
import { parseRoute, type RouteBody, type RouteContext } from './route-document.ts';

export type ScenarioBody = Omit<PublishedScenario, 'id' | 'version'>;

export interface SetContext extends ConnectionContext {
  templates: TemplateCatalogue;
}

export interface ObjectSet {
  /** By name; only what has no problems. */
  connections: ReadonlyMap<string, ConnectionBody>;
  routes: ReadonlyMap<string, RouteBody>;
  scenarios: ReadonlyMap<string, ScenarioBody>;
  roles: ReadonlyMap<string, Role>;
  groups: ReadonlyMap<string, Group>;
  /** By `keyOf(object)`; only what has some. */
  problems: ReadonlyMap<string, readonly Problem[]>;
}

interface Read<Body> {
  body: Body | null;
  problems: readonly Problem[];
}

export function readObjects(objects: readonly ObjectDocument[], context: SetContext): ObjectSet {
  const problems = new Map<string, readonly Problem[]>();
  const readAll = <Body>(kind: ObjectDocument['kind'], read: (document: PlainObject) => Read<Body>): Map<string, Body> => {
    const bodies = new Map<string, Body>();
    for (const object of objects) {
      if (object.kind !== kind) continue;
      const found = read(object.document);
      if (found.body !== null) bodies.set(object.name, found.body);
      if (found.problems.length > 0) problems.set(keyOf(object), found.problems);
    }
    return bodies;
  };
  const connections = readAll('Connection', (document) => parseConnection(document, context));
  const routeContext = connectorsOf(objects, connections, context);
  const routes = readAll('Route', (document) => parseRoute(document, routeContext));
  const scenarios = readAll('Scenario', readScenario);
  const roles = readAll('Role', parseRole);
  const groups = readAll('Group', parseGroup);
  return { connections, routes, scenarios, roles, groups, problems };
}

function connectorsOf(objects: readonly ObjectDocument[], connections: ReadonlyMap<string, ConnectionBody>, context: SetContext): RouteContext {
  const all = objects.filter((object) => object.kind === 'Connection');
  return { connections: new Map(all.map(({ name }) => [name, context.connectors.get(connections.get(name)?.type ?? '') ?? null])) };
}

function readScenario(document: PlainObject): Read<ScenarioBody> {
  const reader = new DocumentReader();
  const { title: written, enabled, ...rest } = document;
  const header = reader.fields({ name: document['name'] ?? '', ...(written === undefined ? {} : { title: written }), ...(enabled === undefined ? {} : { enabled }) }, [], ['name', 'title', 'enabled']);
  const title = header === undefined ? {} : readTitle(reader, header);
  try {
    const parsed = parseScenario(rest, shortText(document['name']));
    const body: ScenarioBody = { name: parsed.name, title, enabled: header?.flag('enabled', true) ?? true, document: parsed };
    return { body: reader.problems.length === 0 ? body : null, problems: reader.problems };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { body: null, problems: [...reader.problems, ...error.problems] };
  }
}
