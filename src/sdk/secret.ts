/** A text that cannot be printed, logged or serialised by accident. Only `open` gives it away. */
import { inspect } from 'node:util';

export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  open(): string {
    return this.#text;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}
