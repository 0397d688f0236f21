/** Accounts and tokens. */
import { randomUUID } from 'node:crypto';
import { accountOperations, type scopeGroups } from '../../api/accounts.ts';
import { inOrder, isPermission, permissions, type Permission } from '../../core/access/permission.ts';
import { rightsOf, type Grants } from '../../core/access/rights.ts';
import type { Account, ApiToken } from '../../core/account.ts';
import type { Configuration } from '../../core/configuration/published.ts';
import { signingKeyField, type SigningKey } from '../../core/signing-key.ts';
import { failure } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import { accountNamed } from '../account-named.ts';
import { assertMayGrant, assertOver } from '../grants.ts';
import { newPasswordHash } from '../password-hash.ts';
import { newSigningKey, newToken, tokenHash } from '../sign-in.ts';
import { assertScopes, type NamesOf } from '../token-scopes.ts';
import { expiryOf, futureInstant } from './future-instant.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import { assertTag, contentTag } from './if-match.ts';
import type { ApiParts } from './parts.ts';

export function accountHandlers({ accounts, signingKeys, signInFailures, passwords, vault, clock, configuration, forgetSignIns }: ApiParts): readonly Handler[] {
  const rules = () => configuration.current().access;
  const named = (name: string): Promise<Account> => accountNamed(accounts, name);
  const shownAccount = async (name: string): Promise<Answered> => {
    const account = await named(name);
    return { ...good(accountJson(account)), headers: { etag: `"${accountTag(account)}"` } };
  };
  return [
    handle(accountOperations.getMe, async ({ caller: { account, may, rights } }) => good({ account: accountJson(account), may: inOrder(may), roles: rights.roles, administrator: rights.administrator })),

    handle(accountOperations.listAccounts, async () => good({ accounts: (await accounts.list()).map(accountJson) })),

    handle(accountOperations.createAccount, async ({ body, caller, actor }) => {
      const grants: Grants = { permissions: permissionsOf(body.permissions ?? []), roles: body.roles ?? [], groups: body.groups ?? [] };
      assertMayGrant(caller, body.name, null, grants, rules());
      passwords.assertGood(body.password, body.name);
      const created = await accounts.create({ id: randomUUID(), name: body.name, passwordHash: await newPasswordHash(body.password), mustChangePassword: body.mustChangePassword ?? false, ...grants }, actor);
      if (!created) throw failure('account.exists', { name: body.name });
      return { status: 201, body: accountJson(await named(body.name)), headers: { location: `/api/v1/accounts/${encodeURIComponent(body.name)}` } };
    }),

    handle(accountOperations.getAccount, async ({ params }) => shownAccount(params.name)),

    handle(accountOperations.changeAccount, async ({ params, body, headers, caller, actor }) => {
      const account = await named(params.name);
      const tag = headers['if-match'];
      assertTag(tag, { kind: 'Account', name: account.name }, accountTag(account));
      const grants: Grants = { permissions: body.permissions === undefined ? account.permissions : permissionsOf(body.permissions), roles: body.roles ?? account.roles, groups: body.groups ?? account.groups };
      assertOver(caller, account, rules());
      assertMayGrant(caller, account.name, account, grants, rules());
      const { password, enabled, mustChangePassword } = body;
      if (password !== undefined) passwords.assertGood(password, account.name);
      const changed = await accounts.change(account.id, { ...grants, ...(password === undefined ? {} : { passwordHash: await newPasswordHash(password) }), ...(enabled === undefined ? {} : { enabled }), ...(mustChangePassword === undefined ? {} : { mustChangePassword }) }, actor, tag === undefined ? undefined : (now) => accountTag(now) === accountTag(account));
      forgetSignIns();
      if (changed === 'changed' && password !== undefined) await signInFailures.forget(account.name);
      if (changed === 'stale') throw failure('http.staleEdit', { kind: 'Account', name: account.name });
      if (changed === 'lastAdministrator') throw failure('account.lastAdministrator', { account: account.name });
      return shownAccount(params.name);
    }),

    handle(accountOperations.listTokens, async ({ params }) => good({ tokens: (await accounts.tokens((await named(params.name)).id)).map(tokenJson) })),

    handle(accountOperations.createToken, async ({ params, body, caller, actor }) => {
      const account = await named(params.name);
      assertOver(caller, account, rules());
      const scopes = scopesOf(body.scopes);
      assertScopes(scopes, account.name, rightsOf(account, rules()), namesIn(configuration.current()));
      const token = newToken();
      const expiresAt = expiryOf(body.expiresAt ?? null, clock.wallMs());
      const created = await accounts.createToken({ id: randomUUID(), account: account.id, name: body.name, hash: tokenHash(token), scopes, expiresAt }, actor);
      return { status: 201, body: { ...tokenJson(created), token } };
    }),

    handle(accountOperations.revokeToken, async ({ params, caller, actor }) => {
      const account = await named(params.name);
      // Whoever holds a token may always do without it.
      if (caller.account.id !== account.id) assertOver(caller, account, rules());
      const id = params.id.toLowerCase();
      const known = (await accounts.tokens(account.id)).some((token) => token.id === id);
      if (!known || !(await accounts.revokeToken(id, actor))) throw failure('token.unknown', { id });
      forgetSignIns();
      return { status: 204 };
    }),

    handle(accountOperations.listKeys, async ({ params }) => good({ keys: (await signingKeys.list((await named(params.name)).id)).map(keyJson) })),

    handle(accountOperations.createKey, async ({ params, body, caller, actor }) => {
      const account = await named(params.name);
      assertOver(caller, account, rules());
      const { credential, secret } = newSigningKey();
      const expiresAt = futureInstant(body.expiresAt, clock.wallMs());
      const key = await signingKeys.create({ id: randomUUID(), account: account.id, name: body.name, credential, sealed: vault.seal(signingKeyField(credential), secret), expiresAt }, actor);
      return { status: 201, body: { ...keyJson(key), secret } };
    }),

    handle(accountOperations.changeKey, async ({ params, body, caller, actor }) => {
      const account = await named(params.name);
      assertOver(caller, account, rules());
      const key = await signingKeys.setExpiry(account.id, params.id.toLowerCase(), futureInstant(body.expiresAt, clock.wallMs()), actor);
      if (key === null) throw failure('key.unknown', { id: params.id });
      forgetSignIns();
      return good(keyJson(key));
    }),

    handle(accountOperations.revokeKey, async ({ params, caller, actor }) => {
      const account = await named(params.name);
      if (caller.account.id !== account.id) assertOver(caller, account, rules());
      if (!(await signingKeys.revoke(account.id, params.id.toLowerCase(), actor))) throw failure('key.unknown', { id: params.id });
      forgetSignIns();
      return { status: 204 };
    }),
  ];
}

/** What may be edited of it; its password is nobody's to read. */
const accountTag = ({ permissions: may, roles, groups: memberOf, enabled, mustChangePassword }: Account): string => contentTag({ may, roles, memberOf, enabled, mustChangePassword });

const accountJson = ({ id, name, permissions: may, roles, groups: memberOf, enabled, mustChangePassword, createdAt }: Account): ValueObject => ({ id, name, permissions: may, roles, groups: memberOf, enabled, mustChangePassword, createdAt });

const tokenJson = ({ id, name, scopes, createdAt, expiresAt, revokedAt, lastUsedAt }: ApiToken): ValueObject => ({ id, name, scopes, createdAt, expiresAt, revokedAt, lastUsedAt });

const keyJson = ({ id, name, credential, createdAt, expiresAt, revokedAt, lastUsedAt }: SigningKey): ValueObject => ({ id, name, credential, createdAt, expiresAt, revokedAt, lastUsedAt });

const groups: Readonly<Record<(typeof scopeGroups)[number], readonly Permission[]>> = {
  api: ['api.call'],
  records: ['records.view', 'records.edit'],
  messages: ['messages.view', 'messages.edit'],
  scenarios: ['scenarios.view', 'scenarios.run'],
  connections: ['connections.view', 'connections.edit', 'connections.run'],
  configuration: ['connections.run', 'code.edit', 'configuration.view', 'configuration.edit'],
  accounts: ['accounts.view', 'accounts.edit'],
  admin: permissions,
};

/** Short names unfolded, each permission once, in the usual order. */
function permissionsOf(names: readonly (Permission | (typeof scopeGroups)[number])[]): readonly Permission[] {
  const wanted = new Set(names.flatMap((name): readonly Permission[] => (isGroup(name) ? groups[name] : [name])));
  return permissions.filter((permission) => wanted.has(permission));
}

/** Short names unfolded; the rest as it is written. */
function scopesOf(names: readonly string[]): readonly string[] {
  const unfolded = new Set(names.flatMap((name): readonly string[] => (isGroup(name) ? groups[name] : [name])));
  return [...permissions.filter((permission) => unfolded.has(permission)), ...[...unfolded].filter((name) => !isPermission(name)).sort()];
}

const namesIn = (current: Configuration): NamesOf => (kind) => {
  switch (kind) {
    case 'Template':
      return current.templates.all().map(({ name }) => name);
    case 'Route':
      return current.routes().map(({ name }) => name);
    case 'Scenario':
      return current.scenarios().map(({ name }) => name);
    case 'Connection':
      return current.connections().map(({ name }) => name);
    default:
      return kind satisfies never;
  }
};

const isGroup = (name: string): name is (typeof scopeGroups)[number] => Object.hasOwn(groups, name);
