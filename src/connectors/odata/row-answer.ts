/** An answer of rows that is parsed while it arrives: of all its bytes only the rows that were kept are held. */
import { Failure, failure, isObject, limits, parseJson, type HttpAnswer, type HttpStream, type Value, type ValueObject } from '../../sdk/index.ts';
import { streamRows, type StreamEnd, type StreamPlace } from './row-stream.ts';

export interface RowAnswer {
  http: HttpAnswer;
  /** The answer as if it had come as a whole; undefined when it is no JSON, and then `http.body` holds it. */
  value?: Value;
  /** Bytes of the rows that were kept. */
  bytes: number;
  /** Reading was stopped before the last row, because more would not fit into a message. */
  cut: boolean;
}

/** With `cut`, rows that no longer fit are left to a later reading; without it a large answer is a `bodyFailure`. */
export async function readRowAnswer(connection: string, stream: HttpStream, cut: boolean): Promise<RowAnswer> {
  const { status, headers, url, body } = stream;
  const head = { status, headers, url };
  try {
    const { first, all } = await peek(body);
    if (status < 200 || status >= 300 || first !== '{') return { http: { ...head, body: await collect({ connection, address: url }, all) }, bytes: 0, cut: false };
    const { rows, end, bytes } = await keepRows({ connection, address: url }, all, cut);
    // Pages are told apart by their rows: the rest of a page may hold the time of day.
    return { http: { ...head, body: new TextEncoder().encode(end?.hash ?? `${rows.length} rows`) }, value: end === undefined ? { value: rows } : refill(parseAround(connection, url, end.around), rows), bytes, cut: end === undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { http: { ...head, body: new Uint8Array(), bodyFailure: error }, bytes: 0, cut: false };
  }
}

/** An answer that is none of rows, held whole within the kit's bound. */
export async function wholeAnswer(connection: string, head: Pick<HttpAnswer, 'status' | 'headers' | 'url'>, body: AsyncIterable<Uint8Array>): Promise<HttpAnswer> {
  try {
    return { ...head, body: await collect({ connection, address: head.url }, body) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...head, body: new Uint8Array(), bodyFailure: error };
  }
}

async function keepRows(place: StreamPlace, body: AsyncIterable<Uint8Array>, cut: boolean): Promise<{ rows: Value[]; end: StreamEnd | undefined; bytes: number }> {
  const limit = limits.remoteResponseBytes.value;
  const rows: Value[] = [];
  let bytes = 0;
  const reading = streamRows(place, body);
  try {
    for (;;) {
      const { done, value } = await reading.next();
      if (done === true) return { rows, end: value, bytes };
      if (bytes + value.bytes > limit) {
        if (!cut || rows.length === 0) throw failure('connection.responseTooLarge', { ...place, limit });
        return { rows, end: undefined, bytes };
      }
      bytes += value.bytes;
      rows.push(...value.rows);
    }
  } finally {
    await reading.return({ around: new Uint8Array(), hash: '' });
  }
}

/** The first character that is no space, and the body as it was before it was looked at. */
async function peek(body: AsyncIterable<Uint8Array>): Promise<{ first: string; all: AsyncGenerator<Uint8Array> }> {
  const chunks = body[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let first = '';
  let over = false;
  while (first === '' && !over) {
    const next = await chunks.next();
    if (next.done === true) over = true;
    else {
      seen.push(next.value);
      first = new TextDecoder().decode(next.value.subarray(0, 200)).trimStart()[0] ?? '';
    }
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* seen;
    if (!over) yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { first, all: all() };
}

async function collect({ connection, address }: StreamPlace, body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const limit = limits.remoteResponseBytes.value;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > limit) throw failure('connection.responseTooLarge', { connection, address, limit });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function parseAround(connection: string, address: string, around: Uint8Array): Value {
  try {
    return parseJson(around);
  } catch (cause) {
    throw failure('connection.malformedResponse', { connection, address, detail: cause instanceof Failure ? cause.message : 'JSON' }, { cause, next: { kind: 'retry' } });
  }
}

/** The rows in the place that they were taken out of. */
function refill(around: Value, rows: readonly Value[]): Value {
  if (rows.length === 0 || !isObject(around)) return around;
  const inner = around['d'];
  if (isObject(inner)) return { ...around, d: { ...inner, results: rows } };
  const place: ValueObject = inner === undefined ? { value: rows } : { d: rows };
  return { ...around, ...place };
}
