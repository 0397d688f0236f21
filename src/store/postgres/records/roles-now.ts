/** Which roles values may name. */
import { builtInRoles } from '../../../core/access/role.ts';
import type { Attribute } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';

/** Roles that are there now: built-in ones, and those of the configuration. */
export async function rolesNow(client: Queryable, wanted: readonly Pick<Attribute, 'kind'>[]): Promise<(name: string) => boolean> {
  if (!wanted.some((attribute) => 'type' in attribute && attribute.type === 'role')) return () => false;
  const { rows } = await client.query<{ name: string }>({ text: `SELECT name FROM zveno.configuration_object WHERE kind = 'Role'`, values: [] });
  const names = new Set([...builtInRoles, ...rows].map(({ name }) => name));
  return (name) => names.has(name);
}
