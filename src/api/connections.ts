/** Connections and the connectors they are made with. */
import { Type } from 'typebox';
import { anyObject, anyValue, failureShape, name, nullable, oneOf } from './field.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape, type AnswerShape } from './operation.ts';

const title = Type.Unsafe<Record<string, string>>({ type: 'object' });

const connectionFields = {
  name: Type.String(),
  title,
  version: Type.Integer(),
  type: Type.String(),
  enabled: Type.Boolean(),
  allow: Type.Array(Type.String()),
  log: oneOf(['full', 'errors', 'off']),
};

const stages: AnswerShape = {
  about: { ru: 'По строке JSON на каждую проверку, по мере готовности; последняя — итог', en: 'A line of JSON for each stage as it is done; the last one is the result' },
  mediaType: 'application/x-ndjson',
  schema: Type.Union([
    shape({ stage: Type.String(), state: oneOf(['ok', 'skipped', 'failed']), text: Type.String(), ms: nullable(Type.Number()), failure: nullable(failureShape) }),
    shape({ result: oneOf(['ok', 'failed']), text: Type.String() }),
  ]),
};

const discovered: AnswerShape = {
  about: { ru: 'Что есть в другой системе', en: 'What the other system has' },
  schema: shape({ objects: Type.Array(shape({ path: Type.String(), title: Type.String(), kind: Type.String(), request: nullable(anyObject), response: nullable(anyObject), facts: nullable(anyObject) })) }),
};

const explained: AnswerShape = {
  about: { ru: 'Как выполняется условие', en: 'How the filter is carried out' },
  schema: shape(
    {
      dialect: Type.String(),
      limitBytes: Type.Integer({ description: 'What the other system takes of parameters in one address' }),
      readings: Type.Array(shape({
        filter: nullable(Type.String({ description: 'The condition that is sent; null when all rows are read' })),
        address: Type.String(),
        queryBytes: Type.Integer(),
        failure: nullable(failureShape),
      }), { description: 'What each request asks for; the first of them where a long list takes many' }),
      readingCount: Type.Integer(),
      residue: nullable(shape({
        text: Type.String({ description: 'What is asked of each row here' }),
        parts: Type.Array(shape({ text: Type.String(), reason: Type.String(), why: Type.String() })),
        needs: Type.Array(Type.String(), { description: 'Fields that are read for it' }),
        expands: Type.Array(Type.String(), { description: 'References that are expanded for it' }),
      })),
    },
    { title: 'ExplainedFilter' },
  ),
};

export const connectionOperations = {
  listConnectors: wholeList(
    {
      id: 'listConnectors', method: 'GET', path: '/api/v1/connectors', tag: 'connections', permission: 'connections.view',
      summary: { ru: 'Типы подключений', en: 'List connectors' },
      answers: { 200: { about: { ru: 'Все типы', en: 'All connectors' }, schema: shape({ connectors: Type.Array(shape({ name: Type.String(), title: Type.String(), about: Type.String(), verification: Type.String(), operations: Type.Array(Type.String()) })) }) } },
      failures: [],
    },
    { items: 'connectors', key: ['name'], fields: ['name', 'title', 'verification'] },
  ),
  getConnector: operation({
    id: 'getConnector', method: 'GET', path: '/api/v1/connectors/{name}', tag: 'connections', permission: 'connections.view',
    summary: { ru: 'Показать тип подключения', en: 'Show a connector' },
    about: { ru: 'Свойства подключения и маршрутов — как JSON Schema.', en: 'The properties of a connection and of its routes as JSON Schema.' },
    params: { name },
    answers: {
      200: {
        about: { ru: 'Тип подключения', en: 'The connector' },
        schema: shape({
          name: Type.String(), title: Type.String(), about: Type.String(), verification: Type.String(),
          connection: anyObject,
          operations: Type.Unsafe<Record<string, unknown>>({ type: 'object' }),
          actions: Type.Array(shape({ name: Type.String(), title: Type.String(), about: Type.String() })),
        }),
      },
    },
    failures: ['connector.unknown'],
  }),
  listConnections: wholeList(
    {
      id: 'listConnections', method: 'GET', path: '/api/v1/connections', tag: 'connections', permission: 'connections.view',
      summary: { ru: 'Список подключений', en: 'List connections' },
      answers: { 200: { about: { ru: 'Все подключения', en: 'All connections' }, schema: shape({ connections: Type.Array(shape(connectionFields, { title: 'ConnectionSummary' })) }) } },
      failures: [],
    },
    { items: 'connections', key: ['name'], fields: ['name', 'version', 'type', 'enabled', 'log'] },
  ),
  getConnection: operation({
    id: 'getConnection', method: 'GET', path: '/api/v1/connections/{name}', tag: 'connections', permission: 'connections.view',
    summary: { ru: 'Показать подключение', en: 'Show a connection' },
    about: { ru: 'Секреты показаны именами.', en: 'Secrets are shown by their names.' },
    params: { name },
    answers: { 200: { about: { ru: 'Подключение', en: 'The connection' }, schema: shape({ ...connectionFields, properties: anyObject, limits: anyObject, routes: Type.Array(Type.String()) }) } },
    failures: ['connection.none'],
  }),
  checkConnection: operation({
    id: 'checkConnection', method: 'POST', path: '/api/v1/connections/{name}/check', tag: 'connections', permission: 'connections.run', object: 'name', reads: true,
    summary: { ru: 'Проверить подключение', en: 'Check a connection' },
    params: { name },
    answers: { 200: stages },
    failures: ['connection.none', 'connection.noConnector', 'secret.unknown'],
  }),
  checkUnsavedConnection: operation({
    id: 'checkUnsavedConnection', method: 'POST', path: '/api/v1/connections/check', tag: 'connections', permission: 'connections.run', reads: true,
    summary: { ru: 'Проверить несохранённое подключение', en: 'Check a connection that is not saved' },
    about: { ru: 'Значения формы; секрет — `${secret:имя}` или сам текст, который нигде не сохраняется.', en: 'The values of a form; a secret is `${secret:name}` or the text itself, which is kept nowhere.' },
    body: closed({ name: Type.Optional(name), type: name, properties: anyObject, allow: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 })) }),
    answers: { 200: stages },
    failures: ['connector.unknown', 'spec.refused', 'secret.unknown'],
  }),
  discoverConnection: operation({
    id: 'discoverConnection', method: 'GET', path: '/api/v1/connections/{name}/discover', tag: 'connections', permission: 'connections.run', object: 'name',
    summary: { ru: 'Узнать, что есть в другой системе', en: 'Discover what the other system has' },
    params: { name },
    query: { path: Type.Optional(Type.String({ maxLength: 500 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })) },
    answers: { 200: discovered },
    failures: ['connection.none', 'connection.cannotDiscover'],
  }),
  explainFilter: operation({
    id: 'explainFilter', method: 'POST', path: '/api/v1/connections/{name}/explain', tag: 'connections', permission: 'connections.run', object: 'name', reads: true,
    summary: { ru: 'Показать, как выполняется условие отбора', en: 'Explain how a filter is carried out' },
    about: {
      ru: 'Что из условия уходит другой системе и каким текстом, что проверяется на прочитанных строках и почему, и сколько занимает адрес. Само чтение не выполняется. Условие берётся у маршрута (route) или из свойств чтения (properties: set, filter, select …); message — сообщение, из которого условие берёт значения.',
      en: 'Which part of the filter goes to the other system and in which words, what is asked of the rows here and why, and how long the address is. Nothing is read. The filter is that of a route, or of properties of a reading (set, filter, select …); message is the message from which the filter takes its values.',
    },
    params: { name },
    body: closed({ route: Type.Optional(name), properties: Type.Optional(anyObject), message: Type.Optional(anyObject) }),
    answers: { 200: explained },
    failures: ['connection.none', 'connection.cannotExplain', 'connection.explainWhat', 'route.unknown', 'spec.refused'],
  }),
  actOnConnection: operation({
    id: 'actOnConnection', method: 'POST', path: '/api/v1/connections/{name}/actions/{action}', tag: 'connections', permission: 'connections.run', object: 'name',
    summary: { ru: 'Выполнить названное действие в другой системе', en: 'Do a named deed in the other system' },
    about: { ru: 'Например, создать таблицу учёта действий. Само ничего такого не делается.', en: 'Such as creating the table of effects. Nothing of the kind happens by itself.' },
    params: { name, action: name },
    answers: { 200: { about: { ru: 'Что сделано', en: 'What was done' }, schema: shape({ text: anyValue }) } },
    failures: ['connection.none', 'connection.noAction'],
  }),
};
