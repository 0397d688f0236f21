/** How many records name a role. */
import type { RoleRecords } from '../../../core/template-outlook.ts';
import { isRoleList } from '../../../core/role-list.ts';
import type { Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { rolesSql } from './order-sql.ts';
import { column, table } from './physical-names.ts';

/** Archived records count, too. Only those with some. */
export async function countRoleRecords(client: Queryable, templates: readonly Template[], roles: readonly string[]): Promise<readonly RoleRecords[]> {
  const counts: RoleRecords[] = [];
  if (roles.length === 0) return counts;
  for (const template of templates) {
    for (const attribute of template.attributes) {
      if (attribute.kind !== 'scalar' || attribute.type !== 'role') continue;
      for (const role of roles) {
        const condition = isRoleList(attribute) ? `${rolesSql(column(attribute))} @> ARRAY[$1]::text[]` : `${column(attribute)} = $1`;
        const { rows } = await client.query<{ count: string }>({ text: `SELECT count(*)::text AS count FROM ${table(template.id)} WHERE ${condition}`, values: [role] });
        const count = Number(rows[0]?.count ?? 0);
        if (count > 0) counts.push({ role, template: template.name, attribute: attribute.name, count });
      }
    }
  }
  return counts;
}
