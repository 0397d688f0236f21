import { expect, test } from 'vitest';
import fc from 'fast-check';
import { byteLines } from './byte-lines.ts';

async function* piecesOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const size of sizes) {
    yield bytes.subarray(from, from + size);
    from += size;
  }
  yield bytes.subarray(from);
}

async function linesOf(text: string, sizes: readonly number[], most = 1_000): Promise<[number, number, string | null][]> {
  const found: [number, number, string | null][] = [];
  for await (const { number, bytes, content } of byteLines(piecesOf(Buffer.from(text), sizes), most)) found.push([number, bytes, content === null ? null : Buffer.from(content).toString()]);
  return found;
}

test('wherever the bytes are cut, the lines are those of the text', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('a', 'é', '\n', '\r', 'привет'), { maxLength: 40 }), fc.array(fc.nat(9), { maxLength: 12 }), async (parts, sizes) => {
    const text = parts.join('');
    expect(await linesOf(text, sizes)).toEqual(text.split('\n').map((line, at) => [at + 1, Buffer.byteLength(line), line]));
  }));
});

test('a line too long is counted and not kept, and the next one is whole', async () => {
  expect(await linesOf('abcd\nabcde\nab', [2, 4, 3], 4)).toEqual([[1, 4, 'abcd'], [2, 5, null], [3, 2, 'ab']]);
});
