/** Properties of an inbound HTTP connection and of the routes over it. */
import type { SpecFields } from '../../sdk/index.ts';

/** Segments of letters, digits and `_ - . ~`, none of them a dot segment, joined by single slashes. */
const path = '^(?!.*(?:^|/)\\.{1,2}(?:/|$))[A-Za-z0-9А-Яа-яЁё_.~\\-]+(?:/[A-Za-z0-9А-Яа-яЁё_.~\\-]+)*$';

export const connection = {
  path: {
    type: 'string', required: true, maxLength: 200, pattern: path, example: 'shop',
    title: { ru: 'Путь', en: 'Path' },
    description: { ru: 'Часть адреса после /api/public/adapter/, общая для маршрутов подключения.', en: 'The part of the address after /api/public/adapter/, shared by the routes of the connection.' },
  },
  auth: {
    type: 'enum', values: ['none', 'basic', 'bearer', 'hmac'], required: true, example: 'basic',
    title: { ru: 'Вход', en: 'Sign-in' },
    description: {
      ru: 'none — вызвать может кто угодно; basic — аккаунт с разрешением «Вызовы API», паролем или подписью его ключа; hmac — только подписью; bearer — ключ API аккаунта или токен этого подключения.',
      en: 'none: anybody may call; basic: an account with the permission "API calls", by password or by the signature of its key; hmac: by signature only; bearer: an API token of an account or the token of this connection.',
    },
  },
  token: {
    type: 'secret', when: { auth: ['bearer'] },
    title: { ru: 'Токен подключения', en: 'Token of the connection' },
    description: { ru: 'Если задан, принимается вместе с ключами API аккаунтов.', en: 'When given, it is accepted along with the API tokens of accounts.' },
  },
  legacyPathOnly: {
    type: 'boolean', default: false, advanced: true, when: { auth: ['basic', 'hmac'] },
    title: { ru: 'Подпись без параметров адреса', en: 'Signature without the query' },
    description: { ru: 'Для клиентов, которые подписывают только путь. Параметры адреса тогда может подменить любой посредник.', en: 'For clients that sign the path alone. Whoever is in between may then exchange the query.' },
  },
} as const satisfies SpecFields;

const attributeName = '^[A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_.\\-]*$';

export const receive = {
  path: {
    type: 'string', default: '', maxLength: 200, pattern: `^$|${path}`, example: 'orders',
    title: { ru: 'Путь', en: 'Path' },
    description: { ru: 'Добавляется к пути подключения; может быть пустым.', en: 'Added to the path of the connection; may be empty.' },
  },
  methods: {
    type: 'strings', values: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], default: ['POST'], example: ['POST'],
    title: { ru: 'Методы', en: 'Methods' },
    description: { ru: 'Какие методы принимаются; другие получают 405.', en: 'Which methods are accepted; others get 405.' },
  },
  reply: {
    type: 'enum', values: ['afterRun', 'ack'], default: 'afterRun', example: 'afterRun',
    title: { ru: 'Ответ', en: 'Reply' },
    description: { ru: 'afterRun — когда сценарий закончен и записан; ack — как только сообщение записано.', en: 'afterRun: when the scenario is done and recorded; ack: as soon as the message is recorded.' },
  },
  status: {
    type: 'number', minimum: 200, maximum: 299, unit: 'count', advanced: true, example: 201,
    title: { ru: 'HTTP-статус ответа', en: 'HTTP status of the reply' },
    description: { ru: 'Статус успешного ответа; без него 200, а для ack 202.', en: 'Status of a successful reply; without it 200, and 202 for ack.' },
  },
  form: {
    type: 'boolean', default: false, example: true,
    title: { ru: 'Принимать формы', en: 'Take forms' },
    description: {
      ru: 'Кроме JSON принимается multipart/form-data: поля и файлы становятся атрибутами сообщения; повторённое имя даёт список.',
      en: 'Besides JSON multipart/form-data is taken: fields and files become attributes of the message; a name that comes again gives a list.',
    },
  },
  formBytes: {
    type: 'number', minimum: 1, maximum: 5_368_709_120, unit: 'bytes', advanced: true, example: 104_857_600, when: { form: [true] },
    title: { ru: 'Размер формы', en: 'Size of a form' },
    description: { ru: 'Форма с файлами больше этого получает 413; без этого свойства предел 100 МиБ.', en: 'A form that is larger than this with its files gets 413; without this property 100 MiB is the most.' },
  },
  bodyAttribute: {
    type: 'string', advanced: true, pattern: attributeName, maxLength: 128, example: 'body',
    title: { ru: 'Атрибут тела', en: 'Attribute of the body' },
    description: { ru: 'Сюда попадает тело целиком. Без него поля тела становятся атрибутами сообщения.', en: 'The whole body is put here. Without it the fields of the body become attributes of the message.' },
  },
  queryAttribute: {
    type: 'string', advanced: true, pattern: attributeName, maxLength: 128, example: 'query',
    title: { ru: 'Атрибут параметров', en: 'Attribute of the parameters' },
    description: { ru: 'Сюда попадают параметры адреса: список {name, value[]}.', en: 'The parameters of the address are put here: a list of {name, value[]}.' },
  },
  headersAttribute: {
    type: 'string', advanced: true, pattern: attributeName, maxLength: 128, example: 'headers',
    title: { ru: 'Атрибут заголовков', en: 'Attribute of the headers' },
    description: { ru: 'Сюда попадают заголовки, кроме учётных данных: список {name, value[]}.', en: 'The headers, credentials excepted, are put here: a list of {name, value[]}.' },
  },
} as const satisfies SpecFields;
