import type { ErrorEntry } from './entry.ts';

export const sourceErrors = {
  'schedule.cron': { fault: 'setup', status: 422, ru: 'Расписание «{cron}» не читается: {detail}. Пять полей: минута, час, день, месяц, день недели.', en: 'The schedule "{cron}" cannot be read: {detail}. Five fields: minute, hour, day, month, day of the week.' },
  'schedule.zone': { fault: 'setup', status: 422, ru: 'Часового пояса «{zone}» нет. Укажите, например, Europe/Moscow.', en: 'There is no time zone "{zone}". Name one such as Europe/Moscow.' },
  'schedule.every': { fault: 'setup', status: 422, ru: 'Промежуток «{value}» не подходит: число и s, m, h или d, от 1s до 366d.', en: 'The interval "{value}" does not fit: a number and s, m, h or d, from 1s to 366d.' },
  'schedule.paceExpected': { fault: 'setup', status: 422, ru: 'Расписанию нужно ровно одно из двух: every или cron.', en: 'A schedule needs exactly one of every and cron.' },
  'schedule.notSource': { fault: 'setup', status: 422, ru: 'Расписание бывает только у маршрутов, которые платформа читает сама. Уберите его или возьмите читающую операцию.', en: 'Only routes that the platform reads by itself have a schedule. Leave it out or take an operation that reads.' },
  'source.notSource': { fault: 'message', status: 422, ru: 'Маршрут «{route}» платформа не читает сама: у него нет курсора и расписания.', en: 'Route "{route}" is not read by the platform itself: it has no cursor and no schedule.' },
  'source.paused': { fault: 'message', status: 409, ru: 'Чтение маршрута «{route}» приостановлено. Сначала снимите паузу.', en: 'The reading of route "{route}" is paused. End the pause first.' },
  'source.resetUnconfirmed': { fault: 'message', status: 409, ru: 'Сброс курсора маршрута «{route}» означает, что прочитанное придёт ещё раз: сообщений до сих пор {messages}. Сценарий должен узнавать повторы по ключу. Повторите с confirm: true.', en: 'To reset the cursor of route "{route}" means that what was read comes again: {messages} messages so far. The scenario has to know repeats by a key. Call again with confirm: true.' },
} satisfies Record<string, ErrorEntry>;
