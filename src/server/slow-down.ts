/** Pauses for senders of wrong credentials: none for the first few, then twice as long each time. */
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';

interface Sender {
  failures: number;
  until: number;
}

export class SlowDown {
  readonly #clock: Clock;
  readonly #senders = new Map<string, Sender>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `access.slowDown` while the sender has to wait. */
  assertMay(who: string): void {
    const left = (this.#senders.get(who)?.until ?? 0) - this.#clock.monotonicMs();
    if (left > 0) throw failure('access.slowDown', { seconds: Math.ceil(left / 1000) }, { next: { kind: 'retryAfter', ms: left } });
  }

  failed(who: string): void {
    const failures = (this.#senders.get(who)?.failures ?? 0) + 1;
    const over = failures - limits.signInFailures.value;
    const pause = over < 0 ? 0 : Math.min(1_000 * 2 ** over, limits.signInPauseMs.value);
    // Re-inserted, so that the longest silent sender is the first to be forgotten.
    this.#senders.delete(who);
    this.#senders.set(who, { failures, until: this.#clock.monotonicMs() + pause });
    const oldest = this.#senders.keys().next();
    if (this.#senders.size > limits.slowedSenders.value && oldest.done !== true) this.#senders.delete(oldest.value);
  }

  succeeded(who: string): void {
    this.#senders.delete(who);
  }
}
