/** Lets a bounded number in at a time, first come, first served. */

export interface Turnstile {
  /** Resolves once there is room; rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<void>;
  leave(): void;
}

export function createTurnstile(size: number): Turnstile {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (inside < size) {
        inside++;
        return;
      }
      const turn = Promise.withResolvers<void>();
      const aborted = (): void => {
        waiting.splice(waiting.indexOf(turn.resolve), 1);
        turn.reject(signal.reason);
      };
      waiting.push(turn.resolve);
      signal.addEventListener('abort', aborted, { once: true });
      await turn.promise;
      signal.removeEventListener('abort', aborted);
    },
    leave() {
      // The place goes to the next in line, who inherits it without changing the count.
      const next = waiting.shift();
      if (next === undefined) inside--;
      else next();
    },
  };
}
