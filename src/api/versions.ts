/** Published versions of one configuration object: to look at, compare and restore. */
import { Type } from 'typebox';
import { changeShape, documentKind } from './configuration.ts';
import { draftShape, draftSaved } from './draft-shape.ts';
import { anyObject, instant, name, nextCursor, nullable, cursor, pageSize } from './field.ts';
import { closed, operation, shape, type Text } from './operation.ts';

const object = { kind: documentKind, name };
const versionNumber = Type.String({ pattern: '^[1-9]\\d{0,8}$', examples: ['3'] });

const versionFields = {
  kind: documentKind,
  name: Type.String(),
  version: Type.Integer(),
  revision: Type.Integer({ description: 'The publication that brought it' }),
  at: instant,
  by: Type.String(),
  note: Type.String(),
  deleted: Type.Boolean({ description: 'This version is the deletion of the object' }),
};

const text = { yaml: nullable(Type.String()), document: nullable(anyObject) };
const ETag: Text = { ru: 'Номер версии', en: 'The number of the version' };

export const versionOperations = {
  getObject: operation({
    id: 'getObject', method: 'GET', path: '/api/v1/configuration/objects/{kind}/{name}', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Показать опубликованный объект и его черновик', en: 'Show a published object and its draft' },
    params: object,
    answers: { 200: { about: { ru: 'Объект', en: 'The object' }, schema: shape({ ...versionFields, yaml: Type.String(), document: anyObject, draft: nullable(draftShape) }), headers: { ETag } } },
    failures: ['config.unknownObject'],
  }),
  listVersions: operation({
    id: 'listVersions', method: 'GET', path: '/api/v1/configuration/objects/{kind}/{name}/versions', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Список версий объекта', en: 'List the versions of an object' },
    params: object,
    query: { limit: pageSize, cursor },
    answers: { 200: { about: { ru: 'Новые первыми', en: 'Newest first' }, schema: shape({ versions: Type.Array(shape(versionFields, { title: 'Version' })), cursor: nextCursor }) } },
    failures: ['config.unknownObject', 'query.cursor'],
  }),
  getVersion: operation({
    id: 'getVersion', method: 'GET', path: '/api/v1/configuration/objects/{kind}/{name}/versions/{version}', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Показать версию объекта', en: 'Show a version of an object' },
    params: { ...object, version: versionNumber },
    answers: { 200: { about: { ru: 'Версия; у удаления нет документа', en: 'The version; a deletion has no document' }, schema: shape({ ...versionFields, ...text }), headers: { ETag } } },
    failures: ['config.unknownVersion'],
  }),
  compareVersions: operation({
    id: 'compareVersions', method: 'GET', path: '/api/v1/configuration/objects/{kind}/{name}/comparison', tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Сравнить две версии объекта', en: 'Compare two versions of an object' },
    about: { ru: '`draft` — черновик, без `to` — то, что опубликовано сейчас. Сравниваются данные; `layout` говорит, что отличаются лишь комментарии, порядок или переносы.', en: '`draft` is the draft; without `to` what is published now. Data is compared; `layout` says that only comments, order or line breaks differ.' },
    params: object,
    query: { from: Type.String({ pattern: '^([1-9]\\d{0,8}|draft)$', examples: ['3'] }), to: Type.Optional(Type.String({ pattern: '^([1-9]\\d{0,8}|draft)$', examples: ['draft'] })) },
    answers: {
      200: {
        about: { ru: 'Чем вторая отличается от первой', en: 'How the second differs from the first' },
        schema: shape({ from: Type.String(), to: Type.String(), changes: Type.Array(changeShape), layout: Type.Boolean() }),
      },
    },
    failures: ['config.unknownVersion', 'config.unknownObject', 'config.deletedVersion', 'config.invalid', 'draft.none'],
  }),
  restoreVersion: operation({
    id: 'restoreVersion', method: 'POST', path: '/api/v1/configuration/objects/{kind}/{name}/versions/{version}/restore', tag: 'configuration', permission: 'configuration.publish',
    summary: { ru: 'Вернуть версию: черновиком', en: 'Restore a version as a draft' },
    about: { ru: 'Черновик получает текст той версии; опубликуйте его, как любой другой.', en: 'The draft gets the text of that version; publish it like any other.' },
    params: { ...object, version: versionNumber },
    body: closed({ takeOver: Type.Optional(Type.Boolean({ default: false })) }),
    answers: { 200: { ...draftSaved, about: { ru: 'Черновик', en: 'The draft' } } },
    failures: ['config.unknownVersion', 'config.deletedVersion', 'draft.taken', 'draft.tooMany'],
  }),
};
