import type { ErrorEntry } from './entry.ts';

export const serverErrors = {
  'http.notFound': { fault: 'message', status: 404, ru: 'Адреса {method} {path} нет. Список адресов: /docs.', en: 'There is nothing at {method} {path}. All addresses: /docs.' },
  'http.methodNotAllowed': { fault: 'message', status: 405, ru: 'Метод {method} здесь не принимается. Принимаются: {allowed}.', en: 'The method {method} is not accepted here. Accepted: {allowed}.' },
  'http.bodyTooLarge': { fault: 'message', status: 413, ru: 'Тело запроса больше допустимого.', en: 'The request body is larger than allowed.' },
  'http.contentType': { fault: 'message', status: 415, ru: 'Такой Content-Type не принимается; нужен application/json.', en: 'This Content-Type is not accepted; application/json is needed.' },
  'http.malformed': { fault: 'message', status: 400, ru: 'Запрос составлен неверно: {detail}', en: 'The request is malformed: {detail}' },
  'http.badHeader': { fault: 'message', status: 400, ru: 'Заголовок {header} недопустим: {rule}.', en: 'The header {header} is not allowed: {rule}.' },
  'http.internal': { fault: 'us', status: 500, ru: 'Ошибка платформы. Подробности в журнале сервера.', en: 'An error of the platform. The details are in the server\'s log.' },
  'server.portTaken': { fault: 'setup', status: 500, ru: 'Порт {port} на {host} занят. Остановите другую программу или задайте ZVENO_PORT.', en: 'Port {port} on {host} is taken. Stop the other program or set ZVENO_PORT.' },
  'setting.number': { fault: 'setup', status: 500, ru: '{name}={value}: нужно целое число от {least} до {most}.', en: '{name}={value}: a whole number from {least} to {most} is needed.' },
  'setting.choice': { fault: 'setup', status: 500, ru: '{name}={value}: допустимо {allowed}.', en: '{name}={value}: allowed are {allowed}.' },
  'setting.url': { fault: 'setup', status: 500, ru: '{name}={value}: нужен адрес http(s) без параметров.', en: '{name}={value}: an http(s) address without parameters is needed.' },
  'demo.partner': { fault: 'us', status: 500, ru: 'Партнёр примера не запустился: {program}. Запустите без примера: ZVENO_DEMO=off.', en: 'The partner of the demo did not start: {program}. Start without the demo: ZVENO_DEMO=off.' },
} satisfies Record<string, ErrorEntry>;
