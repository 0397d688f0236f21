/** Runs: what is being worked on, and how to start or end it. */
import { Type } from 'typebox';
import { limits } from '../core/limits.ts';
import { anyObject, anyValue, failureShape, instant, name, nullable, oneOf, uuid } from './field.ts';
import { messageStates, messageStory } from './messages.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape } from './operation.ts';
import { rehearsalAnswer } from './rehearsal.ts';

export const runStates = ['running', ...messageStates] as const;

const activeRun = shape({
  id: uuid,
  state: oneOf(runStates),
  route: nullable(Type.String()),
  scenarios: Type.Array(Type.String()),
  startedAt: instant,
  here: Type.Boolean({ description: 'This node works on it now' }),
});

const context = closed({ template: name, id: uuid });

const outcome = shape(
  { id: nullable(uuid), state: oneOf(messageStates), status: nullable(Type.Integer()), reply: nullable(anyValue), failure: nullable(failureShape) },
  { title: 'RunOutcome' },
);

const ended = { 200: { about: { ru: 'Закончен; его изменения не записаны', en: 'Ended; its changes were not written' }, schema: shape({ id: uuid, state: oneOf(messageStates) }) } };

export const runOperations = {
  listRuns: wholeList(
    {
      id: 'listRuns', method: 'GET', path: '/api/v1/runs', tag: 'runs', permission: 'messages.view',
      summary: { ru: 'Незаконченные запуски', en: 'Runs that are not over' },
      answers: { 200: { about: { ru: 'Те, над которыми работает этот узел, затем ждущие', en: 'Those that this node works on, then those that wait' }, schema: shape({ runs: Type.Array(activeRun), more: Type.Boolean() }) } },
      failures: [],
    },
    { items: 'runs', key: ['id'], fields: ['id', 'state', 'route', 'startedAt', 'here'] },
  ),
  getRun: operation({
    id: 'getRun', method: 'GET', path: '/api/v1/runs/{id}', tag: 'runs', permission: 'messages.view',
    summary: { ru: 'Показать запуск', en: 'Show a run' },
    about: { ru: 'Запуск без остановок попадает в журнал, когда закончен: до этого `message` пуст.', en: 'A run that never stops on its way enters the journal when it is over: until then `message` is null.' },
    params: { id: uuid },
    answers: { 200: { about: { ru: 'Запуск', en: 'The run' }, schema: shape({ ...activeRun.properties, message: nullable(messageStory) }) } },
    failures: ['run.unknown'],
  }),
  cancelRun: operation({
    id: 'cancelRun', method: 'POST', path: '/api/v1/runs/{id}/cancel', tag: 'runs', permission: 'messages.edit',
    summary: { ru: 'Отменить запуск', en: 'Cancel a run' },
    about: { ru: 'Вызов другой системы, который уже ушёл, дождётся ответа и запишется.', en: 'A call of another system that has left is still answered and recorded.' },
    params: { id: uuid },
    answers: ended,
    failures: ['run.unknown', 'run.over'],
  }),
  killRun: operation({
    id: 'killRun', method: 'POST', path: '/api/v1/runs/{id}/kill', tag: 'runs', permission: 'messages.edit',
    summary: { ru: 'Прервать запуск немедленно', en: 'Kill a run at once' },
    about: { ru: 'Исход вызова, который уже ушёл, останется неизвестным.', en: 'The outcome of a call that has left stays unknown.' },
    params: { id: uuid },
    answers: ended,
    failures: ['run.unknown', 'run.over'],
  }),
  runScenario: operation({
    id: 'runScenario', method: 'POST', path: '/api/v1/scenarios/{name}/runs', tag: 'scenarios', permission: 'scenarios.run', object: 'name',
    summary: { ru: 'Запустить сценарий', en: 'Run a scenario' },
    about: {
      ru: 'Для сценариев с событием manual или api. `contexts` даёт по отдельному запуску на запись: отказ одного не мешает другим. Ответ — когда запуск закончен; если он дольше предела ожидания, 202 и адрес запуска.',
      en: 'For scenarios with the trigger manual or api. `contexts` gives a run of its own for each record: one that fails does not touch the others. Answered when the run is over; 202 and its address when it takes longer than a caller waits.',
    },
    params: { name },
    body: closed({
      variables: Type.Optional(anyObject),
      context: Type.Optional(context),
      contexts: Type.Optional(Type.Array(context, { minItems: 1, maxItems: limits.contextsPerCall.value })),
    }),
    answers: {
      200: { about: { ru: 'Исход; для contexts — по одному на запись', en: 'The outcome; with contexts one a record' }, schema: Type.Union([outcome, shape({ runs: Type.Array(outcome) })]) },
      202: { about: { ru: 'Ещё выполняется', en: 'Still under way' }, schema: outcome, headers: { Location: { ru: 'Адрес запуска', en: 'Address of the run' } } },
    },
    failures: ['scenario.unknown', 'scenario.disabled', 'scenario.notStartable', 'http.exactlyOne', 'run.closing'],
  }),
  rehearseScenario: operation({
    id: 'rehearseScenario', method: 'POST', path: '/api/v1/scenarios/{name}/rehearsals', tag: 'scenarios', permission: 'scenarios.run', object: 'name', reads: true,
    summary: { ru: 'Проверить сценарий без последствий', en: 'Rehearse a scenario' },
    about: { ru: 'Шаги выполняются на настоящих записях; ничего не записывается и не отправляется, на запросы отвечают пустые значения.', en: 'The steps are executed on real records; nothing is written or sent, requests are answered with empty values.' },
    params: { name },
    body: closed({ variables: Type.Optional(anyObject), context: Type.Optional(context) }),
    answers: { 200: rehearsalAnswer },
    failures: ['scenario.unknown', 'scenario.disabled', 'scenario.notStartable'],
  }),
};
