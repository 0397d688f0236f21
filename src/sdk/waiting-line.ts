/** Whoever waits for what others give back: first come, first served. */

export class WaitingLine<T = void> {
  readonly #waiting: ((given: T) => void)[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves with what is given; rejects with the signal's reason, and then nothing is given to it. */
  join(signal: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const aborted = (): void => {
      const at = this.#waiting.indexOf(resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', aborted, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', aborted));
  }

  /** False when nobody waits. */
  serve(given: T): boolean {
    const next = this.#waiting.shift();
    next?.(given);
    return next !== undefined;
  }
}
