/** Roles and groups: read from the configuration, changed by publishing documents. */
import { roleOperations } from '../../api/roles.ts';
import { lossesOf, type Loss } from '../../core/access/losses.ts';
import { rulesIn } from '../../core/access/object-rights.ts';
import { isBuiltInRole, type AccessRules, type Group, type Role } from '../../core/access/role.ts';
import { assertOwnRole, clonedRole, mergedRoles, restoredRole, roleNamed, withoutGroup, withoutRole, type RoleChange } from '../../core/access/role-changes.ts';
import type { Account } from '../../core/account.ts';
import type { ObjectDocument } from '../../core/configuration/object-document.ts';
import type { ValueObject } from '../../core/value.ts';
import type { ReadyProposal } from '../../engine/apply-configuration.ts';
import { moveRolesIn } from '../../engine/jobs/move-roles.ts';
import { assertMayGrant } from '../grants.ts';
import { RoleDesk } from '../role-desk.ts';
import { good, handle, type Asked, type Handler } from './handler.ts';
import { assertNew, assertTag, contentTag, isForNew } from './if-match.ts';
import { plainJson } from './plain-json.ts';
import type { ApiParts } from './parts.ts';

export function roleHandlers(parts: ApiParts): readonly Handler[] {
  const { accounts, configuration, configurationStore } = parts;
  const desk = new RoleDesk(parts);
  const rules = (): AccessRules => configuration.current().access;
  const shownRole = async (name: string): Promise<ValueObject> => roleJson(roleNamed(rules(), name), rules(), await accounts.list());
  const stored = async (): Promise<readonly ObjectDocument[]> => (await configurationStore.load()).stored.objects;

  /** Says who would lose what, and publishes unless that was all that was asked. */
  async function carriedOut(change: RoleChange, { caller, actor, signal, headers }: Pick<Asked, 'caller' | 'actor' | 'signal' | 'headers'>, preview = false, held: { kind: 'Role' | 'Group'; name: string } | null = null): Promise<{ losses: readonly Loss[]; records: ReadyProposal['roleRecords'] }> {
    const proposal = await desk.proposed(change, caller);
    if (held !== null && (headers['if-match'] !== undefined || isForNew(headers))) {
      // The proposal holds for what is stored now, or is not published.
      await configuration.atLeast(proposal.base, signal);
      assertTag(headers['if-match'], held, tagOf(rules(), held));
      assertNew(headers, held, tagOf(rules(), held) !== null);
    }
    const losses = lossesOf(await accounts.list(), rules(), rulesIn(proposal.after));
    if (!preview) await desk.publish(proposal, change.note, { caller, actor, signal });
    return { losses, records: proposal.roleRecords };
  }

  return [
    handle(roleOperations.listRoles, async () => {
      const all = await accounts.list();
      return good({ roles: rules().roles().map((role) => roleJson(role, rules(), all)) });
    }),

    handle(roleOperations.getRole, async ({ params: { name } }) => ({ ...good(await shownRole(name)), headers: { etag: `"${tagOf(rules(), { kind: 'Role', name }) ?? ''}"` } })),

    handle(roleOperations.putRole, async ({ params: { name }, query, body, headers, caller, actor, signal }) => {
      assertOwnRole(name);
      const { losses } = await carriedOut({ written: [{ kind: 'Role', name, fields: body }], note: `role ${name}` }, { caller, actor, signal, headers }, query.preview, { kind: 'Role', name });
      return good({ role: query.preview === true ? null : await shownRole(name), losses: losses.map(lossJson) });
    }),

    handle(roleOperations.cloneRole, async ({ params, body, headers, caller, actor, signal }) => {
      await carriedOut(clonedRole(await stored(), params.name, body.name), { caller, actor, signal, headers });
      return { status: 201, body: await shownRole(body.name), headers: { location: `/api/v1/roles/${encodeURIComponent(body.name)}` } };
    }),

    handle(roleOperations.mergeRoles, async ({ params: { name }, body, headers, caller, actor, signal }) => {
      const { gone, grown, shrunk } = mergedRoles(await stored(), name, body.from);
      const { after } = await desk.proposed(grown, caller);
      // A role need not grow to give more: whoever held a lesser one is given all of it.
      for (const account of await accounts.list()) if (account.roles.some((role) => gone.includes(role))) assertMayGrant(caller, account.name, account, { ...account, roles: [...account.roles, name] }, rulesIn(after));
      await carriedOut(grown, { caller, actor, signal, headers });
      await accounts.moveRole(gone, name, actor);
      parts.forgetSignIns();
      const moving = moveRolesIn(configuration.current().templates, gone, name, caller.account.id);
      const job = moving === null ? null : await parts.engine.jobs.start(moving);
      await carriedOut(shrunk, { caller, actor, signal, headers });
      return good({ ...(await shownRole(name)), job });
    }),

    handle(roleOperations.deleteRole, async ({ params: { name }, query, headers, caller, actor, signal }) => {
      const { losses, records } = await carriedOut(withoutRole(await stored(), name), { caller, actor, signal, headers }, query.preview, { kind: 'Role', name });
      return good({ losses: losses.map(lossJson), records: records.map((one) => ({ ...one })) });
    }),

    handle(roleOperations.restoreRole, async ({ params: { name }, headers, caller, actor, signal }) => {
      await carriedOut(restoredRole(await stored(), name, await configurationStore.lastDocument('Role', name)), { caller, actor, signal, headers });
      return good(await shownRole(name));
    }),

    handle(roleOperations.listGroups, async () => {
      const all = await accounts.list();
      return good({ groups: rules().groups().map((group) => groupJson(group, all)) });
    }),

    handle(roleOperations.putGroup, async ({ params: { name }, query, body, headers, caller, actor, signal }) => {
      const { losses } = await carriedOut({ written: [{ kind: 'Group', name, fields: body }], note: `group ${name}` }, { caller, actor, signal, headers }, query.preview, { kind: 'Group', name });
      const group = query.preview === true ? undefined : rules().group(name);
      return good({ group: group === undefined ? null : groupJson(group, await accounts.list()), losses: losses.map(lossJson) });
    }),

    handle(roleOperations.deleteGroup, async ({ params: { name }, query, headers, caller, actor, signal }) => {
      const { losses } = await carriedOut(withoutGroup(await stored(), name), { caller, actor, signal, headers }, query.preview, { kind: 'Group', name });
      return good({ losses: losses.map(lossJson) });
    }),
  ];
}

const ruleJson = ({ template, verbs, owner, where }: Role['records'][number]): ValueObject => ({ template, verbs, ...(owner === null ? {} : { owner }), ...(where === null ? {} : { where: plainJson(where) }) });

const roleJson = ({ name, title, enabled, permissions, records }: Role, rules: AccessRules, accounts: readonly Account[]): ValueObject => ({
  name, title: { ...title }, builtIn: isBuiltInRole(name), enabled, permissions, records: records.map(ruleJson),
  accounts: accounts.filter(({ roles }) => roles.includes(name)).map((account) => account.name),
  groups: rules.groups().filter(({ roles }) => roles.includes(name)).map((group) => group.name),
});

const groupJson = ({ name, title, roles }: Group, accounts: readonly Account[]): ValueObject => ({ name, title: { ...title }, roles, accounts: accounts.filter(({ groups }) => groups.includes(name)).map((account) => account.name), etag: `"${groupTag({ title, roles })}"` });

/** Of what may be edited; who holds it is another matter. Null when it is not there. */
function tagOf(rules: AccessRules, { kind, name }: { kind: 'Role' | 'Group'; name: string }): string | null {
  if (kind === 'Group') {
    const group = rules.group(name);
    return group === undefined ? null : groupTag(group);
  }
  const role = rules.role(name);
  return role === undefined ? null : contentTag({ title: { ...role.title }, enabled: role.enabled, permissions: role.permissions, records: role.records.map(ruleJson) });
}

const groupTag = ({ title, roles }: Pick<Group, 'title' | 'roles'>): string => contentTag({ title: { ...title }, roles });

const lossJson = ({ account, loses }: Loss): ValueObject => ({ account, loses });
