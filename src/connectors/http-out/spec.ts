/** Properties of an HTTP connection and of the routes over it. */
import { httpSignInFields, httpTlsFields, type SpecFields } from '../../sdk/index.ts';

export const connection = {
  url: {
    type: 'string', required: true, transport: true, pattern: '^https?://[^\\s/?#@]+(?:/[^\\s?#]*)?$', example: 'https://partner.example/api',
    title: { ru: 'Адрес', en: 'Address' },
    description: { ru: 'Начало всех адресов, без имени и пароля. Пути маршрутов добавляются к нему.', en: 'The beginning of all addresses, without a name or a password. Paths of routes are added to it.' },
  },
  auth: {
    type: 'enum', values: ['none', 'basic', 'bearer', 'header'], default: 'none', example: 'bearer', transport: true,
    title: { ru: 'Вход', en: 'Sign-in' },
    description: { ru: 'Чем платформа представляется: имя и пароль, токен или ключ в своём заголовке.', en: 'How the platform identifies itself: name and password, a token, or a key in a header of its own.' },
  },
  ...httpSignInFields,
  timeoutMs: {
    type: 'number', minimum: 1, maximum: 600_000, unit: 'ms', default: 30_000, example: 10_000,
    title: { ru: 'Время на запрос', en: 'Time for a request' },
    description: { ru: 'Сколько ждать ответа целиком, с соединением и переадресациями.', en: 'How long to wait for the whole answer, connecting and redirects included.' },
  },
  poolSize: {
    type: 'number', minimum: 1, maximum: 64, unit: 'count', default: 8, advanced: true, example: 4,
    title: { ru: 'Соединений', en: 'Sessions' },
    description: { ru: 'Сколько соединений держать одновременно.', en: 'How many sessions to keep at a time.' },
  },
  ...httpTlsFields,
  checkPath: {
    type: 'string', advanced: true, example: 'ping',
    title: { ru: 'Путь для проверки', en: 'Path for the check' },
    description: { ru: 'Проверка соединения делает по нему GET и ждёт 2xx. Без него годится любой ответ, кроме 401, 403 и 5xx.', en: 'The check does a GET on it and expects 2xx. Without it any answer but 401, 403 and 5xx will do.' },
  },
} as const satisfies SpecFields;

const attributeName = '^[A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_.\\-]*$';

export const call = {
  method: {
    type: 'enum', values: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], default: 'POST', example: 'GET',
    title: { ru: 'Метод', en: 'Method' },
    description: { ru: 'Метод запроса. Тело уходит с POST, PUT и PATCH, а с DELETE — если заданы его атрибуты.', en: 'Method of the request. POST, PUT and PATCH carry a body, DELETE only when its attributes are given.' },
  },
  path: {
    type: 'string', default: '', pattern: '^[^\\s#]*$', example: 'orders/{number}',
    title: { ru: 'Путь', en: 'Path' },
    description: { ru: 'Добавляется к адресу. {атрибут} заменяется значением из сообщения.', en: 'Added to the address. {attribute} is replaced by a value of the message.' },
  },
  query: {
    type: 'pairs', default: {}, example: { page: '1' },
    title: { ru: 'Параметры запроса', en: 'Query parameters' },
    description: { ru: 'Постоянные параметры адреса.', en: 'Fixed parameters of the address.' },
  },
  queryAttribute: {
    type: 'string', pattern: attributeName, maxLength: 128, example: 'queryParams',
    title: { ru: 'Атрибут параметров', en: 'Attribute of the parameters' },
    description: { ru: 'Атрибут сообщения со списком {name, value[]}: он становится параметрами адреса.', en: 'An attribute of the message with a list of {name, value[]}: it becomes the parameters of the address.' },
  },
  headers: {
    type: 'pairs', advanced: true, default: {}, example: { 'X-Source': 'zveno' },
    title: { ru: 'Заголовки', en: 'Headers' },
    description: { ru: 'Постоянные заголовки этого маршрута.', en: 'Fixed headers of this route.' },
  },
  headersAttribute: {
    type: 'string', advanced: true, pattern: attributeName, maxLength: 128, example: 'headers',
    title: { ru: 'Атрибут заголовков', en: 'Attribute of the headers' },
    description: { ru: 'Атрибут сообщения со списком {name, value[]}: он становится заголовками.', en: 'An attribute of the message with a list of {name, value[]}: it becomes headers.' },
  },
  bodyAttributes: {
    type: 'strings', example: ['ID', 'Contact'],
    title: { ru: 'Атрибуты тела', en: 'Attributes of the body' },
    description: { ru: 'Какие атрибуты сообщения уходят в теле. Без них уходит всё, кроме параметров и заголовков.', en: 'Which attributes of the message go into the body. Without them everything but parameters and headers goes.' },
  },
  resultCodes: {
    type: 'json', advanced: true, example: { at: 'result', ok: [0], codes: { '-1': 'no data' }, bits: { '1': 'certificate not valid' } },
    title: { ru: 'Коды результата', en: 'Result codes' },
    description: {
      ru: 'Если служба отвечает 200 и сообщает об отказе числом: at — где оно в ответе, ok — коды успеха (обычно 0), codes — коды с одним смыслом, bits — смысл битов; положительное число, которого нет в codes, — сумма битов, называются все.',
      en: 'For a service that answers 200 and tells a refusal by a number: at is where it stands in the answer, ok the codes of success (0 unless given), codes those with one meaning, bits the meaning of bits; a positive number that is not in codes is a sum of bits, all of which are named.',
    },
  },
  responseStatusAttribute: {
    type: 'string', advanced: true, pattern: attributeName, maxLength: 128, example: 'status',
    title: { ru: 'Атрибут статуса ответа', en: 'Attribute of the answer\'s status' },
    description: { ru: 'Сюда попадает HTTP-статус.', en: 'The HTTP status is put here.' },
  },
  responseContentAttribute: {
    type: 'string', advanced: true, pattern: attributeName, maxLength: 128, example: 'content',
    title: { ru: 'Атрибут содержимого ответа', en: 'Attribute of the answer\'s content' },
    description: { ru: 'Сюда попадает текст ответа как есть, даже если это не JSON.', en: 'The text of the answer is put here as it is, even when it is no JSON.' },
  },
} as const satisfies SpecFields;
