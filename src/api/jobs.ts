/** Jobs: bulk work that goes on by itself, from one checkpoint to the next. */
import { Type } from 'typebox';
import { limits } from '../core/limits.ts';
import { anyValue, cursor, failureShape, instant, listOf, nextCursor, nullable, oneOf, pageSize, uuid } from './field.ts';
import { closed, operation, shape, type AnswerShape } from './operation.ts';

export const jobStates = ['queued', 'running', 'waiting', 'done', 'failed', 'cancelled'] as const;

export const jobShape = shape(
  {
    id: uuid,
    kind: Type.String(),
    subject: nullable(Type.String({ description: 'System name of the template or route that it is about' })),
    state: oneOf(jobStates, 'queued, running and waiting are open; failed and cancelled ones can be resumed'),
    done: Type.Integer({ description: 'Items behind it, those with problems included' }),
    total: nullable(Type.Integer({ description: 'null while nobody knows' })),
    failed: Type.Integer({ description: 'Items with problems' }),
    problemBudget: nullable(Type.Integer({ description: 'More problems than this end it; null: never' })),
    perSecond: nullable(Type.Number()),
    restMs: nullable(Type.Integer({ description: 'About what is left, by the speed so far' })),
    triggers: Type.Boolean({ description: 'Whether scenarios on record changes run for what it writes' }),
    warnings: Type.Array(shape({ code: Type.String(), text: Type.String() }), { description: 'What whoever looks at it should know' }),
    by: Type.String({ description: 'Id of an account, or `system`' }),
    node: nullable(Type.String()),
    queuedAt: instant,
    startedAt: nullable(instant),
    progressedAt: nullable(instant),
    endedAt: nullable(instant),
    dueAt: nullable(instant),
    waitsFor: nullable(shape({ kind: oneOf(['records', 'commit', 'file', 'remote']), about: Type.String(), text: Type.String() })),
    attempts: Type.Integer({ description: 'Since its checkpoint last moved' }),
    failure: nullable(failureShape),
    result: anyValue,
    fileBytes: nullable(Type.Integer()),
  },
  { title: 'Job' },
);

export const jobStarted: AnswerShape = { about: { ru: 'Задание поставлено', en: 'The job is queued' }, schema: jobShape, headers: { Location: { ru: 'Адрес задания', en: 'Address of the job' } } };
const shown: AnswerShape = { about: { ru: 'Задание', en: 'The job' }, schema: jobShape };

export const problemBudget = Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: limits.jobProblems.value, description: 'More items with problems than this end the job; null: never' })));

export const jobOperations = {
  listJobs: operation({
    id: 'listJobs', method: 'GET', path: '/api/v1/jobs', tag: 'jobs', permission: 'messages.view',
    summary: { ru: 'Список заданий, новые первыми', en: 'List jobs, newest first' },
    query: {
      state: listOf(oneOf(jobStates)),
      kind: listOf(Type.String({ maxLength: 128 })),
      subject: Type.Optional(Type.String({ maxLength: 128 })),
      limit: pageSize, cursor,
    },
    answers: { 200: { about: { ru: 'Страница', en: 'A page' }, schema: shape({ jobs: Type.Array(jobShape), cursor: nextCursor }) } },
    failures: ['store.page', 'store.cursor'],
  }),
  getJob: operation({
    id: 'getJob', method: 'GET', path: '/api/v1/jobs/{id}', tag: 'jobs', permission: 'messages.view',
    summary: { ru: 'Показать задание', en: 'Show a job' },
    params: { id: uuid },
    answers: { 200: shown },
    failures: ['job.unknown'],
  }),
  listJobProblems: operation({
    id: 'listJobProblems', method: 'GET', path: '/api/v1/jobs/{id}/problems', tag: 'jobs', permission: 'messages.view',
    summary: { ru: 'Что не так со строками задания', en: 'Problems of a job' },
    params: { id: uuid },
    query: { limit: pageSize, cursor },
    answers: { 200: { about: { ru: 'Страница', en: 'A page' }, schema: shape({ problems: Type.Array(shape({ place: Type.String(), source: nullable(Type.String()), failure: failureShape })), cursor: nextCursor }) } },
    failures: ['job.unknown', 'store.page', 'store.cursor'],
  }),
  cancelJob: operation({
    id: 'cancelJob', method: 'POST', path: '/api/v1/jobs/{id}/cancel', tag: 'jobs', permission: 'messages.edit',
    summary: { ru: 'Отменить задание', en: 'Cancel a job' },
    about: { ru: 'Сделанное остаётся; отменённое можно продолжить.', en: 'What was done stays; a cancelled job can be resumed.' },
    params: { id: uuid },
    answers: { 200: shown },
    failures: ['job.unknown', 'job.over'],
  }),
  resumeJob: operation({
    id: 'resumeJob', method: 'POST', path: '/api/v1/jobs/{id}/resume', tag: 'jobs', permission: 'messages.edit',
    summary: { ru: 'Продолжить задание', en: 'Resume a job' },
    about: { ru: 'Неудавшееся или отменённое задание идёт дальше с последней контрольной точки.', en: 'A failed or cancelled job goes on from its last checkpoint.' },
    params: { id: uuid },
    body: closed({ problemBudget }),
    answers: { 200: shown },
    failures: ['job.unknown', 'job.notResumable'],
  }),
};
