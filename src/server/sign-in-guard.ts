/** Stands before every check of credentials: whoever has guessed too often is not even looked at. */
import { failure } from '../core/failure.ts';
import type { SignInFailures, SignInTry } from '../core/sign-in-failures.ts';

export class SignInGuard {
  readonly #failures: SignInFailures;

  constructor(failures: SignInFailures) {
    this.#failures = failures;
  }

  /** Throws `access.slowDown` while there is something to wait for; then nothing is checked, so the answer tells nothing. */
  async assertMay(tried: SignInTry): Promise<void> {
    const ms = await this.#failures.pause(tried);
    if (ms > 0) throw failure('access.slowDown', { seconds: Math.ceil(ms / 1000) }, { next: { kind: 'retryAfter', ms } });
  }

  /** Null of `check` is a wrong sign-in. Attempts that run side by side may all begin before one is counted, so few may. */
  async attempt<T>(tried: SignInTry, check: () => Promise<T | null>): Promise<T | null> {
    await this.assertMay(tried);
    const found = await check();
    await (found === null ? this.#failures.failed(tried) : this.#failures.succeeded(tried));
    return found;
  }
}
