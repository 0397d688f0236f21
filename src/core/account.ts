/** People and programs that call the platform. */
import type { Permission } from './access/permission.ts';
import type { Narrowed } from './access/token-scope.ts';
import type { Actor } from './audit.ts';
import type { Grants, Rights } from './access/rights.ts';

/** Most of what it may do comes from its roles. A name that no role has (any more) gives nothing. */
export interface Account extends Grants {
  id: string;
  name: string;
  enabled: boolean;
  /** Somebody else has chosen the password: whoever signs in by it may only change it. */
  mustChangePassword: boolean;
  createdAt: string;
}

export interface ApiToken {
  id: string;
  account: string;
  name: string;
  /** Permissions, and words such as `records:read:Order`. */
  scopes: readonly string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

/** Who calls, as far as signing in has shown. */
export interface Caller {
  account: Account;
  /** Of the account. */
  rights: Rights;
  /** The account's permissions, cut down to the token's scopes. */
  may: ReadonlySet<Permission>;
  /** What the token leaves of the account's rights; absent without one. */
  narrowed?: Narrowed;
}

export interface NewAccount extends Grants {
  id: string;
  name: string;
  passwordHash: string;
  mustChangePassword?: boolean;
}

export interface AccountChanges extends Partial<Grants> {
  passwordHash?: string;
  enabled?: boolean;
  /** A new password takes it away unless told. */
  mustChangePassword?: boolean;
}

/** Every change is on record with it, in the same transaction. */
export interface AccountDirectory {
  byName(name: string): Promise<{ account: Account; passwordHash: string } | null>;
  byId(id: string): Promise<Account | null>;
  list(): Promise<readonly Account[]>;
  /** False when the name is taken. */
  create(account: NewAccount, by: Actor): Promise<boolean>;
  /** Refused when no enabled account would hold the role of system administrators by itself. */
  change(id: string, changes: AccountChanges, by: Actor, isAsRead?: (now: Account) => boolean): Promise<'changed' | 'unknown' | 'lastAdministrator' | 'stale'>;
  /** The same password under a better hash, unless it has changed meanwhile. */
  strengthenHash(id: string, from: string, to: string): Promise<void>;
  /** Every account that holds one of the roles `from` by itself holds `into` instead. */
  moveRole(from: readonly string[], into: string, by: Actor): Promise<void>;
  /** A token that is not revoked, of an enabled account; whether it is expired is told by the clock of the database. */
  byTokenHash(hash: Uint8Array): Promise<{ account: Account; token: ApiToken; expired: boolean } | null>;
  tokens(account: string | null): Promise<readonly ApiToken[]>;
  createToken(token: { id: string; account: string; name: string; hash: Uint8Array; scopes: readonly string[]; expiresAt: string | null }, by: Actor): Promise<ApiToken>;
  revokeToken(id: string, by: Actor): Promise<boolean>;
  /** Says that a token was used; written at most once a minute. */
  touchToken(id: string): Promise<void>;
}
