/** Many deadlines over one timer: a message costs an entry in a set, not a timer of its own. Late by up to one tick. */
import type { Clock } from '../core/ports.ts';

interface Entry {
  at: number;
  tell: () => void;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #entries = new Set<Entry>();
  #ticking = false;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.#tickMs = tickMs;
  }

  /** Calls `tell` once when the monotonic clock has reached `at`; returns how to take that back. */
  add(at: number, tell: () => void): () => void {
    const entry = { at, tell };
    this.#entries.add(entry);
    if (!this.#ticking) void this.#tick();
    return () => void this.#entries.delete(entry);
  }

  async #tick(): Promise<void> {
    this.#ticking = true;
    while (this.#entries.size > 0) {
      await this.#clock.sleep(this.#tickMs);
      const now = this.#clock.monotonicMs();
      for (const entry of this.#entries) {
        if (entry.at > now) continue;
        this.#entries.delete(entry);
        entry.tell();
      }
    }
    this.#ticking = false;
  }
}
