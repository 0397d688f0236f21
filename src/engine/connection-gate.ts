/** How much one connection is asked at once and a second, and whether it rests: after repeated failures, or because the other side said so. */
import { Failure, failure } from '../core/failure.ts';
import type { Clock } from '../core/ports.ts';
import { createTurnstile, type Turnstile } from '../sdk/turnstile.ts';

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
  readonly #turnstile: Turnstile;
  #failures = 0;
  #restsUntil = 0;
  /** The other side has said "later": until then nothing is asked of it over this connection. */
  #quietUntil = 0;
  /** Instant of the next free slot of the rate limit, monotonic. */
  #nextSlot = 0;

  constructor(name: string, clock: Clock, limits: GateLimits) {
    this.#name = name;
    this.#clock = clock;
    this.#limits = limits;
    this.#turnstile = createTurnstile(limits.concurrency);
  }

  /** Runs `call` when there is room for it; throws `connection.resting` or `connection.toldToWait` without calling while the connection rests. `refusalOf` tells what the other side answered instead of doing it. */
  async pass<T>(call: () => Promise<T>, refusalOf: (outcome: T) => Failure | undefined, signal: AbortSignal): Promise<T> {
    this.#assertAwake();
    await this.#turnstile.enter(signal);
    try {
      await this.#slot(signal);
      this.#assertAwake();
      const outcome = await call();
      this.#failures = 0;
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) this.#obey(refusal);
      return outcome;
    } catch (error) {
      if (error instanceof Failure) this.#obey(error);
      this.#count(error);
      throw error;
    } finally {
      this.#turnstile.leave();
    }
  }

  #assertAwake(): void {
    const now = this.#clock.monotonicMs();
    const quiet = this.#quietUntil - now;
    if (quiet > 0) throw failure('connection.toldToWait', { connection: this.#name, seconds: Math.ceil(quiet / 1000) }, { next: { kind: 'retryAfter', ms: quiet } });
    const left = this.#restsUntil - now;
    if (left > 0) throw failure('connection.resting', { connection: this.#name, seconds: Math.ceil(left / 1000) }, { next: { kind: 'retryAfter', ms: left } });
  }

  async #slot(signal: AbortSignal): Promise<void> {
    const { perSecond } = this.#limits;
    if (perSecond === null) return;
    const now = this.#clock.monotonicMs();
    const at = Math.max(now, this.#nextSlot);
    this.#nextSlot = at + 1000 / perSecond;
    if (at > now) await this.#clock.sleep(at - now, signal);
  }

  /** "Later" is meant for whoever asks, not for the one message that was told so: a service counts its callers by their account. */
  #obey({ code, next }: Failure): void {
    if (next.kind !== 'retryAfter' || code === 'connection.toldToWait' || code === 'connection.resting') return;
    this.#quietUntil = Math.max(this.#quietUntil, this.#clock.monotonicMs() + next.ms);
  }

  /** Only trouble with the transport tires a connection; an answer, even a refusal, proves that it lives. */
  #count(error: unknown): void {
    if (!(error instanceof Failure) || !tiring.has(error.code)) return;
    this.#failures += 1;
    if (this.#failures >= this.#limits.breakerFailures) this.#restsUntil = this.#clock.monotonicMs() + this.#limits.breakerRestMs;
  }
}

const tiring: ReadonlySet<string> = new Set(['connection.refused', 'connection.timeout', 'connection.dnsFailed', 'connection.tlsFailed', 'connection.unknownOutcome']);
