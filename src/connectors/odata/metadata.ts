/** Reads the bytes of a `$metadata` document into the model, or says what they are instead. */
import { createHash } from 'node:crypto';
import { failure, type Failure } from '../../sdk/index.ts';
import type { EdmModel } from './edm.ts';
import { buildModel } from './edm-model.ts';
import { createEdmxReader, EdmxProblem } from './edmx-declarations.ts';

export interface MetadataPlace {
  connection: string;
  address: string;
}

const chunkBytes = 64 * 1024;

export const hashOf = (document: Uint8Array): string => createHash('sha256').update(document).digest('hex');

/**
 * The document is decoded and parsed piece by piece: beside its bytes only the model is kept.
 * Failures: `odata.notMetadata`, `odata.metadataMalformed` (with its line), `odata.metadataEntities`, `odata.metadataEncoding`.
 */
export function readMetadata(place: MetadataPlace, document: Uint8Array): EdmModel {
  const reading = readPieces(place, document);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
  }
}

/** The same, letting other work of the process through after each piece: a large document takes seconds. */
export async function readMetadataPatiently(place: MetadataPlace, document: Uint8Array, signal: AbortSignal): Promise<EdmModel> {
  const reading = readPieces(place, document);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}

function* readPieces(place: MetadataPlace, document: Uint8Array): Generator<undefined, EdmModel> {
  const decoder = decoderOf(place, document);
  const reader = createEdmxReader();
  try {
    for (let start = 0; start < document.length; start += chunkBytes) {
      const end = Math.min(start + chunkBytes, document.length);
      reader.write(decoder.decode(document.subarray(start, end), { stream: end < document.length }));
      yield;
    }
    return buildModel(reader.close(), { hash: hashOf(document), bytes: document.length });
  } catch (error) {
    if (error instanceof EdmxProblem) throw explain(place, error);
    if (error instanceof TypeError) throw failure('odata.metadataEncoding', { ...place, encoding: decoder.encoding }, { cause: error });
    throw error;
  }
}

function explain(place: MetadataPlace, problem: EdmxProblem): Failure {
  const parameters = { ...place, detail: problem.message, line: problem.line };
  switch (problem.kind) {
    case 'notMetadata': return failure('odata.notMetadata', parameters, { cause: problem });
    case 'entities': return failure('odata.metadataEntities', parameters, { cause: problem });
    case 'malformed': return failure('odata.metadataMalformed', parameters, { cause: problem });
  }
}

/** The mark at the beginning wins over what the document says of itself; without either it is UTF-8. */
function decoderOf(place: MetadataPlace, document: Uint8Array): InstanceType<typeof TextDecoder> {
  const [first, second] = document;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le', { fatal: true });
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be', { fatal: true });
  const head = new TextDecoder('latin1').decode(document.subarray(0, 200));
  const encoding = /^(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(head)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw failure('odata.metadataEncoding', { ...place, encoding }, { cause });
  }
}
