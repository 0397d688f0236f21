/** Metadata of connections: what a remote system says about itself, kept, browsed and compared. */
import { Type } from 'typebox';
import { anyObject, cursor, failureShape, instant, listOf, name, nextCursor, nullable, oneOf, pageSize } from './field.ts';
import { operation, shape } from './operation.ts';

const snapshot = shape({ hash: Type.String(), address: Type.String(), bytes: Type.Integer(), since: instant, checkedAt: instant, etag: nullable(Type.String()) }, { title: 'MetadataSnapshot' });

const change = shape(
  {
    kind: Type.String(),
    effect: oneOf(['broken', 'risky', 'harmless']),
    object: nullable(Type.String()),
    field: nullable(Type.String()),
    name: nullable(Type.String()),
    from: nullable(Type.String()),
    to: nullable(Type.String()),
    text: Type.String(),
  },
  { title: 'MetadataChange' },
);

const comparison = shape(
  {
    from: nullable(snapshot),
    to: snapshot,
    counts: shape({ added: Type.Integer(), removed: Type.Integer(), changed: Type.Integer() }),
    changes: Type.Array(change),
    more: Type.Integer({ description: 'Changes that are not listed any more' }),
    impact: Type.Array(shape({ route: Type.String(), place: Type.String(), effect: oneOf(['broken', 'risky', 'harmless']), object: nullable(Type.String()), field: nullable(Type.String()), text: Type.String() })),
  },
  { title: 'MetadataComparison' },
);

const objectLine = { name: Type.String(), kind: Type.String(), partOf: nullable(Type.String()), keys: Type.Array(Type.String()), fields: Type.Integer(), tableParts: Type.Array(Type.String()) };

const objectName = Type.String({ minLength: 1, maxLength: 500 });

export const metadataOperations = {
  getMetadata: operation({
    id: 'getMetadata', method: 'GET', path: '/api/v1/connections/{name}/metadata', tag: 'connections', permission: 'connections.view',
    summary: { ru: 'Что система сообщает о себе', en: 'What the other system says about itself' },
    about: { ru: 'Из снимка, который прочитан последним; другая система не спрашивается.', en: 'By the snapshot that was read last; the other system is not asked.' },
    params: { name },
    answers: {
      200: {
        about: { ru: 'Сводка', en: 'A summary' },
        schema: shape({
          title: Type.String(), snapshot, previous: Type.Array(snapshot),
          kinds: Type.Array(shape({ kind: Type.String(), objects: Type.Integer(), tableParts: Type.Integer() })),
          objects: Type.Integer(),
          types: Type.Integer({ description: 'Types of rows that are declared' }), complexTypes: Type.Integer({ description: 'Types of values with parts, rows of table parts among them' }), enums: Type.Integer(), functions: Type.Integer(), warnings: Type.Array(Type.String()),
          findings: Type.Array(failureShape, { description: 'Why the connection does not work by this snapshot; empty when it does' }),
        }),
      },
    },
    failures: ['connection.none', 'connection.noMetadata', 'connection.metadataUnread', 'connection.snapshotDamaged'],
  }),
  refreshMetadata: operation({
    id: 'refreshMetadata', method: 'POST', path: '/api/v1/connections/{name}/metadata/refresh', tag: 'connections', permission: 'connections.run', object: 'name',
    summary: { ru: 'Обновить метаданные', en: 'Read the metadata anew' },
    about: {
      ru: 'По строке JSON на каждый этап; последняя — итог: что изменилось и каких маршрутов это касается. Тот же документ заново не разбирается. Закройте соединение, чтобы прервать: действует прежний снимок.',
      en: 'A line of JSON for each stage; the last one is the result: what changed, and which routes that concerns. An equal document is not read again. Close the connection to stop it: the earlier snapshot stays in force.',
    },
    params: { name },
    answers: {
      200: {
        about: { ru: 'Этапы', en: 'The stages' },
        mediaType: 'application/x-ndjson',
        schema: Type.Union([
          shape({ stage: oneOf(['fetched', 'read', 'capabilities']), text: Type.String(), ms: Type.Number(), bytes: Type.Optional(Type.Integer()), hash: Type.Optional(Type.String()), objects: Type.Optional(Type.Integer()), learnt: Type.Optional(Type.Integer()), failure: Type.Optional(anyObject) }),
          shape({ result: oneOf(['changed', 'unchanged', 'failed']), text: Type.String(), failure: Type.Optional(anyObject), comparison: Type.Optional(nullable(comparison)) }),
        ]),
      },
    },
    failures: ['connection.none', 'connection.noMetadata', 'connection.noConnector'],
  }),
  compareMetadata: operation({
    id: 'compareMetadata', method: 'GET', path: '/api/v1/connections/{name}/metadata/diff', tag: 'connections', permission: 'connections.view',
    summary: { ru: 'Сравнить снимки метаданных', en: 'Compare metadata snapshots' },
    about: { ru: 'Последний с предыдущим, если не сказано иное. impact — места маршрутов, которых это касается.', en: 'The last one with the one before it unless told. impact names the places of routes that it concerns.' },
    params: { name },
    query: { from: Type.Optional(Type.String({ maxLength: 64 })), to: Type.Optional(Type.String({ maxLength: 64 })) },
    answers: { 200: { about: { ru: 'Разница', en: 'The difference' }, schema: comparison } },
    failures: ['connection.none', 'connection.noMetadata', 'connection.metadataUnread', 'connection.unknownSnapshot'],
  }),
  listRemoteObjects: operation({
    id: 'listRemoteObjects', method: 'GET', path: '/api/v1/connections/{name}/metadata/objects', tag: 'connections', permission: 'connections.view',
    summary: { ru: 'Объекты системы', en: 'List the objects of the other system' },
    about: { ru: 'search — часть имени, в любом регистре. Табличные части — по parts=true.', en: 'search is a part of a name, in any letter case. Table parts by parts=true.' },
    params: { name },
    query: { search: Type.Optional(Type.String({ maxLength: 500 })), kind: listOf(Type.String({ maxLength: 100 })), parts: Type.Optional(Type.Boolean({ default: false })), limit: pageSize, cursor },
    answers: { 200: { about: { ru: 'Страница объектов по именам', en: 'A page of objects by name' }, schema: shape({ objects: Type.Array(shape(objectLine)), count: Type.Integer(), cursor: nextCursor }) } },
    failures: ['connection.none', 'connection.noMetadata', 'connection.metadataUnread', 'query.cursor'],
  }),
  getRemoteObject: operation({
    id: 'getRemoteObject', method: 'GET', path: '/api/v1/connections/{name}/metadata/objects/{object}', tag: 'connections', permission: 'connections.view',
    summary: { ru: 'Показать объект системы', en: 'Show an object of the other system' },
    about: { ru: 'Поля с ролями, ссылки, табличные части, функции и маршруты, которые с ним работают.', en: 'Fields with their roles, references, table parts, functions, and the routes that work with it.' },
    params: { name, object: objectName },
    answers: {
      200: {
        about: { ru: 'Объект', en: 'The object' },
        schema: shape({ ...objectLine, fields: Type.Array(anyObject), references: Type.Array(anyObject), functions: Type.Array(anyObject), routes: Type.Array(Type.String()) }),
      },
    },
    failures: ['connection.none', 'connection.noMetadata', 'connection.metadataUnread', 'connection.unknownObject'],
  }),
};
