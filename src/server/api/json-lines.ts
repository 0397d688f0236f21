/** Lines of JSON as they come: one of them is in memory at a time. What is wrong with a line does not end the reading. */
import { byteLines, type ByteLine } from '../../core/byte-lines.ts';
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
  for await (const line of byteLines(chunks, limits.lineBytes.value)) {
    if (!isBlank(line)) yield { number: line.number, bytes: line.bytes, content: contentOf(line) };
  }
}

const isBlank = ({ bytes, content }: ByteLine): boolean => bytes <= 16 && content !== null && /^[ \t\r]*$/.test(Buffer.from(content).toString('latin1'));

function contentOf({ bytes, content }: ByteLine): ValueObject | Failure {
  if (content === null) return failure('bulk.lineTooLong', { bytes, limit: limits.lineBytes.value });
  try {
    const value = parseJson(content);
    return isObject(value) ? value : failure('bulk.lineNotObject');
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
