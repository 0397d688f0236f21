/** Drafts: changed objects that are not in force yet. */
import { Type } from 'typebox';
import { limits } from '../core/limits.ts';
import { documentKind, planShape, published } from './configuration.ts';
import { draftSaved, draftShape } from './draft-shape.ts';
import { anyObject, name } from './field.ts';
import { wholeList } from './list.ts';
import { ifNew } from './if-match.ts';
import { closed, operation, shape } from './operation.ts';

const object = { kind: documentKind, name };
const path = '/api/v1/configuration/objects/{kind}/{name}/draft';
const ifMatch = { 'If-Match': { ru: 'Только если черновик не сохранён снова: его ETag', en: 'Only if the draft has not been saved again: its ETag' } };
const takeOver = Type.Optional(Type.Boolean({ default: false }));
const chosen = {
  objects: Type.Array(closed(object), { minItems: 1, maxItems: limits.configurationFiles.value }),
  hideRecords: Type.Optional(Type.Boolean({ default: false })),
};

export const draftOperations = {
  listDrafts: wholeList(
    {
      id: 'listDrafts', method: 'GET', path: '/api/v1/configuration/drafts', tag: 'configuration', permission: 'configuration.view',
      summary: { ru: 'Список черновиков', en: 'List drafts' },
      about: { ru: 'Кто над чем работает. `outdated` — объект за это время опубликован другим.', en: 'Who works on what. `outdated`: the object was published by somebody else meanwhile.' },
      answers: { 200: { about: { ru: 'Все черновики', en: 'All drafts' }, schema: shape({ drafts: Type.Array(draftShape) }) } },
      failures: [],
    },
    { items: 'drafts', key: ['kind', 'name'], fields: ['kind', 'name'] },
  ),
  getDraft: operation({
    id: 'getDraft', method: 'GET', path, tag: 'configuration', permission: 'configuration.view',
    summary: { ru: 'Показать черновик', en: 'Show a draft' },
    params: object,
    answers: { 200: { ...draftSaved, about: { ru: 'Черновик', en: 'The draft' } } },
    failures: ['draft.none'],
  }),
  saveDraft: operation({
    id: 'saveDraft', method: 'PUT', path, tag: 'configuration', permission: 'configuration.publish',
    summary: { ru: 'Сохранить черновик', en: 'Save a draft' },
    about: {
      ru: 'Принимается и с ошибками: их покажет проверка. Ровно одно из: `yaml`, `document`, `deletes`. `base` — версия, с которой сверен текст; без него у нового черновика — опубликованная сейчас, у прежнего — прежняя. Черновик другого человека не меняется (409 называет, кто и когда).',
      en: 'Taken with mistakes, too: a validation shows them. Exactly one of `yaml`, `document` and `deletes`. `base` is the version that the text was compared with; without it a new draft has the one published now, an old one keeps its own. A draft of somebody else is left alone (409 says whose it is, and since when).',
    },
    params: object,
    headers: { ...ifMatch, ...ifNew },
    body: closed({
      yaml: Type.Optional(Type.String({ maxLength: limits.configurationFileBytes.value })),
      document: Type.Optional(anyObject),
      deletes: Type.Optional(Type.Boolean()),
      base: Type.Optional(Type.Integer({ minimum: 0 })),
      takeOver,
    }),
    answers: { 200: draftSaved },
    failures: ['http.alreadyThere', 'http.exactlyOne', 'config.systemName', 'config.tooLarge', 'draft.taken', 'draft.changed', 'draft.tooMany'],
  }),
  discardDraft: operation({
    id: 'discardDraft', method: 'DELETE', path, tag: 'configuration', permission: 'configuration.publish',
    summary: { ru: 'Выбросить черновик', en: 'Discard a draft' },
    params: object,
    query: { takeOver },
    headers: ifMatch,
    answers: { 204: { about: { ru: 'Выброшен; опубликованное не изменилось', en: 'Discarded; what is published has not changed' } } },
    failures: ['draft.none', 'draft.taken', 'draft.changed'],
  }),
  validateDrafts: operation({
    id: 'validateDrafts', method: 'POST', path: '/api/v1/configuration/drafts/validate', tag: 'configuration', permission: 'configuration.publish', reads: true,
    summary: { ru: 'Проверить черновики вместе', en: 'Validate drafts together' },
    about: { ru: 'Что изменит их публикация и всё, что ей мешает. `document` в замечании — место в `objects`.', en: 'What publishing them would change, and all that stands in its way. `document` of a finding is a place in `objects`.' },
    body: closed(chosen),
    bodyBytes: limits.configurationBodyBytes.value,
    answers: { 200: { about: { ru: 'План', en: 'The plan' }, schema: planShape } },
    failures: ['draft.none'],
  }),
  publishDrafts: operation({
    id: 'publishDrafts', method: 'POST', path: '/api/v1/configuration/drafts/publish', tag: 'configuration', permission: 'configuration.publish', audit: 'own',
    summary: { ru: 'Опубликовать черновики вместе', en: 'Publish drafts together' },
    about: { ru: 'Целиком или никак; опубликованные черновики исчезают. Ответ приходит, когда этот узел работает по новой версии. Долгое преобразование значений ведёт задание (202): до его конца черновики остаются черновиками, а сохранённое за это время останется черновиком и после. Права проверяются по каждому объекту.', en: 'Whole or not at all; what is published is no draft any more. Answered when this node works by the new revision. A long conversion of values is done by a job (202): until its end the drafts stay drafts, and what is saved meanwhile stays one afterwards. Rights are checked object by object.' },
    body: closed({ ...chosen, note: Type.Optional(Type.String({ maxLength: 500 })), environment: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })) }),
    bodyBytes: limits.configurationBodyBytes.value,
    answers: published,
    failures: ['draft.none', 'draft.outdated', 'draft.changed', 'config.invalid', 'config.changedMeanwhile', 'config.publishing', 'template.busy', 'access.objectsForbidden', 'config.nameEnvironment', 'config.otherEnvironment'],
  }),
};
