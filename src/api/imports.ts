/** Table files: records in and out. */
import { Type } from 'typebox';
import { limits } from '../core/limits.ts';
import { listOf, name, oneOf, uuid } from './field.ts';
import { jobStarted } from './jobs.ts';
import { closed, operation } from './operation.ts';
import { queryFailures, recordFilter, savedFilter, search } from './records.ts';

const params = { template: name };
const separator = Type.Optional(oneOf([',', ';', '\t', '|']));

export const importOperations = {
  importRecords: operation({
    id: 'importRecords', method: 'POST', path: '/api/v1/records/{template}/imports', tag: 'records', permission: 'records.edit',
    summary: { ru: 'Загрузить записи из файла CSV', en: 'Import records from a CSV file' },
    about: {
      ru: 'Файл принимается целиком и проверяется по столбцам, затем его загружает задание. С `by` запись с таким ключом меняется, остальные создаются. `dryRun` ничего не пишет: считает, что было бы создано и изменено. Пустая ячейка очищает.',
      en: 'The file is taken whole and its columns are checked, then a job imports it. With `by` a record of the key is changed, others are created. `dryRun` writes nothing and counts what would be created and changed. An empty cell clears.',
    },
    params,
    query: {
      by: listOf(Type.String({ minLength: 1, maxLength: 128 })),
      columns: Type.Optional(Type.String({ maxLength: 64_000, examples: ['{"Телефон": "customer.phone", "Примечание": null}'] })),
      encoding: Type.Optional(oneOf(['auto', 'utf-8', 'windows-1251', 'utf-16le'])),
      separator,
      zone: Type.Optional(Type.String({ maxLength: 64, examples: ['Europe/Moscow', '+03:00'] })),
      dryRun: Type.Optional(Type.Boolean({ default: false })),
      triggers: Type.Optional(Type.Boolean({ default: true })),
      problemBudget: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: limits.jobProblems.value })),
    },
    upload: true,
    answers: { 202: jobStarted },
    failures: ['record.unknownTemplate', 'import.columns', 'import.encoding', 'import.empty', 'import.zone', 'import.tooLarge', 'import.rowTooLong', 'query.shape'],
  }),
  exportRecords: operation({
    id: 'exportRecords', method: 'POST', path: '/api/v1/records/{template}/export', tag: 'records', permission: 'records.view', reads: true,
    summary: { ru: 'Выгрузить записи в CSV', en: 'Export records as CSV' },
    about: { ru: 'Страница за страницей по ключу, не больше одной в памяти. Текст, который таблица приняла бы за формулу, помечается апострофом; загрузка его снимает.', en: 'Page after page by key, one in memory at a time. A text that a spreadsheet would take for a formula is marked by an apostrophe, which an import takes away.' },
    params,
    body: closed({
      filter: Type.Optional(recordFilter),
      savedFilter, search,
      sort: listOf(Type.String({ maxLength: 129 })),
      columns: listOf(Type.String({ maxLength: 128 })),
      separator: Type.Optional(oneOf([',', ';', '\t', '|'])),
      mark: Type.Optional(Type.Boolean({ default: false })),
      archived: Type.Optional(oneOf(['without', 'with', 'only'])),
    }),
    answers: { 200: { about: { ru: 'Файл', en: 'The file' }, mediaType: 'text/csv', schema: Type.String() } },
    failures: queryFailures,
  }),
  downloadJobProblems: operation({
    id: 'downloadJobProblems', method: 'GET', path: '/api/v1/jobs/{id}/problems.csv', tag: 'jobs', permission: 'messages.view',
    summary: { ru: 'Ошибки задания файлом CSV', en: 'Problems of a job as a CSV file' },
    params: { id: uuid },
    answers: { 200: { about: { ru: 'Файл: строка, столбец, что не так, исходная строка', en: 'The file: row, column, problem, source' }, mediaType: 'text/csv', schema: Type.String() } },
    failures: ['job.unknown'],
  }),
};
