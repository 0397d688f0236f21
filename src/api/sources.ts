/** Row sources: routes that read another system by themselves. */
import { Type } from 'typebox';
import { anyValue, failureShape, instant, name, nullable, oneOf } from './field.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape, type AnswerShape } from './operation.ts';

export const sourceStates = ['active', 'reading', 'failing', 'paused', 'manual', 'off', 'unplanned'] as const;

const source = shape(
  {
    route: Type.String(),
    connection: Type.String(),
    state: oneOf(sourceStates, 'active: its next reading is planned; failing: it is tried again at dueAt; manual: it has no schedule; off: closed, as failure says; unplanned: no reading is planned although one should be'),
    dueAt: nullable(instant),
    readAt: nullable(Type.String({ format: 'date-time', description: 'When it had last read all there was' })),
    cursor: anyValue,
    cursorAt: nullable(instant),
    lastPages: Type.Integer({ description: 'Pages of the last reading' }),
    pages: Type.Integer(),
    messages: Type.Integer(),
    attempts: Type.Integer({ description: 'Failures in a row' }),
    failure: nullable(failureShape),
  },
  { title: 'Source' },
);

const shown: AnswerShape = { about: { ru: 'Источник', en: 'The source' }, schema: source };
const params = { route: name };
const unknown = ['route.unknown', 'source.notSource'] as const;

export const sourceOperations = {
  listSources: wholeList(
    {
      id: 'listSources', method: 'GET', path: '/api/v1/sources', tag: 'routes', permission: 'configuration.view',
      summary: { ru: 'Маршруты, которые платформа читает сама', en: 'Routes that the platform reads by itself' },
      answers: { 200: { about: { ru: 'Все источники', en: 'All sources' }, schema: shape({ sources: Type.Array(source) }) } },
      failures: [],
    },
    { items: 'sources', key: ['route'], fields: ['route', 'connection', 'state', 'dueAt', 'readAt', 'attempts'] },
  ),
  getSource: operation({
    id: 'getSource', method: 'GET', path: '/api/v1/sources/{route}', tag: 'routes', permission: 'configuration.view',
    summary: { ru: 'Показать источник', en: 'Show a source' },
    params,
    answers: { 200: shown },
    failures: unknown,
  }),
  runSource: operation({
    id: 'runSource', method: 'POST', path: '/api/v1/sources/{route}/run', tag: 'routes', permission: 'scenarios.run',
    summary: { ru: 'Прочитать сейчас', en: 'Read now' },
    about: { ru: 'Если источник уже читается, чтение просто продолжается.', en: 'A source that is being read already just goes on.' },
    params,
    answers: { 202: shown },
    failures: [...unknown, 'source.paused', 'route.disabled', 'route.noScenario', 'connection.disabled'],
  }),
  pauseSource: operation({
    id: 'pauseSource', method: 'POST', path: '/api/v1/sources/{route}/pause', tag: 'routes', permission: 'configuration.edit',
    summary: { ru: 'Приостановить чтение', en: 'Pause the reading' },
    about: { ru: 'Страница, которая читается сейчас, уже не запишется и придёт после паузы.', en: 'A page that is being read now is not recorded any more and comes after the pause.' },
    params,
    answers: { 200: shown },
    failures: unknown,
  }),
  resumeSource: operation({
    id: 'resumeSource', method: 'POST', path: '/api/v1/sources/{route}/resume', tag: 'routes', permission: 'configuration.edit',
    summary: { ru: 'Снять паузу', en: 'End the pause' },
    params,
    answers: { 200: shown },
    failures: unknown,
  }),
  resetSource: operation({
    id: 'resetSource', method: 'POST', path: '/api/v1/sources/{route}/reset', tag: 'routes', permission: 'configuration.edit',
    summary: { ru: 'Сбросить курсор', en: 'Reset the cursor' },
    about: { ru: 'Без `confirm: true` ничего не меняется, а отказ говорит, что придёт ещё раз. `cursor` — с какого места читать; без него сначала.', en: 'Without `confirm: true` nothing changes, and the refusal says what would come again. `cursor`: where to begin; without it at the beginning.' },
    params,
    body: closed({ cursor: Type.Optional(anyValue), confirm: Type.Optional(Type.Boolean({ default: false })) }),
    answers: { 200: shown },
    failures: [...unknown, 'source.resetUnconfirmed'],
  }),
};
