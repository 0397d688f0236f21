/** Finds the route of an inbound address; rebuilt when the configuration changes. */
import type { Configuration, PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import { failure } from '../core/failure.ts';

export interface InboundAddress {
  connection: PublishedConnection;
  route: PublishedRoute;
}

export interface InboundIndex {
  /** Throws `http.notFound`, `http.methodNotAllowed`. A disabled route is found too: the engine names it. */
  find(method: string, path: string): InboundAddress;
}

export function indexInbound(configuration: Configuration): InboundIndex {
  const addresses = new Map<string, InboundAddress[]>();
  for (const route of configuration.routes()) {
    if (route.direction !== 'in') continue;
    const connection = configuration.connection(route.connection);
    if (connection === undefined || typeof connection.properties['path'] !== 'string') continue;
    const path = joined(connection.properties['path'], route.properties['path']);
    addresses.set(path, [...(addresses.get(path) ?? []), { connection, route }]);
  }
  return {
    find(method, path) {
      const here = addresses.get(path) ?? [];
      if (here.length === 0) throw failure('http.notFound', { method, path: `/api/public/adapter/${path}`.slice(0, 200) });
      const found = here.find(({ route }) => methodsOf(route).includes(method));
      if (found === undefined) throw failure('http.methodNotAllowed', { method, allowed: [...new Set(here.flatMap(({ route }) => methodsOf(route)))].join(', ') });
      return found;
    },
  };
}

const joined = (connectionPath: string, routePath: unknown): string => (typeof routePath === 'string' && routePath !== '' ? `${connectionPath}/${routePath}` : connectionPath);

const methodsOf = (route: PublishedRoute): readonly string[] => {
  const { methods } = route.properties;
  return Array.isArray(methods) ? methods.map(String) : ['POST'];
};
