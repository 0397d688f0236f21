/**
 * Keeps the newest snapshot of the configuration: asked for again whenever someone wakes it, and every few seconds
 * because a wake-up can be lost. While the database is away, the last snapshot stays.
 */
import type { Configuration, ConfigurationSource } from '../../../core/configuration/published.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';

export interface SourceOptions {
  /** The newest revision; cheap. */
  revision(): Promise<number>;
  /** Loads the newest revision and builds its snapshot. */
  load(): Promise<Configuration>;
  /** A past one. */
  loadAt(revision: number): Promise<Configuration>;
  clock: Clock;
  log: Log;
  /** Calls back when another publication may have happened; returns how to stop. */
  onWake?(listener: () => void): () => void;
}

export async function openConfigurationSource(options: SourceOptions): Promise<PolledConfigurationSource> {
  return new PolledConfigurationSource(options, await options.load());
}

export class PolledConfigurationSource implements ConfigurationSource {
  readonly #options: SourceOptions;
  readonly #listeners = new Set<(configuration: Configuration) => void>();
  readonly #closed = new AbortController();
  readonly #stopWaking: () => void;
  readonly #polling: Promise<void>;
  #current: Configuration;
  /** Ends the pause between two polls. */
  #wake = new AbortController();
  #refreshing: Promise<void> | null = null;
  /** Past revisions that runs still work by, the one asked for last at the end. */
  readonly #past = new Map<number, Promise<Configuration>>();

  constructor(options: SourceOptions, first: Configuration) {
    this.#options = options;
    this.#current = first;
    this.#stopWaking = options.onWake?.(() => this.#wake.abort()) ?? (() => undefined);
    this.#polling = this.#poll();
  }

  current(): Configuration {
    return this.#current;
  }

  at(revision: number): Promise<Configuration> {
    if (revision === this.#current.revision) return Promise.resolve(this.#current);
    const known = this.#past.get(revision);
    const loading = known ?? this.#options.loadAt(revision);
    this.#past.delete(revision);
    this.#past.set(revision, loading);
    if (known === undefined) loading.catch(() => this.#past.delete(revision));
    const [oldest] = this.#past.keys();
    if (this.#past.size > limits.pastRevisions.value && oldest !== undefined) this.#past.delete(oldest);
    return loading;
  }

  onChange(listener: (configuration: Configuration) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async atLeast(revision: number, signal?: AbortSignal): Promise<Configuration> {
    while (this.#current.revision < revision) {
      signal?.throwIfAborted();
      if (this.#closed.signal.aborted) throw failure('config.sourceClosed', { revision });
      const before = this.#current.revision;
      await this.#refresh();
      if (this.#current.revision === before) await this.#pause(limits.configurationRetryMs.value, signal);
    }
    return this.#current;
  }

  async close(): Promise<void> {
    this.#stopWaking();
    this.#closed.abort();
    await this.#polling;
    await this.#refreshing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #poll(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await this.#pause(limits.configurationPollMs.value, this.#wake.signal).catch(() => undefined);
      if (this.#closed.signal.aborted) return;
      this.#wake = new AbortController();
      // A refresh already under way may have looked before the publication that woke us.
      await this.#refreshing;
      await this.#refresh();
    }
  }

  /** Rejects when `signal` aborts; resolves at the end of the pause and when the source is closed. */
  async #pause(ms: number, signal?: AbortSignal): Promise<void> {
    const either = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
    await this.#options.clock.sleep(ms, either).catch((reason: unknown) => {
      if (signal?.aborted === true) throw signal.reason;
      if (!this.#closed.signal.aborted) throw reason;
    });
  }

  /** One at a time; whoever comes meanwhile waits for the same. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#load().finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  }

  async #load(): Promise<void> {
    try {
      if ((await this.#options.revision()) === this.#current.revision) return;
      const next = await this.#options.load();
      if (next.revision > this.#current.revision) this.#publish(next);
    } catch (error) {
      this.#options.log.warn('configuration.notRefreshed', { revision: this.#current.revision, error: error instanceof Error ? error.message : String(error) });
    }
  }

  #publish(next: Configuration): void {
    this.#current = next;
    this.#options.log.info('configuration.switched', { revision: next.revision, broken: next.broken.map(({ kind, name }) => `${kind} ${name}`) });
    for (const listener of this.#listeners) {
      try {
        listener(next);
      } catch (error) {
        // One listener's mistake must not keep the others on an old revision.
        this.#options.log.error('configuration.listenerFailed', { error: error instanceof Error ? error.message : String(error) });
      }
    }
  }
}
