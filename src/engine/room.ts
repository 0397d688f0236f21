/**
 * Whether there is room for more in the queues. The counts are those of the last look, so a limit may be passed by what
 * comes within one pause; what matters is that a queue whose output is down does not grow without end.
 */
import type { EffectSet } from '../core/effect-set.ts';
import { failure, type Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { QueueLevels, Store } from '../core/store-port.ts';
import type { EngineSettings } from './settings.ts';

export interface RoomOptions {
  store: Pick<Store, 'queueLevels'>;
  clock: Clock;
  log: Log;
  settings: EngineSettings;
}

export class Room {
  readonly #options: RoomOptions;
  readonly #stopping = new AbortController();
  #levels: QueueLevels = { inbox: new Map(), outbox: new Map() };
  #looking: Promise<void> | null = null;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  start(): void {
    this.#looking ??= this.#look();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
  }

  /** Throws `inbox.full` when too many messages of the route (or runs of the scenario) wait to be handled. */
  assertInbox(id: string, name: string): void {
    const limit = limits.inboxRows.value;
    if ((this.#levels.inbox.get(id) ?? 0) >= limit) throw failure('inbox.full', { route: name, limit }, later);
  }

  /** Messages of the route that waited at the last look. */
  waiting(id: string): number {
    return this.#levels.inbox.get(id) ?? 0;
  }

  /** `outbox.full` when the set would send over a connection for which too many messages wait already. */
  refusal({ outbox }: Pick<EffectSet, 'outbox'>): Failure | null {
    const limit = limits.outboxRows.value;
    const full = outbox.find(({ connection }) => (this.#levels.outbox.get(connection) ?? 0) >= limit);
    return full === undefined ? null : failure('outbox.full', { connection: full.connection, limit }, later);
  }

  async #look(): Promise<void> {
    const { store, clock, log, settings } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        this.#levels = await store.queueLevels();
      } catch (error) {
        // What was seen last goes on counting: a database that is away takes nothing anyway.
        log.debug('queue.levelsUnknown', { error: String(error) });
      }
      await clock.sleep(settings.levelsMs, this.#stopping.signal).catch(() => undefined);
    }
  }
}

const later = { next: { kind: 'retryAfter', ms: 5_000 } } as const;
