/** Browsers that are signed in, and one's own password. */
import { Type } from 'typebox';
import { permissions } from '../core/access/permission.ts';
import { limits } from '../core/limits.ts';
import { instant, name, oneOf, uuid } from './field.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape, type AnswerShape } from './operation.ts';

const summary = { id: uuid, address: Type.String(), agent: Type.String({ description: 'The browser, as it says of itself' }), createdAt: instant, lastUsedAt: instant, idleUntil: instant, expiresAt: instant };

const current = shape(
  {
    ...summary, account: Type.String(), csrf: Type.String({ description: 'Goes into the header `Zveno-Csrf` of every change' }),
    may: Type.Array(oneOf(permissions)), roles: Type.Array(Type.String()), administrator: Type.Boolean(), mustChangePassword: Type.Boolean(),
  },
  { title: 'Session' },
);

const listed = shape({ sessions: Type.Array(shape({ ...summary, current: Type.Boolean({ description: 'The one that asks' }) })) });
const sessionList = { items: 'sessions', key: ['id'], fields: ['id', 'address', 'agent', 'createdAt', 'lastUsedAt', 'idleUntil', 'expiresAt', 'current'] };
const ended = shape({ ended: Type.Integer({ description: 'How many sessions ended' }) });

const password = Type.String({ minLength: 1, maxLength: limits.passwordCharacters.value, format: 'password' });

const cookie = { 'Set-Cookie': { ru: 'Cookie сеанса: HttpOnly, SameSite=Strict, с https ещё и Secure', en: 'The cookie of the session: HttpOnly, SameSite=Strict, and Secure with https' } };
const shown: AnswerShape = { about: { ru: 'Сеанс и что в нём можно', en: 'The session, and what it may do' }, schema: current };

export const sessionOperations = {
  createSession: operation({
    id: 'createSession', method: 'POST', path: '/api/v1/session', tag: 'sessions', permission: null, open: true, audit: 'own', secret: true,
    summary: { ru: 'Войти с браузера', en: 'Sign in with a browser' },
    about: {
      ru: 'Сеанс — в cookie, которую страницы не видят. Каждое изменение в нём требует ещё заголовка `Zveno-Csrf` со значением `csrf` этого ответа. Прежний сеанс этого браузера заканчивается. Программам достаточно Basic, ключа или подписи.',
      en: 'The session is in a cookie that pages do not see. Every change within it also needs the header `Zveno-Csrf` with `csrf` of this answer. An earlier session of this browser ends. For programs Basic, a token or a signature will do.',
    },
    body: closed({ login: Type.String({ minLength: 1, maxLength: 64 }), password }),
    answers: { 201: { ...shown, headers: cookie } },
    failures: ['access.unauthenticated', 'access.slowDown', 'access.busy', 'access.forbidden', 'access.crossSite'],
  }),
  getSession: operation({
    id: 'getSession', method: 'GET', path: '/api/v1/session', tag: 'sessions', permission: null, beforePassword: true,
    summary: { ru: 'Показать свой сеанс', en: 'Show one\'s own session' },
    answers: { 200: shown },
    failures: ['session.none', 'access.sessionEnded'],
  }),
  deleteSession: operation({
    id: 'deleteSession', method: 'DELETE', path: '/api/v1/session', tag: 'sessions', permission: null, beforePassword: true, audit: 'own',
    summary: { ru: 'Выйти', en: 'Sign out' },
    answers: { 204: { about: { ru: 'Сеанс окончен, cookie стёрта', en: 'The session has ended, its cookie is gone' }, headers: cookie } },
    failures: ['session.none', 'access.sessionEnded', 'access.csrf'],
  }),
  listSessions: wholeList(
    {
      id: 'listSessions', method: 'GET', path: '/api/v1/sessions', tag: 'sessions', permission: null,
      summary: { ru: 'Свои сеансы', en: 'One\'s own sessions' },
      answers: { 200: { about: { ru: 'Новые первыми', en: 'Newest first' }, schema: listed } },
      failures: [],
    },
    sessionList,
  ),
  endSession: operation({
    id: 'endSession', method: 'DELETE', path: '/api/v1/sessions/{id}', tag: 'sessions', permission: null, audit: 'own',
    summary: { ru: 'Закончить один из своих сеансов', en: 'End one of one\'s own sessions' },
    params: { id: uuid },
    answers: { 204: { about: { ru: 'Окончен, на каждом узле', en: 'Ended, on every node' } } },
    failures: ['session.unknown'],
  }),
  endSessions: operation({
    id: 'endSessions', method: 'DELETE', path: '/api/v1/sessions', tag: 'sessions', permission: null, audit: 'own',
    summary: { ru: 'Закончить все свои сеансы', en: 'End all of one\'s own sessions' },
    query: { others: Type.Optional(Type.Boolean({ default: false })) },
    answers: { 200: { about: { ru: 'Сколько окончено', en: 'How many ended' }, schema: ended } },
    failures: [],
  }),
  listAccountSessions: wholeList(
    {
      id: 'listAccountSessions', method: 'GET', path: '/api/v1/accounts/{name}/sessions', tag: 'sessions', permission: 'accounts.view',
      summary: { ru: 'Сеансы аккаунта', en: 'Sessions of an account' },
      params: { name },
      answers: { 200: { about: { ru: 'Новые первыми', en: 'Newest first' }, schema: listed } },
      failures: ['account.unknown'],
    },
    sessionList,
  ),
  endAccountSession: operation({
    id: 'endAccountSession', method: 'DELETE', path: '/api/v1/accounts/{name}/sessions/{id}', tag: 'sessions', permission: 'accounts.edit', audit: 'own',
    summary: { ru: 'Закончить сеанс аккаунта', en: 'End a session of an account' },
    params: { name, id: uuid },
    answers: { 204: { about: { ru: 'Окончен, на каждом узле', en: 'Ended, on every node' } } },
    failures: ['account.unknown', 'session.unknown', 'access.notOver'],
  }),
  endAccountSessions: operation({
    id: 'endAccountSessions', method: 'DELETE', path: '/api/v1/accounts/{name}/sessions', tag: 'sessions', permission: 'accounts.edit', audit: 'own',
    summary: { ru: 'Закончить все сеансы аккаунта', en: 'End all sessions of an account' },
    params: { name },
    answers: { 200: { about: { ru: 'Сколько окончено', en: 'How many ended' }, schema: ended } },
    failures: ['account.unknown', 'access.notOver'],
  }),
  changePassword: operation({
    id: 'changePassword', method: 'PUT', path: '/api/v1/me/password', tag: 'sessions', permission: null, beforePassword: true, audit: 'own', secret: true,
    summary: { ru: 'Сменить свой пароль', en: 'Change one\'s own password' },
    about: { ru: 'Нужен нынешний. Все сеансы заканчиваются; тот, из которого сменён пароль, продолжается с новой cookie и новым `csrf`.', en: 'The present one is needed. All sessions end; the one that changed the password goes on with a new cookie and a new `csrf`.' },
    body: closed({ current: password, password }),
    answers: { 200: { about: { ru: 'Сменён', en: 'Changed' }, schema: shape({ session: Type.Union([current, Type.Null()], { description: 'The session that goes on; null outside one' }) }), headers: cookie } },
    failures: ['account.wrongPassword', 'account.samePassword', 'account.passwordLength', 'account.passwordName', 'account.passwordGuessed', 'access.slowDown', 'access.busy', 'access.csrf'],
  }),
};
