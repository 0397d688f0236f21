/**
 * A world without real time: a virtual clock that jumps to the next sleeper when nothing else can happen,
 * randomness from a seed, and nodes that can die at any point.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock, CrashPoint, CrashPoints, Random } from '../../core/ports.ts';

interface Sleeper {
  at: number;
  order: number;
  wake: () => void;
}

export class SimulatedWorld {
  #now = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];
  readonly random: SeededRandom;
  /** For what goes on beside a scene, so that its own course stays the same. */
  readonly aside: SeededRandom;
  /** Instant at which the simulated wall clock starts, milliseconds since 1970. */
  readonly epochMs: number;

  constructor(seed: number, epochMs = 1_800_000_000_000) {
    this.random = new SeededRandom(seed);
    this.aside = new SeededRandom(seed + 1_000_003);
    this.epochMs = epochMs;
  }

  get now(): number {
    return this.#now;
  }

  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          const at = this.#sleepers.indexOf(sleeper);
          if (at < 0) return;
          this.#sleepers.splice(at, 1);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** Lets things happen until `done` says so, or `limitMs` of virtual time have passed: then false. */
  async until(done: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    for (;;) {
      // All promise reactions run before a macrotask does.
      await macrotask();
      if (done()) return true;
      const next = this.#nextSleeper();
      if (next === undefined || next.at > end) return done();
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }

  #nextSleeper(): Sleeper | undefined {
    let best: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (best === undefined || sleeper.at < best.at || (sleeper.at === best.at && sleeper.order < best.order)) best = sleeper;
    }
    if (best !== undefined) this.#sleepers.splice(this.#sleepers.indexOf(best), 1);
    return best;
  }
}

export class SeededRandom implements Random {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
  }
  /** Mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  bytes(n: number): Uint8Array {
    return Uint8Array.from({ length: n }, () => Math.floor(this.fraction() * 256));
  }
  below(n: number): number {
    return Math.floor(this.fraction() * n);
  }
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }
}

/** One life of one node. When it dies, everything it waits for stays silent for ever, as after SIGKILL. */
export class SimulatedNode {
  readonly world: SimulatedWorld;
  readonly name: string;
  readonly boot: string;
  #alive = true;
  /** Pending while the node is paused, as by SIGSTOP. */
  #stopped: PromiseWithResolvers<void> | null = null;
  /** Where it will die, and at which visit. */
  #fate: { point: CrashPoint; visits: number } | null = null;
  onDeath: () => void = () => undefined;
  /** The named point at which it died, when it died at one. */
  diedAt: CrashPoint | null = null;

  constructor(world: SimulatedWorld, name: string, boot: string) {
    this.world = world;
    this.name = name;
    this.boot = boot;
  }

  get alive(): boolean {
    return this.#alive;
  }

  die(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.resume();
    this.onDeath();
  }

  /** Time goes on without it: what it asked for is done, and it hears of it when it is resumed. */
  pause(): void {
    this.#stopped ??= Promise.withResolvers();
  }

  resume(): void {
    this.#stopped?.resolve();
    this.#stopped = null;
  }

  dieAt(point: CrashPoint, visits: number): void {
    this.#fate = { point, visits };
  }

  spare(): void {
    this.#fate = null;
  }

  /** The result of something outside, as long as this node lives to see it. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#alive) return silence();
    try {
      const result = await work();
      await this.#awake();
      return this.#alive ? result : await silence();
    } catch (error) {
      await this.#awake();
      if (!this.#alive) return silence();
      throw error;
    }
  }

  async #awake(): Promise<void> {
    while (this.#stopped !== null) await this.#stopped.promise;
  }

  readonly clock: Clock = {
    wallMs: () => this.world.epochMs + this.world.now,
    monotonicMs: () => this.world.now,
    sleep: (ms, signal) => this.outside(() => this.world.sleep(ms, signal)),
  };

  readonly crashPoints: CrashPoints = {
    reach: (point) => {
      if (this.#fate?.point === point && --this.#fate.visits <= 0) {
        this.diedAt = point;
        this.die();
      }
      return this.#alive ? undefined : silence();
    },
  };
}

const silence = <T>(): Promise<T> => new Promise(() => undefined);
