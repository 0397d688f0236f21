/** People and programs that call the platform, and what they may do. */

/** What an account may be allowed; a token may be limited to some of its account's. */
export const permissions = [
  'api.call', // inbound messages and every REST call
  'records.view',
  'records.edit',
  'messages.view',
  'messages.edit', // retry, discard, cancel, kill
  'scenarios.run',
  'configuration.view',
  'configuration.edit',
  'accounts.edit', // accounts, tokens and secrets
] as const;

export type Permission = (typeof permissions)[number];

export const isPermission = (text: string): text is Permission => (permissions as readonly string[]).includes(text);

export interface Account {
  id: string;
  name: string;
  permissions: readonly Permission[];
  enabled: boolean;
  createdAt: string;
}

export interface ApiToken {
  id: string;
  account: string;
  name: string;
  scopes: readonly Permission[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}

/** Who calls, as far as signing in has shown. */
export interface Caller {
  account: Account;
  /** The account's permissions, cut down to the token's scopes. */
  may: ReadonlySet<Permission>;
}

export interface AccountDirectory {
  byName(name: string): Promise<{ account: Account; passwordHash: string } | null>;
  byId(id: string): Promise<Account | null>;
  list(): Promise<readonly Account[]>;
  /** False when the name is taken. */
  create(account: { id: string; name: string; passwordHash: string; permissions: readonly Permission[] }): Promise<boolean>;
  /** Refused when nobody would be left to manage accounts. */
  change(id: string, changes: { passwordHash?: string; permissions?: readonly Permission[]; enabled?: boolean }): Promise<'changed' | 'unknown' | 'lastAdministrator'>;
  /** A token that is neither expired nor revoked, of an enabled account. */
  byTokenHash(hash: Uint8Array): Promise<{ account: Account; token: ApiToken } | null>;
  tokens(account: string | null): Promise<readonly ApiToken[]>;
  createToken(token: { id: string; account: string; name: string; hash: Uint8Array; scopes: readonly Permission[]; expiresAt: string | null }): Promise<ApiToken>;
  revokeToken(id: string): Promise<boolean>;
}
