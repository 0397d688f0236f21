/** Requests of a rehearsal: nothing is sent; each is answered with the declared attributes, all null. */
import { failure } from '../core/failure.ts';
import type { Configuration } from '../core/configuration/published.ts';
import type { RequestDesk } from './request-desk.ts';
import type { RouteFaces } from './route-face.ts';

export function createRehearsalDesk(configuration: Configuration, routes: RouteFaces): RequestDesk {
  return {
    left: false,
    endedAt: () => [],
    perform(need) {
      const route = configuration.route(need.route);
      if (route === undefined) throw failure('route.unknown', { route: need.route });
      const { body } = routes.of(route).response(null);
      return Promise.resolve({ kind: 'request', result: { kind: 'ok', response: body, status: null, failure: null } });
    },
  };
}
