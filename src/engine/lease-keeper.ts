/** Renews the leases of everything this node works on in one queue, and tells the work whose lease is gone. */
import type { QueueName } from '../core/effect-set.ts';
import type { Lease } from './lease.ts';
import type { EngineParts } from './parts.ts';

interface Kept {
  lease: Lease;
  lost: () => void;
}

export class LeaseKeeper {
  readonly #queue: QueueName;
  readonly #parts: Pick<EngineParts, 'store' | 'clock' | 'log' | 'settings' | 'owner'>;
  readonly #kept = new Map<string, Kept>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(queue: QueueName, parts: Pick<EngineParts, 'store' | 'clock' | 'log' | 'settings' | 'owner'>) {
    this.#queue = queue;
    this.#parts = parts;
  }

  keep(lease: Lease, lost: () => void): void {
    this.#kept.set(lease.fence.message, { lease, lost });
    this.#running ??= this.#renewals();
  }

  drop(lease: Lease): void {
    if (this.#kept.get(lease.fence.message)?.lease === lease) this.#kept.delete(lease.fence.message);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #renewals(): Promise<void> {
    const { clock, settings, log } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      try {
        await clock.sleep(settings.renewEveryMs, this.#stopping.signal);
      } catch {
        return; // closing
      }
      try {
        await this.#renewOnce();
      } catch (error) {
        // The leases simply grow old; calls stop at half their time.
        log.warn('lease.renewalFailed', { queue: this.#queue, error: String(error) });
      }
    }
  }

  async #renewOnce(): Promise<void> {
    const { store, clock, settings, owner } = this.#parts;
    if (this.#kept.size === 0) return;
    const asked = [...this.#kept.entries()];
    const askedAt = clock.monotonicMs();
    const held = new Set(await store.renew(this.#queue, owner, asked.map(([message]) => message), settings.leaseMs));
    for (const [message, kept] of asked) {
      if (held.has(message)) kept.lease.confirm(askedAt);
      else if (this.#kept.get(message) === kept) {
        this.#kept.delete(message);
        kept.lost();
      }
    }
  }
}
