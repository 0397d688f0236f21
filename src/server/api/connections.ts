/** Connections and connectors: what they are, whether they work, what the other side has. */
import { connectionOperations } from '../../api/connections.ts';
import type { PublishedConnection, PublishedRoute } from '../../core/configuration/published.ts';
import { failure, type Lang } from '../../core/failure.ts';
import { nearestKnown } from '../../core/nearest-known.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import { printJson } from '../../core/json.ts';
import type { CheckStage, ConnectorDefinition } from '../../sdk/connector.ts';
import type { ExplainedFilter } from '../../sdk/explained-filter.ts';
import { specSchema } from '../../sdk/spec-schema.ts';
import { failureJson } from './failure-json.ts';
import { connectionNamed } from './connection-named.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';
import { plainJson } from './plain-json.ts';

export function connectionHandlers({ configuration, connectors, desk }: ApiParts): readonly Handler[] {
  return [
    handle(connectionOperations.listConnectors, async ({ lang }) =>
      good({ connectors: connectors.list().map((connector) => ({ ...connectorJson(connector, lang), operations: Object.keys(connector.operations) })) })),

    handle(connectionOperations.getConnector, async ({ params, lang }) => {
      const connector = connectorNamed(params.name);
      return good({
        ...connectorJson(connector, lang),
        connection: plainJson(specSchema(connector.connection, lang)),
        operations: Object.fromEntries(Object.entries(connector.operations).map(([name, one]) => [name, { title: one.title[lang], direction: one.direction, route: plainJson(specSchema(one.route, lang)) }])),
        actions: Object.entries(connector.actions ?? {}).map(([name, action]) => ({ name, title: action.title[lang], about: action.about[lang] })),
      });
    }),

    handle(connectionOperations.listConnections, async () => good({ connections: configuration.current().connections().map(summaryJson) })),

    handle(connectionOperations.getConnection, async ({ params }) => {
      const connection = connectionNamed(configuration, params.name);
      const routes = configuration.current().routes().filter((route) => route.connection === connection.name);
      return good({ ...summaryJson(connection), properties: connection.properties, limits: plainJson(connection.limits), routes: routes.map(({ name }) => name) });
    }),

    handle(connectionOperations.checkConnection, async ({ params, lang, signal }) => {
      const stages = await desk.check(connectionNamed(configuration, params.name), signal);
      return streamed(stages, lang);
    }),

    handle(connectionOperations.checkUnsavedConnection, async ({ body, lang, signal }) => {
      connectorNamed(body.type);
      const stages = await desk.checkUnsaved({ name: body.name ?? body.type, type: body.type, properties: body.properties, allow: body.allow ?? [] }, signal);
      return streamed(stages, lang);
    }),

    handle(connectionOperations.discoverConnection, async ({ params, query, signal }) => {
      const objects = await desk.discover(connectionNamed(configuration, params.name), { limit: query.limit ?? 100, ...(query.path === undefined ? {} : { path: query.path }) }, signal);
      return good({ objects: objects.map(({ path, title, kind, request, response, facts }) => ({ path, title, kind, request: plainJson(request ?? null), response: plainJson(response ?? null), facts: plainJson(facts ?? null) })) });
    }),

    handle(connectionOperations.explainFilter, async ({ params, body, lang, signal }) => {
      const connection = connectionNamed(configuration, params.name);
      if ((body.route === undefined) === (body.properties === undefined)) throw failure('connection.explainWhat', { connection: connection.name });
      const properties = body.properties ?? routeOver(connection, body.route ?? '').properties;
      return good(explainedJson(await desk.explain(connection, { properties, message: body.message ?? {} }, signal), lang));
    }),

    handle(connectionOperations.actOnConnection, async ({ params, lang, signal }) => good({ text: (await desk.act(connectionNamed(configuration, params.name), params.action, signal))[lang] })),
  ];

  function routeOver({ name }: PublishedConnection, route: string): PublishedRoute {
    const found = configuration.current().route(route);
    if (found === undefined || found.connection !== name) throw failure('route.unknown', { route: route.slice(0, 80) });
    return found;
  }

  function connectorNamed(type: string): ConnectorDefinition {
    const connector = connectors.get(type);
    if (connector === undefined) throw failure('connector.unknown', { type, nearest: nearestKnown(type, connectors.list().map((known) => known.name)) });
    return connector;
  }
}

const explainedJson = ({ dialect, limitBytes, readings, readingCount, residue }: ExplainedFilter, lang: Lang): ValueObject => ({
  dialect, limitBytes, readingCount,
  readings: readings.map((reading) => ({ ...reading, failure: reading.failure === null ? null : failureJson(reading.failure.toData(), lang) })),
  residue: residue === null ? null : { ...residue, parts: residue.parts.map(({ text, reason, why }) => ({ text, reason, why: why[lang] })) },
});

const connectorJson = ({ name, title, about, verification }: ConnectorDefinition, lang: Lang): ValueObject => ({ name, title: title[lang], about: about[lang], verification });

const summaryJson = ({ name, title, version, type, enabled, allow, log }: PublishedConnection): ValueObject => ({ name, title: { ...title }, version, type, enabled, allow, log });

const streamed = (stages: AsyncIterable<CheckStage>, lang: Lang): Answered => ({ status: 200, stream: stageLines(stages, lang), mediaType: 'application/x-ndjson; charset=utf-8' });

async function* stageLines(stages: AsyncIterable<CheckStage>, lang: Lang): AsyncGenerator<string> {
  let connected = true;
  for await (const stage of stages) {
    if (stage.state === 'failed') connected = false;
    yield line(stageJson(stage, lang));
  }
  yield line(connected ? { result: 'ok', text: lang === 'ru' ? 'Соединение установлено' : 'Connected' } : { result: 'failed', text: lang === 'ru' ? 'Соединения нет' : 'Not connected' });
}

const line = (value: Value): string => `${printJson(value)}\n`;

function stageJson(stage: CheckStage, lang: Lang): ValueObject {
  const about = { stage: stage.stage, state: stage.state };
  switch (stage.state) {
    case 'ok':
      return { ...about, text: stage.detail[lang], ms: stage.ms, failure: null };
    case 'skipped':
      return { ...about, text: stage.detail[lang], ms: null, failure: null };
    case 'failed':
      return { ...about, text: stage.failure.text(lang), ms: stage.ms, failure: failureJson(stage.failure.toData(), lang) };
    default:
      return stage satisfies never;
  }
}
