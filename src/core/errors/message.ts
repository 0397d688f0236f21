import type { ErrorEntry } from './entry.ts';

export const messageErrors = {
  'message.malformed': { fault: 'message', status: 400, ru: 'Тело сообщения не разобрано: {detail}', en: 'The message body cannot be parsed: {detail}' },
  'message.refused': { fault: 'message', status: 400, ru: 'Сообщение не соответствует схеме маршрута «{route}».', en: 'The message does not fit the schema of route "{route}".' },
} satisfies Record<string, ErrorEntry>;
