import type { ErrorEntry } from './entry.ts';

export const bulkErrors = {
  'bulk.refused': { fault: 'message', status: 422, ru: 'Ничего не записано: отказано в строках — {refused} из {rows}. Исправьте названные строки или задайте `mode: each`, чтобы записать остальные.', en: 'Nothing was written: {refused} of {rows} rows are refused. Correct the rows named, or say `mode: each` to have the others written.' },
  'bulk.tooMany': { fault: 'message', status: 422, ru: 'Записей {count}, а одним вызовом меняется не больше {limit}. Разделите их на части или, если они выбраны условием, поставьте задание: `job: true`.', en: '{count} records are more than the {limit} that one call changes. Divide them, or, when a condition names them, queue a job: `job: true`.' },
  'bulk.keyTwice': { fault: 'message', status: 422, ru: 'Запись {key} уже названа в {first}. Оставьте одну из этих строк.', en: 'The record {key} is named in {first} already. Leave one of these rows.' },
  'bulk.expectedMissing': { fault: 'message', status: 422, ru: 'Условию отвечает записей: {count}. Чтобы удалить их, подтвердите число: `expected: {count}`. Что удалится вместе с ними, покажет `dryRun: true`.', en: '{count} record(s) meet the condition. To delete them confirm the number: `expected: {count}`. What would go with them is shown by `dryRun: true`.' },
  'bulk.countChanged': { fault: 'message', status: 409, ru: 'Условию отвечает записей: {actual}, а согласие дано на {expected}. Посмотрите снова, что будет сделано.', en: '{actual} record(s) meet the condition, but {expected} were agreed to. Look again at what would be done.' },
} satisfies Record<string, ErrorEntry>;
