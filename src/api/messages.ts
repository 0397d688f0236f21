/** Messages: what came in, what goes out, and the runs that they caused. */
import { Type } from 'typebox';
import { limits } from '../core/limits.ts';
import { anyValue, cursor, failureShape, instant, listOf, name, nextCursor, nullable, oneOf, pageSize, uuid } from './field.ts';
import { closed, operation, shape } from './operation.ts';

export const messageStates = ['pending', 'waiting', 'done', 'failed', 'dead', 'discarded', 'cancelled'] as const;
export const messageDirections = ['in', 'out', 'run'] as const;

const summaryFields = {
  id: uuid,
  direction: oneOf(messageDirections),
  state: oneOf(messageStates),
  route: nullable(Type.String()),
  connection: nullable(Type.String()),
  scenarios: Type.Array(Type.String()),
  parent: nullable(uuid),
  effectId: nullable(Type.String()),
  orderKey: nullable(Type.String()),
  caller: Type.String({ description: 'Id of an account, `anonymous` or `system`' }),
  receivedAt: instant,
  changedAt: instant,
  payloadBytes: nullable(Type.Integer()),
  replyStatus: nullable(Type.Integer()),
  attempts: Type.Integer(),
  failure: nullable(Type.String({ description: 'Code' })),
};

export const messageSummary = shape(summaryFields, { title: 'MessageSummary' });

const body = shape({
  contentType: nullable(Type.String()),
  bytes: Type.Integer(),
  text: nullable(Type.String({ description: 'When it is UTF-8' })),
  base64: nullable(Type.String({ description: 'When it is not' })),
});

export const messageStory = shape(
  {
    ...summaryFields,
    failure: nullable(failureShape),
    routeVersion: nullable(Type.Integer()),
    revision: nullable(Type.Integer({ description: 'Of the configuration under which it was accepted, and on which its run finishes; null: the newest' })),
    contentType: nullable(Type.String()),
    idempotencyKey: nullable(Type.String()),
    keys: Type.Unsafe<Readonly<Record<string, string>>>({ type: 'object', description: 'Business keys, by name' }),
    queued: nullable(
      shape({
        queue: oneOf(['inbox', 'outbox']),
        dueAt: instant,
        attempts: Type.Integer(),
        owner: nullable(Type.String()),
        leaseUntil: nullable(instant),
        blocked: Type.Boolean(),
        ahead: Type.Integer({ description: 'Messages of the same order key that come first' }),
      }),
    ),
    trace: Type.Array(
      shape({ path: Type.String(), kind: Type.String(), name: Type.String(), ms: Type.Number(), outcome: oneOf(['done', 'skipped', 'failed']), note: nullable(Type.String()), failure: nullable(failureShape) }),
    ),
    children: Type.Array(messageSummary),
    calls: Type.Array(
      shape({
        path: Type.String(),
        effectId: Type.String(),
        connection: Type.String(),
        route: Type.String(),
        request: nullable(body),
        intentAt: instant,
        outcomeAt: nullable(instant),
        outcome: nullable(anyValue),
      }),
    ),
    changes: Type.Array(
      shape({ template: Type.String(), record: uuid, version: Type.Integer(), op: Type.String(), attributes: Type.Array(Type.String()), at: instant }),
    ),
    payload: Type.Optional(nullable(body)),
    reply: Type.Optional(nullable(body)),
  },
  { title: 'Message' },
);

const filterFields = {
  state: listOf(oneOf(messageStates)),
  direction: listOf(oneOf(messageDirections)),
  route: Type.Optional(Type.String({ maxLength: 128 })),
  from: Type.Optional(Type.String({ maxLength: 40 })),
  to: Type.Optional(Type.String({ maxLength: 40 })),
  key: Type.Optional(Type.String({ maxLength: 700, examples: ['order:A-17'] })),
};

const retried = shape({ id: uuid, retried: Type.Boolean(), state: nullable(oneOf(messageStates)) });

export const messageOperations = {
  listMessages: operation({
    id: 'listMessages', method: 'GET', path: '/api/v1/messages', tag: 'messages', permission: 'messages.view',
    summary: { ru: 'Список сообщений, новые первыми', en: 'List messages, newest first' },
    query: { ...filterFields, limit: pageSize, cursor },
    answers: { 200: { about: { ru: 'Страница', en: 'A page' }, schema: shape({ messages: Type.Array(messageSummary), cursor: nextCursor }) } },
    failures: ['route.unknown', 'store.page', 'store.cursor', 'store.instant'],
  }),
  getMessage: operation({
    id: 'getMessage', method: 'GET', path: '/api/v1/messages/{id}', tag: 'messages', permission: 'messages.view',
    summary: { ru: 'Весь путь сообщения', en: 'The whole way of a message' },
    about: { ru: 'Шаги, вызовы других систем с исходами, изменения записей, порождённые сообщения. Тела — только по запросу.', en: 'Steps, calls of other systems with their outcomes, changes of records, messages that it caused. Bodies only when asked for.' },
    params: { id: uuid },
    query: { payload: Type.Optional(Type.Boolean({ default: false })) },
    answers: { 200: { about: { ru: 'Сообщение', en: 'The message' }, schema: messageStory } },
    failures: ['message.unknown'],
  }),
  retryMessage: operation({
    id: 'retryMessage', method: 'POST', path: '/api/v1/messages/{id}/retry', tag: 'messages', permission: 'messages.edit',
    summary: { ru: 'Вернуть недоставленное в очередь', en: 'Put a dead letter back into its queue' },
    about: { ru: 'С прежним номером действия. Более поздние сообщения того же ключа порядка могли уже пройти.', en: 'With its old effect id. Younger messages of the same order key may have passed already.' },
    params: { id: uuid },
    answers: { 200: { about: { ru: 'Возвращено', en: 'Put back' }, schema: retried } },
    failures: ['message.unknown', 'message.notDead'],
  }),
  discardMessage: operation({
    id: 'discardMessage', method: 'POST', path: '/api/v1/messages/{id}/discard', tag: 'messages', permission: 'messages.edit',
    summary: { ru: 'Отказаться от недоставленного', en: 'Discard a dead letter' },
    params: { id: uuid },
    answers: { 200: { about: { ru: 'Больше не будет отправлено', en: 'It will not be sent any more' }, schema: shape({ id: uuid, state: oneOf(messageStates) }) } },
    failures: ['message.unknown', 'message.notDead'],
  }),
  retryMessages: operation({
    id: 'retryMessages', method: 'POST', path: '/api/v1/messages/retry', tag: 'messages', permission: 'messages.edit',
    summary: { ru: 'Вернуть в очередь много недоставленных', en: 'Put many dead letters back' },
    about: { ru: 'Либо по списку номеров, либо по маршруту, от старых к новым; за один вызов не больше предела, `more` — остались ещё.', en: 'By ids, or those of a route, oldest first; a call takes no more than the limit, `more` says that some are left.' },
    body: closed({
      ids: Type.Optional(Type.Array(uuid, { minItems: 1, maxItems: limits.bulkMessages.value })),
      route: Type.Optional(name),
    }),
    answers: { 200: { about: { ru: 'Что вышло с каждым', en: 'What came of each' }, schema: shape({ messages: Type.Array(retried), more: Type.Boolean() }) } },
    failures: ['route.unknown', 'http.exactlyOne'],
  }),
};
