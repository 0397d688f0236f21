/** People who are signed in with a browser. A session belongs to the database: any node knows it, and a restart ends none. */
import type { Account } from './account.ts';
import type { Actor } from './audit.ts';

export interface Session {
  id: string;
  /** Id of the account. */
  account: string;
  /** From where it was opened, and with what browser, as it says of itself. */
  address: string;
  agent: string;
  createdAt: string;
  lastUsedAt: string;
  /** It ends then unless it is used. */
  idleUntil: string;
  /** It ends then in any case. */
  expiresAt: string;
}

export interface SessionSettings {
  idleMs: number;
  absoluteMs: number;
}

export interface NewSession {
  id: string;
  account: string;
  /** Of the token in the cookie. */
  hash: Uint8Array;
  address: string;
  agent: string;
}

/** Changing the password or disabling the account ends all its sessions, in the same transaction. */
export interface SessionDirectory {
  /** Puts the oldest of too many out. */
  open(session: NewSession, by: Actor): Promise<Session>;
  /** Null when it has ended or its account is disabled. */
  byHash(hash: Uint8Array): Promise<{ account: Account; session: Session; isDue: boolean } | null>;
  /** It was used: to be told when it is due, which is now and then only. */
  touch(id: string): Promise<void>;
  /** Those that have not ended, newest first. */
  list(account: string): Promise<readonly Session[]>;
  /** One, or all but one. Returns how many ended. */
  end(account: string, which: { id: string } | { allBut: string | null }, by: Actor): Promise<number>;
}
