/** How much one connection is asked at once and a second, and whether it rests after repeated failures. */
import { Failure, failure } from '../core/failure.ts';
import type { Clock } from '../core/ports.ts';

export interface GateLimits {
  concurrency: number;
  perSecond: number | null;
  breakerFailures: number;
  breakerRestMs: number;
}

export class ConnectionGate {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #limits: GateLimits;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #failures = 0;
  #restsUntil = 0;
  /** Instant of the next free slot of the rate limit, monotonic. */
  #nextSlot = 0;

  constructor(name: string, clock: Clock, limits: GateLimits) {
    this.#name = name;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Runs `call` when there is room for it; throws `connection.resting` without calling while the connection rests. */
  async pass<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#assertAwake();
    await this.#enter(signal);
    try {
      await this.#slot(signal);
      this.#assertAwake();
      const result = await call();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#count(error);
      throw error;
    } finally {
      this.#leave();
    }
  }

  #assertAwake(): void {
    const left = this.#restsUntil - this.#clock.monotonicMs();
    if (left > 0) throw failure('connection.resting', { connection: this.#name, seconds: Math.ceil(left / 1000) }, { next: { kind: 'retryAfter', ms: left } });
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#busy < this.#limits.concurrency) {
      this.#busy += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const aborted = (): void => {
      const at = this.#waiting.indexOf(resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', aborted, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }

  /** The place goes to the next in line, or is free. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy -= 1;
    else next();
  }

  async #slot(signal: AbortSignal): Promise<void> {
    const { perSecond } = this.#limits;
    if (perSecond === null) return;
    const now = this.#clock.monotonicMs();
    const at = Math.max(now, this.#nextSlot);
    this.#nextSlot = at + 1000 / perSecond;
    if (at > now) await this.#clock.sleep(at - now, signal);
  }

  /** Only trouble with the transport tires a connection; an answer, even a refusal, proves that it lives. */
  #count(error: unknown): void {
    if (!(error instanceof Failure) || !tiring.has(error.code)) return;
    this.#failures += 1;
    if (this.#failures >= this.#limits.breakerFailures) this.#restsUntil = this.#clock.monotonicMs() + this.#limits.breakerRestMs;
  }
}

const tiring: ReadonlySet<string> = new Set(['connection.refused', 'connection.timeout', 'connection.dnsFailed', 'connection.tlsFailed', 'connection.unknownOutcome']);
