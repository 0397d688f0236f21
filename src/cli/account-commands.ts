/** account create, list, password and disable. A drawn password is printed once and kept nowhere. */
import { randomUUID } from 'node:crypto';
import { rulesIn } from '../core/access/object-rights.ts';
import { isPermission, permissions, type Permission } from '../core/access/permission.ts';
import type { Grants } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import { commandActor } from '../core/audit.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import { accountNamed } from '../server/account-named.ts';
import { newPasswordHash } from '../server/password-hash.ts';
import { passwordRules } from '../server/password-rules.ts';
import { newPassword } from '../server/sign-in.ts';
import { createSignInFailures } from '../store/postgres/accounts/sign-in-failures.ts';
import { type Command, exitCodes, type Invocation } from './command.ts';
import { readHidden } from './hidden-text.ts';
import { passwordLength } from './platform-settings.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';

const stdin = { about: { ru: 'прочитать пароль со стандартного ввода, а не придумать', en: 'read the password from standard input instead of drawing one' } };

const mustChange = { about: { ru: 'владелец должен сменить пароль прежде всего другого', en: 'its owner has to change the password before anything else' } };

export const createAccountCommand: Command = {
  name: 'account create',
  positionals: ['NAME'],
  about: { ru: 'завести аккаунт', en: 'make an account' },
  details: { ru: `Разрешения: ${permissions.join(', ')}.`, en: `Permissions: ${permissions.join(', ')}.` },
  options: {
    permissions: { value: 'LIST', about: { ru: 'собственные разрешения через запятую', en: 'permissions of its own, separated by commas' } },
    roles: { value: 'LIST', about: { ru: 'роли через запятую; если не названо ничего — apiClients', en: 'roles, separated by commas; apiClients when nothing is named' } },
    groups: { value: 'LIST', about: { ru: 'группы через запятую', en: 'groups, separated by commas' } },
    'password-stdin': stdin,
    'must-change': mustChange,
  },
  run: async (invocation) => {
    const [name = ''] = invocation.positionals;
    if (!/^[^\s:\p{C}]{1,64}$/u.test(name)) throw failure('account.name', { name: name.slice(0, 80) });
    const given = grantsOf(invocation);
    const grants = { permissions: given.permissions ?? [], roles: given.roles ?? (Object.keys(given).length === 0 ? ['apiClients'] : []), groups: given.groups ?? [] };
    const password = await passwordOf(invocation, name);
    return await withPlatformDatabase(invocation.surroundings, async (database) => {
      await assertKnown(database, grants);
      const { accounts } = database;
      const created = await accounts.create({ id: randomUUID(), name, passwordHash: await newPasswordHash(password.text), mustChangePassword: invocation.flag('must-change'), ...grants }, commandActor('zveno account create'));
      if (!created) throw failure('account.exists', { name });
      if (password.drawn) invocation.surroundings.print(`${password.text}\n`);
      return exitCodes.done;
    });
  },
};

export const listAccountsCommand: Command = {
  name: 'account list',
  positionals: [],
  about: { ru: 'показать аккаунты, их роли, группы и разрешения', en: 'show the accounts, their roles, groups and permissions' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async ({ accounts }) => {
      for (const { name, enabled, roles, groups, permissions: allowed } of await accounts.list()) surroundings.print(`${[name, enabled ? 'enabled' : 'disabled', roles.join(','), groups.join(','), allowed.join(',')].join('\t')}\n`);
      return exitCodes.done;
    }),
};

export const grantCommand: Command = {
  name: 'account grant',
  positionals: ['NAME'],
  about: { ru: 'задать роли, группы или собственные разрешения аккаунта', en: 'set the roles, groups or own permissions of an account' },
  details: { ru: 'Названное заменяет прежнее; пустой список убирает всё. Не названное остаётся.', en: 'What is named replaces what was; an empty list takes all away. What is not named stays.' },
  options: {
    roles: { value: 'LIST', about: { ru: 'через запятую', en: 'separated by commas' } },
    groups: { value: 'LIST', about: { ru: 'через запятую', en: 'separated by commas' } },
    permissions: { value: 'LIST', about: { ru: 'через запятую', en: 'separated by commas' } },
  },
  run: async (invocation) => {
    const changes = grantsOf(invocation);
    return await withPlatformDatabase(invocation.surroundings, async (database) => {
      await assertKnown(database, changes);
      const { id, name } = await accountNamed(database.accounts, invocation.positionals[0] ?? '');
      if ((await database.accounts.change(id, changes, commandActor('zveno account grant'))) === 'lastAdministrator') throw failure('account.lastAdministrator', { account: name });
      return exitCodes.done;
    });
  },
};

export const passwordCommand: Command = {
  name: 'account password',
  positionals: ['NAME'],
  about: { ru: 'сменить пароль аккаунта и включить его', en: 'change the password of an account and enable it' },
  options: { 'password-stdin': stdin, 'must-change': mustChange },
  run: async (invocation) => {
    const password = await passwordOf(invocation, invocation.positionals[0] ?? '');
    return await withPlatformDatabase(invocation.surroundings, async ({ accounts, readers }) => {
      const { id, name } = await accountNamed(accounts, invocation.positionals[0] ?? '');
      await accounts.change(id, { passwordHash: await newPasswordHash(password.text), mustChangePassword: invocation.flag('must-change'), enabled: true }, commandActor('zveno account password'));
      await createSignInFailures(readers).forget(name);
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
      if ((await accounts.change(id, { enabled: false }, commandActor('zveno account disable'))) === 'lastAdministrator') throw failure('account.lastAdministrator', { account: name });
      return exitCodes.done;
    }),
};

function grantsOf({ option }: Invocation): Partial<Grants> {
  const [ofPermissions, roles, groups] = [option('permissions'), option('roles'), option('groups')];
  return { ...(ofPermissions === undefined ? {} : { permissions: permissionsOf(ofPermissions) }), ...(roles === undefined ? {} : { roles: namesOf(roles) }), ...(groups === undefined ? {} : { groups: namesOf(groups) }) };
}

const namesOf = (list: string): readonly string[] => [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== '');

async function rulesOf({ configuration }: PlatformDatabase): Promise<AccessRules> {
  return rulesIn((await configuration.load()).stored.objects);
}

/** Throws `role.unknown` or `group.unknown` with the nearest name. */
async function assertKnown(database: PlatformDatabase, { roles = [], groups = [] }: Partial<Grants>): Promise<void> {
  const rules = await rulesOf(database);
  for (const name of roles) if (rules.role(name) === undefined) throw failure('role.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, rules.roles().map((role) => role.name)) });
  for (const name of groups) if (rules.group(name) === undefined) throw failure('group.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, rules.groups().map((group) => group.name)) });
}

/** Throws `account.permission` for a name that is none. */
function permissionsOf(list: string): readonly Permission[] {
  return namesOf(list).map((name) => {
    if (!isPermission(name)) throw failure('account.permission', { name: name.slice(0, 60), allowed: permissions.join(', ') });
    return name;
  });
}

async function passwordOf({ flag, surroundings }: Invocation, account: string): Promise<{ text: string; drawn: boolean }> {
  if (!flag('password-stdin')) return { text: newPassword(), drawn: true };
  const least = passwordLength(surroundings.environment);
  const most = limits.passwordCharacters.value;
  const text = await readHidden(surroundings, surroundings.lang === 'ru' ? 'Пароль: ' : 'Password: ', 4 * most);
  if (text === null) throw failure('account.passwordLength', { least, most });
  passwordRules(least).assertGood(text, account);
  return { text, drawn: false };
}
