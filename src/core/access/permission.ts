/** What may be allowed: a resource and a verb. Some permissions are of no use without others, and bring them along. */

export const permissions = [
  'api.call', // inbound messages and every REST call
  'records.view',
  'records.edit',
  'messages.view',
  'messages.edit', // retry, discard, cancel, kill
  'templates.view',
  'templates.edit',
  'scenarios.view',
  'scenarios.edit',
  'scenarios.run',
  'connections.view', // with their routes
  'connections.edit',
  'connections.run', // check, discover and the actions of a connector
  'code.edit', // statements that a person writes for another system to carry out
  'configuration.view', // all of it, as documents
  'configuration.edit', // all of it but code, roles and secrets; addresses too
  'configuration.publish', // the way to publish at all; each object needs its own right besides
  'secrets.view', // their names
  'secrets.edit',
  'accounts.view',
  'accounts.edit',
  'roles.view',
  'roles.edit',
  'roles.grant', // give others what one does not have
  'audit.view',
  'backups.view', // their names and sizes
  'backups.edit', // make, download and delete them: whoever has one has all data
] as const;

export type Permission = (typeof permissions)[number];

export const isPermission = (text: string): text is Permission => (permissions as readonly string[]).includes(text);

const brings: Partial<Readonly<Record<Permission, readonly Permission[]>>> = {
  'records.view': ['templates.view'],
  'records.edit': ['records.view'],
  'messages.edit': ['messages.view'],
  'templates.edit': ['templates.view', 'configuration.publish'],
  'scenarios.edit': ['scenarios.view', 'configuration.publish'],
  'scenarios.run': ['scenarios.view'],
  'connections.edit': ['connections.view', 'configuration.publish'],
  'connections.run': ['connections.view'],
  'configuration.view': ['templates.view', 'scenarios.view', 'connections.view'],
  'configuration.edit': ['configuration.view', 'templates.edit', 'scenarios.edit', 'connections.edit'],
  'secrets.edit': ['secrets.view'],
  'accounts.edit': ['accounts.view'],
  'backups.edit': ['backups.view'],
  'roles.edit': ['roles.view', 'configuration.publish'],
};

/** These and all that they bring along. */
export function withBrought(given: Iterable<Permission>): ReadonlySet<Permission> {
  const all = new Set(given);
  // A set's loop also visits what is added meanwhile.
  for (const permission of all) for (const brought of brings[permission] ?? []) all.add(brought);
  return all;
}

/** In the usual order, each once. */
export const inOrder = (given: ReadonlySet<Permission>): readonly Permission[] => permissions.filter((permission) => given.has(permission));
