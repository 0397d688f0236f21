/** Routes as they are published, and trying one out. */
import { routeOperations } from '../../api/routes.ts';
import type { Configuration, PublishedRoute } from '../../core/configuration/published.ts';
import { failure } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import { inboundPath, methodsOf } from '../inbound-index.ts';
import { good, handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';
import { plainJson } from './plain-json.ts';
import { rehearsalJson } from './rehearsal-json.ts';

export function routeHandlers({ configuration, engine, baseUrl }: ApiParts): readonly Handler[] {
  return [
    handle(routeOperations.listRoutes, async () => {
      const current = configuration.current();
      return good({ routes: current.routes().map((route) => summaryJson(current, route)) });
    }),
    handle(routeOperations.getRoute, async ({ params }) => {
      const current = configuration.current();
      const route = current.route(params.name);
      if (route === undefined) throw failure('route.unknown', { route: params.name });
      return good({ ...summaryJson(current, route), ...detailsJson(current, route) });
    }),
    handle(routeOperations.rehearseRoute, async ({ params, body, caller, lang }) => good(rehearsalJson(await engine.rehearse(params.name, body.message, caller.account.id), lang))),
  ];

  function summaryJson(current: Configuration, route: PublishedRoute): ValueObject {
    const connection = current.connection(route.connection);
    const path = connection === undefined ? null : inboundPath(connection, route);
    const { name, title, version, operation, direction, enabled } = route;
    return {
      name,
      title: { ...title },
      version,
      connection: route.connection,
      operation,
      direction,
      enabled,
      address: path === null ? null : `${baseUrl()}${path}`,
      methods: path === null ? [] : methodsOf(route),
    };
  }
}

const detailsJson = (current: Configuration, route: PublishedRoute): ValueObject => ({
  properties: route.properties,
  keys: plainJson(route.keys),
  request: plainJson(route.request),
  response: plainJson(route.response),
  errorResponse: plainJson(route.errorResponse),
  mapping: plainJson(route.mapping),
  reply: route.reply,
  onUnknown: route.onUnknown,
  retry: plainJson(route.retry),
  orderPolicy: route.orderPolicy,
  retentionDays: route.retentionDays,
  initiator: plainJson(route.initiator),
  scenarios: current.scenarios().filter(({ enabled, document }) => enabled && document.on.kind === 'message' && document.on.route === route.name).map(({ name }) => name),
});
