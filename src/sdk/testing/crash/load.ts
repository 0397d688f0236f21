/**
 * Clients that post orders one after another. Each order is posted under its key again and again until it is acknowledged,
 * and the acknowledgement is on disk before the next order leaves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Acknowledgements } from './acknowledgements.ts';
import type { Choices } from './choices.ts';

/** One order of the load; what it means belongs to whoever makes it. */
export interface LoadOrder {
  number: string;
}

export interface LoadOptions<O extends LoadOrder> {
  clients: number;
  choices: Choices;
  /** The n-th order of a client. */
  readonly make: (client: number, n: number, choices: Choices) => O;
  /** One try; the status of the answer, or null when none came. */
  readonly post: (order: O) => Promise<number | null>;
  acknowledgements: Acknowledgements;
  /** Pause of a client between two orders, at most. */
  pauseMs: number;
}

export interface LoadCounts {
  sent: number;
  acknowledged: number;
  /** Tries that were not answered. */
  silent: number;
  /** Tries that were answered by something else than an acknowledgement, by status. */
  refused: ReadonlyMap<number, number>;
}

const retryPauseMs = 50;

export class Load<O extends LoadOrder> {
  readonly sent = new Map<string, O>();
  readonly #options: LoadOptions<O>;
  readonly #refused = new Map<number, number>();
  readonly #ending = new AbortController();
  #silent = 0;
  #acknowledged = 0;
  readonly #clients: Promise<void>[];

  constructor(options: LoadOptions<O>) {
    this.#options = options;
    this.#clients = Array.from({ length: options.clients }, (_, client) => this.#client(client, options.choices.fork()));
  }

  get counts(): LoadCounts {
    return { sent: this.sent.size, acknowledged: this.#acknowledged, silent: this.#silent, refused: this.#refused };
  }

  /** No client begins another order; resolves when every order is acknowledged. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#clients);
  }

  async #client(client: number, choices: Choices): Promise<void> {
    const { make, acknowledgements, pauseMs } = this.#options;
    for (let n = 1; !this.#ending.signal.aborted; n += 1) {
      const order = make(client, n, choices);
      this.sent.set(order.number, order);
      const status = await this.#untilAcknowledged(order);
      await acknowledgements.add(order.number, status);
      this.#acknowledged += 1;
      await sleep(choices.fraction() * pauseMs);
    }
  }

  async #untilAcknowledged(order: O): Promise<number> {
    for (;;) {
      const status = await this.#options.post(order);
      if (status !== null && status >= 200 && status < 300) return status;
      if (status === null) this.#silent += 1;
      else this.#refused.set(status, (this.#refused.get(status) ?? 0) + 1);
      await sleep(retryPauseMs);
    }
  }
}
