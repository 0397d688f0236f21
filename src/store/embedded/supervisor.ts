/** Watches one embedded server: restarts it when it dies, and stops it with its owner. */
import { rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, Failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Cluster } from './cluster.ts';
import { connectionsOf, launch } from './launch.ts';
import { stopPostmaster, type Postmaster } from './postmaster.ts';
import type { Connection } from './session.ts';

export type EmbeddedState =
  | { readonly state: 'running'; readonly pid: number; readonly adopted: boolean }
  | { readonly state: 'restarting'; readonly attempt: number; readonly failure: Failure | undefined }
  | { readonly state: 'stopped' };

export interface ServerExit {
  readonly pid: number;
  /** How many times in a row it has died soon after its start. */
  readonly attempt: number;
}

const FIRST_PAUSE_MS = 100;
/** A server that ran this long was sound: the next death begins a new row of attempts. */
const SOUND_MS = 30_000;

export class EmbeddedPostgres {
  /** The platform's own role: owner of its database, not a superuser. The same over restarts. */
  readonly connection: Connection;
  /** For upkeep only; the platform's work never uses it. */
  readonly superuserConnection: Connection;
  readonly #cluster: Cluster;
  readonly #port: number;
  readonly #stopping = new AbortController();
  readonly #exitListeners = new Set<(exit: ServerExit) => void>();
  #postmaster: Postmaster;
  #state: EmbeddedState;
  #watching: Promise<void>;
  #stopped: Promise<void> | undefined;

  constructor(cluster: Cluster, postmaster: Postmaster) {
    this.#cluster = cluster;
    this.#port = postmaster.port;
    this.#postmaster = postmaster;
    this.#state = runningWith(postmaster);
    const { app, superuser } = connectionsOf(cluster, postmaster.port);
    this.connection = app;
    this.superuserConnection = superuser;
    this.#watching = this.#watch();
  }

  /** Of the server that runs now, or of the last one while it is restarted. */
  get postmasterPid(): number {
    return this.#postmaster.pid;
  }

  get state(): EmbeddedState {
    return this.#state;
  }

  /** Like `18.4`. */
  get version(): string {
    return this.#cluster.binaries.version;
  }

  /** Called when the server ended without being asked to; a restart is then already on its way. Returns how to stop listening. */
  onExit(listener: (exit: ServerExit) => void): () => void {
    this.#exitListeners.add(listener);
    return () => void this.#exitListeners.delete(listener);
  }

  /** Ends the server within a bounded time and frees the data folder. Calling it again waits for the same stop. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    const clean = await stopPostmaster(this.#postmaster, limits.embeddedStopMs.value);
    this.#state = { state: 'stopped' };
    await rmdir(this.#cluster.socketFolder).catch(() => undefined); // It is made again by the next start; one that is not empty stays.
    this.#cluster.folder.release();
    this.#cluster.log.info('database.stopped', { pid: this.#postmaster.pid, clean });
  }

  async #watch(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt++) {
      const since = performance.now();
      await Promise.race([this.#postmaster.exited, stopped]);
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - since > SOUND_MS) attempt = 1;
      this.#report(attempt);
      await this.#restart(attempt);
    }
  }

  #report(attempt: number): void {
    const { pid } = this.#postmaster;
    this.#state = { state: 'restarting', attempt, failure: undefined };
    this.#cluster.log.error('database.exited', { pid, attempt });
    for (const listener of this.#exitListeners) listener({ pid, attempt });
  }

  /** Tries until it runs or is told to stop; what stands in the way (a full disk, say) may be removed meanwhile. */
  async #restart(first: number): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = first; !signal.aborted; attempt++) {
      try {
        await sleep(pauseBefore(attempt), undefined, { signal });
        this.#postmaster = await launch(this.#cluster, this.#port, signal);
        this.#state = runningWith(this.#postmaster);
        this.#cluster.log.info('database.restarted', { pid: this.#postmaster.pid, attempt });
        return;
      } catch (cause) {
        if (signal.aborted) return;
        const reason = cause instanceof Failure ? cause : failure('store.unavailable', {}, { cause });
        this.#state = { state: 'restarting', attempt, failure: reason };
        this.#cluster.log.error('database.restartFailed', { attempt, code: reason.code, text: reason.message });
      }
    }
  }
}

const runningWith = ({ pid, adopted }: Postmaster): EmbeddedState => ({ state: 'running', pid, adopted });

const pauseBefore = (attempt: number): number => Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 20), limits.embeddedRestartMs.value);
