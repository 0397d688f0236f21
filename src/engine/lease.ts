/** The lease of one claimed row, as its worker knows it. */
import { failure } from '../core/failure.ts';
import type { Clock } from '../core/ports.ts';
import type { Fence } from '../core/effect-set.ts';

export class Lease {
  readonly fence: Fence;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #confirmedAt: number;

  /** `askedAt`: as for `confirm`, before the claim was sent. */
  constructor(fence: Fence, clock: Clock, leaseMs: number, askedAt: number) {
    this.fence = fence;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#confirmedAt = askedAt;
  }

  /** `askedAt` is the monotonic time before the renewal was sent, so that its delay counts against the lease. */
  confirm(askedAt: number): void {
    this.#confirmedAt = Math.max(this.#confirmedAt, askedAt);
  }

  /** A remote call may start only while at least half of the lease is left. */
  assertFresh(): void {
    if (this.#clock.monotonicMs() - this.#confirmedAt > this.#leaseMs / 2) throw failure('run.leaseTooOld', { message: this.fence.message });
  }
}
