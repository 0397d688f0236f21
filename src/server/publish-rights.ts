/** Whether a caller may publish a proposal, object by object. */
import { initiatorsIn, refusedObjects } from '../core/access/object-rights.ts';
import { rightsOf, type Rights } from '../core/access/rights.ts';
import type { AccessRules } from '../core/access/role.ts';
import type { AccountDirectory, Caller } from '../core/account.ts';
import type { ConnectorCatalogue } from '../core/configuration/connector-catalogue.ts';
import type { Finding } from '../core/configuration/object-document.ts';
import { failure } from '../core/failure.ts';
import type { ReadyProposal } from '../engine/apply-configuration.ts';
import { callerRights } from './sign-in.ts';

export interface PublishRights {
  accounts: AccountDirectory;
  rules: AccessRules;
  connectors: ConnectorCatalogue;
}

/** One finding an object that the caller may not publish; empty when he may all. */
export async function forbiddenObjects({ plan, after, hidden }: ReadyProposal, caller: Caller, parts: PublishRights): Promise<readonly Finding[]> {
  const written = [...plan.creates, ...plan.changes, ...plan.relaid.map((object) => ({ ...object, details: [] }))];
  const refused = refusedObjects(
    { written, deleted: plan.deletes, after, hidden: hidden.map(({ template }) => template) },
    { rights: callerRights(caller), account: caller.account, own: caller.rights, accounts: await rightsNamed(initiatorsIn(after), parts), connectors: parts.connectors },
  );
  return refused.map(({ kind, name, lacking }) => ({ kind, name, path: '', code: 'access.objectForbidden', parameters: { kind, name, lacking: lacking.join(', ') } }));
}

/** Throws `access.objectsForbidden`, naming each; nothing has been written. */
export async function assertMayPublish(proposal: ReadyProposal, caller: Caller, parts: PublishRights): Promise<void> {
  const forbidden = await forbiddenObjects(proposal, caller, parts);
  if (forbidden.length === 0) return;
  const problems = forbidden.map(({ kind, name, code, parameters }) => ({ path: `${kind} ${name}`, code, parameters }));
  throw failure('access.objectsForbidden', { account: caller.account.name, count: forbidden.length }, { problems });
}

async function rightsNamed(names: readonly string[], { accounts, rules }: PublishRights): Promise<ReadonlyMap<string, Rights | null>> {
  const found = await Promise.all(names.map(async (name) => [name, await accounts.byName(name)] as const));
  return new Map(found.map(([name, known]) => [name, known === null ? null : rightsOf(known.account, rules)]));
}
