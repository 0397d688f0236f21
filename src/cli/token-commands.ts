/** token create, list and revoke. A token is printed once; only its hash is kept. */
import { randomUUID } from 'node:crypto';
import { rulesIn } from '../core/access/object-rights.ts';
import { rightsOf } from '../core/access/rights.ts';
import { scopesOf } from '../core/access/token-scope.ts';
import { commandActor } from '../core/audit.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { accountNamed } from '../server/account-named.ts';
import { assertScopes } from '../server/token-scopes.ts';
import { futureInstant } from '../server/api/future-instant.ts';
import { newToken, tokenHash } from '../server/sign-in.ts';
import { type Command, exitCodes } from './command.ts';
import { withPlatformDatabase } from './platform-database.ts';
import { processClock } from './process-ports.ts';

const dayMs = 86_400_000;

export const createTokenCommand: Command = {
  name: 'token create',
  positionals: ['ACCOUNT', 'NAME'],
  about: { ru: 'выдать ключ API аккаунта; печатается один раз', en: 'make an API token of an account; it is printed once' },
  details: {
    ru: 'Области только сужают права аккаунта: records:read:ШАБЛОН, records:write:ШАБЛОН, messages:send:МАРШРУТ, scenarios:run:СЦЕНАРИЙ, connections:run:ПОДКЛЮЧЕНИЕ (вместо имени — *), configuration:read и другие РЕСУРС:read|write|run|publish, разрешения по именам или * — всё.',
    en: 'Scopes only narrow the rights of the account: records:read:TEMPLATE, records:write:TEMPLATE, messages:send:ROUTE, scenarios:run:SCENARIO, connections:run:CONNECTION (* in place of a name), configuration:read and other RESOURCE:read|write|run|publish, permissions by name, or * for everything.',
  },
  options: {
    scopes: { value: 'LIST', about: { ru: 'часть того, что можно аккаунту, через запятую; без параметра — всё, что можно сейчас', en: 'some of what the account may, separated by commas; all that it may now when absent' } },
    expires: { value: 'INSTANT', about: { ru: 'до какого момента действует, например 2027-01-31T00:00:00Z', en: 'until when it is valid, such as 2027-01-31T00:00:00Z' } },
    days: { value: 'N', about: { ru: 'срок действия в днях; без параметра — бессрочно', en: 'days that it is valid; no end when absent' } },
  },
  run: async ({ positionals: [accountName = '', name = ''], option, surroundings }) => {
    const given = option('expires');
    const expiresAt = given === undefined ? afterDays(option('days')) : futureInstant(given, processClock.wallMs());
    const scopes = option('scopes');
    return await withPlatformDatabase(surroundings, async ({ accounts, configuration }) => {
      const account = await accountNamed(accounts, accountName);
      const { objects } = (await configuration.load()).stored;
      const rights = rightsOf(account, rulesIn(objects));
      const wanted = scopes === undefined ? scopesOf(rights) : scopes.split(',').map((scope) => scope.trim()).filter((scope) => scope !== '');
      assertScopes(wanted, account.name, rights, (kind) => objects.filter((object) => object.kind === kind).map((object) => object.name));
      const token = newToken();
      await accounts.createToken({ id: randomUUID(), account: account.id, name: name.slice(0, 200), hash: tokenHash(token), scopes: [...new Set(wanted)], expiresAt }, commandActor('zveno token create'));
      surroundings.print(`${token}\n`);
      return exitCodes.done;
    });
  },
};

export const listTokensCommand: Command = {
  name: 'token list',
  positionals: ['ACCOUNT'],
  optional: 1,
  about: { ru: 'показать ключи API: номер, имя, срок, области, когда использован', en: 'show API tokens: id, name, end, scopes, last use' },
  options: {},
  run: async ({ positionals, surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ accounts }) => {
      const account = positionals[0] === undefined ? null : (await accountNamed(accounts, positionals[0])).id;
      for (const { id, name, scopes, expiresAt, revokedAt, lastUsedAt } of await accounts.tokens(account)) surroundings.print(`${id}\t${name}\t${revokedAt === null ? (expiresAt ?? '-') : 'revoked'}\t${scopes.join(',')}\t${lastUsedAt ?? '-'}\n`);
      return exitCodes.done;
    }),
};

export const revokeTokenCommand: Command = {
  name: 'token revoke',
  positionals: ['ID'],
  about: { ru: 'отозвать ключ API', en: 'revoke an API token' },
  options: {},
  run: async ({ positionals: [id = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ accounts }) => {
      const known = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) && (await accounts.revokeToken(id, commandActor('zveno token revoke')));
      if (!known) throw failure('token.unknown', { id: id.slice(0, 40) });
      return exitCodes.done;
    }),
};

function afterDays(days: string | undefined): string | null {
  if (days === undefined) return null;
  const most = limits.tokenDays.value;
  if (!/^\d{1,5}$/.test(days) || Number(days) < 1 || Number(days) > most) throw failure('token.days', { most });
  return new Date(processClock.wallMs() + Number(days) * dayMs).toISOString();
}
