/** Templates: what records are made of. */
import { Type } from 'typebox';
import { scalarTypes } from '../core/template.ts';
import { anyObject, anyValue, instant, name, nullable, oneOf } from './field.ts';
import { jobStarted, problemBudget } from './jobs.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape } from './operation.ts';

const attribute = shape({
  name: Type.String(),
  type: oneOf([...scalarTypes, 'record']),
  required: Type.Boolean(),
  unique: Type.Optional(Type.Boolean()),
  indexed: Type.Optional(Type.Boolean({ description: 'Conditions and orders that name it are answered by an index' })),
  searchable: Type.Optional(Type.Boolean({ description: 'Full text search looks into it' })),
  order: Type.Optional(oneOf(['natural'], 'Sorted without regard to capitals, е and ё together; absent: by code point')),
  default: Type.Optional(anyValue),
  decimals: Type.Optional(Type.Integer()),
  values: Type.Optional(Type.Array(Type.String())),
  mask: Type.Optional(Type.String({ description: 'What a text has to look like: a known mask, or a pattern of one\'s own' })),
  schemes: Type.Optional(Type.Array(Type.String(), { description: 'Of a hyperlink: the schemes it may have' })),
  validationExpression: Type.Optional(Type.String({ description: 'What has to hold whenever a record is saved' })),
  validationMessage: Type.Optional(shape({ ru: Type.Optional(Type.String()), en: Type.Optional(Type.String()) })),
  calculated: Type.Optional(Type.String({ description: 'The expression that gives the value whenever it is read' })),
  template: Type.Optional(Type.String({ description: 'Of a link: the template linked to' })),
  multiple: Type.Optional(Type.Boolean()),
  inverse: Type.Optional(nullable(Type.String())),
  deleteLinked: Type.Optional(Type.Boolean()),
});

const template = shape(
  { name: Type.String(), version: Type.Integer(), titleAttribute: nullable(Type.String()), referenceData: nullable(shape({ carried: Type.Boolean({ description: 'Its records travel with the configuration' }), keyAttribute: nullable(Type.String()) })), attributes: Type.Array(attribute) },
  { title: 'Template' },
);

export const templateOperations = {
  listTemplates: wholeList(
    {
      id: 'listTemplates', method: 'GET', path: '/api/v1/templates', tag: 'templates', permission: 'templates.view',
      summary: { ru: 'Список шаблонов записей', en: 'List templates' },
      answers: { 200: { about: { ru: 'Все шаблоны', en: 'All templates' }, schema: shape({ templates: Type.Array(template) }) } },
      failures: [],
    },
    { items: 'templates', key: ['name'], fields: ['name', 'version'] },
  ),
  getTemplate: operation({
    id: 'getTemplate', method: 'GET', path: '/api/v1/templates/{name}', tag: 'templates', permission: 'templates.view',
    summary: { ru: 'Показать шаблон', en: 'Show a template' },
    params: { name },
    answers: { 200: { about: { ru: 'Шаблон', en: 'The template' }, schema: template } },
    failures: ['record.unknownTemplate'],
  }),
  listHiddenAttributes: wholeList(
    {
      id: 'listHiddenAttributes', method: 'GET', path: '/api/v1/hidden-attributes', tag: 'templates', permission: 'configuration.view',
      summary: { ru: 'Скрытые атрибуты', en: 'Hidden attributes' },
      about: { ru: 'Их значения хранятся до `droppedAfter`. Вернуть атрибут со значениями: POST /api/v1/hidden-attributes/restoration. `convertedTo` — атрибут, к которому значения перешли при смене типа.', en: 'Their values are kept until `droppedAfter`. To bring one back with its values: POST /api/v1/hidden-attributes/restoration. `convertedTo` is the attribute that took the values over when the type changed.' },
      answers: { 200: { about: { ru: 'Атрибуты', en: 'The attributes' }, schema: shape({ attributes: Type.Array(shape({ template: Type.String(), attribute: Type.String(), type: Type.String(), hiddenAt: instant, droppedAfter: instant, convertedTo: nullable(Type.String()) })) }) } },
      failures: [],
    },
    { items: 'attributes', key: ['template', 'attribute', 'type', 'hiddenAt'], fields: ['template', 'attribute', 'type', 'hiddenAt', 'droppedAfter'] },
  ),
  previewClearing: operation({
    id: 'previewClearing', method: 'GET', path: '/api/v1/templates/{name}/clearing', tag: 'templates', permission: 'records.edit',
    summary: { ru: 'Что удалит очистка шаблона', en: 'What clearing a template would delete' },
    about: { ru: 'Все записи шаблона, архивные тоже, и то, чем они владеют через deleteLinked. Ничего не меняется. `total` нужно передать в очистку как `expected`.', en: 'All records of the template, archived ones included, and what they own through deleteLinked. Nothing changes. Clearing asks for `total` as `expected`.' },
    params: { name },
    answers: { 200: { about: { ru: 'Сколько записей', en: 'How many records' }, schema: shape({ total: Type.Integer(), records: Type.Array(shape({ template: Type.String(), count: Type.Integer() })) }) } },
    failures: ['record.unknownTemplate'],
  }),
  clearTemplate: operation({
    id: 'clearTemplate', method: 'POST', path: '/api/v1/templates/{name}/clearing', tag: 'templates', permission: 'records.edit',
    summary: { ru: 'Очистить шаблон: удалить все записи', en: 'Clear a template: delete all its records' },
    about: { ru: 'Заданием, частями: его видно, можно отменить (удалённое не вернётся) и продолжить. Сценарии не запускаются. Запись, на которую ссылается другой шаблон, остаётся и названа среди проблем задания. Новые записи, которые появятся за это время, удаляются тоже.', en: 'By a job, set by set: it can be watched, cancelled (what is gone is gone) and resumed. No scenario is started. A record that another template links to stays and is named among the problems of the job. Records made meanwhile go as well.' },
    params: { name },
    body: closed({ expected: Type.Integer({ minimum: 0 }), problemBudget }),
    answers: { 202: jobStarted },
    failures: ['record.unknownTemplate', 'record.deletionChanged'],
  }),
  getRecordSchema: operation({
    id: 'getRecordSchema', method: 'GET', path: '/api/v1/templates/{name}/schema', tag: 'templates', permission: 'records.view',
    summary: { ru: 'JSON Schema записей шаблона', en: 'JSON Schema of a template\'s records' },
    about: { ru: '`use`: `read` — что читают, `create` и `change` — что можно прислать.', en: '`use`: `read` is what is read, `create` and `change` what may be sent.' },
    params: { name },
    query: { use: Type.Optional(oneOf(['read', 'create', 'change'])) },
    answers: { 200: { about: { ru: 'Схема', en: 'The schema' }, schema: anyObject } },
    failures: ['record.unknownTemplate'],
  }),
};
