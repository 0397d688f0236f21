/** What one node handles at once, counted in requests and in bytes, so that memory stays flat under load. */
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export class InFlight {
  #bytes = 0;
  #requests = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Throws `message.busy` when the node has enough to do; otherwise returns how to give the share back. */
  take(bytes: number): () => void {
    if (this.#requests >= limits.inFlightRequests.value || this.#bytes + bytes > limits.inFlightBytes.value) {
      throw failure('message.busy', {}, { next: { kind: 'retryAfter', ms: 1_000 } });
    }
    this.#bytes += bytes;
    this.#requests += 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#bytes -= bytes;
      this.#requests -= 1;
    };
  }
}
