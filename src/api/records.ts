/** Records of templates. A record is an object of its attributes; system attributes begin with `_`. */
import { Type } from 'typebox';
import { aggregateOps, dateUnits } from '../core/aggregate-words.ts';
import type { Value } from '../core/value.ts';
import { limits } from '../core/limits.ts';
import { anyObject, cursor, failureShape, listOf, name, nextCursor, nullable, oneOf, pageSize, uuid } from './field.ts';
import { jobStarted, problemBudget } from './jobs.ts';
import { closed, operation, shape, type AnswerShape, type Text } from './operation.ts';

/** Shown in the document under components; its form is checked with the template at hand. */
export const recordFilter = Type.Unsafe<Value>({ $ref: '#/components/schemas/Filter' });

export const filterSchema = {
  oneOf: [
    { type: 'object', required: ['op', 'of'], properties: { op: { enum: ['and', 'or'] }, of: { type: 'array', items: { $ref: '#/components/schemas/Filter' } } }, additionalProperties: false },
    { type: 'object', required: ['op', 'of'], properties: { op: { const: 'not' }, of: { $ref: '#/components/schemas/Filter' } }, additionalProperties: false },
    {
      type: 'object', required: ['op', 'attribute', 'value'], additionalProperties: false,
      properties: { op: { enum: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'startsWith', 'in'] }, attribute: { type: 'string' }, value: { description: 'A value of the attribute; for `in` a list of them' } },
    },
    { type: 'object', required: ['op', 'attribute'], properties: { op: { enum: ['isNull', 'isNotNull'] }, attribute: { type: 'string' } }, additionalProperties: false },
    { type: 'object', required: ['op', 'attribute', 'record'], properties: { op: { const: 'linked' }, attribute: { type: 'string' }, record: { type: 'string' } }, additionalProperties: false },
  ],
  examples: [{ op: 'and', of: [{ op: 'eq', attribute: 'state', value: 'new' }, { op: 'ge', attribute: 'total', value: 100 }] }],
};

export const expandSchema = {
  anyOf: [
    { type: 'string', minLength: 1, maxLength: 512, description: 'A link; `link.link` goes deeper' },
    {
      type: 'object', required: ['link'], additionalProperties: false,
      properties: {
        link: { type: 'string', minLength: 1, maxLength: 512 },
        limit: { type: 'integer', minimum: 1, maximum: limits.pageRows.value, default: limits.expandedAtOnce.value, description: 'Records of a multiple link; the cursor of the rest stands in `_more`' },
        select: { type: 'array', items: { type: 'string', maxLength: 512 }, maxItems: 100 },
        expand: { type: 'array', items: { $ref: '#/components/schemas/Expand' }, maxItems: 100 },
      },
    },
  ],
  examples: ['customer', { link: 'lines', limit: 20, select: ['qty', 'product.name'] }],
};

export const record = Type.Unsafe<Record<string, unknown>>({
  title: 'Record',
  type: 'object',
  required: ['id', '_version'],
  properties: {
    id: { type: 'string' }, _version: { type: 'integer' }, _createdAt: { type: 'string' }, _createdBy: { type: ['string', 'null'] }, _changedAt: { type: 'string' },
    _changedBy: { type: ['string', 'null'] }, _archived: { type: 'boolean' }, _origin: { type: 'string' },
  },
});

const template = { template: name };
const one = { template: name, id: uuid };
const links = listOf(Type.String({ maxLength: 128 }));
const select = listOf(Type.String({ maxLength: 512 }));
const expandPaths = listOf(Type.String({ maxLength: 512 }));
const expand = Type.Optional(Type.Unsafe<Value[]>({ type: 'array', items: { $ref: '#/components/schemas/Expand' }, maxItems: 100 }));
export const search = Type.Optional(Type.String({ minLength: 1, maxLength: limits.searchCharacters.value }));
export const savedFilter = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }));
export const sort = listOf(Type.String({ maxLength: 129 }));
const count = Type.Optional(Type.Boolean({ default: false }));
const archived = Type.Optional(oneOf(['without', 'with', 'only']));
const ETag: Text = { ru: 'Номер изменения записи, для If-Match', en: 'The number of the record\'s change, for If-Match' };
const ifMatch = { 'If-Match': { ru: 'Записать, только если запись не изменилась: ETag или номер изменения', en: 'Write only if the record has not changed: an ETag or a number of the change' } };
const shown: AnswerShape = { about: { ru: 'Запись', en: 'The record' }, schema: record, headers: { ETag } };
const created: AnswerShape = { about: { ru: 'Создана', en: 'Created' }, schema: record, headers: { ETag, Location: { ru: 'Адрес записи', en: 'Address of the record' } } };
const hits = Type.Array(
  shape({
    id: Type.String(),
    attributes: Type.Array(shape({ attribute: Type.String(), fragment: Type.Array(shape({ text: Type.String({ description: 'Plain text, to be escaped where it is shown' }), match: Type.Boolean({ description: 'It is what was looked for' }) })) })),
  }),
  { description: 'Of a search, in the order of the records: in which attributes it was found, with a piece of each' },
);

const page: AnswerShape = { about: { ru: 'Страница', en: 'A page' }, schema: shape({ records: Type.Array(record), cursor: nextCursor, count: Type.Optional(Type.Integer()), ranked: Type.Optional(Type.Boolean({ description: 'Of a search without a sort: the best first; otherwise too many were found, and the newest come first' })), hits: Type.Optional(hits) }) };
const manyOf = (items: object) => Type.Optional(Type.Unsafe<Value[]>({ type: 'array', items, maxItems: 100 }));
const groupItem = { anyOf: [{ type: 'string' }, { type: 'object', required: ['attribute'], additionalProperties: false, properties: { attribute: { type: 'string' }, unit: { type: 'string', enum: dateUnits }, zone: { type: 'string' }, name: { type: 'string' } } }] };
const figureItem = { anyOf: [{ type: 'string' }, { type: 'object', required: ['op'], additionalProperties: false, properties: { op: { type: 'string', enum: aggregateOps }, attribute: { type: 'string' }, name: { type: 'string' } } }] };
const zone = Type.Optional(Type.String({ maxLength: 64, default: 'UTC' }));
const sortGroups = listOf(Type.String({ maxLength: 200 }));
const figures: AnswerShape = { about: { ru: 'Группы с итогами; `more` — есть ещё группы', en: 'Groups with their figures; `more`: there are further groups' }, schema: shape({ groups: Type.Array(shape({ by: anyObject, values: anyObject })), more: Type.Boolean() }) };
const expandFailures = ['query.notLink', 'query.expandTooDeep', 'query.expandTooWide', 'query.expandedTooMany'] as const;
const searchFailures = ['query.notSearchable', 'query.searchEmpty', 'query.searchTooLong'] as const;
const savedFailures = ['savedFilter.unknown', 'savedFilter.several', 'savedFilter.broken'] as const;
export const queryFailures = [...savedFailures, ...searchFailures, 'query.unindexed', 'query.tooSlow', ...expandFailures, 'record.unknownTemplate', 'query.unknownAttribute', 'query.wrongValue', 'query.comparison', 'query.sort', 'query.tooComplex', 'query.cursor', 'query.shape'] as const;
const writeFailures = ['record.unknownTemplate', 'run.values', 'record.notUnique', 'record.linkMissing', 'run.validation'] as const;

export const recordOperations = {
  listRecords: operation({
    id: 'listRecords', method: 'GET', path: '/api/v1/records/{template}', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Список записей', en: 'List records' },
    params: template,
    query: {
      eq: listOf(Type.String({ maxLength: 2_000 }), true),
      filter: Type.Optional(Type.String({ maxLength: 16_000 })),
      savedFilter, search, sort, limit: pageSize, cursor, links, select, expand: expandPaths, count, archived,
    },
    answers: { 200: page },
    failures: queryFailures,
  }),
  queryRecords: operation({
    id: 'queryRecords', method: 'POST', path: '/api/v1/records/{template}/query', tag: 'records', permission: 'records.view', records: 'read', reads: true,
    summary: { ru: 'Найти записи по условиям', en: 'Query records' },
    params: template,
    body: closed({ filter: Type.Optional(recordFilter), savedFilter, search, sort, limit: pageSize, cursor, links, select, expand, count, archived }),
    answers: { 200: page },
    failures: queryFailures,
  }),
  listFigures: operation({
    id: 'listFigures', method: 'GET', path: '/api/v1/records/{template}/aggregate', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Итоги по записям', en: 'Figures over records' },
    about: { ru: 'Как POST, в адресе: `groupBy=state,_createdAt:month&values=count,sum:total`.', en: 'Like POST, in the address: `groupBy=state,_createdAt:month&values=count,sum:total`.' },
    params: template,
    query: {
      eq: listOf(Type.String({ maxLength: 2_000 }), true),
      filter: Type.Optional(Type.String({ maxLength: 16_000 })),
      savedFilter, search, groupBy: listOf(Type.String({ maxLength: 200 })), values: listOf(Type.String({ maxLength: 200 })), zone, sort: sortGroups, limit: pageSize, archived,
    },
    answers: { 200: figures },
    failures: [...queryFailures, 'query.aggregate', 'query.zone'],
  }),
  aggregateRecords: operation({
    id: 'aggregateRecords', method: 'POST', path: '/api/v1/records/{template}/aggregate', tag: 'records', permission: 'records.view', records: 'read', reads: true,
    summary: { ru: 'Итоги по записям: количество, суммы, средние, по группам', en: 'Figures over records: counts, sums, averages, by groups' },
    about: {
      ru: 'Группы — атрибуты; даты и время можно округлить: `атрибут:month` (hour, day, week, month, quarter, year) в часовом поясе `zone`. Итоги: `count`, `count:атрибут` (заполненных), `countDistinct:`, `sum:`, `avg:`, `min:`, `max:`. Числа точные. Ссылка на запись, которую видеть нельзя, считается пустой.',
      en: 'Groups are attributes; dates and instants may be rounded: `attribute:month` (hour, day, week, month, quarter, year) in the time zone `zone`. Figures: `count`, `count:attribute` (of filled ones), `countDistinct:`, `sum:`, `avg:`, `min:`, `max:`. Numbers are exact. A link to a record that may not be seen counts as empty.',
    },
    params: template,
    body: closed({ filter: Type.Optional(recordFilter), savedFilter, search, groupBy: manyOf(groupItem), values: manyOf(figureItem), zone, sort: sortGroups, limit: pageSize, archived }),
    answers: { 200: figures },
    failures: [...queryFailures, 'query.aggregate', 'query.zone'],
  }),
  createRecord: operation({
    id: 'createRecord', method: 'POST', path: '/api/v1/records/{template}', tag: 'records', permission: 'records.edit', records: 'create', audit: 'none',
    summary: { ru: 'Создать запись', en: 'Create a record' },
    params: template,
    body: anyObject,
    answers: { 201: created },
    failures: writeFailures,
  }),
  upsertRecord: operation({
    id: 'upsertRecord', method: 'PUT', path: '/api/v1/records/{template}', tag: 'records', permission: 'records.edit', records: 'edit', audit: 'none',
    summary: { ru: 'Создать или изменить по ключу', en: 'Create or change by key' },
    about: { ru: '`by` называет атрибуты ключа; их значения берутся из тела. Ни одной записи — создаётся, одна — меняется, несколько — отказ, и ничего не меняется.', en: '`by` names the attributes of the key, whose values are in the body. No such record: created; one: changed; several: refused, and nothing changes.' },
    params: template,
    query: { by: Type.Unsafe<string[]>({ type: 'array', items: { type: 'string', minLength: 1, maxLength: 128 }, minItems: 1, maxItems: 8 }) },
    body: anyObject,
    answers: { 200: { ...shown, about: { ru: 'Изменена', en: 'Changed' } }, 201: created },
    failures: [...writeFailures, 'run.severalMatches', 'run.keyMissing'],
  }),
  getRecord: operation({
    id: 'getRecord', method: 'GET', path: '/api/v1/records/{template}/{id}', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Показать запись', en: 'Show a record' },
    params: one,
    query: { links, select, expand: expandPaths },
    answers: { 200: shown },
    failures: ['record.unknownTemplate', 'record.unknown', 'query.unknownAttribute', ...expandFailures],
  }),
  listLinkedRecords: operation({
    id: 'listLinkedRecords', method: 'GET', path: '/api/v1/records/{template}/{id}/links/{attribute}', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Записи по множественной ссылке', en: 'Records of a multiple link' },
    about: { ru: 'В том порядке, в каком их связывали. Курсор из `_more` раскрытой ссылки продолжает здесь.', en: 'In the order in which they were linked. The cursor in `_more` of an expanded link goes on here.' },
    params: { ...one, attribute: name },
    query: { limit: pageSize, cursor, select, expand: expandPaths },
    answers: { 200: page },
    failures: ['record.unknownTemplate', 'record.unknown', 'query.unknownAttribute', 'query.wrongValue', 'query.cursor', ...expandFailures],
  }),
  changeRecord: operation({
    id: 'changeRecord', method: 'PATCH', path: '/api/v1/records/{template}/{id}', tag: 'records', permission: 'records.edit', records: 'edit', audit: 'none',
    summary: { ru: 'Изменить запись', en: 'Change a record' },
    about: { ru: 'Меняются только названные атрибуты; null очищает; множественная ссылка заменяется целиком.', en: 'Only the attributes named change; null clears; a multiple link is replaced as a whole.' },
    params: one,
    headers: ifMatch,
    body: anyObject,
    answers: { 200: shown },
    failures: [...writeFailures, 'run.recordGone', 'http.preconditionFailed'],
  }),
  editRecords: operation({
    id: 'editRecords', method: 'POST', path: '/api/v1/records/{template}/edits', tag: 'records', permission: 'records.edit',
    summary: { ru: 'Изменить все записи по условию', en: 'Change all records of a condition' },
    about: { ru: 'Ставит задание: записи меняются частями по 500, каждая часть — одной транзакцией. Без условия нужно `all: true`.', en: 'Queues a job: the records are changed in sets of 500, each in one transaction. Without a condition `all: true` is needed.' },
    params: template,
    body: closed({ filter: Type.Optional(recordFilter), all: Type.Optional(Type.Boolean({ default: false })), values: anyObject, problemBudget }),
    answers: { 202: jobStarted },
    failures: [...queryFailures, ...writeFailures, 'http.exactlyOne'],
  }),
  deleteRecord: operation({
    id: 'deleteRecord', method: 'DELETE', path: '/api/v1/records/{template}/{id}', tag: 'records', permission: 'records.edit', records: 'delete', audit: 'none',
    summary: { ru: 'Удалить запись', en: 'Delete a record' },
    params: one,
    query: { expected: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })) },
    headers: ifMatch,
    answers: { 204: { about: { ru: 'Удалена', en: 'Deleted' } } },
    failures: ['record.unknownTemplate', 'record.stillLinked', 'record.deletionChanged', 'run.recordGone', 'http.preconditionFailed', 'run.validation'],
  }),
  archiveRecord: operation({
    id: 'archiveRecord', method: 'POST', path: '/api/v1/records/{template}/{id}/archive', tag: 'records', permission: 'records.edit', records: 'edit', audit: 'none',
    summary: { ru: 'Убрать запись в архив', en: 'Archive a record' },
    about: { ru: 'Запись остаётся, ссылки на неё тоже; списки показывают её, только если попросить: `archived`.', en: 'The record stays, and so do links to it; lists show it only when asked by `archived`.' },
    params: one,
    headers: ifMatch,
    answers: { 200: shown },
    failures: ['record.unknownTemplate', 'run.recordGone', 'http.preconditionFailed', 'run.validation'],
  }),
  restoreRecord: operation({
    id: 'restoreRecord', method: 'POST', path: '/api/v1/records/{template}/{id}/restore', tag: 'records', permission: 'records.edit', records: 'edit', audit: 'none',
    summary: { ru: 'Вернуть запись из архива', en: 'Bring a record back from the archive' },
    params: one,
    headers: ifMatch,
    answers: { 200: shown },
    failures: ['record.unknownTemplate', 'run.recordGone', 'http.preconditionFailed', 'run.validation'],
  }),
  cloneRecord: operation({
    id: 'cloneRecord', method: 'POST', path: '/api/v1/records/{template}/{id}/clone', tag: 'records', permission: 'records.edit', records: 'create', audit: 'none',
    summary: { ru: 'Скопировать запись', en: 'Copy a record' },
    about: {
      ru: 'Ссылки остаются общими, а то, чем запись владеет (`deleteLinked`), копируется вместе с ней на `depth` уровней. Уникальные значения не копируются, их задаёт `values`.',
      en: 'Links are shared; what the record owns (`deleteLinked`) is copied with it, `depth` levels down. Unique values are not copied: `values` gives them.',
    },
    params: one,
    body: closed({ depth: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.cloneDepth.value, default: 0 })), values: Type.Optional(anyObject) }),
    answers: { 201: created },
    failures: [...writeFailures, 'run.recordGone', 'run.cloneTooMany'],
  }),
  previewDeletion: operation({
    id: 'previewDeletion', method: 'GET', path: '/api/v1/records/{template}/{id}/deletion', tag: 'records', permission: 'records.view', records: 'read',
    summary: { ru: 'Что будет удалено вместе с записью', en: 'What would be deleted with a record' },
    about: { ru: 'Ничего не меняется. `total` можно передать в DELETE как `expected`: если с тех пор стало больше или меньше, удаления не будет.', en: 'Nothing changes. `total` may be given to DELETE as `expected`: when there are more or fewer by then, nothing is deleted.' },
    params: one,
    answers: { 200: { about: { ru: 'Сколько записей каких шаблонов', en: 'How many records of which templates' }, schema: shape({ total: Type.Integer(), records: Type.Array(shape({ template: Type.String(), count: Type.Integer() })), refusal: nullable(failureShape) }) } },
    failures: ['record.unknownTemplate', 'run.recordGone'],
  }),
  changeLinks: operation({
    id: 'changeLinks', method: 'POST', path: '/api/v1/records/{template}/{id}/links/{attribute}', tag: 'records', permission: 'records.edit', records: 'edit', audit: 'none',
    summary: { ru: 'Добавить и исключить связи', en: 'Add and exclude links' },
    about: { ru: 'Для множественной ссылки. Исключённая запись не удаляется.', en: 'For a multiple link. An excluded record is not deleted.' },
    params: { ...one, attribute: name },
    headers: ifMatch,
    body: closed({ add: Type.Optional(Type.Array(uuid, { maxItems: 1_000 })), exclude: Type.Optional(Type.Array(uuid, { maxItems: 1_000 })) }),
    answers: { 200: shown },
    failures: [...writeFailures, 'run.recordGone', 'run.notMultiple', 'http.preconditionFailed'],
  }),
};
