/** Names that are no role now, and what they are instead. */
import type { AccessRules } from '../core/access/role.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import type { UnknownRole } from '../core/scenario/machine-port.ts';

/** `wasRole`: whether there ever was a role of this name. */
export async function unknownRoles(names: readonly string[], rules: AccessRules, wasRole: (name: string) => Promise<boolean>): Promise<readonly UnknownRole[]> {
  const unknown: UnknownRole[] = [];
  for (const role of names) {
    if (rules.role(role) !== undefined) continue;
    const group = rules.group(role);
    if (group !== undefined) unknown.push({ role, is: 'group', roles: group.roles });
    else if (await wasRole(role)) unknown.push({ role, is: 'deleted' });
    else unknown.push({ role, is: 'unknown', nearest: nearestKnown(role, rules.roles().map(({ name }) => name)) });
  }
  return unknown;
}
