/** The configuration as documents: plan, apply, export, history; addresses and secrets of this installation. */
import { Type } from 'typebox';
import { kinds } from '../core/configuration/object-document.ts';
import { limits } from '../core/limits.ts';
import { anyObject, anyValue, failureShape, instant, name, nullable, oneOf, cursor, nextCursor, pageSize } from './field.ts';
import { wholeList } from './list.ts';
import { ifNew, ifUnchanged } from './if-match.ts';
import { jobShape } from './jobs.ts';
import { type AnswerShape, closed, operation, shape } from './operation.ts';

export const documentKind = oneOf(kinds);

/** One place at which two documents differ. */
export const changeShape = shape({ path: Type.String(), op: oneOf(['added', 'removed', 'changed']), from: Type.Optional(anyValue), to: Type.Optional(anyValue), text: Type.String({ description: 'The change in words' }) });

const given = closed({
  documents: Type.Array(Type.Union([Type.String({ description: 'One document as YAML' }), anyObject], { description: 'One document' }), { maxItems: limits.configurationFiles.value }),
  prune: Type.Optional(Type.Boolean({ default: false })),
  hideRecords: Type.Optional(Type.Boolean({ default: false })),
  only: Type.Optional(Type.Array(closed({ kind: documentKind, name }), { minItems: 1, maxItems: limits.configurationFiles.value })),
  environment: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  base: Type.Optional(Type.Integer({ minimum: 0 })),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});

export const objectName = shape({ kind: documentKind, name: Type.String() });

export const findingShape = shape({ document: nullable(Type.Integer({ description: 'Its place among the documents' })), line: nullable(Type.Integer()), kind: nullable(Type.String()), name: nullable(Type.String()), path: Type.String(), code: Type.String(), text: Type.String() });

/** Records that name a role. */
export const roleRecords = Type.Array(shape({ role: Type.String(), template: Type.String(), attribute: Type.String(), count: Type.Integer() }), { description: 'Records that name a role that would be gone; they go on naming it' });

export const planShape = shape(
  {
    base: Type.Integer(),
    creates: Type.Array(objectName),
    changes: Type.Array(shape({ ...objectName.properties, details: Type.Array(changeShape) })),
    relaid: Type.Array(objectName),
    deletes: Type.Array(objectName),
    kept: Type.Array(objectName),
    hidden: Type.Array(shape({ template: Type.String(), count: Type.Integer() })),
    conversions: Type.Array(
      shape({
        template: Type.String(), attribute: Type.String(), from: Type.String(), to: Type.String(), restores: Type.Boolean(), rows: Type.Integer(), lost: Type.Integer(), changed: Type.Integer(), more: Type.Boolean(),
        samples: Type.Array(shape({ id: Type.String(), from: Type.String(), to: nullable(Type.String()) })), repeated: Type.Array(Type.String()),
      }),
    ),
    hiddenValues: Type.Array(shape({ template: Type.String(), attribute: Type.String(), count: Type.Integer() }), { description: 'Attributes that would be hidden, with the records that have a value' }),
    restoredValues: Type.Array(shape({ template: Type.String(), attribute: Type.String(), count: Type.Integer() }), { description: 'Hidden attributes that would come back, with the records that have a value' }),
    roleRecords,
    validations: Type.Array(shape({ template: Type.String(), attribute: Type.String(), rows: Type.Integer(), broken: Type.Integer(), more: Type.Boolean(), samples: Type.Array(Type.String()) }), { description: 'New rules of attributes that some records do not keep' }),
    findings: Type.Array(findingShape),
  },
  { title: 'Plan' },
);

/** What publishing answers: within the call, or by the job that goes on. */
export const published: Readonly<Record<200 | 202, AnswerShape>> = {
  200: { about: { ru: 'Опубликовано; без изменений версия прежняя', en: 'Published; without changes the revision stays' }, schema: shape({ revision: Type.Integer(), plan: planShape }) },
  202: {
    about: { ru: 'Преобразует значения задание; новая версия вступит в силу с его последним шагом', en: 'A job converts the values; the new revision comes into force with its last step' },
    schema: shape({ job: jobShape, plan: planShape }),
    headers: { Location: { ru: 'Адрес задания', en: 'Address of the job' } },
  },
};

export const configurationOperations = {
  getConfiguration: operation({
    id: 'getConfiguration', method: 'GET', path: '/api/v1/configuration', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Версия конфигурации и её объекты', en: 'Revision of the configuration, and its objects' },
    answers: {
      200: {
        about: { ru: 'Как её видит этот узел', en: 'As this node sees it' },
        schema: shape({ revision: Type.Integer(), environment: nullable(Type.String({ description: 'The active one; null for the first that each connection declares' })), objects: Type.Array(shape({ ...objectName.properties, version: Type.Integer() })), broken: Type.Array(shape({ kind: Type.String(), name: Type.String(), failure: failureShape })) }),
      },
    },
    failures: [],
  }),
  exportConfiguration: operation({
    id: 'exportConfiguration', method: 'GET', path: '/api/v1/configuration/export', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Выгрузить документы', en: 'Export the documents' },
    query: { revision: Type.Optional(Type.Integer({ minimum: 0 })) },
    answers: { 200: { about: { ru: 'Документы; секретов в них нет', en: 'The documents; they hold no secrets' }, schema: shape({ revision: Type.Integer(), documents: Type.Array(shape({ ...objectName.properties, version: Type.Integer(), yaml: Type.String(), document: anyObject })) }) } },
    failures: ['config.unknownRevision'],
  }),
  planConfiguration: operation({
    id: 'planConfiguration', method: 'POST', path: '/api/v1/configuration/plan', tag: 'configuration', permission: 'configuration.publish', reads: true,
    summary: { ru: 'Показать, что изменит применение', en: 'Show what applying would change' },
    body: given,
    bodyBytes: limits.configurationBodyBytes.value,
    answers: { 200: { about: { ru: 'План и всё, что мешает его выполнить', en: 'The plan and all that stands in its way' }, schema: planShape } },
    failures: ['config.changedMeanwhile'],
  }),
  applyConfiguration: operation({
    id: 'applyConfiguration', method: 'POST', path: '/api/v1/configuration/apply', tag: 'configuration', permission: 'configuration.publish', audit: 'own',
    summary: { ru: 'Применить и опубликовать документы', en: 'Apply and publish documents' },
    about: { ru: 'Целиком или никак. Ответ приходит, когда этот узел работает по новой версии. Если меняется тип атрибута с многими значениями, их преобразует задание: не кончившись за несколько секунд, оно идёт дальше само (202), и до его конца всё работает по прежней версии. Права проверяются по каждому объекту: нельзя опубликовать то, на что у самого прав нет.', en: 'Whole or not at all. Answered when this node works by the new revision. Where an attribute with many values changes its type, a job converts them: not over within seconds it goes on by itself (202), and until its end everything works by the former revision. Rights are checked object by object: nobody publishes what he has no right to.' },
    body: given,
    bodyBytes: limits.configurationBodyBytes.value,
    answers: published,
    failures: ['config.invalid', 'config.changedMeanwhile', 'config.publishing', 'template.busy', 'access.objectsForbidden', 'config.nameEnvironment', 'config.otherEnvironment'],
  }),
  listRevisions: operation({
    id: 'listRevisions', method: 'GET', path: '/api/v1/configuration/revisions', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Кто и когда публиковал', en: 'Who published and when' },
    query: { limit: pageSize, cursor },
    answers: { 200: { about: { ru: 'Новые первыми', en: 'Newest first' }, schema: shape({ revisions: Type.Array(shape({ revision: Type.Integer(), at: instant, by: Type.String(), note: Type.String() })), cursor: nextCursor }) } },
    failures: ['query.cursor'],
  }),
  setAddresses: operation({
    id: 'setAddresses', method: 'PUT', path: '/api/v1/configuration/addresses', tag: 'configuration', permission: 'configuration.edit', audit: 'own',
    summary: { ru: 'Задать адреса этой установки', en: 'Set addresses of this installation' },
    about: { ru: 'На них документы ссылаются как ${address:имя}. null убирает; не названные остаются.', en: 'Documents name them as ${address:name}. null removes; those not named stay.' },
    body: closed({ addresses: Type.Unsafe<Record<string, string | number | null>>({ type: 'object', additionalProperties: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] } }) }),
    answers: { 200: { about: { ru: 'Задано', en: 'Set' }, schema: shape({ revision: nullable(Type.Integer({ description: 'The new one, null when nothing differed' })) }) } },
    failures: ['address.value'],
  }),
  listSecrets: wholeList(
    {
      id: 'listSecrets', method: 'GET', path: '/api/v1/secrets', tag: 'secrets', permission: 'secrets.view',
      summary: { ru: 'Имена секретов', en: 'List the names of secrets' },
      answers: { 200: { about: { ru: 'Без значений', en: 'Without their values' }, schema: shape({ secrets: Type.Array(shape({ name: Type.String(), version: Type.Integer(), setAt: instant, setBy: Type.String(), expiresAt: nullable(instant), state: oneOf(['good', 'expiring', 'expired']) })) }) } },
      failures: [],
    },
    { items: 'secrets', key: ['name'], fields: ['name', 'version', 'setAt', 'setBy', 'expiresAt', 'state'] },
  ),
  setSecret: operation({
    id: 'setSecret', method: 'PUT', path: '/api/v1/secrets/{name}', tag: 'secrets', permission: 'secrets.edit', audit: 'own', secret: true,
    summary: { ru: 'Задать секрет', en: 'Set a secret' },
    about: { ru: 'Прочитать его через API нельзя. Для If-Match — `version` из списка.', en: 'It cannot be read through the API. For If-Match: `version` of the list.' },
    params: { name },
    headers: { ...ifUnchanged, ...ifNew },
    body: closed({ value: Type.String({ minLength: 1, format: 'password' }), expiresAt: Type.Optional(nullable(Type.String({ maxLength: 40, description: 'An instant at which the other side will refuse it' }))) }),
    answers: { 204: { about: { ru: 'Сохранён', en: 'Stored' } } },
    failures: ['http.staleEdit', 'http.alreadyThere', 'secret.name', 'secret.tooLong', 'secret.otherKey', 'account.expiry'],
  }),
};
