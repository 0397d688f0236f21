/**
 * How many requests a service is given at a time: more while it keeps its pace, half when it says that it is too much.
 * Time is the clock's, in monotonic milliseconds.
 */
import { WaitingLine, type Clock } from '../../sdk/index.ts';

/** `busy`: the service, or what stands before it, could not cope. */
export type LoadVerdict = 'good' | 'busy';

export interface Load {
  /** Runs `work` when there is room; the signal ends the wait for it. */
  run<T>(work: () => Promise<T>, verdict: (outcome: T | Error) => LoadVerdict, signal: AbortSignal): Promise<T>;
  /** Requests at a time just now. */
  readonly width: number;
}

/** A wider stream is tried only while answers come within this many times the usual. */
const slowFactor = 1.5;
const firstWidth = 2;
const forgetting = 0.02;

export function createLoad(clock: Clock, maximum: number): Load {
  const line = new WaitingLine();
  let busy = 0;
  /** Grows by a fraction with each good answer: by one once all of its width have come. */
  let width = Math.min(firstWidth, maximum);
  /** What an answer takes when the service is at ease; forgets slowly, because a service may become slower for good. */
  let usualMs = 0;

  function learn(ms: number, good: boolean, startedAtWidth: number): void {
    if (!good) {
      // Answers to requests of the same crowd tell the same news: it counts once.
      if (startedAtWidth <= width) width = Math.max(1, Math.floor(width / 2));
      return;
    }
    if (usualMs === 0 || ms <= usualMs * slowFactor) width = Math.min(maximum, width + 1 / Math.floor(width));
    usualMs = usualMs === 0 || ms < usualMs ? ms : usualMs + (ms - usualMs) * forgetting;
  }

  async function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (busy < Math.floor(width) && line.isEmpty) {
      busy++;
      return;
    }
    await line.join(signal);
  }

  /** Lets in as many as fit now: after a good answer that may be two, after a bad one none. */
  function leave(): void {
    busy--;
    while (busy < Math.floor(width) && line.serve()) busy++;
  }

  return {
    get width() {
      return Math.floor(width);
    },
    async run(work, verdict, signal) {
      await enter(signal);
      const began = clock.monotonicMs();
      const startedAtWidth = width;
      try {
        const result = await work();
        learn(clock.monotonicMs() - began, verdict(result) === 'good', startedAtWidth);
        return result;
      } catch (error) {
        // What failed for other reasons says nothing of the pace.
        if (error instanceof Error && verdict(error) === 'busy') learn(0, false, startedAtWidth);
        throw error;
      } finally {
        leave();
      }
    },
  };
}
