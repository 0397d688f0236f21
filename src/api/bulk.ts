/** Many records by one call: one transaction, a word about each row, and a look beforehand. */
import { Type, type TProperties } from 'typebox';
import { limits } from '../core/limits.ts';
import { anyObject, failureShape, name, nullable, oneOf, uuid } from './field.ts';
import { jobStarted, problemBudget } from './jobs.ts';
import { closed, operation, shape, type AnswerShape, type Operation, type Text } from './operation.ts';
import { record, recordFilter } from './records.ts';

const params = { template: name };
const most = limits.bulkRecords.value.toLocaleString('en');

const mode = Type.Optional(oneOf(['atomic', 'each']));
const dryRun = Type.Optional(Type.Boolean({ default: false }));
const rows = Type.Array(anyObject, { minItems: 1 });
const ways = { mode, dryRun };

/** Which records: exactly one of the first three. */
const chosen = {
  ids: Type.Optional(Type.Array(uuid, { minItems: 1, uniqueItems: true })),
  filter: Type.Optional(recordFilter),
  all: Type.Optional(Type.Boolean({ default: false })),
  archived: Type.Optional(oneOf(['without', 'with', 'only'])),
  expected: Type.Optional(Type.Integer({ minimum: 0 })),
  job: Type.Optional(Type.Boolean({ default: false })),
  problemBudget,
};

const outcome = shape({
  row: Type.Integer({ description: 'Its place among the rows or ids given, from 0' }),
  op: oneOf(['created', 'updated', 'unchanged', 'deleted', 'refused']),
  id: nullable(Type.String()),
  version: nullable(Type.Integer()),
  failure: nullable(failureShape),
});

const done: AnswerShape = {
  about: { ru: 'Что стало с каждой строкой', en: 'What became of each row' },
  schema: shape(
    {
      dryRun: Type.Boolean(),
      committed: Type.Boolean({ description: 'Whether anything has been written' }),
      matched: Type.Integer({ description: 'Rows given, or records that meet the condition' }),
      created: Type.Integer(), updated: Type.Integer(), unchanged: Type.Integer(), deleted: Type.Integer(), refused: Type.Integer(),
      cascaded: Type.Array(shape({ template: Type.String(), count: Type.Integer() }), { description: 'What is deleted besides, because it belongs to what was named' }),
      rows: Type.Array(outcome),
      samples: Type.Optional(Type.Array(record, { description: 'Of a dry run over chosen records: the first of them as they are' })),
    },
    { title: 'Bulk' },
  ),
};

const failures = ['record.unknownTemplate', 'bulk.refused', 'bulk.tooMany', 'run.writes', 'run.triggerRuns', 'run.contended'] as const;
const choiceFailures = [...failures, 'bulk.countChanged', 'http.exactlyOne', 'query.unknownAttribute', 'query.wrongValue', 'query.comparison', 'query.tooComplex', 'query.shape'] as const;

const oneCommit: Text = {
  ru: `Не больше ${limits.bulkRecords.value} записей одной транзакцией: читатель видит все или ни одной. Отказ называет строку, поле и правило. Сценарии по изменению записей срабатывают, как при одиночных записях.`,
  en: `At most ${most} records in one transaction: a reader sees all of them or none. A refusal names row, field and rule. Scenarios on record changes run as for single writes.`,
};
const about = (ru: string, en: string): Text => ({ ru: `${ru} ${oneCommit.ru}`, en: `${en} ${oneCommit.en}` });

const onChosen = <const P extends TProperties>(described: Pick<Operation, 'id' | 'path' | 'summary' | 'about' | 'records'>, more: P, own: Operation['failures'] = []) =>
  operation({
    ...described, method: 'POST', tag: 'records', permission: 'records.edit', audit: 'none',
    params, body: closed({ ...chosen, ...more, ...ways }), answers: { 200: done, 202: jobStarted }, failures: [...choiceFailures, ...own],
  });

export const bulkOperations = {
  createRecords: operation({
    id: 'createRecords', method: 'POST', path: '/api/v1/records/{template}/bulk/create', tag: 'records', permission: 'records.edit', records: 'create', audit: 'none',
    summary: { ru: 'Создать много записей', en: 'Create many records' },
    about: about('Строка — атрибуты одной записи.', 'A row has the attributes of one record.'),
    params, body: closed({ rows, ...ways }), answers: { 200: done }, failures,
  }),
  upsertRecords: operation({
    id: 'upsertRecords', method: 'POST', path: '/api/v1/records/{template}/bulk/upsert', tag: 'records', permission: 'records.edit', records: 'edit', audit: 'none',
    summary: { ru: 'Создать или изменить много записей по ключу', en: 'Create or change many records by key' },
    about: about(
      '`by` называет атрибуты ключа. По каждой строке: создана, изменена, без изменений или отказ; ключ, которому отвечают несколько записей, и ключ, который уже был в этом вызове, — отказ.',
      '`by` names the attributes of the key. Each row is created, updated, unchanged or refused; a key that several records have, or that came before in the same call, is refused.',
    ),
    params,
    body: closed({ by: Type.Array(name, { minItems: 1, maxItems: 8, uniqueItems: true }), rows, ...ways }),
    answers: { 200: done }, failures: [...failures, 'query.unknownAttribute'],
  }),
  changeRecords: onChosen(
    {
      id: 'changeRecords', path: '/api/v1/records/{template}/bulk/edit', records: 'edit',
      summary: { ru: 'Изменить много записей', en: 'Change many records' },
      about: about('Одни и те же `values` записям из `ids` или по условию — либо строки `rows` с `id`, своими атрибутами и, если нужно, `_version`.', 'The same `values` for the records of `ids` or of a condition, or `rows` that have an `id`, attributes of their own and, if wanted, a `_version`.'),
    },
    { values: Type.Optional(anyObject), rows: Type.Optional(rows) },
    ['run.values'],
  ),
  deleteRecords: onChosen(
    {
      id: 'deleteRecords', path: '/api/v1/records/{template}/bulk/delete', records: 'delete',
      summary: { ru: 'Удалить много записей', en: 'Delete many records' },
      about: about('Удаление по условию требует `expected` — числа, которое показал `dryRun` (`matched`).', 'Deleting by a condition asks for `expected`: the number that `dryRun` has shown (`matched`).'),
    },
    { expectedTotal: Type.Optional(Type.Integer({ minimum: 0 })) },
    ['bulk.expectedMissing', 'record.deletionChanged'],
  ),
  archiveRecords: onChosen({ id: 'archiveRecords', path: '/api/v1/records/{template}/bulk/archive', records: 'edit', summary: { ru: 'Убрать в архив много записей', en: 'Archive many records' }, about: oneCommit }, {}),
  restoreRecords: onChosen(
    {
      id: 'restoreRecords', path: '/api/v1/records/{template}/bulk/restore', records: 'edit',
      summary: { ru: 'Вернуть из архива много записей', en: 'Bring many records back from the archive' },
      about: about('По условию — только архивные, если не сказано иначе.', 'Of a condition only archived ones, unless told.'),
    },
    {},
  ),
};
