/** Lets a bounded number in at a time, first come, first served. */
import { WaitingLine } from './waiting-line.ts';

export interface Turnstile {
  /** Resolves once there is room; rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<void>;
  leave(): void;
}

export function createTurnstile(size: number): Turnstile {
  const line = new WaitingLine();
  let inside = 0;
  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (inside < size) inside++;
      else await line.join(signal);
    },
    leave() {
      // The place goes to the next in line, who inherits it without changing the count.
      if (!line.serve()) inside--;
    },
  };
}
