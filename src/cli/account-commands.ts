/** account create, list, password and disable. A drawn password is printed once and kept nowhere. */
import { randomUUID } from 'node:crypto';
import { type Account, type AccountDirectory, isPermission, type Permission, permissions } from '../core/account.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import { newPassword, newPasswordHash } from '../server/sign-in.ts';
import { type Command, exitCodes, type Invocation } from './command.ts';
import { readHidden } from './hidden-text.ts';
import { withPlatformDatabase } from './platform-database.ts';

const leastPassword = 8;

const stdin = { about: { ru: 'прочитать пароль со стандартного ввода, а не придумать', en: 'read the password from standard input instead of drawing one' } };

export const createAccountCommand: Command = {
  name: 'account create',
  positionals: ['NAME'],
  about: { ru: 'завести аккаунт', en: 'make an account' },
  details: { ru: `Разрешения: ${permissions.join(', ')}.`, en: `Permissions: ${permissions.join(', ')}.` },
  options: {
    permissions: { value: 'LIST', about: { ru: 'через запятую; без параметра — api.call', en: 'separated by commas; api.call when absent' } },
    'password-stdin': stdin,
  },
  run: async (invocation) => {
    const [name = ''] = invocation.positionals;
    if (!/^[^\s:\p{C}]{1,64}$/u.test(name)) throw failure('account.name', { name: name.slice(0, 80) });
    const allowed = permissionsOf(invocation.option('permissions') ?? 'api.call');
    const password = await passwordOf(invocation);
    return await withPlatformDatabase(invocation.surroundings, async ({ accounts }) => {
      const created = await accounts.create({ id: randomUUID(), name, passwordHash: await newPasswordHash(password.text), permissions: allowed });
      if (!created) throw failure('account.exists', { name });
      if (password.drawn) invocation.surroundings.print(`${password.text}\n`);
      return exitCodes.done;
    });
  },
};

export const listAccountsCommand: Command = {
  name: 'account list',
  positionals: [],
  about: { ru: 'показать аккаунты и их разрешения', en: 'show the accounts and their permissions' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ accounts }) => {
      for (const { name, enabled, permissions: allowed } of await accounts.list()) surroundings.print(`${name}\t${enabled ? 'enabled' : 'disabled'}\t${allowed.join(',')}\n`);
      return exitCodes.done;
    }),
};

export const passwordCommand: Command = {
  name: 'account password',
  positionals: ['NAME'],
  about: { ru: 'сменить пароль аккаунта и включить его', en: 'change the password of an account and enable it' },
  options: { 'password-stdin': stdin },
  run: async (invocation) => {
    const password = await passwordOf(invocation);
    return await withPlatformDatabase(invocation.surroundings, async ({ accounts }) => {
      const { id } = await accountNamed(accounts, invocation.positionals[0] ?? '');
      await accounts.change(id, { passwordHash: await newPasswordHash(password.text), enabled: true });
      if (password.drawn) invocation.surroundings.print(`${password.text}\n`);
      return exitCodes.done;
    });
  },
};

export const disableAccountCommand: Command = {
  name: 'account disable',
  positionals: ['NAME'],
  about: { ru: 'выключить аккаунт и его ключи API', en: 'disable an account and its API tokens' },
  options: {},
  run: async ({ positionals, surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ accounts }) => {
      const { id, name } = await accountNamed(accounts, positionals[0] ?? '');
      if ((await accounts.change(id, { enabled: false })) === 'lastAdministrator') throw failure('account.lastAdministrator', { account: name });
      return exitCodes.done;
    }),
};

/** Throws `account.unknown` with the nearest name. */
export async function accountNamed(accounts: AccountDirectory, name: string): Promise<Account> {
  const found = await accounts.byName(name);
  if (found !== null) return found.account;
  const names = (await accounts.list()).map((account) => account.name);
  throw failure('account.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, names) });
}

/** Throws `account.permission` for a name that is none. */
export function permissionsOf(list: string): readonly Permission[] {
  return [...new Set(list.split(',').map((name) => name.trim()))].map((name) => {
    if (!isPermission(name)) throw failure('account.permission', { name: name.slice(0, 60), allowed: permissions.join(', ') });
    return name;
  });
}

async function passwordOf({ flag, surroundings }: Invocation): Promise<{ text: string; drawn: boolean }> {
  if (!flag('password-stdin')) return { text: newPassword(), drawn: true };
  const most = limits.passwordCharacters.value;
  const text = await readHidden(surroundings, surroundings.lang === 'ru' ? 'Пароль: ' : 'Password: ', 4 * most);
  if (text === null || text.length < leastPassword || text.length > most) throw failure('account.passwordLength', { least: leastPassword, most });
  return { text, drawn: false };
}
