/** Properties of a PostgreSQL connection and of the routes over it. */
import { limits, type SpecFields } from '../../sdk/index.ts';

export const connection = {
  host: {
    type: 'string', required: true, transport: true, maxLength: 255, pattern: '^[^\\s/]+$', example: 'db.company.local',
    title: { ru: 'Сервер', en: 'Server' },
    description: { ru: 'Имя или IP сервера PostgreSQL.', en: 'Name or IP of the PostgreSQL server.' },
  },
  port: {
    type: 'number', minimum: 1, maximum: 65_535, unit: 'count', default: 5432, transport: true, example: 5432,
    title: { ru: 'Порт', en: 'Port' },
    description: { ru: 'Порт сервера.', en: 'Port of the server.' },
  },
  database: {
    type: 'string', required: true, transport: true, maxLength: 63, pattern: '^[^\\x00]+$', example: 'warehouse',
    title: { ru: 'База данных', en: 'Database' },
    description: { ru: 'Имя базы. Собственная база платформы не принимается.', en: 'Name of the database. The platform\'s own database is not accepted.' },
  },
  user: {
    type: 'string', required: true, maxLength: 63, pattern: '^[^\\x00]+$', example: 'zveno',
    title: { ru: 'Пользователь', en: 'User' },
    description: { ru: 'Роль PostgreSQL с правами только на нужные таблицы.', en: 'A PostgreSQL role with rights on the needed tables only.' },
  },
  password: {
    type: 'secret', required: true,
    title: { ru: 'Пароль', en: 'Password' },
    description: { ru: 'Пароль этой роли.', en: 'Password of that role.' },
  },
  tls: {
    type: 'enum', values: ['off', 'require', 'verify'], default: 'verify', transport: true, example: 'verify',
    title: { ru: 'Шифрование', en: 'Encryption' },
    description: { ru: 'off — нет; require — без проверки сертификата; verify — с проверкой.', en: 'off: none; require: the certificate is not checked; verify: it is checked.' },
  },
  ca: {
    type: 'string', maxLength: 65_536, advanced: true, transport: true, when: { tls: ['verify'] }, pattern: '-----BEGIN CERTIFICATE-----', example: '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----',
    title: { ru: 'Удостоверяющий центр', en: 'Certificate authority' },
    description: { ru: 'Сертификат центра в виде PEM, если он свой.', en: 'Certificate of the authority as PEM, when it is your own.' },
  },
  schema: {
    type: 'string', maxLength: 63, pattern: '^[^\\x00]+$', example: 'public',
    title: { ru: 'Схема', en: 'Schema' },
    description: { ru: 'Где искать таблицы без схемы в имени. Без неё действует search_path роли.', en: 'Where tables without a schema in their name are looked up. Without it the role\'s search_path applies.' },
  },
  poolSize: {
    type: 'number', minimum: 1, maximum: 64, unit: 'count', default: 4, advanced: true, example: 4,
    title: { ru: 'Соединений', en: 'Sessions' },
    description: { ru: 'Сколько соединений держать одновременно.', en: 'How many sessions to keep at a time.' },
  },
  statementTimeoutMs: {
    type: 'number', minimum: 1, maximum: 600_000, unit: 'ms', default: 30_000, advanced: true, example: 10_000,
    title: { ru: 'Время на запрос', en: 'Time for a statement' },
    description: { ru: 'Сервер отменяет запрос, который выполняется дольше.', en: 'The server cancels a statement that runs longer.' },
  },
} as const satisfies SpecFields;

const attributeName = '^[A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_.\\-]*$';

const table = {
  type: 'string', required: true, maxLength: 130, pattern: '^[^\\x00]+$', example: 'orders',
  title: { ru: 'Таблица', en: 'Table' },
  description: { ru: 'Имя таблицы или «схема.таблица», в точности как в базе.', en: 'Name of the table or "schema.table", exactly as in the database.' },
} as const;

const filterAttribute = {
  type: 'string', default: 'Filter', maxLength: 128, pattern: attributeName, example: 'Filter',
  title: { ru: 'Атрибут фильтра', en: 'Attribute of the filter' },
  description: {
    ru: 'Атрибут сообщения со списком {Name, Value}: столбец равен значению, все условия вместе. null означает «пусто», список — одно из значений.',
    en: 'An attribute of the message with a list of {Name, Value}: the column equals the value, all conditions together. null means "is null", a list "one of".',
  },
} as const;

const ledger = {
  type: 'boolean', default: true, advanced: true,
  title: { ru: 'Журнал действий', en: 'Effects ledger' },
  description: {
    ru: 'Номер действия пишется в таблицу zveno_effects той же транзакцией, и повтор ничего не меняет. Таблицу создаёт действие createLedger.',
    en: 'The effect id goes into the table zveno_effects in the same transaction, so that a repeat changes nothing. The action createLedger makes the table.',
  },
} as const;

const resultAttribute = {
  type: 'string', default: 'rows', maxLength: 128, pattern: attributeName, example: 'rows',
  title: { ru: 'Атрибут результата', en: 'Attribute of the result' },
  description: { ru: 'Куда в ответе попадают строки или значение.', en: 'Where in the response the rows or the value are put.' },
} as const;

const limit = {
  type: 'number', minimum: 1, maximum: limits.remoteRows.value, unit: 'count', default: 1000, advanced: true, example: 100,
  title: { ru: 'Строк не больше', en: 'Rows at most' },
  description: { ru: 'Если подходит больше строк, это ошибка: молча ничего не отрезается.', en: 'More fitting rows are a failure: nothing is cut off silently.' },
} as const;

export const select = { table, resultAttribute, filterAttribute, limit } as const satisfies SpecFields;

export const insert = { table, ledger } as const satisfies SpecFields;

export const update = {
  table,
  key: {
    type: 'strings', example: ['number'],
    title: { ru: 'Ключ', en: 'Key' },
    description: { ru: 'Столбцы, по которым находится строка; их значения берутся из сообщения. Остальные атрибуты записываются.', en: 'Columns by which the row is found; their values come from the message. The other attributes are written.' },
  },
  filterAttribute,
  ledger,
} as const satisfies SpecFields;

export const remove = { table, filterAttribute, ledger } as const satisfies SpecFields;

export const custom = {
  sql: {
    type: 'string', required: true, code: true, maxLength: limits.statementCharacters.value, example: 'SELECT count(*) FROM orders WHERE customer = :customer',
    title: { ru: 'SQL-запрос', en: 'SQL statement' },
    description: { ru: 'Один запрос. :имя и {имя} связываются со значениями сообщения как параметры, :effectId — с номером действия.', en: 'One statement. :name and {name} are bound to values of the message as parameters, :effectId to the effect id.' },
  },
  resultKind: {
    type: 'enum', values: ['none', 'rows', 'scalar'], default: 'rows', example: 'scalar',
    title: { ru: 'Результат', en: 'Result' },
    description: { ru: 'none — только число строк; rows — список; scalar — первый столбец первой строки.', en: 'none: only the number of rows; rows: a list; scalar: the first column of the first row.' },
  },
  resultAttribute,
  writes: {
    type: 'boolean', default: false, advanced: true,
    title: { ru: 'Запрос меняет данные', en: 'The statement writes' },
    description: { ru: 'Нужно только для SELECT, который вызывает меняющую данные функцию: иначе он выполняется как чтение.', en: 'Needed only for a SELECT that calls a writing function: otherwise it runs as a read.' },
  },
  ledger,
  limit,
} as const satisfies SpecFields;

export const poll = {
  sql: {
    type: 'string', required: true, maxLength: limits.statementCharacters.value, example: 'SELECT id, number, total FROM orders WHERE id > :since',
    title: { ru: 'SQL-запрос', en: 'SQL statement' },
    description: { ru: 'Один SELECT. Без растущего столбца каждый опрос читает всё заново; с ним :since — его последнее прочитанное значение.', en: 'One SELECT. Without a growing column each poll reads everything anew; with one, :since is its last value that was read.' },
  },
  resultAttribute: { ...resultAttribute, description: { ru: 'Атрибут сообщения, в который попадают строки.', en: 'Attribute of the message in which the rows are put.' } },
  sinceColumn: {
    type: 'string', maxLength: 63, pattern: '^[^\\x00]+$', example: 'id',
    title: { ru: 'Растущий столбец', en: 'Growing column' },
    description: { ru: 'Столбец результата, который у новых строк больше и ни у каких двух не равен: номер или последовательность.', en: 'A column of the result that is greater in new rows and equal in no two: a number or a sequence.' },
  },
  sinceStart: {
    type: 'string', maxLength: 200, default: '0', advanced: true, example: '0',
    title: { ru: 'Начать после', en: 'Begin after' },
    description: { ru: 'Значение :since до первого опроса.', en: 'The value of :since before the first poll.' },
  },
  limit: { ...limit, description: { ru: 'Строк в одном сообщении. Без растущего столбца большее число строк — ошибка: молча ничего не отрезается.', en: 'Rows of one message. Without a growing column more rows are a failure: nothing is cut off silently.' } },
} as const satisfies SpecFields;
