/** Bytes cut into lines as they come: one line is in memory at a time. */

export interface ByteLine {
  /** The first is 1. */
  number: number;
  /** Without its end. */
  bytes: number;
  /** To be read before the next line is asked for. Null for a line of more bytes than were allowed: it is counted, not kept. */
  content: Uint8Array | null;
}

const lineFeed = 0x0a;

/** What stands behind the last end is a line too, be it empty. */
export async function* byteLines(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<ByteLine> {
  let number = 0;
  let held = new HeldParts(most);
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      yield { number: ++number, ...held.with(chunk.subarray(from, end)) };
      held = new HeldParts(most);
      from = end + 1;
    }
    held.keep(chunk.subarray(from));
  }
  yield { number: ++number, ...held.with(new Uint8Array(0)) };
}

/** The beginning of a line whose end has not come yet. */
class HeldParts {
  readonly #most: number;
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  keep(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#most) this.#parts.length = 0;
    // The chunk may be large and is not to be held by a small part of it.
    else if (part.length > 0) this.#parts.push(part.slice());
  }

  with(last: Uint8Array): Omit<ByteLine, 'number'> {
    const bytes = this.#bytes + last.length;
    if (bytes > this.#most) return { bytes, content: null };
    return { bytes, content: this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]) };
  }
}
