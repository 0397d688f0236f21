/** What to do about a call of which nobody knows whether it was carried out. */
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import type { Remote } from './remote.ts';

/** A route that does not say gets a repeat only where a repeat is harmless. */
export function onUnknown(route: PublishedRoute, connection: PublishedConnection, remote: Pick<Remote, 'idempotent'>): 'repeat' | 'park' {
  switch (route.onUnknown) {
    case 'repeat':
      return 'repeat';
    case 'park':
    // No connector can ask the remote yet, so a person does.
    case 'verify':
      return 'park';
    case null:
      return remote.idempotent(connection, route) ? 'repeat' : 'park';
    default:
      return route.onUnknown satisfies never;
  }
}
