/** What the engine asks about rights, answered from accounts and roles. */
import { allRecords, recordAccess } from '../core/access/record-access.ts';
import { rightsOf } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import type { AccountDirectory } from '../core/account.ts';
import { isUuid } from '../core/message-id.ts';
import type { Access } from '../engine/parts.ts';
import { unknownRoles } from './unknown-roles.ts';

/** `system` may everything; `anonymous` nothing; an account what its roles say. */
export function accountAccess(accounts: AccountDirectory, rules: () => AccessRules, wasRole: (name: string) => Promise<boolean>): Access {
  return {
    async recordAccess(initiator, template, verb) {
      if (initiator === 'system') return allRecords;
      const account = isUuid(initiator) ? await accounts.byId(initiator) : null;
      return account === null || !account.enabled ? null : recordAccess(rightsOf(account, rules()), account.id, template, verb);
    },
    async nameOf(initiator) {
      return isUuid(initiator) ? ((await accounts.byId(initiator))?.name ?? null) : null;
    },
    async accountNamed(name) {
      const found = await accounts.byName(name);
      return found !== null && found.account.enabled ? found.account.id : null;
    },
    async knownAccount(nameOrId) {
      const byId = isUuid(nameOrId) ? await accounts.byId(nameOrId) : null;
      return byId?.id ?? (await accounts.byName(nameOrId))?.account.id ?? null;
    },
    unknownRoles: (names) => unknownRoles(names, rules(), wasRole),
  };
}
