/** Wrong sign-ins of all nodes, by whom and from where. They slow down guessing, and never shut an account out for good. */

export interface SignInTry {
  /** As it was claimed; that of an account, or the credential of a signing key; null when only the address is known. */
  name: string | null;
  address: string;
}

/**
 * Counted by name and address together, by name, and by address. From where a name has signed in before, only the
 * first counts: whoever guesses elsewhere does not shut its owner out.
 */
export interface SignInFailures {
  /** How long it has to wait, in milliseconds; 0 when it may be tried. */
  pause(tried: SignInTry): Promise<number>;
  failed(tried: SignInTry): Promise<void>;
  succeeded(tried: SignInTry): Promise<void>;
  /** What was counted against a name that has got new credentials. */
  forget(name: string): Promise<void>;
}
