/** Properties of an OData connection and of the routes over it. */
import { httpSignInFields, httpTlsFields, type SpecFields } from '../../sdk/index.ts';

export const connection = {
  url: {
    type: 'string', required: true, transport: true, pattern: '^https?://[^\\s/?#@]+(?:/[^\\s?#]*)?$', example: 'https://1c.example/trade/odata/standard.odata',
    title: { ru: 'Адрес службы', en: 'Address of the service' },
    description: { ru: 'Корень службы OData, без имени и пароля. В 1С он оканчивается на /odata/standard.odata.', en: 'Root of the OData service, without a name or a password. In 1C it ends in /odata/standard.odata.' },
  },
  dialect: {
    type: 'enum', values: ['auto', '1c', 'v2', 'v3', 'v4', 'sap'], default: 'auto', advanced: true, example: '1c',
    title: { ru: 'Диалект', en: 'Dialect' },
    description: { ru: 'auto узнаёт его по описанию службы. Остальное — если описание говорит неправду; sap — V2 со токеном SAP Gateway.', en: 'auto tells it from the description of the service. The others are for a description that lies; sap is V2 with the token of SAP Gateway.' },
  },
  format: {
    type: 'enum', values: ['json', 'atom'], default: 'json', advanced: true, example: 'atom',
    title: { ru: 'Формат чтения', en: 'Format of reading' },
    description: { ru: 'В чём просить строки. atom — для служб V1–V3, которые не знают JSON; ответ в Atom понимается при любом значении.', en: 'In what rows are asked for. atom: for services of V1 to V3 that know no JSON; an answer in Atom is understood whichever is set.' },
  },
  auth: {
    type: 'enum', values: ['none', 'basic', 'bearer', 'header', 'oauth2', 'ntlm'], default: 'none', example: 'basic', transport: true,
    title: { ru: 'Вход', en: 'Sign-in' },
    description: { ru: 'Имя и пароль (в UTF-8, кириллица годится), токен, ключ в своём заголовке, токен, который выдаёт сервер OAuth 2 (client credentials), или вход Windows (ntlm: NTLMv2, имя как ДОМЕН\\имя или имя@домен).', en: 'Name and password (in UTF-8, so Cyrillic will do), a token, a key in a header of its own, a token that an OAuth 2 server issues (client credentials), or the sign-in of Windows (ntlm: NTLMv2, the name as DOMAIN\\name or name@domain).' },
  },
  ...httpSignInFields,
  username: {
    ...httpSignInFields.username, when: { auth: ['basic', 'ntlm'] }, example: 'Обмен',
    description: { ru: 'Пользователь 1С или другой службы. Хватает прав на нужные объекты, права администратора не нужны.', en: 'User of 1C or another service. Rights on the objects in question are enough; an administrator is not needed.' },
  },
  // 1C has users without one.
  password: {
    ...httpSignInFields.password, when: { auth: ['basic', 'ntlm'] }, required: false,
    description: { ru: 'Пароль этого пользователя; без него уходит пустой.', en: 'Password of that user; without it an empty one is sent.' },
  },
  tokenUrl: {
    type: 'string', required: true, when: { auth: ['oauth2'] }, transport: true, pattern: '^https?://[^\\s/?#@]+[^\\s#]*$', example: 'https://login.example/tenant/oauth2/v2.0/token',
    title: { ru: 'Адрес выдачи токенов', en: 'Address that issues tokens' },
    description: { ru: 'Конечная точка token сервера OAuth 2.', en: 'The token endpoint of the OAuth 2 server.' },
  },
  clientId: {
    type: 'string', required: true, when: { auth: ['oauth2'] }, maxLength: 256, example: '2b4f4c2e-9d31-4b57-8a35-0c9c8f6f6e11',
    title: { ru: 'Идентификатор клиента', en: 'Client id' },
    description: { ru: 'client_id приложения.', en: 'The client_id of the application.' },
  },
  clientSecret: {
    type: 'secret', required: true, when: { auth: ['oauth2'] },
    title: { ru: 'Секрет клиента', en: 'Client secret' },
    description: { ru: 'client_secret; уходит только на адрес выдачи токенов, в заголовке.', en: 'The client_secret; goes only to the address that issues tokens, in a header.' },
  },
  scope: {
    type: 'string', when: { auth: ['oauth2'] }, maxLength: 1_000, example: 'https://org.crm4.dynamics.com/.default',
    title: { ru: 'Область действия', en: 'Scope' },
    description: { ru: 'scope запроса токена, если сервер его требует.', en: 'The scope of the token request, if the server wants one.' },
  },
  headers: { ...httpSignInFields.headers, example: { 'sap-client': '100' } },
  timeoutMs: {
    type: 'number', minimum: 1, maximum: 600_000, unit: 'ms', default: 280_000, example: 60_000,
    title: { ru: 'Время на запрос', en: 'Time for a request' },
    description: { ru: 'Сколько ждать ответа целиком. 1С обрывает сеанс через пять минут, поэтому обычно чуть меньше.', en: 'How long to wait for the whole answer. 1C cuts a session off after five minutes, hence a little less.' },
  },
  metadataTimeoutMs: {
    type: 'number', minimum: 1, maximum: 600_000, unit: 'ms', default: 300_000, advanced: true, example: 120_000,
    title: { ru: 'Время на описание службы', en: 'Time for the description of the service' },
    description: { ru: 'Сколько ждать $metadata: у больших баз 1С это десятки секунд.', en: 'How long to wait for $metadata: for a large base of 1C tens of seconds.' },
  },
  metadataMaxAgeMs: {
    type: 'number', minimum: 60_000, maximum: 604_800_000, unit: 'ms', default: 3_600_000, advanced: true, example: 21_600_000,
    title: { ru: 'Возраст описания службы', en: 'Age of the description of the service' },
    description: { ru: 'Старше этого описание сверяется со службой в фоне; работа тем временем идёт по прежнему. Сверяет один узел за всех.', en: 'An older description is compared with that of the service in the background, while work goes on by the earlier one. One node does it for all.' },
  },
  onecSession: {
    type: 'enum', values: ['auto', 'off'], default: 'auto', advanced: true, example: 'off',
    title: { ru: 'Сеансы 1С', en: 'Sessions of 1C' },
    description: { ru: 'auto — попросить 1С о сеансе (IBSession) и продолжать в нём: начало сеанса дороже запроса. off — не просить.', en: 'auto: ask 1C for a session (IBSession) and go on in it, because the start of one costs more than a request. off: do not ask.' },
  },
  platformVersion: {
    type: 'string', maxLength: 24, pattern: '^\\d{1,3}(?:\\.\\d{1,5}){1,3}$', advanced: true, example: '8.3.24.1467',
    title: { ru: 'Версия платформы 1С', en: 'Version of the 1C platform' },
    description: { ru: 'Для проверки, если её негде узнать: OData версию не называет, а веб-клиент, по странице которого она узнаётся, не опубликован. В 1С: «Справка → О программе».', en: 'For the check, where it cannot be learnt: OData does not tell it, and the web client, whose page does, is not published. In 1C: "Help → About".' },
  },
  timeZone: {
    type: 'string', maxLength: 64, pattern: '^[A-Za-z][A-Za-z0-9_+\\-]*(?:/[A-Za-z0-9_+\\-]+)*$', advanced: true, example: 'Europe/Moscow',
    title: { ru: 'Часовой пояс сервера', en: 'Time zone of the server' },
    description: { ru: '1С хранит время по часам своего сервера. С поясом даты читаются и записываются моментами UTC, без него остаются временем без пояса; нужен и для моментов, названных в условии отбора.', en: '1C keeps times by the clock of its server. With the zone dates are read and written as instants of UTC, without it they stay times without a zone; also needed for instants that a filter names.' },
  },
  maxQueryBytes: {
    type: 'number', minimum: 200, maximum: 64_000, unit: 'bytes', advanced: true, example: 8_000,
    title: { ru: 'Длина параметров адреса', en: 'Length of the parameters of an address' },
    description: { ru: 'Сколько байт принимает веб-сервер. Если не задано: 2000 для 1С (предел IIS), 8000 для остальных.', en: 'How many bytes the web server takes. Unless given: 2000 for 1C (the limit of IIS), 8000 for the others.' },
  },
  scratchSet: {
    type: 'string', maxLength: 500, advanced: true, example: 'ScratchItems',
    title: { ru: 'Набор для пробной записи', en: 'Set for trial writes' },
    description: { ru: 'Только для действия probeWrites: в этом наборе создаётся, меняется и удаляется пробная строка. Назовите набор, где это безвредно.', en: 'For the action probeWrites only: a trial row is created, changed and removed in this set. Name one where that does no harm.' },
  },
  poolSize: {
    type: 'number', minimum: 1, maximum: 64, unit: 'count', default: 4, advanced: true, example: 4,
    title: { ru: 'Соединений', en: 'Sessions' },
    description: { ru: 'Сколько запросов к службе держать одновременно, самое большее: начинается с двух, служба, которой много, получает меньше.', en: 'How many requests to the service to keep at a time at most: it begins with two, and a service for which it is too much gets fewer.' },
  },
  ...httpTlsFields,
} as const satisfies SpecFields;

const set = {
  type: 'string', required: true, maxLength: 500, example: 'Catalog_Контрагенты',
  title: { ru: 'Набор', en: 'Set' },
  description: { ru: 'Имя набора, как его называет служба.', en: 'Name of the set as the service calls it.' },
} as const;

const select = {
  type: 'strings', example: ['Ref_Key', 'Description'],
  title: { ru: 'Поля', en: 'Fields' },
  description: { ru: 'Какие поля прочитать; ключ добавляется сам. Без них — все. В 1С годятся ** (без табличных частей) и Поле____Presentation.', en: 'Which fields to read; the key is added by itself. Without them all. In 1C also ** (no table parts) and Field____Presentation.' },
} as const;

export const match = {
  type: 'enum', values: ['auto', 'none', 'any', 'etag', 'absent'], default: 'auto', advanced: true, example: 'etag',
  title: { ru: 'Версия строки', en: 'Version of the row' },
  description: {
    ru: 'etag — менять, только если строка та же: версия берётся из атрибута etag сообщения. any — строка должна существовать. absent — её не должно быть, она создаётся (If-None-Match). none — без условия. auto — any для V4, иначе none. 1С эту проверку не выполняет.',
    en: 'etag: change only the row of that version, which is in the attribute etag of the message. any: the row has to exist. absent: it must not, and is created (If-None-Match). none: no condition. auto: any for V4, else none. 1C does not perform this check.',
  },
} as const;

const dataLoadMode = {
  type: 'boolean', default: false, advanced: true,
  title: { ru: 'Режим загрузки 1С', en: 'Load mode of 1C' },
  description: { ru: 'Записывать, как при обмене данными: проверки конфигурации пропускаются.', en: 'Write as in a data exchange: the checks of the configuration are skipped.' },
} as const;

const missingFields = {
  type: 'enum', values: ['refuse', 'skip'], default: 'refuse', advanced: true, example: 'skip',
  title: { ru: 'Исчезнувшие поля', en: 'Fields that are gone' },
  description: {
    ru: 'Что делать с полем, которого в описании службы нет: refuse — отказать и ничего не посылать; skip — работать без него и назвать его в warnings ответа. Условие отбора и порядок без поля не выполняются никогда.',
    en: 'What to do about a field that the description of the service lacks. refuse: refuse and send nothing. skip: work without it and name it in warnings of the response. A filter or an order is never carried out without a field of it.',
  },
} as const;

const references = {
  type: 'enum', values: ['refuse', 'warn', 'trust'], default: 'refuse', advanced: true, example: 'warn',
  title: { ru: 'Ссылки в 1С', en: 'References in 1C' },
  description: {
    ru: '1С сохраняет ссылку на несуществующий объект и отвечает успехом. refuse — такая строка не отправляется; warn — отправляется, а поле названо в differences; trust — ссылки не проверяются.',
    en: '1C stores a reference to an object that does not exist and answers with success. refuse: such a row is not sent; warn: it is sent and the field is named in differences; trust: references are not looked up.',
  },
} as const;

export const onDifference = {
  type: 'enum', values: ['warn', 'park', 'fail'], default: 'warn', example: 'park',
  title: { ru: 'Если сохранилось не то', en: 'When something else was stored' },
  description: {
    ru: 'Записанная строка сравнивается с отправленной. warn — вызов удался, отличия названы в differences ответа; park — сообщение ждёт человека; fail — вызов не удался. Строка в удалённой системе в любом случае уже записана.',
    en: 'The stored row is compared with the one that was sent. warn: the call succeeds and the differences of the answer name them; park: the message waits for a person; fail: the call fails. The row is stored in the remote system in any case.',
  },
} as const;

const postingTitle = { ru: 'Проведение в 1С', en: 'Posting in 1C' } as const;

export const query = {
  set,
  missingFields,
  filter: {
    type: 'json', example: { op: 'and', of: [{ op: 'eq', field: 'ИНН', attribute: 'inn' }, { op: 'eq', field: 'DeletionMark', value: false }] },
    title: { ru: 'Условие отбора', en: 'Filter' },
    description: {
      ru: 'Дерево: and, or, not; eq, ne, gt, ge, lt, le, in, contains, startsWith, endsWith, like с field и value, attribute (из сообщения) или variable (runStart-1d, lastSuccess-10m); isNull, isNotNull; any, all по табличной части или набору простых значений ($this — само значение); type — каким типом считать значение поля (Edm.String …), для составного поля 1С — набор или Edm.Double, Edm.String, Edm.Boolean, Edm.DateTime; isOf — того ли оно типа. Чего служба проверить не может, проверяется на прочитанных строках.',
      en: 'A tree: and, or, not; eq, ne, gt, ge, lt, le, in, contains, startsWith, endsWith, like with field and value, attribute (of the message) or variable (runStart-1d, lastSuccess-10m); isNull, isNotNull; any, all over a table part or a collection of plain values ($this is the value itself); type: what the value of the field is taken as (Edm.String …), of a composite field of 1C the set or Edm.Double, Edm.String, Edm.Boolean, Edm.DateTime; isOf: whether it is of that. What the service cannot check is checked on the rows that were read.',
    },
  },
  select,
  expand: {
    type: 'strings', example: ['Контрагент'],
    title: { ru: 'Вложить связанные', en: 'Expand' },
    description: { ru: 'Навигационные свойства, строки которых читаются вместе с основной.', en: 'Navigation properties whose rows are read together with the main one.' },
  },
  orderBy: {
    type: 'strings', example: ['Date desc'],
    title: { ru: 'Порядок', en: 'Order' },
    description: { ru: 'Поля с asc или desc. Без него — по ключу, чтобы страницы не пересекались.', en: 'Fields with asc or desc. Without it by key, so that pages do not overlap.' },
  },
  pageRows: {
    type: 'number', minimum: 1, maximum: 20_000, unit: 'count', default: 1_000, example: 500,
    title: { ru: 'Строк на странице', en: 'Rows of a page' },
    description: { ru: 'Сколько строк просить за раз самое большее: тяжёлых и медленных строк просится меньше.', en: 'How many rows to ask for at once at most: of heavy or slow rows fewer are asked for.' },
  },
  paging: {
    type: 'enum', values: ['auto', 'server'], default: 'auto', advanced: true, example: 'server',
    title: { ru: 'Постраничное чтение', en: 'Paging' },
    description: { ru: 'auto — $top и $skip, и ссылки службы внутри них. server — только ссылки службы: для служб без $skip (Dataverse).', en: 'auto: $top and $skip, and links of the service within them. server: only links of the service, for services without $skip (Dataverse).' },
  },
  onEmpty: {
    type: 'enum', values: ['nothing', 'warn'], default: 'nothing', advanced: true, example: 'warn',
    title: { ru: 'Если строк нет', en: 'When there are no rows' },
    description: { ru: 'warn — узнать ещё одним малым запросом, сколько строк есть без условия, и сказать об этом в warnings ответа. nothing — пустой ответ и есть ответ.', en: 'warn: find out by one more small request how many rows there are without the filter, and say so in warnings of the response. nothing: an empty answer is an answer.' },
  },
  count: {
    type: 'boolean', default: false,
    title: { ru: 'Считать все', en: 'Count all' },
    description: { ru: 'Вместе с первой страницей узнать, сколько строк подходит всего. Кроме 1С: она, считая, забывает о размере страницы.', en: 'Find out with the first page how many rows there are in all. Not for 1C, which forgets the size of the page while counting.' },
  },
  allowedOnly: {
    type: 'boolean', default: false,
    title: { ru: 'Только разрешённое', en: 'Allowed only' },
    description: { ru: '1С: пропускать строки, на которые нет прав, а не отказывать во всём чтении.', en: '1C: leave out rows that may not be read instead of refusing it all.' },
  },
} as const satisfies SpecFields;

export const get = { set, missingFields, select } as const satisfies SpecFields;

export const create = {
  set,
  missingFields,
  verifyBy: {
    type: 'strings', example: ['Code'],
    title: { ru: 'Как узнать свою строку', en: 'How to tell the row' },
    description: {
      ru: 'Поля, по значениям которых строка узнаётся среди остальных. Если связь оборвалась и неизвестно, создана ли строка, её ищут по ним: не нашлась — создаётся, одна — считается созданной, несколько — решает человек. Выбирайте короткие поля: обрезанный текст не найдётся.',
      en: 'Fields whose values tell the row from all others. When the link broke and nobody knows whether the row was created, it is looked up by them: none is created anew, one counts as created, several are for a person. Choose short fields: a text that was cut is not found.',
    },
  },
  verifyWaitMs: {
    type: 'number', minimum: 0, maximum: 600_000, unit: 'ms', default: 30_000, advanced: true, example: 120_000,
    title: { ru: 'Сколько ждать потерянный запрос', en: 'How long to wait for a lost request' },
    description: {
      ru: 'Сколько времени служба может выполнять запрос, связь с которым оборвалась. Столько строку ищут, прежде чем создать её снова; меньше — риск дубля.',
      en: 'For how long the service may be at a request whose link broke. So long the row is looked for before it is created anew; less risks a duplicate.',
    },
  },
  posting: {
    type: 'enum', values: ['none', 'post'], default: 'none', example: 'post', title: postingTitle,
    description: { ru: 'post — провести созданный документ. Если проведение не удалось, документ остаётся записанным, и ответ говорит об этом.', en: 'post: post the document that was created. When that fails the document stays written, and the answer says so.' },
  },
  onDifference,
  references,
  dataLoadMode,
} as const satisfies SpecFields;

export const update = {
  set,
  missingFields,
  match,
  replace: {
    type: 'boolean', default: false, advanced: true,
    title: { ru: 'Заменить целиком', en: 'Replace as a whole' },
    description: { ru: 'PUT: поля, которых нет в сообщении, очищаются. Обычно меняются только присланные.', en: 'PUT: fields that the message lacks are cleared. Usually only those that came are changed.' },
  },
  posting: {
    type: 'enum', values: ['none', 'post', 'postIfPosted', 'unpostBeforeUpdate'], default: 'none', example: 'unpostBeforeUpdate', title: postingTitle,
    description: {
      ru: 'post — провести после записи; postIfPosted — если документ был проведён; unpostBeforeUpdate — проведённый отменить, записать и провести снова. Отказ в записи возвращает проведение; отказ в проведении оставляет документ записанным, и ответ называет это.',
      en: 'post: post after the write; postIfPosted: when the document was posted; unpostBeforeUpdate: unpost a posted one, write it and post it again. A refused write restores the posting; a refused posting leaves the document written, and the answer says so.',
    },
  },
  onDifference,
  references,
  dataLoadMode,
} as const satisfies SpecFields;

/** A row that must not be there cannot be deleted. */
export const remove = {
  set,
  match: { ...match, values: ['auto', 'none', 'any', 'etag'] },
  deletion: {
    type: 'enum', values: ['remove', 'mark'], default: 'remove', example: 'mark',
    title: { ru: 'Как удалять', en: 'How to delete' },
    description: {
      ru: 'remove — удалить навсегда. mark — 1С: пометить на удаление, как делают люди; проведение документа сначала отменяется.',
      en: 'remove: for good. mark: 1C, mark for deletion as people do; a posted document is unposted first.',
    },
  },
} as const satisfies SpecFields;

export const callFunction = {
  name: {
    type: 'string', required: true, maxLength: 500, example: 'Post',
    title: { ru: 'Функция', en: 'Function' },
    description: { ru: 'Имя функции или действия, как в описании службы: Post, Unpost, SliceLast, Balance …', en: 'Name of the function or action as in the description of the service: Post, Unpost, SliceLast, Balance …' },
  },
  set: {
    type: 'string', maxLength: 500, example: 'Document_СчетНаОплатуПокупателю',
    title: { ru: 'Набор', en: 'Set' },
    description: { ru: 'Для функции строки или набора: чьи они. Ключ строки — в атрибуте key сообщения, параметры — в parameters.', en: 'For a function of a row or a set: whose. The key of the row is in the attribute key of the message, parameters in parameters.' },
  },
} as const satisfies SpecFields;

const plan = {
  type: 'string', required: true, maxLength: 500, example: 'ExchangePlan_ОбменССайтом',
  title: { ru: 'План обмена', en: 'Exchange plan' },
  description: { ru: 'Имя набора плана обмена. В плане должны быть нужные объекты с авторегистрацией, и все они опубликованы.', en: 'Name of the set of the exchange plan. The objects in question have to be in it with automatic registration, and published.' },
} as const;

const node = {
  type: 'string', required: true, maxLength: 200, example: '0d4a79cb-9843-4147-bcd9-80ac3ca2b9c7',
  title: { ru: 'Узел', en: 'Node' },
  description: { ru: 'Ссылка или код узла, заведённого для этой интеграции: не «Этот узел», и больше его никто не читает.', en: 'Reference or code of the node made for this integration: not "This node", and read by nobody else.' },
} as const;

export const selectChanges = {
  plan,
  node,
  sets: {
    type: 'strings', example: ['Catalog_Контрагенты', 'Document_СчетНаОплату'],
    title: { ru: 'Наборы', en: 'Sets' },
    description: { ru: 'Чьи изменения отдавать; без них — все опубликованные. Остальные только считаются.', en: 'Whose changes to hand out; without it those of all published sets. The others are only counted.' },
  },
  broken: {
    type: 'enum', values: ['refuse', 'report'], default: 'refuse', example: 'report',
    title: { ru: 'Нечитаемая запись', en: 'An entry that cannot be read' },
    description: { ru: 'refuse — пакет не отдаётся и остаётся в 1С. report — запись отдаётся в списке broken как есть: сохраните её, прежде чем подтвердить пакет.', en: 'refuse: the package is not handed out and stays in 1C. report: the entry is handed out in the list broken as it came; keep it before you confirm the package.' },
  },
  acceptMissed: {
    type: 'number', minimum: 1, maximum: 9_007_199_254_740_991, unit: 'count', advanced: true, example: 17,
    title: { ru: 'Принять пропущенное', en: 'Accept what was missed' },
    description: { ru: 'Номер, до которого пакеты узла подтвердил кто-то другой: их изменения сюда не пришли, и вы прочитали наборы целиком. Без него чтение узла, который подтверждают не отсюда, останавливается.', en: 'The number up to which somebody else has confirmed packages of the node: their changes did not come here, and you have read the sets as a whole. Without it the reading of a node that is confirmed from elsewhere stops.' },
  },
  maxBytes: {
    type: 'number', minimum: 1_000, maximum: 268_435_456, unit: 'bytes', default: 33_554_432, advanced: true, example: 67_108_864,
    title: { ru: 'Размер пакета', en: 'Size of a package' },
    description: { ru: 'Больше этого не читается: 1С отдаёт всё накопленное сразу, по частям его не взять.', en: 'More than this is not read: 1C gives everything registered at once, it cannot be had in parts.' },
  },
} as const satisfies SpecFields;

export const confirmChanges = { plan, node } as const satisfies SpecFields;

export const scan = {
  set,
  filter: query.filter,
  select,
  expand: query.expand,
  pageRows: {
    type: 'number', minimum: 1, maximum: 20_000, unit: 'count', default: 5_000, example: 2_000,
    title: { ru: 'Не больше строк на странице', en: 'At most so many rows of a page' },
    description: { ru: 'Первая страница пробная, остальные берутся по весу строк и времени ответа.', en: 'The first page is a probe; the others follow the weight of rows and the time of the answers.' },
  },
  targetBytes: {
    type: 'number', minimum: 10_000, maximum: 33_554_432, unit: 'bytes', default: 8_388_608, advanced: true, example: 4_194_304,
    title: { ru: 'Вес страницы', en: 'Weight of a page' },
    description: { ru: 'К чему стремится размер страницы. Больше 10 МиБ в одно сообщение не помещается.', en: 'What the size of a page aims at. More than 10 MiB do not fit into one message.' },
  },
  requestMs: {
    type: 'number', minimum: 1, maximum: 280_000, unit: 'ms', default: 60_000, advanced: true, example: 30_000,
    title: { ru: 'Время на страницу', en: 'Time for a page' },
    description: { ru: 'Дольше страница не ожидается: берётся вдвое меньше строк и вдвое более узкое окно.', en: 'A page is not waited for any longer: half of the rows and half of the window are taken.' },
  },
  windows: {
    type: 'enum', values: ['auto', 'always', 'off'], default: 'auto', advanced: true, example: 'off',
    title: { ru: 'Окна по дате', en: 'Windows by date' },
    description: { ru: '1С: читать документы и регистры окнами по Date и Period, от новых к старым. auto — если страниц больше двадцати.', en: '1C: read documents and registers in windows of Date and Period, from new to old. auto: if there are more than twenty pages.' },
  },
  allowedOnly: query.allowedOnly,
} as const satisfies SpecFields;
