/** Routes: how messages come in and go out. */
import { Type } from 'typebox';
import { anyObject, anyValue, name, nullable, oneOf } from './field.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape } from './operation.ts';
import { rehearsalAnswer } from './rehearsal.ts';

const title = Type.Unsafe<Record<string, string>>({ type: 'object', description: 'By language' });

const routeFields = {
  name: Type.String(),
  title,
  version: Type.Integer(),
  connection: Type.String(),
  operation: Type.String(),
  direction: oneOf(['in', 'out']),
  enabled: Type.Boolean(),
  address: nullable(Type.String({ description: 'Where an inbound HTTP route listens' })),
  methods: Type.Array(Type.String()),
};

export const routeSummary = shape(routeFields, { title: 'RouteSummary' });

export const routeOperations = {
  listRoutes: wholeList(
    {
      id: 'listRoutes', method: 'GET', path: '/api/v1/routes', tag: 'routes', permission: 'connections.view',
      summary: { ru: 'Список маршрутов', en: 'List routes' },
      answers: { 200: { about: { ru: 'Все маршруты', en: 'All routes' }, schema: shape({ routes: Type.Array(routeSummary) }) } },
      failures: [],
    },
    { items: 'routes', key: ['name'], fields: ['name', 'version', 'connection', 'operation', 'direction', 'enabled', 'address'] },
  ),
  getRoute: operation({
    id: 'getRoute', method: 'GET', path: '/api/v1/routes/{name}', tag: 'routes', permission: 'connections.view',
    summary: { ru: 'Показать маршрут', en: 'Show a route' },
    params: { name },
    answers: {
      200: {
        about: { ru: 'Маршрут', en: 'The route' },
        schema: shape({
          ...routeFields,
          properties: anyObject,
          keys: anyObject,
          request: anyObject,
          response: anyObject,
          errorResponse: nullable(anyObject),
          mapping: nullable(Type.Array(anyValue)),
          reply: oneOf(['afterRun', 'ack']),
          onUnknown: nullable(oneOf(['repeat', 'verify', 'park'])),
          retry: anyObject,
          orderPolicy: oneOf(['park', 'block']),
          retentionDays: Type.Integer(),
          initiator: anyValue,
          scenarios: Type.Array(Type.String({ description: 'Active scenarios that its messages start' })),
        }),
      },
    },
    failures: ['route.unknown'],
  }),
  rehearseRoute: operation({
    id: 'rehearseRoute', method: 'POST', path: '/api/v1/routes/{name}/rehearsals', tag: 'routes', permission: 'scenarios.run', reads: true,
    summary: { ru: 'Проверить маршрут на сообщении', en: 'Rehearse a route with a message' },
    about: { ru: 'Сообщение проходит разбор и сценарии; ничего не записывается и не отправляется, на запросы отвечают пустые значения.', en: 'The message passes the mapping and the scenarios; nothing is written or sent, requests are answered with empty values.' },
    params: { name },
    body: closed({ message: anyValue }),
    answers: {
      200: rehearsalAnswer,
    },
    failures: ['route.unknown', 'route.disabled', 'connection.disabled', 'route.noScenario', 'message.refused'],
  }),
};
