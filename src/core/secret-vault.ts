/** Where secrets are kept. Their texts come out one at a time, into the hands of a function, and are never listed. */
export interface SecretVault {
  /** Calls `use` with the text. Throws `secret.unknown`, `secret.unreadable` or `secret.otherKey`. */
  reveal<T>(name: string, use: (text: string) => T): Promise<T>;
  /** Sets or replaces; connections that use it are opened anew on every node. */
  set(name: string, text: string, by: string): Promise<void>;
  list(): Promise<readonly SecretEntry[]>;
  /** Seals a text that is kept elsewhere than in the vault; it opens only under the same name. */
  seal(name: string, text: string): Uint8Array;
  /** Throws `secret.unreadable` or `secret.otherKey`. */
  unseal(name: string, sealed: Uint8Array): string;
  /** Proves that the master key opens what is stored. Throws `secret.otherKey` or `secret.unreadable`. */
  check(): Promise<void>;
}

export interface SecretEntry {
  name: string;
  /** Grows by one each time it is set. */
  version: number;
  /** UTC text with microseconds. */
  setAt: string;
  setBy: string;
}
