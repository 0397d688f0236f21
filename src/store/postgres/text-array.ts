/**
 * A list of texts in the binary form of `text[]`. Nothing has to be escaped here and taken apart again by the server,
 * which is most of what a long list costs as a literal.
 */

const textType = 25;
const headerBytes = 20;

/** The texts have to be storable; other types are cast from text by the statement. */
export function textArray(values: readonly (string | boolean | number | null)[]): Buffer {
  const texts = values.map((value) => (value === null ? null : String(value)));
  const bytes = texts.reduce((sum, text) => sum + 4 + (text === null ? 0 : Buffer.byteLength(text)), headerBytes);
  const buffer = Buffer.allocUnsafe(bytes);
  // One dimension; whether there are NULLs; the type; how many; where they begin to count.
  for (const [at, word] of [1, texts.includes(null) ? 1 : 0, textType, texts.length, 1].entries()) buffer.writeInt32BE(word, at * 4);
  let at = headerBytes;
  for (const text of texts) {
    const length = text === null ? -1 : buffer.write(text, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + Math.max(length, 0);
  }
  return buffer;
}
