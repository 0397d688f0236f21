/** Who may less once the rules have changed. */
import { beyond, rightsOf } from './rights.ts';
import type { Grants } from './rights.ts';
import type { AccessRules } from './role.ts';

export interface Loss {
  account: string;
  /** Permissions, or record rights as `Template: verb`. */
  loses: readonly string[];
}

/** Accounts that lose nothing are left out. */
export function lossesOf(accounts: readonly (Grants & { name: string })[], before: AccessRules, after: AccessRules): readonly Loss[] {
  return accounts.flatMap((account) => {
    const loses = beyond(rightsOf(account, before), rightsOf(account, after));
    return loses.length === 0 ? [] : [{ account: account.name, loses }];
  });
}
