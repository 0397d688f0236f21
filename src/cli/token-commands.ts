/** token create, list and revoke. A token is printed once; only its hash is kept. */
import { randomUUID } from 'node:crypto';
import { rulesIn } from '../core/access/object-rights.ts';
import { inOrder } from '../core/access/permission.ts';
import { rightsOf } from '../core/access/rights.ts';
import { commandActor } from '../core/audit.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { accountNamed } from '../server/account-named.ts';
import { newToken, tokenHash } from '../server/sign-in.ts';
import { permissionsOf } from './account-commands.ts';
import { type Command, exitCodes } from './command.ts';
import { withPlatformDatabase } from './platform-database.ts';
import { processClock } from './process-ports.ts';

const dayMs = 86_400_000;

export const createTokenCommand: Command = {
  name: 'token create',
  positionals: ['ACCOUNT', 'NAME'],
  about: { ru: 'выдать ключ API аккаунта; печатается один раз', en: 'make an API token of an account; it is printed once' },
  options: {
    scopes: { value: 'LIST', about: { ru: 'часть того, что можно аккаунту, через запятую; без параметра — все', en: 'some of what the account may, separated by commas; all when absent' } },
    days: { value: 'N', about: { ru: 'срок действия в днях; без параметра — бессрочно', en: 'days that it is valid; no end when absent' } },
  },
  run: async ({ positionals: [accountName = '', name = ''], option, surroundings }) => {
    const expiresAt = expiryOf(option('days'));
    const scopes = option('scopes');
    return await withPlatformDatabase(surroundings, async ({ accounts, configuration }) => {
      const account = await accountNamed(accounts, accountName);
      const rights = rightsOf(account, rulesIn((await configuration.load()).stored.objects));
      const token = newToken();
      await accounts.createToken({ id: randomUUID(), account: account.id, name: name.slice(0, 200), hash: tokenHash(token), scopes: scopes === undefined ? inOrder(rights.permissions) : permissionsOf(scopes), expiresAt }, commandActor('zveno token create'));
      surroundings.print(`${token}\n`);
      return exitCodes.done;
    });
  },
};

export const listTokensCommand: Command = {
  name: 'token list',
  positionals: ['ACCOUNT'],
  optional: 1,
  about: { ru: 'показать ключи API: номер, имя, срок', en: 'show API tokens: id, name, end' },
  options: {},
  run: async ({ positionals, surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ accounts }) => {
      const account = positionals[0] === undefined ? null : (await accountNamed(accounts, positionals[0])).id;
      for (const { id, name, scopes, expiresAt, revokedAt } of await accounts.tokens(account)) surroundings.print(`${id}\t${name}\t${revokedAt === null ? (expiresAt ?? '-') : 'revoked'}\t${scopes.join(',')}\n`);
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

function expiryOf(days: string | undefined): string | null {
  if (days === undefined) return null;
  const most = limits.tokenDays.value;
  if (!/^\d{1,5}$/.test(days) || Number(days) < 1 || Number(days) > most) throw failure('token.days', { most });
  return new Date(processClock.wallMs() + Number(days) * dayMs).toISOString();
}
