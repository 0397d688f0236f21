/** The OpenAPI 3.1 document, made of the operations. */
import { permissions } from '../core/access/permission.ts';
import { catalogue, type FailureCode } from '../core/errors.ts';
import { textOf, type FailureParameters, type Lang } from '../core/failure.ts';
import type { Template } from '../core/template.ts';
import { bodyExamples } from './body-examples.ts';
import { exampleOf } from './example.ts';
import { problem } from './field.ts';
import { fieldText } from './field-texts.ts';
import { operationList } from './operations.ts';
import { tags, takesIfMatch, takesKey, type AnswerShape, type Operation, type Tag, type Text } from './operation.ts';
import { expandSchema, filterSchema } from './records.ts';
import { templatePart } from './template-paths.ts';

export interface DocumentOptions {
  lang: Lang;
  version: string;
  /** Where the platform is reached; null for wherever the document was read from. */
  publicUrl: string | null;
  /** Published templates whose records get typed operations of their own. */
  templates?: readonly Template[];
}

type Json = Record<string, unknown>;

/** Codes that any operation may answer with. */
export const commonFailures: readonly FailureCode[] = ['access.unauthenticated', 'access.forbidden', 'access.slowDown', 'http.tooManyCalls', 'http.invalid', 'http.internal', 'store.unavailable'];
/** Codes that any operation with a body may answer with besides. */
export const bodyFailures: readonly FailureCode[] = ['http.bodyMissing', 'http.bodyTooLarge', 'http.contentType', 'message.malformed', 'message.tooDeep', 'message.forbiddenText'];

/** Codes that a write may answer with besides, when it comes with an Idempotency-Key. */
const keyFailures: readonly FailureCode[] = ['http.badHeader', 'message.keyReused', 'message.inProgress', 'http.outcomeUnknown', 'http.replyNotKept'];

/** Codes of an edit that may be held to what its caller has read. */
const editFailures: readonly FailureCode[] = ['http.preconditionRequired'];

export const failuresOf = (operation: Operation): readonly FailureCode[] => [...new Set([...operation.failures, ...commonFailures, ...(operation.body === undefined ? [] : bodyFailures), ...(takesKey(operation) ? keyFailures : []), ...(takesIfMatch(operation) ? editFailures : [])])];

export function openApiDocument({ lang, version, publicUrl, templates = [] }: DocumentOptions): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operationList) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = operationObject(operation, lang);
  }
  const parts = templates.map((template) => templatePart(template, templates, lang, (operation) => operationObject(operation, lang)));
  return {
    openapi: '3.1.0',
    info: { title: lang === 'ru' ? 'Звено' : 'Zveno', version, description: about[lang], license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: publicUrl ?? '/' }],
    tags: [...tags.map((name) => ({ name, description: tagTexts[name][lang] })), ...parts.map(({ tag }) => tag)],
    paths: Object.assign(paths, ...parts.map((part) => part.paths)) as Json,
    components: {
      schemas: Object.assign({ ...named }, ...parts.map(({ schemas }) => schemas)) as Json,
      securitySchemes: { basic: { type: 'http', scheme: 'basic', description: basicText[lang] }, token: { type: 'http', scheme: 'bearer', description: tokenText[lang] }, signature: { type: 'apiKey', in: 'header', name: 'Authorization', description: signatureText[lang] }, session: { type: 'apiKey', in: 'cookie', name: 'zveno-session', description: sessionText[lang] } },
    },
    security: [{ basic: [] }, { token: [] }, { signature: [] }, { session: [] }],
  };
}

/** What references of schemas lead to, before there are any templates. */
const named = { Problem: problem, Filter: filterSchema, Expand: expandSchema };

function operationObject(operation: Operation, lang: Lang): Json {
  return {
    operationId: operation.id,
    ...(operation.deprecated === undefined ? {} : { deprecated: true }),
    tags: [operation.tag],
    summary: operation.summary[lang],
    description: [operation.about?.[lang], deprecationText(operation, lang), permissionText(operation, lang)].filter((text) => text !== undefined).join('\n\n'),
    parameters: [...parametersOf(operation, 'path', lang), ...parametersOf(operation, 'query', lang), ...headersOf({ ...operation.headers, ...(takesKey(operation) ? idempotencyKey : {}) }, lang)],
    ...(operation.body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: describedBody(operation.body, operation, lang), example: bodyExamples[operation.id] ?? exampleOf(operation.body, false, named) } } } }),
    ...(operation.upload === undefined ? {} : { requestBody: { required: true, content: uploadContent(operation.upload, lang) } }),
    responses: { ...answersOf(operation, lang), ...problemsOf(operation, lang) },
    ...(operation.open === true ? { security: [] } : {}),
    'x-permission': operation.open === true ? null : (operation.permission ?? 'api.call'),
  };
}

const binary = { type: 'string', format: 'binary' };
const filesText: Text = { ru: 'Файлы; имя каждого — в его части формы', en: 'Files, each with its name in its part of the form' };

const uploadContent = (upload: NonNullable<Operation['upload']>, lang: Lang): Json =>
  upload === true
    ? {
        'application/octet-stream': { schema: binary },
        'multipart/form-data': { schema: { type: 'object', properties: { files: { type: 'array', items: binary, description: filesText[lang] } } } },
      }
    : { [upload]: { schema: { type: 'string' }, example: '{"number": "A-1", "total": 10.5}\n{"number": "A-2", "total": 3}\n' } };

function parametersOf(operation: Operation, place: 'path' | 'query', lang: Lang): Json[] {
  const fields = (place === 'path' ? operation.params : operation.query) ?? {};
  return Object.entries(fields).map(([name, schema]) => {
    const isList = 'type' in schema && schema.type === 'array';
    const text = fieldText(operation, name);
    return { name, in: place, required: place === 'path' || isRequired(schema), ...(text === undefined ? {} : { description: text[lang] }), schema, example: exampleOf(schema, false, named, name), ...(isList ? { style: 'form', explode: 'x-repeated' in schema } : {}) };
  });
}

/** The body's schema, whose properties say in the language of the document what they are. */
function describedBody(body: object, operation: Operation, lang: Lang): object {
  if (!('properties' in body) || typeof body.properties !== 'object' || body.properties === null) return body;
  const described = Object.entries(body.properties).map(([name, schema]) => {
    const text = fieldText(operation, name);
    return [name, text === undefined ? schema : { ...schema, description: text[lang] }];
  });
  return { ...body, properties: Object.fromEntries(described) };
}

/** Optional fields carry a mark that is not enumerable JSON; what has no mark is required. */
export const isRequired = (schema: object): boolean => !('~optional' in schema);

const headersOf = (headers: Operation['headers'], lang: Lang): Json[] =>
  Object.entries(headers ?? {}).map(([name, text]) => ({ name, in: 'header', required: false, description: text[lang], schema: { type: 'string' } }));

function answersOf(operation: Operation, lang: Lang): Json {
  return Object.fromEntries(Object.entries(operation.answers).map(([status, answer]) => [status, answerObject(answer, lang)]));
}

function answerObject({ about: text, schema, mediaType, headers }: AnswerShape, lang: Lang): Json {
  return {
    description: text[lang],
    ...(schema === undefined ? {} : { content: { [mediaType ?? 'application/json']: { schema, example: exampleOf(schema, true, named) } } }),
    ...(headers === undefined ? {} : { headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, { description: header[lang], schema: { type: 'string' } }])) }),
  };
}

/** One problem+json answer a status, with the codes that come under it. */
function problemsOf(operation: Operation, lang: Lang): Json {
  const byStatus = new Map<number, FailureCode[]>();
  for (const code of failuresOf(operation)) {
    const { status } = catalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code][lang]}`).join('\n\n'),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: problemExample(codes[0], status, lang) } },
  }]));
}

/** As it would come for the first of the codes; what the sentence names is named after its place in it. */
function problemExample(code: FailureCode | undefined, status: number, lang: Lang): Json {
  const of: FailureCode = code ?? 'http.internal';
  const names = [...catalogue[of][lang].matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = Object.fromEntries(names.map((name) => [name, exampleOf({ type: 'string' }, true, named, name)]));
  return { type: `urn:zveno:failure:${of}`, title: textOf(of, parameters as FailureParameters, lang), status, code: of, parameters };
}

function deprecationText({ deprecated }: Operation, lang: Lang): string | undefined {
  if (deprecated === undefined) return undefined;
  const { since, sunset, instead } = deprecated;
  const end = sunset === undefined ? '' : lang === 'ru' ? ` Работает до ${sunset}.` : ` It works until ${sunset}.`;
  return lang === 'ru' ? `Устарела с ${since}; вместо неё — \`${instead}\`.${end}` : `Deprecated since ${since}; use \`${instead}\` instead.${end}`;
}

function permissionText({ permission, open }: Operation, lang: Lang): string {
  if (open === true) return lang === 'ru' ? 'Входить не нужно.' : 'No sign-in is needed.';
  const needed = permission === null ? '`api.call`' : `\`api.call\`, \`${permission}\``;
  return lang === 'ru' ? `Разрешения: ${needed}.` : `Permissions: ${needed}.`;
}

const about: Text = {
  ru: `Вход — Basic (аккаунт и пароль), Bearer (ключ API), подпись HMAC-SHA256 или сеанс браузера. Отказ — application/problem+json с кодом, параметрами и всеми найденными ошибками; язык текста — по Accept-Language. Числа передаются точно, сколько бы знаков в них ни было. Разрешения: ${permissions.join(', ')}.`,
  en: `Sign in with Basic (account and password), Bearer (a token), an HMAC-SHA256 signature or a session of a browser. A refusal is application/problem+json with a code, its parameters and all problems found; its language follows Accept-Language. Numbers keep all their digits. Permissions: ${permissions.join(', ')}.`,
};

const idempotencyKey: Readonly<Record<string, Text>> = {
  'Idempotency-Key': { ru: 'Ваш номер запроса: его повтор в течение суток получит тот же ответ, и ничего не сделается дважды', en: 'Your number of the request: a repeat within a day gets the same answer, and nothing is done twice' },
};

const basicText: Text = { ru: 'Имя и пароль аккаунта, в UTF-8', en: 'Name and password of an account, in UTF-8' };

const signatureText: Text = {
  ru: 'Подпись HMAC-SHA256: `Authorization: HMAC-SHA256 Credential=…&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=…` с заголовками `x-ms-date` и `x-ms-content-sha256`. Подписываются метод, путь с параметрами, дата, адрес и тело; ключ — `POST /api/v1/accounts/{name}/keys`.',
  en: 'An HMAC-SHA256 signature: `Authorization: HMAC-SHA256 Credential=…&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=…` with the headers `x-ms-date` and `x-ms-content-sha256`. Method, path with query, date, host and body are signed; a key comes from `POST /api/v1/accounts/{name}/keys`.',
};
const sessionText: Text = { ru: 'Сеанс браузера; с https cookie называется __Host-zveno-session. Изменениям нужен ещё заголовок Zveno-Csrf', en: 'A browser session; with https the cookie is called __Host-zveno-session. Changes also need the header Zveno-Csrf' };
const tokenText: Text = { ru: 'Ключ API', en: 'A token' };

export const tagTexts: Readonly<Record<Tag, Text>> = {
  records: { ru: 'Записи', en: 'Records' },
  templates: { ru: 'Шаблоны записей', en: 'Templates' },
  messages: { ru: 'Сообщения и недоставленные', en: 'Messages and dead letters' },
  jobs: { ru: 'Задания: массовая работа, которая идёт сама', en: 'Jobs: bulk work that goes on by itself' },
  runs: { ru: 'Запуски', en: 'Runs' },
  scenarios: { ru: 'Сценарии', en: 'Scenarios' },
  routes: { ru: 'Маршруты', en: 'Routes' },
  connections: { ru: 'Подключения и их типы', en: 'Connections and connectors' },
  configuration: { ru: 'Конфигурация как документы', en: 'Configuration as documents' },
  secrets: { ru: 'Секреты', en: 'Secrets' },
  accounts: { ru: 'Аккаунты и ключи API', en: 'Accounts and tokens' },
  sessions: { ru: 'Сеансы браузеров и свой пароль', en: 'Browser sessions and one\'s own password' },
  roles: { ru: 'Роли и группы', en: 'Roles and groups' },
  audit: { ru: 'Журнал аудита', en: 'The audit log' },
  events: { ru: 'Живая лента', en: 'Live feed' },
  instance: { ru: 'Установка', en: 'The installation' },
  backups: { ru: 'Резервные копии', en: 'Backups' },
};
