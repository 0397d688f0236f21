/** A file of records that travel, one a line. It may be read several times, and never stands in memory as a whole. */
import { failure, type Failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';

export interface RecordFile {
  /** As a person knows it. */
  file: string;
  /** System name of the template, by the name of the file. */
  template: string;
  bytes: number;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** The template that a file is called after; undefined when it is called otherwise. */
export const templateOfFile = (name: string): string | undefined => /(?:^|\/)([^/]+)\.jsonl$/.exec(name)?.[1];

export interface FileLine {
  /** The first is 1. */
  number: number;
  text: string;
}

const lineFeed = 0x0a;
const part = 256 * 1024;

/** Lines that hold something. Throws `reference.lineTooLong` and `reference.charset` as a `WrongLine`. */
export async function* linesOf({ bytes, read }: RecordFile): AsyncGenerator<FileLine> {
  const most = limits.referenceLineBytes.value;
  let rest: Uint8Array = new Uint8Array(0);
  let number = 0;
  for (let offset = 0; offset < bytes; offset += part) {
    const chunk = joined(rest, await read(offset, Math.min(part, bytes - offset)));
    let from = 0;
    for (let at = chunk.indexOf(lineFeed, rest.length); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      const text = textOf(chunk.subarray(from, at), ++number, most);
      if (text.trim() !== '') yield { number, text };
      from = at + 1;
    }
    rest = chunk.subarray(from);
    if (rest.length > most) throw new WrongLine(number + 1, failure('reference.lineTooLong', { limit: most }));
  }
  const last = textOf(rest, ++number, most);
  if (last.trim() !== '') yield { number, text: last };
}

/** A file that cannot be read on behind this line. */
export class WrongLine extends Error {
  readonly line: number;
  readonly failure: Failure;

  constructor(line: number, found: Failure) {
    super(found.message);
    this.line = line;
    this.failure = found;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array, line: number, most: number): string {
  if (bytes.length > most) throw new WrongLine(line, failure('reference.lineTooLong', { limit: most }));
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new WrongLine(line, failure('reference.charset', {}, { cause }));
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
