/** What one account may do to another: nobody gets by an account what he does not have himself. */
import { beyond, rightsOf, type Grants } from '../core/access/rights.ts';
import { administratorRole, type AccessRules } from '../core/access/role.ts';
import type { Account, Caller } from '../core/account.ts';
import { failure } from '../core/failure.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import { callerRights } from './sign-in.ts';

/**
 * Throws `role.unknown`, `group.unknown` or `access.grantTooWide`. With `roles.grant` a caller gives others more than he has,
 * but never himself, and never the role of system administrators.
 */
export function assertMayGrant(caller: Caller, target: string, before: Grants | null, after: Grants, rules: AccessRules): void {
  for (const name of after.roles) if (rules.role(name) === undefined && before?.roles.includes(name) !== true) throw failure('role.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, rules.roles().map((role) => role.name)) });
  for (const name of after.groups) if (rules.group(name) === undefined && before?.groups.includes(name) !== true) throw failure('group.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, rules.groups().map((group) => group.name)) });
  const rights = callerRights(caller);
  const held = before === null ? null : rightsOf(before, rules);
  const given = rightsOf(after, rules);
  // What the target has already is not given.
  const lacking = beyond(given, rights).filter((one) => held === null || beyond(given, held).includes(one));
  const free = rights.permissions.has('roles.grant') && caller.account.name !== target && !lacking.includes(administratorRole);
  if (lacking.length > 0 && !free) throw failure('access.grantTooWide', { account: caller.account.name, lacking: lacking.join(', ') });
}

/**
 * To sign in as an account, or to shut it out, takes all of its rights; a token that has fewer than its account must not
 * widen them by another token, key or password. Throws `access.notOver`.
 */
export function assertOver(caller: Caller, target: Account, rules: AccessRules): void {
  const rights = callerRights(caller);
  const lacking = beyond(rightsOf(target, rules), rights);
  const free = rights.permissions.has('roles.grant') && caller.account.id !== target.id && !lacking.includes(administratorRole);
  if (lacking.length > 0 && !free) throw failure('access.notOver', { account: caller.account.name, target: target.name, lacking: lacking.join(', ') });
}
