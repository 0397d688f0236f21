/** How long things take: sessions, parallel slots, work by request and by row, and the cut after five minutes. */
import { setTimeout as sleep } from 'node:timers/promises';

export const paceTable = {
  sessionMs: { value: 45, says: 'start of a session: a new connection without the cookie of IBSession pays it' },
  sessionIdleMs: { value: 1_200_000, says: 'a session that was not used so long is over, whatever cookie comes' },
  coldMs: { value: 0, says: 'the first request after a start or an idle time waits so long; real ones: 30000 and more' },
  idleMs: { value: 1_200_000, says: 'after so long without requests the base is cold again' },
  requestMs: { value: 10, says: 'any request' },
  readMs: { value: 5, says: 'a read, on top' },
  writeMs: { value: 21, says: 'a write, on top' },
  rowMs: { value: 0.05, says: 'a row of an answer, or one that a virtual table is computed from; a row passed over by $skip costs a tenth' },
  kilobyteMs: { value: 0, says: 'a kilobyte of an answer; a page of heavy entries takes its time by it' },
  metadataMs: { value: 0, says: 'the document $metadata, on top; that of a large base: 23000' },
  slots: { value: 8, says: 'requests worked on at once, others wait; 0 is without bound' },
  cutoffMs: { value: 300_000, says: 'a request that worked so long is cut off without an answer or in the middle of it' },
  timeScale: { value: 1, says: 'all times above are multiplied by it when they are waited for; 0.001 makes five minutes 0.3 s, 0 waits never and still cuts off' },
} as const;

export type PaceName = keyof typeof paceTable;
export type Pace = Record<PaceName, number>;

export const paceNames: readonly PaceName[] = Object.keys(paceTable).filter((name): name is PaceName => Object.hasOwn(paceTable, name));

export function usualPace(): Pace {
  // Built from all names, so that the record is whole.
  return Object.fromEntries(paceNames.map((name) => [name, paceTable[name].value])) as Pace;
}

/** No waiting anywhere; the cut stays. */
export const instantPace = (): Pace => ({ ...usualPace(), timeScale: 0 });

export class CutOff extends Error {}

/** The work of one request. */
export class Work {
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #spentMs = 0;
  #owedMs = 0;

  constructor(pace: Pace, signal: AbortSignal) {
    this.#pace = pace;
    this.#signal = signal;
  }

  /** As the pace counts it, waited for or not. */
  get spentMs(): number {
    return this.#spentMs;
  }

  /** Throws CutOff when the five minutes are over. Short times are gathered and waited for together. */
  async spend(ms: number): Promise<void> {
    this.add(ms);
    if (this.#owedMs >= 1) await this.settle();
  }

  /** Counts without waiting. */
  add(ms: number): void {
    this.#spentMs += ms;
    this.#owedMs += ms * this.#pace.timeScale;
    if (this.#spentMs > this.#pace.cutoffMs) throw new CutOff(`cut off after ${this.#pace.cutoffMs} ms`);
  }

  async settle(): Promise<void> {
    const owed = this.#owedMs;
    this.#owedMs = 0;
    if (owed > 0) await sleep(owed, undefined, { signal: this.#signal });
  }
}

/** Lets so many in at once; others queue in the order they came. */
export class Slots {
  readonly #bound: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #peak = 0;

  constructor(bound: number) {
    this.#bound = bound === 0 ? Infinity : bound;
  }

  /** The most that were in at once. */
  get peak(): number {
    return this.#peak;
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#bound) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#busy += 1;
    this.#peak = Math.max(this.#peak, this.#busy);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // A slot that is handed on stays busy.
      if (next) next();
      else this.#busy -= 1;
    }
  }
}
