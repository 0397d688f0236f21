/** A registry over a list of connectors, to which more can be added at run time. */
import type { ConnectorDefinition, ConnectorRegistry } from './connector.ts';

export interface GrowingRegistry extends ConnectorRegistry {
  /** Adds or replaces a connector of that name. A built-in one is never replaced. */
  install(definition: ConnectorDefinition): void;
  /** Whether there was such an installed connector. */
  remove(name: string): boolean;
}

export function createRegistry(builtIn: readonly ConnectorDefinition[]): GrowingRegistry {
  const fixed = new Map(builtIn.map((definition) => [definition.name, definition]));
  if (fixed.size !== builtIn.length) throw new Error('two connectors have one name');
  const installed = new Map<string, ConnectorDefinition>();
  return {
    get: (name) => fixed.get(name) ?? installed.get(name),
    list: () => [...fixed.values(), ...installed.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    install(definition) {
      if (fixed.has(definition.name)) throw new Error(`the connector "${definition.name}" is built in`);
      installed.set(definition.name, definition);
    },
    remove: (name) => installed.delete(name),
  };
}
