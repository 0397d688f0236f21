/** role list, show, grant and revoke; group list, show, add and remove. What roles and groups are is configuration, who holds them is data. */
import { rulesIn } from '../core/access/object-rights.ts';
import { inOrder } from '../core/access/permission.ts';
import { rightsOf } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import { groupNamed, roleNamed } from '../core/access/role-changes.ts';
import { commandActor } from '../core/audit.ts';
import { failure } from '../core/failure.ts';
import { accountNamed } from '../server/account-named.ts';
import { type Command, exitCodes } from './command.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';

const rulesOf = async ({ configuration }: PlatformDatabase): Promise<AccessRules> => rulesIn((await configuration.load()).stored.objects);

export const listRolesCommand: Command = {
  name: 'role list',
  positionals: [],
  about: { ru: 'показать роли, их разрешения и кому они даны', en: 'show the roles, their permissions and who holds them' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async (database) => {
      const accounts = await database.accounts.list();
      for (const { name, enabled, permissions: allowed } of (await rulesOf(database)).roles()) {
        const holders = accounts.filter(({ roles }) => roles.includes(name)).map((account) => account.name);
        surroundings.print(`${[name, enabled ? 'enabled' : 'disabled', allowed.join(','), holders.join(',')].join('\t')}\n`);
      }
      return exitCodes.done;
    }),
};

export const showRoleCommand: Command = {
  name: 'role show',
  positionals: ['NAME'],
  about: { ru: 'показать роль: что она даёт, по строке, и кому дана', en: 'show a role: what it gives, a line each, and who holds it' },
  options: {},
  run: async ({ positionals: [name = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async (database) => {
      const rules = await rulesOf(database);
      const role = roleNamed(rules, name);
      const line = (what: string, text: string): void => surroundings.print(`${what}\t${text}\n`);
      for (const permission of role.permissions) line('permission', permission);
      for (const { template, verbs, owner, where } of role.records) line('records', `${template}: ${verbs.join(',')}${owner === null ? '' : ` owner=${owner}`}${where === null ? '' : ` where=${JSON.stringify(where)}`}`);
      for (const group of rules.groups()) if (group.roles.includes(name)) line('group', group.name);
      for (const account of await database.accounts.list()) if (account.roles.includes(name)) line('account', account.name);
      return exitCodes.done;
    }),
};

export const grantRoleCommand = holding('role grant', ['ROLE', 'ACCOUNT'], { ru: 'дать роль аккаунту', en: 'give a role to an account' }, 'roles', true);
export const revokeRoleCommand = holding('role revoke', ['ROLE', 'ACCOUNT'], { ru: 'отнять роль у аккаунта', en: 'take a role from an account' }, 'roles', false);
export const addToGroupCommand = holding('group add', ['GROUP', 'ACCOUNT'], { ru: 'принять аккаунт в группу', en: 'put an account into a group' }, 'groups', true);
export const removeFromGroupCommand = holding('group remove', ['GROUP', 'ACCOUNT'], { ru: 'убрать аккаунт из группы', en: 'take an account out of a group' }, 'groups', false);

export const listGroupsCommand: Command = {
  name: 'group list',
  positionals: [],
  about: { ru: 'показать группы, их роли и участников', en: 'show the groups, their roles and members' },
  options: {},
  run: async ({ surroundings }) =>
    await withPlatformDatabase(surroundings, async (database) => {
      const accounts = await database.accounts.list();
      for (const { name, roles } of (await rulesOf(database)).groups()) {
        const members = accounts.filter(({ groups }) => groups.includes(name)).map((account) => account.name);
        surroundings.print(`${[name, roles.join(','), members.join(',')].join('\t')}\n`);
      }
      return exitCodes.done;
    }),
};

export const showGroupCommand: Command = {
  name: 'group show',
  positionals: ['NAME'],
  about: { ru: 'показать группу: её роли, что они дают, и участников, по строке', en: 'show a group: its roles, what they give, and its members, a line each' },
  options: {},
  run: async ({ positionals: [name = ''], surroundings }) =>
    await withPlatformDatabase(surroundings, async (database) => {
      const rules = await rulesOf(database);
      const { roles } = groupNamed(rules, name);
      const { permissions, records } = rightsOf({ permissions: [], roles: [], groups: [name] }, rules);
      const line = (what: string, text: string): void => surroundings.print(`${what}\t${text}\n`);
      for (const role of roles) line('role', `${role}${rules.role(role)?.enabled === false ? ' (disabled)' : ''}`);
      for (const permission of inOrder(permissions)) line('permission', permission);
      for (const { template, verbs } of records) line('records', `${template}: ${verbs.join(',')}`);
      for (const account of await database.accounts.list()) if (account.groups.includes(name)) line('account', account.name);
      return exitCodes.done;
    }),
};

/** One name more or less among those that an account holds. What is gone may still be taken away. */
function holding(name: string, positionals: readonly string[], about: Command['about'], what: 'roles' | 'groups', given: boolean): Command {
  return {
    name,
    positionals,
    about,
    options: {},
    run: async ({ positionals: [held = '', accountName = ''], surroundings }) =>
      await withPlatformDatabase(surroundings, async (database) => {
        const account = await accountNamed(database.accounts, accountName);
        const rules = await rulesOf(database);
        if (given || !account[what].includes(held)) {
          if (what === 'roles') roleNamed(rules, held);
          else groupNamed(rules, held);
        }
        const now = given ? [...new Set([...account[what], held])] : account[what].filter((one) => one !== held);
        if ((await database.accounts.change(account.id, { [what]: now }, commandActor(`zveno ${name}`))) === 'lastAdministrator') throw failure('account.lastAdministrator', { account: account.name });
        return exitCodes.done;
      }),
  };
}
