/** Lines of JSON as they come: one of them is in memory at a time. What is wrong with a line does not end the reading. */
import { Failure, failure } from '../../core/failure.ts';
import { parseJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { isObject, type ValueObject } from '../../core/value.ts';

export interface JsonLine {
  /** As a person counts the lines of the file. */
  number: number;
  bytes: number;
  content: ValueObject | Failure;
}

/** Empty lines are left out, but counted. The last line needs no end. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<JsonLine> {
  let number = 1;
  let held = new HeldLine();
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      held.add(chunk.subarray(from, end));
      if (!held.isEmpty) yield held.read(number);
      held = new HeldLine();
      number += 1;
      from = end + 1;
    }
    held.add(chunk.subarray(from));
  }
  if (!held.isEmpty) yield held.read(number);
}

const newline = 0x0a;
const blank = /^[ \t\r]*$/;

/** A line too long is not kept, only counted to its end. */
class HeldLine {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  add(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > limits.lineBytes.value) this.#parts.length = 0;
    // The chunk may be large and is not to be held by a small part of it.
    else if (part.length > 0) this.#parts.push(part.slice());
  }

  get isEmpty(): boolean {
    return this.#bytes <= 16 && blank.test(Buffer.concat(this.#parts).toString('latin1'));
  }

  read(number: number): JsonLine {
    return { number, bytes: this.#bytes, content: this.#content() };
  }

  #content(): ValueObject | Failure {
    const limit = limits.lineBytes.value;
    if (this.#bytes > limit) return failure('bulk.lineTooLong', { bytes: this.#bytes, limit });
    try {
      const value = parseJson(Buffer.concat(this.#parts));
      return isObject(value) ? value : failure('bulk.lineNotObject');
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  }
}
