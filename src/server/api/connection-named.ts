import type { ConfigurationSource, PublishedConnection } from '../../core/configuration/published.ts';
import { failure } from '../../core/failure.ts';
import { nearestKnown } from '../../core/nearest-known.ts';

/** Throws `connection.none` with the nearest name. */
export function connectionNamed(configuration: Pick<ConfigurationSource, 'current'>, name: string): PublishedConnection {
  const current = configuration.current();
  const connection = current.connection(name);
  if (connection === undefined) throw failure('connection.none', { connection: name, nearest: nearestKnown(name, current.connections().map((known) => known.name)) });
  return connection;
}
