/**
 * Builds the snapshot that a node works with from what is stored. A stored object that cannot be used
 * (a connector that is gone, a secret removed) is listed as broken and costs nothing but itself.
 */
import { accessRules, type Group, type Role } from '../access/role.ts';
import { failure, type Problem } from '../failure.ts';
import type { VersionedCatalogue } from '../template-catalogue.ts';
import type { ConnectorCatalogue } from './connector-catalogue.ts';
import { type ObjectSet, readObjects } from './object-set.ts';
import { keyOf, type StoredObject } from './plan.ts';
import type { Configuration, PublishedConnection, PublishedRoute, PublishedScenario } from './published.ts';
import { checkTogether } from './joint-check.ts';
import { secretsOf } from './reference.ts';
import type { StoredConfiguration } from './stored.ts';

export type SnapshotSource = Pick<StoredConfiguration, 'revision' | 'objects'> & { addresses: StoredConfiguration['addresses'] | null; secrets: StoredConfiguration['secrets'] | null };

export interface SnapshotContext {
  connectors: ConnectorCatalogue;
  /** Name of the active environment; null takes the first that a connection declares. */
  environment: string | null;
}

/**
 * Keeps what it has made, so that an object that did not change is the very same object in the next snapshot:
 * whatever is compiled from it can be kept by its identity.
 */
export class SnapshotBuilder {
  readonly #context: SnapshotContext;
  /** By kind and id; the former publication with the text it was made from. */
  readonly #kept = new Map<string, { key: string; published: object }>();

  constructor(context: SnapshotContext) {
    this.#context = context;
  }

  /** Addresses and secrets that are null are not checked, and stand in connections as they were written. */
  build(stored: SnapshotSource, templates: VersionedCatalogue): Configuration {
    const { connectors, environment } = this.#context;
    const set = readObjects(stored.objects, { connectors, environment, addresses: stored.addresses, secrets: stored.secrets === null ? null : new Set(stored.secrets.keys()), templates });
    const together = checkTogether({ objects: stored.objects, set, templates, templatesKnown: true, connectors });
    return snapshot(this.#publish(stored, set, templates), new Map([...set.problems, ...together]), stored.objects);
  }

  #publish(stored: SnapshotSource, set: ObjectSet, templates: VersionedCatalogue): Parts {
    const connections: PublishedConnection[] = [];
    const routes: PublishedRoute[] = [];
    const scenarios: PublishedScenario[] = [];
    for (const object of stored.objects) {
      const identity = { id: object.id, version: object.version };
      const connection = object.kind === 'Connection' ? set.connections.get(object.name) : undefined;
      const route = object.kind === 'Route' ? set.routes.get(object.name) : undefined;
      const scenario = object.kind === 'Scenario' ? set.scenarios.get(object.name) : undefined;
      if (connection !== undefined) connections.push(this.#same(object, { ...connection, ...identity, stamp: stampOf(object, connection.properties, stored) }));
      if (route !== undefined) routes.push(this.#same(object, { ...route, ...identity }));
      if (scenario !== undefined) scenarios.push(this.#same(object, { ...scenario, ...identity }));
    }
    return { revision: stored.revision, connections: byName(connections), routes: byName(routes), scenarios: byName(scenarios), roles: byName([...set.roles.values()]), groups: byName([...set.groups.values()]), templates };
  }

  /** The object made before when nothing about it has changed. */
  #same<T extends object>(object: StoredObject, made: T): T {
    const key = JSON.stringify(made);
    const kept = this.#kept.get(keyOf(object));
    // What is kept under a kind was put there by this method for the same kind.
    if (kept?.key === key) return kept.published as T;
    this.#kept.set(keyOf(object), { key, published: made });
    return made;
  }
}

interface Parts {
  revision: number;
  connections: ReadonlyMap<string, PublishedConnection>;
  routes: ReadonlyMap<string, PublishedRoute>;
  scenarios: ReadonlyMap<string, PublishedScenario>;
  roles: ReadonlyMap<string, Role>;
  groups: ReadonlyMap<string, Group>;
  templates: VersionedCatalogue;
}

/** In the order of system names. */
function byName<T extends { name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  const sorted = [...objects].sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  return new Map(sorted.map((object) => [object.name, object]));
}

function stampOf(object: StoredObject, properties: PublishedConnection['properties'], stored: SnapshotSource): string {
  const secrets = [...secretsOf(properties).values()].map((name) => `${name}:${stored.secrets?.get(name) ?? 0}`);
  return JSON.stringify([object.version, properties, secrets]);
}

function snapshot(parts: Parts, problems: ReadonlyMap<string, readonly Problem[]>, objects: readonly StoredObject[]): Configuration {
  const usable = <T extends { name: string }>(kind: StoredObject['kind'], all: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...all].filter(([name]) => !problems.has(keyOf({ kind, name }))));
  const connections = usable('Connection', parts.connections);
  const routes = usable('Route', parts.routes);
  const scenarios = usable('Scenario', parts.scenarios);
  const lists = { connections: [...connections.values()], routes: [...routes.values()], scenarios: [...scenarios.values()] };
  const broken = objects.flatMap(({ kind, name }) => {
    const found = problems.get(keyOf({ kind, name }));
    return found === undefined ? [] : [{ kind, name, failure: failure('config.broken', { kind, name, count: found.length }, { problems: found }).toData() }];
  });
  return {
    revision: parts.revision,
    connection: (name) => connections.get(name),
    route: (name) => routes.get(name),
    scenario: (name) => scenarios.get(name),
    connections: () => lists.connections,
    routes: () => lists.routes,
    scenarios: () => lists.scenarios,
    templates: parts.templates,
    access: accessRules([...usable('Role', parts.roles).values()], [...usable('Group', parts.groups).values()]),
    template: (name) => parts.templates.byName(name),
    broken,
  };
}
