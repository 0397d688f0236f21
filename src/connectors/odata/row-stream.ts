/** Rows of an answer as they arrive: of all its bytes only those of the rows at hand are held. */
import { createHash } from 'node:crypto';
import { failure, Failure, limits, parseJson, type Value } from '../../sdk/index.ts';
import { RowProblem } from './row-problem.ts';
import { createRowSplitter } from './row-splitter.ts';

export interface StreamPlace {
  connection: string;
  address: string;
}

export interface RowBatch {
  rows: readonly Value[];
  /** Length of their texts. */
  bytes: number;
}

/** What is known once the last row has been handed on. */
export interface StreamEnd {
  /** What stood around the rows. */
  around: Uint8Array;
  /** Of the list of rows as it was written. */
  hash: string;
}

/**
 * Yields the rows that each chunk completes, as the service wrote them, with exact numbers.
 * Failures: `connection.responseTooLarge` for one row beyond what is parsed, `connection.malformedResponse` for
 * what is broken or breaks off, and those of the body.
 */
export async function* streamRows(place: StreamPlace, body: AsyncIterable<Uint8Array>): AsyncGenerator<RowBatch, StreamEnd> {
  const hash = createHash('sha256');
  const splitter = createRowSplitter((piece) => hash.update(piece));
  const limit = limits.remoteResponseBytes.value;
  for await (const chunk of body) {
    const texts = attempt(place, () => splitter.write(chunk));
    if (splitter.heldBytes > limit) throw failure('connection.responseTooLarge', { ...place, limit });
    if (texts.length === 0) continue;
    const rows = texts.map((text) => attempt(place, () => parseJson(text)));
    yield { rows, bytes: texts.reduce((sum, text) => sum + text.length, 0) };
  }
  return { around: attempt(place, () => splitter.close()), hash: hash.digest('base64url').slice(0, 22) };
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
  failure('connection.malformedResponse', { connection, address, detail: cause.message }, { cause, next: { kind: 'retry' } });
