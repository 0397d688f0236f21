/** A table file on its way in: whatever its encoding, what is stored is UTF-8. One piece of it is in memory at a time. */
import { Failure, failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';

export type Encoding = 'auto' | 'utf-8' | 'windows-1251' | 'utf-16le';

type Decoder = InstanceType<typeof TextDecoder>;

/** Throws `import.encoding` when the bytes are not what the encoding says, `import.tooLarge`. */
export async function* asUtf8(source: AsyncIterable<Uint8Array>, wanted: Encoding): AsyncGenerator<Uint8Array> {
  let decoder: { encoding: string; decode: Decoder } | null = null;
  let bytes = 0;
  const text = new TextEncoder();
  for await (const piece of atLeast(source, 64 * 1024)) {
    bytes += piece.length;
    const limit = limits.importFileBytes.value;
    if (bytes > limit) throw failure('import.tooLarge', { limit });
    decoder ??= decoderOf(wanted === 'auto' ? encodingOf(piece) : wanted);
    yield text.encode(decoded(decoder, piece, bytes, true));
  }
  if (decoder !== null) yield text.encode(decoded(decoder, new Uint8Array(), bytes, false));
}

const decoderOf = (encoding: string): { encoding: string; decode: Decoder } => ({ encoding, decode: new TextDecoder(encoding, { fatal: true }) });

function decoded({ encoding, decode }: { encoding: string; decode: Decoder }, piece: Uint8Array, bytes: number, stream: boolean): string {
  try {
    const text = decode.decode(piece, { stream });
    // Text in which NULs stand between the letters is no text of this encoding.
    if (text.includes('\0')) throw new Failure('import.encoding', { encoding, bytes });
    return text;
  } catch (cause) {
    throw cause instanceof Failure ? cause : failure('import.encoding', { encoding, bytes }, { cause });
  }
}

/** By its mark, else UTF-8 when it reads as such, else the one of Russian Windows. */
function encodingOf(piece: Uint8Array): string {
  if (piece[0] === 0xff && piece[1] === 0xfe) return 'utf-16le';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(piece, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1251';
  }
}

/** The first piece is long enough to tell by. */
async function* atLeast(source: AsyncIterable<Uint8Array>, least: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    held.push(piece);
    size += piece.length;
    if (size < least) continue;
    yield Buffer.concat(held);
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(held);
}
