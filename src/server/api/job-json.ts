/** Jobs as the API shows them. */
import type { JobProblem, JobSummary, JobWait } from '../../core/job.ts';
import { textOf, type Lang } from '../../core/failure.ts';
import type { Localised } from '../../core/localised.ts';
import type { ValueObject } from '../../core/value.ts';
import { failureJson } from './failure-json.ts';

export function jobJson({ file, failure, waitsFor, ...job }: JobSummary, lang: Lang): ValueObject {
  return {
    ...job,
    warnings: job.triggers ? [] : [{ code: 'job.triggersOff', text: textOf('job.triggersOff', { template: job.subject }, lang) }],
    waitsFor: waitsFor === null ? null : { ...waitsFor, text: waitText[waitsFor.kind][lang].replace('{about}', waitsFor.about) },
    failure: failure === null ? null : failureJson(failure, lang),
    fileBytes: file === null ? null : file.kind === 'blob' ? file.size : file.bytes.length,
  };
}

const waitText: Readonly<Record<JobWait['kind'], Localised>> = {
  records: { ru: 'Ждёт чтения записей: {about}', en: 'Waits for records to be read: {about}' },
  commit: { ru: 'Ждёт записи в базу данных: {about}', en: 'Waits for the database to write: {about}' },
  file: { ru: 'Ждёт файла: {about}', en: 'Waits for a file: {about}' },
  remote: { ru: 'Ждёт ответа другой системы: {about}', en: 'Waits for another system to answer: {about}' },
};

export const problemJson = ({ place, source, failure }: JobProblem, lang: Lang): ValueObject => ({ place, source, failure: failureJson(failure, lang) });
