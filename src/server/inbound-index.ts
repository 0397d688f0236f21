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
    const connection = configuration.connection(route.connection);
    const path = connection === undefined ? null : pathBelow(connection, route);
    if (connection === undefined || path === null) continue;
    addresses.set(path, [...(addresses.get(path) ?? []), { connection, route }]);
  }
  return {
    find(method, path) {
      const here = addresses.get(path) ?? [];
      if (here.length === 0) throw failure('http.notFound', { method, path: `${inboundPrefix}${path}`.slice(0, 200) });
      const found = here.find(({ route }) => methodsOf(route).includes(method));
      if (found === undefined) throw failure('http.methodNotAllowed', { method, allowed: [...new Set(here.flatMap(({ route }) => methodsOf(route)))].join(', ') });
      return found;
    },
  };
}

export const inboundPrefix = '/api/public/adapter/';

/** The address of a route on this server; null when it does not listen for HTTP. */
export function inboundPath(connection: PublishedConnection, route: PublishedRoute): string | null {
  const path = pathBelow(connection, route);
  return path === null ? null : encodeURI(`${inboundPrefix}${path}`);
}

function pathBelow(connection: PublishedConnection, route: PublishedRoute): string | null {
  const { path } = connection.properties;
  if (route.direction !== 'in' || typeof path !== 'string') return null;
  const own = route.properties['path'];
  return typeof own === 'string' && own !== '' ? `${path}/${own}` : path;
}

export function methodsOf(route: PublishedRoute): readonly string[] {
  const { methods } = route.properties;
  return Array.isArray(methods) ? methods.map(String) : ['POST'];
}
