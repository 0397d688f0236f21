/** What an account may do in all: by itself, by its roles, and by the roles of its groups. */
import type { AccessRules, RecordRule, RecordVerb, Role } from './role.ts';
import { administratorRole } from './role.ts';
import { inOrder, withBrought, type Permission } from './permission.ts';

export interface Rights {
  permissions: ReadonlySet<Permission>;
  /** Names of the roles that it holds, by itself or by a group; those that are off or gone give nothing and are left out. */
  roles: readonly string[];
  /** May everything, also what comes with later versions. */
  administrator: boolean;
  /** What roles open of single templates. */
  records: readonly RecordRule[];
}

/** As an account has them; roles and groups by name. */
export interface Grants {
  permissions: readonly Permission[];
  roles: readonly string[];
  groups: readonly string[];
}

export function rightsOf({ permissions, roles, groups }: Grants, rules: AccessRules): Rights {
  const names = [...roles, ...groups.flatMap((group) => rules.group(group)?.roles ?? [])];
  const held = [...new Set(names)].flatMap((name): readonly Role[] => {
    const role = rules.role(name);
    return role === undefined || !role.enabled ? [] : [role];
  });
  return {
    permissions: withBrought([...permissions, ...held.flatMap((role) => role.permissions)]),
    roles: held.map((role) => role.name),
    administrator: held.some((role) => role.name === administratorRole),
    records: held.flatMap((role) => role.records),
  };
}

/** Whether the permissions alone open every record of every template. */
export const opensAllRecords = (permissions: ReadonlySet<Permission>, verb: RecordVerb): boolean => permissions.has(verb === 'read' ? 'records.view' : 'records.edit');

/** What the first have and the second lack, for a person: permissions, and record rights as `Template: verb`. */
export function beyond(wanted: Rights, own: Rights): readonly string[] {
  const lacking: string[] = inOrder(new Set([...wanted.permissions].filter((permission) => !own.permissions.has(permission)))).slice();
  if (wanted.administrator && !own.administrator) lacking.push(administratorRole);
  for (const rule of wanted.records) {
    for (const verb of rule.verbs) {
      const has = opensAllRecords(own.permissions, verb) || own.records.some((mine) => covers(mine, rule, verb));
      if (!has) lacking.push(`${rule.template}: ${verb}`);
    }
  }
  return [...new Set(lacking)];
}

/** A rule without bounds covers any; one with bounds only its like, word for word. */
function covers(mine: RecordRule, rule: RecordRule, verb: RecordVerb): boolean {
  if (mine.template !== rule.template || !mine.verbs.includes(verb)) return false;
  const unbound = mine.owner === null && mine.where === null;
  return unbound || (mine.owner === rule.owner && JSON.stringify(mine.where) === JSON.stringify(rule.where));
}
