/** Lets a few at a time do something dear; the others wait in line, and a line that is too long is refused. */
import type { Failure } from '../core/failure.ts';

export class Turns {
  readonly #most: number;
  readonly #longestLine: number;
  readonly #refusal: () => Failure;
  readonly #line: (() => void)[] = [];
  #working = 0;

  constructor(most: number, longestLine: number, refusal: () => Failure) {
    this.#most = most;
    this.#longestLine = longestLine;
    this.#refusal = refusal;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#most) await this.#wait();
    else this.#working += 1;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#working -= 1;
      else next();
    }
  }

  /** The turn is handed over: the one who ends does not count himself out. */
  #wait(): Promise<void> {
    if (this.#line.length >= this.#longestLine) throw this.#refusal();
    return new Promise((resolve) => this.#line.push(resolve));
  }
}
