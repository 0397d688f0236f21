/** Content encodings of answers, whole or as they arrive; what comes out is bounded too. */
import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress, createGunzip, createInflate, createInflateRaw, gunzip, inflate, inflateRaw } from 'node:zlib';
import { Failure, failure } from '../core/failure.ts';

type Encoding = 'identity' | 'gzip' | 'deflate' | 'br';

/** Throws for an encoding that was not asked for. */
function encodingOf(header: string | undefined): Encoding {
  switch (header?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity': return 'identity';
    case 'gzip':
    case 'x-gzip': return 'gzip';
    case 'deflate': return 'deflate';
    case 'br': return 'br';
    default: throw new Error(`unknown content encoding ${header}`);
  }
}

/** IIS sends deflate without the two bytes of zlib before it. */
const hasZlibHead = ([first = 0, second = 0]: Uint8Array): boolean => (first & 15) === 8 && (first * 256 + second) % 31 === 0;

/** Throws a RangeError when more than `limit` bytes come out, any other error when the body is not what its header says. */
export async function decompress(header: string | undefined, body: Uint8Array, limit: number): Promise<Uint8Array> {
  if (body.length === 0) return body;
  const bounded = { maxOutputLength: limit };
  switch (encodingOf(header)) {
    case 'identity': return body;
    case 'gzip': return promisify<Uint8Array, object, Uint8Array>(gunzip)(body, bounded);
    case 'deflate': return promisify<Uint8Array, object, Uint8Array>(hasZlibHead(body) ? inflate : inflateRaw)(body, bounded);
    case 'br': return promisify<Uint8Array, object, Uint8Array>(brotliDecompress)(body, bounded);
  }
}

export interface EncodedPlace {
  connection: string;
  address: string;
  limit: number;
}

/** Throws the failures of the body itself, `connection.responseTooLarge`, and `connection.malformedResponse` for a broken encoding. */
export async function* decompressedStream(place: EncodedPlace, header: string | undefined, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { connection, address, limit } = place;
  let bytes = 0;
  try {
    for await (const chunk of decoded(header, body)) {
      bytes += chunk.length;
      if (bytes > limit) throw failure('connection.responseTooLarge', { connection, address, limit });
      yield chunk;
    }
  } catch (cause) {
    throw cause instanceof Failure ? cause : failure('connection.malformedResponse', { connection, address, detail: `content-encoding ${header ?? ''}` }, { cause });
  }
}

async function* decoded(header: string | undefined, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoding = encodingOf(header);
  if (encoding === 'identity') return yield* body;
  const chunks = body[Symbol.asyncIterator]();
  const head = await chunks.next();
  if (head.done === true) return;
  const inflater = inflaterOf(encoding, head.value);
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head.value as Uint8Array; // not the end, as was seen above
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  // An error of the source destroys the inflater with it, and the loop below throws it.
  pipeline(Readable.from(whole(), { objectMode: false }), inflater, () => undefined);
  for await (const chunk of inflater) yield chunk as Uint8Array; // zlib gives bytes
}

function inflaterOf(encoding: Exclude<Encoding, 'identity'>, head: Uint8Array): Transform {
  switch (encoding) {
    case 'gzip': return createGunzip();
    case 'deflate': return hasZlibHead(head) ? createInflate() : createInflateRaw();
    case 'br': return createBrotliDecompress();
  }
}
