import type { ErrorEntry } from './entry.ts';

export const messageErrors = {
  'message.malformed': { fault: 'message', status: 400, ru: 'Тело сообщения не разобрано: {detail}', en: 'The message body cannot be parsed: {detail}' },
  'message.refused': { fault: 'message', status: 400, ru: 'Сообщение не соответствует схеме маршрута «{route}».', en: 'The message does not fit the schema of route "{route}".' },
  'message.contentType': { fault: 'message', status: 415, ru: 'Тип тела «{contentType}» не принимается. Пришлите application/json в кодировке UTF-8.', en: 'A body of type "{contentType}" is not accepted. Send application/json in UTF-8.' },
} satisfies Record<string, ErrorEntry>;
