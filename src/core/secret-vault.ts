import type { Actor } from './audit.ts';
import { failure, type Failure } from './failure.ts';
import { limits } from './limits.ts';

/** Where secrets are kept. Their texts come out one at a time, into the hands of a function, and are never listed. */
export interface SecretVault {
  /** Calls `use` with the text. Throws `secret.unknown`, `secret.unreadable` or `secret.otherKey`. */
  reveal<T>(name: string, use: (text: string) => T): Promise<T>;
  /** Sets or replaces; connections that use it are opened anew on every node. Throws `http.staleEdit` when its version is not `version`. */
  set(name: string, text: string, by: string, options?: { actor?: Actor; expiresAt?: string | null; version?: number }): Promise<void>;
  list(): Promise<readonly SecretEntry[]>;
  /** Seals a text that is kept elsewhere than in the vault; it opens only under the same name. */
  seal(name: string, text: string): Uint8Array;
  /** Throws `secret.unreadable` or `secret.otherKey`. */
  unseal(name: string, sealed: Uint8Array): Promise<string>;
  /** Proves that the master key opens what is stored. Throws `secret.otherKey` or `secret.unreadable`. */
  check(): Promise<void>;
  /** Seals by the first master key what another one has sealed; may be cut short and begun again. Returns how many there were. */
  rewrap(progress: (done: number, all: number) => void): Promise<number>;
}

export interface SecretEntry {
  name: string;
  /** Grows by one each time it is set. */
  version: number;
  /** UTC text with microseconds. */
  setAt: string;
  setBy: string;
  /** When the other side will refuse it; null when that is not known. */
  expiresAt: string | null;
}

export type SecretState = 'good' | 'expiring' | 'expired';

/** A secret that ends soon has to be looked at before it does. */
export function secretState({ expiresAt }: Pick<SecretEntry, 'expiresAt'>, nowMs: number): SecretState {
  if (expiresAt === null) return 'good';
  const left = Date.parse(expiresAt) - nowMs;
  if (left <= 0) return 'expired';
  return left <= limits.secretNoticeDays.value * 86_400_000 ? 'expiring' : 'good';
}

/** Those that somebody has to look at. */
export function secretProblems(entries: readonly SecretEntry[], nowMs: number): readonly Failure[] {
  return entries.flatMap((entry) => {
    const state = secretState(entry, nowMs);
    return state === 'good' ? [] : [failure(state === 'expired' ? 'secret.expired' : 'secret.expiresSoon', { name: entry.name, at: entry.expiresAt })];
  });
}
