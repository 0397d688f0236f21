/** Keys by which a program signs its requests; the key itself never travels. They belong to an account, as tokens do. */
import type { Account } from './account.ts';
import type { Actor } from './audit.ts';

export interface SigningKey {
  id: string;
  /** Id of the account. */
  account: string;
  name: string;
  /** Sent along with each signature; names the key and is no secret. */
  credential: string;
  createdAt: string;
  /** All that can be changed of a key. */
  expiresAt: string;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

/** What the secret of a key is sealed under; no name of a secret has a slash. */
export const signingKeyField = (credential: string): string => `signing key/${credential}`;

/** What came of presenting a signature: `repeated` when it was presented before, for the same thing or for another. */
export type SignatureUse = { kind: 'first' } | { kind: 'repeated'; same: boolean };

export interface SigningKeyDirectory {
  /** A key that is not revoked, of an enabled account; it may have expired. The secret is sealed. */
  byCredential(credential: string): Promise<{ account: Account; key: SigningKey; sealed: Uint8Array } | null>;
  list(account: string): Promise<readonly SigningKey[]>;
  create(key: { id: string; account: string; name: string; credential: string; sealed: Uint8Array; expiresAt: string }, by: Actor): Promise<SigningKey>;
  /** Null when there is no such key (any more). */
  setExpiry(account: string, id: string, expiresAt: string, by: Actor): Promise<SigningKey | null>;
  revoke(account: string, id: string, by: Actor): Promise<boolean>;
  /** Written at most once a minute a key. */
  touch(id: string): Promise<void>;
  /** Remembers a signature as long as it could be valid, with what it was used for. */
  use(signature: string, purpose: string): Promise<SignatureUse>;
}
