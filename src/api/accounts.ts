/** Accounts and their tokens. */
import { Type } from 'typebox';
import { permissions } from '../core/access/permission.ts';
import { limits } from '../core/limits.ts';
import { instant, name, nullable, oneOf, uuid } from './field.ts';
import { wholeList } from './list.ts';
import { editTag, ifUnchanged } from './if-match.ts';
import { closed, operation, shape } from './operation.ts';

/** Short names for several permissions at once; `admin` is all of them. */
export const scopeGroups = ['api', 'records', 'messages', 'scenarios', 'connections', 'configuration', 'accounts', 'admin'] as const;

const permission = oneOf(permissions);
const scope = oneOf([...permissions, ...scopeGroups]);

const names = Type.Array(Type.String());

const account = shape({ id: uuid, name: Type.String(), permissions: Type.Array(permission), roles: names, groups: names, enabled: Type.Boolean(), mustChangePassword: Type.Boolean(), createdAt: instant }, { title: 'Account' });

const keyFields = { id: uuid, name: Type.String(), credential: Type.String({ description: 'Goes into the signature; no secret' }), createdAt: instant, expiresAt: instant, revokedAt: nullable(instant), lastUsedAt: nullable(instant) };

const tokenFields = { id: uuid, name: Type.String(), scopes: Type.Array(Type.String({ description: 'A permission, or a scope such as `records:read:Order`' })), createdAt: instant, expiresAt: nullable(instant), revokedAt: nullable(instant), lastUsedAt: nullable(instant) };

const accountName = Type.String({ pattern: '^[^\\s:\\p{C}]{1,64}$', examples: ['shop'] });
/** How long it has to be is a setting. */
const password = Type.String({ minLength: 1, maxLength: limits.passwordCharacters.value, format: 'password' });
const passwordFailures = ['account.passwordLength', 'account.passwordName', 'account.passwordGuessed'] as const;
/** For passwords that somebody chooses for somebody else. */
const mustChangePassword = Type.Optional(Type.Boolean());
const someNames = Type.Array(name, { maxItems: 100, uniqueItems: true });
const scopes = Type.Unsafe<(typeof permissions | typeof scopeGroups)[number][]>({ type: 'array', items: scope, minItems: 0, maxItems: 50 });

/** A text that is no scope is refused with the nearest one. */
const tokenScopes = Type.Array(Type.String({ examples: ['records:read:Order'] }), { maxItems: 100 });

export const accountOperations = {
  getMe: operation({
    id: 'getMe', method: 'GET', path: '/api/v1/me', tag: 'accounts', permission: null,
    summary: { ru: 'Кто я', en: 'Who am I' },
    answers: { 200: { about: { ru: 'Аккаунт и что ему можно с этими учётными данными', en: 'The account, and what these credentials may do' }, schema: shape({ account, may: Type.Array(permission), roles: names, administrator: Type.Boolean() }) } },
    failures: [],
  }),
  listAccounts: wholeList(
    {
      id: 'listAccounts', method: 'GET', path: '/api/v1/accounts', tag: 'accounts', permission: 'accounts.view',
      summary: { ru: 'Список аккаунтов', en: 'List accounts' },
      answers: { 200: { about: { ru: 'Все аккаунты', en: 'All accounts' }, schema: shape({ accounts: Type.Array(account) }) } },
      failures: [],
    },
    { items: 'accounts', key: ['name'], fields: ['name', 'enabled', 'createdAt'] },
  ),
  createAccount: operation({
    id: 'createAccount', method: 'POST', path: '/api/v1/accounts', tag: 'accounts', permission: 'accounts.edit', audit: 'own', secret: true,
    summary: { ru: 'Создать аккаунт', en: 'Create an account' },
    about: { ru: 'Программе достаточно роли apiClients. Дать можно только то, что есть у самого, или с разрешением roles.grant.', en: 'The role apiClients is enough for a program. Only what the caller has can be given, unless he has roles.grant.' },
    body: closed({ name: accountName, password, mustChangePassword, permissions: Type.Optional(scopes), roles: Type.Optional(someNames), groups: Type.Optional(someNames) }),
    answers: { 201: { about: { ru: 'Создан', en: 'Created' }, schema: account } },
    failures: ['account.exists', ...passwordFailures, 'role.unknown', 'group.unknown', 'access.grantTooWide'],
  }),
  getAccount: operation({
    id: 'getAccount', method: 'GET', path: '/api/v1/accounts/{name}', tag: 'accounts', permission: 'accounts.view',
    summary: { ru: 'Показать аккаунт', en: 'Show an account' },
    params: { name },
    answers: { 200: { about: { ru: 'Аккаунт', en: 'The account' }, schema: account, headers: { ETag: editTag } } },
    failures: ['account.unknown'],
  }),
  changeAccount: operation({
    id: 'changeAccount', method: 'PATCH', path: '/api/v1/accounts/{name}', tag: 'accounts', permission: 'accounts.edit', audit: 'own', secret: true,
    summary: { ru: 'Изменить пароль, роли, группы, разрешения или отключить аккаунт', en: 'Change the password, roles, groups or permissions of an account, or disable it' },
    params: { name },
    headers: ifUnchanged,
    body: closed({ password: Type.Optional(password), mustChangePassword, permissions: Type.Optional(scopes), roles: Type.Optional(someNames), groups: Type.Optional(someNames), enabled: Type.Optional(Type.Boolean()) }),
    answers: { 200: { about: { ru: 'Изменён', en: 'Changed' }, schema: account, headers: { ETag: editTag } } },
    failures: ['http.staleEdit', 'account.unknown', ...passwordFailures, 'account.lastAdministrator', 'role.unknown', 'group.unknown', 'access.grantTooWide', 'access.notOver'],
  }),
  listTokens: wholeList(
    {
      id: 'listTokens', method: 'GET', path: '/api/v1/accounts/{name}/tokens', tag: 'accounts', permission: 'accounts.view',
      summary: { ru: 'Ключи API аккаунта', en: 'List the tokens of an account' },
      params: { name },
      answers: { 200: { about: { ru: 'Без самих ключей', en: 'Without the tokens themselves' }, schema: shape({ tokens: Type.Array(shape(tokenFields)) }) } },
      failures: ['account.unknown'],
    },
    { items: 'tokens', key: ['id'], fields: ['id', 'name', 'createdAt', 'expiresAt', 'revokedAt', 'lastUsedAt'] },
  ),
  createToken: operation({
    id: 'createToken', method: 'POST', path: '/api/v1/accounts/{name}/tokens', tag: 'accounts', permission: 'accounts.edit', audit: 'own', secret: true,
    summary: { ru: 'Выдать ключ API', en: 'Issue a token' },
    about: {
      ru: 'Ключ показывается один раз. Области только сужают права аккаунта: `*`, `records:read:ШАБЛОН`, `records:write:ШАБЛОН`, `messages:send:МАРШРУТ`, `scenarios:run:СЦЕНАРИЙ`, `connections:run:ПОДКЛЮЧЕНИЕ` (вместо имени — `*`), `configuration:read` и другие `ресурс:read|write|run|publish`, или разрешения по именам.',
      en: 'The token is shown once. Scopes only narrow the rights of the account: `*`, `records:read:TEMPLATE`, `records:write:TEMPLATE`, `messages:send:ROUTE`, `scenarios:run:SCENARIO`, `connections:run:CONNECTION` (`*` in place of a name), `configuration:read` and other `resource:read|write|run|publish`, or permissions by name.',
    },
    params: { name },
    body: closed({ name, scopes: tokenScopes, expiresAt: Type.Optional(nullable(Type.String({ maxLength: 40, description: 'An instant; without one it never expires' }))) }),
    answers: { 201: { about: { ru: 'Выдан', en: 'Issued' }, schema: shape({ ...tokenFields, token: Type.String({ description: 'Shown only here' }) }) } },
    failures: ['account.unknown', 'account.scopeUnknown', 'account.scopeTooWide', 'account.expiry', 'access.notOver'],
  }),
  revokeToken: operation({
    id: 'revokeToken', method: 'DELETE', path: '/api/v1/accounts/{name}/tokens/{id}', tag: 'accounts', permission: 'accounts.edit', audit: 'own',
    summary: { ru: 'Отозвать ключ API', en: 'Revoke a token' },
    params: { name, id: uuid },
    answers: { 204: { about: { ru: 'Больше не действует', en: 'No longer valid' } } },
    failures: ['account.unknown', 'token.unknown'],
  }),
  listKeys: wholeList(
    {
      id: 'listKeys', method: 'GET', path: '/api/v1/accounts/{name}/keys', tag: 'accounts', permission: 'accounts.view',
      summary: { ru: 'Ключи подписи аккаунта', en: 'List the signing keys of an account' },
      params: { name },
      answers: { 200: { about: { ru: 'Без секретов', en: 'Without their secrets' }, schema: shape({ keys: Type.Array(shape(keyFields)) }) } },
      failures: ['account.unknown'],
    },
    { items: 'keys', key: ['id'], fields: ['id', 'name', 'credential', 'createdAt', 'expiresAt', 'revokedAt', 'lastUsedAt'] },
  ),
  createKey: operation({
    id: 'createKey', method: 'POST', path: '/api/v1/accounts/{name}/keys', tag: 'accounts', permission: 'accounts.edit', audit: 'own', secret: true,
    summary: { ru: 'Выдать ключ подписи', en: 'Issue a signing key' },
    about: {
      ru: 'Секрет показывается один раз. Подпись HMAC-SHA256: строка «МЕТОД\nпуть с параметрами\nx-ms-date;host;x-ms-content-sha256», заголовок Authorization: HMAC-SHA256 Credential=…&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=…',
      en: 'The secret is shown once. An HMAC-SHA256 signature: the text "METHOD\npath with query\nx-ms-date;host;x-ms-content-sha256", the header Authorization: HMAC-SHA256 Credential=…&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=…',
    },
    params: { name },
    body: closed({ name, expiresAt: Type.String({ maxLength: 40 }) }),
    answers: { 201: { about: { ru: 'Выдан', en: 'Issued' }, schema: shape({ ...keyFields, secret: Type.String({ description: 'Base64; shown only here' }) }) } },
    failures: ['account.unknown', 'account.expiry', 'access.notOver'],
  }),
  changeKey: operation({
    id: 'changeKey', method: 'PATCH', path: '/api/v1/accounts/{name}/keys/{id}', tag: 'accounts', permission: 'accounts.edit', audit: 'own',
    summary: { ru: 'Изменить срок ключа подписи', en: 'Change when a signing key expires' },
    about: { ru: 'Больше в ключе ничего не меняется.', en: 'Nothing else of a key can be changed.' },
    params: { name, id: uuid },
    body: closed({ expiresAt: Type.String({ maxLength: 40 }) }),
    answers: { 200: { about: { ru: 'Изменён', en: 'Changed' }, schema: shape(keyFields) } },
    failures: ['account.unknown', 'account.expiry', 'key.unknown', 'access.notOver'],
  }),
  revokeKey: operation({
    id: 'revokeKey', method: 'DELETE', path: '/api/v1/accounts/{name}/keys/{id}', tag: 'accounts', permission: 'accounts.edit', audit: 'own',
    summary: { ru: 'Отозвать ключ подписи', en: 'Revoke a signing key' },
    params: { name, id: uuid },
    answers: { 204: { about: { ru: 'Больше не действует', en: 'No longer valid' } } },
    failures: ['account.unknown', 'key.unknown', 'access.notOver'],
  }),
};
