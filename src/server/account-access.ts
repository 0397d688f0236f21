/** What the engine asks about rights, answered from accounts and roles. */
import { opensAllRecords, rightsOf } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import type { AccountDirectory } from '../core/account.ts';
import { isUuid } from '../core/message-id.ts';
import type { Access } from '../engine/parts.ts';

/** `system` may everything; `anonymous` nothing; an account what its roles say. */
export function accountAccess(accounts: AccountDirectory, rules: () => AccessRules): Access {
  return {
    async mayUseRecords(initiator, _template, verb) {
      if (initiator === 'system') return true;
      if (!isUuid(initiator)) return false;
      const account = await accounts.byId(initiator);
      return account !== null && account.enabled && opensAllRecords(rightsOf(account, rules()).permissions, verb);
    },
    async accountNamed(name) {
      const found = await accounts.byName(name);
      return found !== null && found.account.enabled ? found.account.id : null;
    },
    async knownAccount(nameOrId) {
      const byId = isUuid(nameOrId) ? await accounts.byId(nameOrId) : null;
      return byId?.id ?? (await accounts.byName(nameOrId))?.account.id ?? null;
    },
  };
}
