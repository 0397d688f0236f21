import type { ErrorEntry } from './entry.ts';

export const connectionErrors = {
  'connection.refused': { fault: 'remote', status: 502, next: 'retry', ru: 'Подключение «{connection}» не отвечает: {address} отказал в соединении. Проверьте, запущен ли сервер.', en: 'Connection "{connection}" does not answer: {address} refused. Check that the server is running.' },
  'connection.addressForbidden': { fault: 'setup', status: 422, ru: 'Адрес {address} ({kind}) запрещён. Разрешите его в подключении: allow: [{kind}].', en: 'The address {address} ({kind}) is not allowed. Allow it in the connection: allow: [{kind}].' },
} satisfies Record<string, ErrorEntry>;
