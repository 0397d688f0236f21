/** What the engine asks about rights, answered from accounts. */
import type { AccountDirectory, Permission } from '../core/account.ts';
import { isUuid } from '../core/message-id.ts';
import type { Access, RecordVerb } from '../engine/parts.ts';

/** `system` may everything; `anonymous` nothing; an account what its permissions say. */
export function accountAccess(accounts: AccountDirectory): Access {
  return {
    async mayUseRecords(initiator, _template, verb) {
      if (initiator === 'system') return true;
      if (!isUuid(initiator)) return false;
      const account = await accounts.byId(initiator);
      return account !== null && account.enabled && account.permissions.includes(permissionFor(verb));
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

const permissionFor = (verb: RecordVerb): Permission => (verb === 'read' ? 'records.view' : 'records.edit');
