/** Records as lines of JSON, in and out: any number of them, in flat memory. */
import { Type } from 'typebox';
import { limits } from '../core/limits.ts';
import { listOf, name, oneOf } from './field.ts';
import { closed, operation } from './operation.ts';
import { queryFailures, recordFilter, savedFilter, search } from './records.ts';

const params = { template: name };
const mediaType = 'application/x-ndjson';
const most = limits.bulkRecords.value.toLocaleString('en');

export const lineOperations = {
  writeLines: operation({
    id: 'writeLines', method: 'POST', path: '/api/v1/records/{template}/bulk/lines', tag: 'records', permission: 'records.edit', records: 'edit', audit: 'none',
    summary: { ru: 'Создать или изменить записи из строк JSON', en: 'Create or change records from lines of JSON' },
    about: {
      ru: `Строка — атрибуты одной записи. \`mode: atomic\`, если не сказано: не больше ${limits.bulkRecords.value} строк одной транзакцией, все или ни одной. \`mode: each\`: сколько угодно строк, записываются по мере поступления наборами до ${limits.bulkRecords.value}, каждый — одной транзакцией; строки, в которых отказано, пропускаются. О наборе, о котором сказано в ответе, можно забыть: он записан. Набор, не пришедший до конца, не записывается.`,
      en: `A line has the attributes of one record. \`mode: atomic\`, unless told: at most ${most} lines in one transaction, all or none. \`mode: each\`: any number of lines, written as they come in sets of up to ${most}, each in one transaction; refused lines are left out. A set that the answer tells of is written. A set that has not come to its end is not.`,
    },
    params,
    query: {
      by: listOf(Type.String({ minLength: 1, maxLength: 128 })),
      mode: Type.Optional(oneOf(['atomic', 'each'])),
      results: Type.Optional(oneOf(['refused', 'all'])),
      dryRun: Type.Optional(Type.Boolean({ default: false })),
      problemBudget: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: limits.linesRefused.value })),
    },
    upload: mediaType,
    answers: { 200: { about: { ru: 'Строки JSON: об отказах (`line`, `op`, `failure`), о каждом наборе (`from`, `to`, числа), в конце `done` с итогом или `failure`, если дальше не читалось', en: 'Lines of JSON: of refusals (`line`, `op`, `failure`), of each set (`from`, `to`, counts), at the end `done` with the totals, or `failure` when nothing more was read' }, mediaType, schema: Type.String() } },
    failures: ['record.unknownTemplate', 'bulk.refused', 'bulk.tooMany', 'bulk.linesType', 'http.bodyTooLarge', 'query.unknownAttribute', 'run.writes', 'run.triggerRuns', 'run.contended'],
  }),
  exportLines: operation({
    id: 'exportLines', method: 'POST', path: '/api/v1/records/{template}/export/lines', tag: 'records', permission: 'records.view', records: 'read', reads: true,
    summary: { ru: 'Выгрузить записи строками JSON', en: 'Export records as lines of JSON' },
    about: { ru: 'Страница за страницей по ключу, не больше одной в памяти; числа — без округления. Оборванная выгрузка обрывает и ответ.', en: 'Page after page by key, one in memory at a time; numbers exact. An export that fails on its way breaks the answer off.' },
    params,
    body: closed({
      filter: Type.Optional(recordFilter),
      savedFilter, search,
      sort: listOf(Type.String({ maxLength: 129 })),
      select: listOf(Type.String({ maxLength: 640 })),
      archived: Type.Optional(oneOf(['without', 'with', 'only'])),
    }),
    answers: { 200: { about: { ru: 'Строка на запись', en: 'A line for each record' }, mediaType, schema: Type.String() } },
    failures: queryFailures,
  }),
};
