/** What one node handles at once, counted in requests and in bytes, so that memory stays flat under load. */
import { failure, type Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export interface Reading {
  /** Throws `message.busy` when the node holds enough. */
  grow(bytes: number): void;
  giveBack(): void;
}

export class InFlight {
  #bytes = 0;
  #requests = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get requests(): number {
    return this.#requests;
  }

  /** A body that is still being read: its bytes count as they come, so that many at once cannot fill the memory before anybody counts. */
  reading(): Reading {
    let bytes = 0;
    return {
      grow: (more) => {
        if (this.#bytes + more > limits.inFlightBytes.value) throw busy();
        this.#bytes += more;
        bytes += more;
      },
      giveBack: () => {
        this.#bytes -= bytes;
        bytes = 0;
      },
    };
  }

  /** Throws `message.busy` when the node has enough to do; otherwise returns how to give the share back. */
  take(bytes: number): () => void {
    if (this.#requests >= limits.inFlightRequests.value || this.#bytes + bytes > limits.inFlightBytes.value) {
      throw busy();
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

const busy = (): Failure => failure('message.busy', {}, { next: { kind: 'retryAfter', ms: 1_000 } });
