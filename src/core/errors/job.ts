import type { ErrorEntry } from './entry.ts';

export const jobErrors = {
  'job.unknown': { fault: 'message', status: 404, ru: 'Задания {id} нет: номер неверен, или срок хранения истёк.', en: 'There is no job {id}: the id is wrong, or it was kept long enough.' },
  'job.over': { fault: 'message', status: 409, ru: 'Задание {id} уже закончено (состояние {state}). Отменять нечего.', en: 'Job {id} is over already (state {state}). There is nothing to cancel.' },
  'job.notResumable': { fault: 'message', status: 409, ru: 'Задание {id} в состоянии {state}: продолжить можно только неудавшееся или отменённое.', en: 'Job {id} is {state}: only a failed or cancelled one can be resumed.' },
  'job.unknownKind': { fault: 'us', status: 503, ru: 'Эта версия платформы не умеет заданий вида «{kind}». Запустите на узле новую версию и продолжите задание.', en: 'This version of the platform knows no jobs of kind "{kind}". Run the newer version on this node and resume the job.' },
  'job.tooManyProblems': { fault: 'message', status: 422, ru: 'Задание остановлено: строк с ошибками {failed}, допустимо {limit}. Исправьте данные и продолжите либо задайте больший предел.', en: 'The job was stopped: {failed} items have problems, {limit} are allowed. Correct the data and resume, or allow more.' },
  'job.noProgress': { fault: 'us', status: 503, ru: 'Задание остановлено: {attempts} попыток подряд не продвинулись дальше {done}. Посмотрите журнал узла и продолжите задание.', en: 'The job was stopped: {attempts} attempts in a row came no further than {done}. Look at the log of the node, then resume the job.' },
  'job.triggersOff': { fault: 'setup', status: 200, ru: 'Сценарии по изменению записей шаблона «{template}» для этих строк не срабатывают: проверки, расчёты и отправки, которые они делают, остаются за вами.', en: 'Scenarios on changes of records of template "{template}" do not run for these rows: what they check, compute and send is left to you.' },
  'job.crashed': { fault: 'us', status: 500, ru: 'Ошибка платформы при выполнении задания: {detail}. Сделанное сохранено; сообщите разработчикам.', en: 'A bug of the platform stopped the job: {detail}. What was done is kept; please report it.' },
} satisfies Record<string, ErrorEntry>;
