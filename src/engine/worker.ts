/** The loop that all queues share: claim what is due, work on it side by side, sleep when there is nothing. */
import type { Fence, QueueName } from '../core/effect-set.ts';
import { Lease } from './lease.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { EngineParts } from './parts.ts';

/** `untouched`: the work was given up with nothing begun that the next worker would not know of. */
export type Worked = 'over' | 'untouched';

/** What every claim of a queue has. */
export interface Held {
  fence: Fence;
}

export interface WorkerOptions<Row extends Held> {
  queue: QueueName;
  concurrency: number;
  /** Takes up to `limit` due rows. */
  claim(limit: number): Promise<readonly Row[]>;
  nextDueInMs(): Promise<number | null>;
  /** Works on one claimed row to its end; what it throws is a bug and leaves the row to its lease. */
  work(claimed: Row, lease: Lease): Promise<Worked>;
  /** Called when the lease of a row is gone while it is being worked on. */
  lost(message: string): void;
  /** Called when the node closes and gives a row back that is still being worked on. */
  left(message: string): void;
}

/** A reason of our own: the usual one is an exception with a stack, made for every wake-up. */
const woken = 'woken';

export class Worker<Row extends Held> {
  readonly #parts: EngineParts;
  readonly #options: WorkerOptions<Row>;
  readonly #keeper: LeaseKeeper;
  readonly #stopping = new AbortController();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #untouched = new Set<string>();
  #pause = new AbortController();
  #woken = false;
  #loop: Promise<void> | null = null;

  constructor(parts: EngineParts, options: WorkerOptions<Row>) {
    this.#parts = parts;
    this.#options = options;
    this.#keeper = new LeaseKeeper(options.queue, parts);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There may be something to claim. */
  wake(): void {
    this.#woken = true;
    this.#pause.abort(woken);
  }

  get busy(): number {
    return this.#busy.size;
  }

  /**
   * Claims nothing more, waits for what is under way up to `drainMs`, then tells the rest to stop and gives back what had
   * not begun. What was cut off in the middle keeps its lease: only so does the next worker learn that nobody knows how far it came.
   */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#pause.abort(woken);
    await this.#loop;
    const { settings, store, owner } = this.#parts;
    await this.#idleWithin(settings.drainMs);
    for (const message of this.#busy.keys()) this.#options.left(message);
    await this.#idleWithin(settings.pollMs);
    if (this.#untouched.size > 0) await store.release(this.#options.queue, owner, [...this.#untouched]);
    await this.#keeper.close();
  }

  async #idleWithin(ms: number): Promise<void> {
    if (this.#busy.size === 0) return;
    const patience = new AbortController();
    await Promise.race([Promise.allSettled(this.#busy.values()), this.#parts.clock.sleep(ms, patience.signal).catch(() => undefined)]);
    patience.abort();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      let claimed: readonly Row[] = [];
      const askedAt = clock.monotonicMs();
      const free = this.#parts.pause() === null ? this.#options.concurrency - this.#busy.size : 0;
      if (free > 0) {
        try {
          claimed = await this.#options.claim(free);
        } catch (error) {
          log.warn('queue.claimFailed', { queue: this.#options.queue, error: String(error) });
        }
      }
      for (const row of claimed) this.#take(row, askedAt);
      if (claimed.length === 0 || this.#busy.size >= this.#options.concurrency) await this.#sleep();
    }
  }

  #take(claimed: Row, askedAt: number): void {
    const { clock, settings, log } = this.#parts;
    const { message } = claimed.fence;
    const lease = new Lease(claimed.fence, clock, settings.leaseMs, askedAt);
    this.#keeper.keep(lease, () => this.#options.lost(message));
    const work = this.#worked(claimed, lease)
      .catch((error: unknown) => log.error('queue.workCrashed', { queue: this.#options.queue, message, error: error instanceof Error ? error.stack : String(error) }))
      .finally(() => {
        this.#keeper.drop(lease);
        this.#busy.delete(message);
        // Its place is free and its order key may have a next head.
        this.wake();
      });
    this.#busy.set(message, work);
  }

  async #worked(claimed: Row, lease: Lease): Promise<void> {
    const worked = await this.#options.work(claimed, lease);
    if (worked === 'untouched' && this.#stopping.signal.aborted) this.#untouched.add(claimed.fence.message);
  }

  async #sleep(): Promise<void> {
    if (this.#woken || this.#stopping.signal.aborted) return;
    this.#pause = new AbortController();
    const { clock, settings } = this.#parts;
    let ms = settings.pollMs;
    try {
      if (this.#busy.size < this.#options.concurrency) ms = Math.min(ms, (await this.#options.nextDueInMs()) ?? ms);
    } catch {
      // The database is away; the poll comes again.
    }
    if (this.#woken) return;
    await clock.sleep(Math.max(1, ms), this.#pause.signal).catch(() => undefined);
  }
}
