/** Roles say what those who hold them may do, groups which roles their members hold. Rights only ever add up. */
import type { Filter } from '../query.ts';
import type { Lang } from '../failure.ts';
import { permissions, type Permission } from './permission.ts';

export const recordVerbs = ['read', 'create', 'edit', 'delete'] as const;
export type RecordVerb = (typeof recordVerbs)[number];

/** Records of one template that a role opens. */
export interface RecordRule {
  /** System name of the template. */
  template: string;
  verbs: readonly RecordVerb[];
  /** The attribute that names the account whose records these are; null when they are not bound to one. */
  owner: string | null;
  /** Which records; null for all. */
  where: Filter | null;
}

type Title = Readonly<Partial<Record<Lang, string>>>;

export interface Role {
  name: string;
  title: Title;
  /** A role that is off gives nothing. */
  enabled: boolean;
  permissions: readonly Permission[];
  records: readonly RecordRule[];
}

export interface Group {
  name: string;
  title: Title;
  /** Names of the roles that members hold. */
  roles: readonly string[];
}

/** The roles and groups of one configuration revision. */
export interface AccessRules {
  role(name: string): Role | undefined;
  group(name: string): Group | undefined;
  /** Built-in ones first, then in the order of their names. */
  roles(): readonly Role[];
  groups(): readonly Group[];
}

/** May everything, always: the one role that is looked for by name. */
export const administratorRole = 'systemAdministrators';

const builtIn = (name: string, ru: string, en: string, allowed: readonly Permission[]): Role => ({ name, title: { ru, en }, enabled: true, permissions: allowed, records: [] });

/** Their members change, they do not. */
export const builtInRoles: readonly Role[] = [
  builtIn(administratorRole, 'Системные администраторы', 'System administrators', permissions),
  builtIn('securityAdministrators', 'Администраторы безопасности', 'Security administrators', ['api.call', 'accounts.edit', 'roles.edit', 'roles.grant', 'audit.view', 'messages.view']),
  builtIn('infrastructureAdministrators', 'Администраторы инфраструктуры', 'Infrastructure administrators', ['api.call', 'connections.edit', 'connections.run', 'code.edit', 'secrets.edit', 'audit.view', 'messages.view', 'backups.edit']),
  builtIn('systemArchitects', 'Системные архитекторы', 'System architects', ['api.call', 'templates.edit', 'scenarios.edit', 'scenarios.run', 'records.edit', 'messages.view', 'configuration.view']),
  builtIn('messageOperators', 'Операторы сообщений', 'Message operators', ['api.call', 'messages.edit']),
  builtIn('apiClients', 'Клиенты API', 'API clients', ['api.call']),
];

export const isBuiltInRole = (name: string): boolean => builtInRoles.some((role) => role.name === name);

export function accessRules(roles: readonly Role[], groups: readonly Group[]): AccessRules {
  const byName = new Map([...builtInRoles, ...roles].map((role) => [role.name, role]));
  const groupsByName = new Map(groups.map((group) => [group.name, group]));
  return { role: (name) => byName.get(name), group: (name) => groupsByName.get(name), roles: () => [...byName.values()], groups: () => groups };
}
