/** Rows of an answer as they arrive: of all its bytes only those of the rows at hand are held. */
import { createHash } from 'node:crypto';
import { failure, Failure, limits, parseJson, type Value } from '../../sdk/index.ts';
import { createRowSplitter, RowProblem } from './row-splitter.ts';

export interface StreamPlace {
  connection: string;
  address: string;
}

/** What is known once the last row has been handed on. */
export interface StreamEnd {
  /** What stood around the rows; an answer that is no JSON is here whole. */
  around: Uint8Array;
  /** Bytes of all rows. */
  bytes: number;
  /** Of the rows' bytes. */
  hash: string;
}

/**
 * Yields the rows that each chunk completes, as the service wrote them, with exact numbers.
 * Failures: `odata.rowTooLarge`, `connection.malformedResponse` for what is broken or breaks off, and those of the body.
 */
export async function* streamRows(place: StreamPlace, body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Value[], StreamEnd> {
  const splitter = createRowSplitter();
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body) {
    const texts = attempt(place, () => splitter.write(chunk));
    if (splitter.heldBytes > limits.odataRowBytes.value) throw failure('odata.rowTooLarge', { ...place, limit: limits.odataRowBytes.value });
    if (texts.length === 0) continue;
    yield texts.map((text) => {
      bytes += text.length;
      hash.update(text);
      return attempt(place, () => parseJson(text));
    });
  }
  return { around: attempt(place, () => splitter.close()), bytes, hash: hash.digest('base64url').slice(0, 22) };
}

/** A reading may be repeated. */
function attempt<T>({ connection, address }: StreamPlace, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RowProblem || (error instanceof Failure && error.code.startsWith('message.'))) throw brokenAnswer(connection, address, error);
    throw error;
  }
}

const brokenAnswer = (connection: string, address: string, cause: Error): Failure =>
  failure('connection.malformedResponse', { connection, address, detail: cause instanceof Failure ? cause.code : cause.message }, { cause, next: { kind: 'retry' } });
