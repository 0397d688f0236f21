/** Why a name is not taken for a role, as a problem of the attribute that was given it. */
import type { Problem } from './failure.ts';
import type { UnknownRole } from './scenario/machine-port.ts';

export function roleProblem(attribute: string, unknown: UnknownRole): Problem {
  const role = unknown.role.slice(0, 80);
  switch (unknown.is) {
    case 'unknown':
      return { path: attribute, code: 'record.unknownRole', parameters: { attribute, role, nearest: unknown.nearest } };
    case 'deleted':
      return { path: attribute, code: 'record.deletedRole', parameters: { attribute, role } };
    case 'group':
      return { path: attribute, code: 'record.groupForRole', parameters: { attribute, role, roles: unknown.roles.join(', ') || '–' } };
    default:
      return unknown satisfies never;
  }
}
