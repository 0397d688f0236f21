/** A body between the socket that fills it and the reader that empties it; what waits in it is bounded by pausing the socket. */

export interface ArrivingBody {
  push(chunk: Uint8Array): void;
  /** The last thing: with an error, the reader gets what came before it and then the error. */
  end(error: Error | undefined): void;
  /** To be read once; leaving the loop early gives the rest up. */
  body(): AsyncGenerator<Uint8Array>;
}

const pauseBytes = 256 * 1024;

export function createArrivingBody(source: { pause(): void; resume(): void; drop(): void }): ArrivingBody {
  const chunks: Uint8Array[] = [];
  let held = 0;
  let over: { error: Error | undefined } | undefined;
  let wake: () => void = () => undefined;

  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) {
          const full = held >= pauseBytes;
          held -= chunk.length;
          if (full && held < pauseBytes && over === undefined) source.resume();
          yield chunk;
        } else if (over === undefined) {
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await promise;
        } else if (over.error === undefined) {
          return;
        } else {
          throw over.error;
        }
      }
    } finally {
      if (over === undefined) source.drop();
    }
  }

  return {
    body,
    push(chunk) {
      if (over !== undefined) return;
      chunks.push(chunk);
      held += chunk.length;
      if (held >= pauseBytes) source.pause();
      wake();
    },
    end(error) {
      over ??= { error };
      wake();
    },
  };
}
