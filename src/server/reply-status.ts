/** The HTTP status of a reply that is not an error. */
import type { PublishedRoute } from '../core/configuration/published.ts';

export function successStatus({ properties: { status } }: PublishedRoute, usual: number): number {
  return typeof status === 'number' ? status : usual;
}

/** A route that answers after the run has not answered yet: its own status would say that it had. */
export const acceptedStatus = (route: PublishedRoute): number => (route.reply === 'ack' ? successStatus(route, 202) : 202);
