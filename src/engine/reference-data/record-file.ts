/** A file of records that travel, one a line. It may be read several times, and never stands in memory as a whole. */
import { byteLines, type ByteLine } from '../../core/byte-lines.ts';
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

const part = 256 * 1024;

/** Lines that hold something. Throws `reference.lineTooLong` and `reference.charset` as a `WrongLine`. */
export async function* linesOf(file: RecordFile): AsyncGenerator<FileLine> {
  for await (const line of byteLines(partsOf(file), limits.referenceLineBytes.value)) {
    const text = textOf(line);
    if (text.trim() !== '') yield { number: line.number, text };
  }
}

async function* partsOf({ bytes, read }: RecordFile): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes; offset += part) yield await read(offset, Math.min(part, bytes - offset));
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

function textOf({ number, content }: ByteLine): string {
  if (content === null) throw new WrongLine(number, failure('reference.lineTooLong', { limit: limits.referenceLineBytes.value }));
  try {
    return decoder.decode(content);
  } catch (cause) {
    throw new WrongLine(number, failure('reference.charset', {}, { cause }));
  }
}
