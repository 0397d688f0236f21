/** A text that must not be seen: asked for at a terminal without being shown, or all of a pipe without its last line end. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Surroundings } from './surroundings.ts';

/** Null when more than `limit` bytes come. */
export async function readHidden({ input, tell, signal }: Surroundings, question: string, limit: number): Promise<string | null> {
  if (input.isTTY === true) {
    tell(question);
    const typed = await readTyped(input, signal);
    tell('\n');
    return Buffer.byteLength(typed) > limit ? null : typed;
  }
  const read = await text(bounded(input, limit + 2)).catch((error: unknown) => {
    if (error instanceof TooMuch) return null;
    throw error;
  });
  return read === null ? null : read.replace(/\r?\n$/, '');
}

async function readTyped(input: Surroundings['input'], signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // With `terminal` the interface puts the terminal into raw mode and echoes by itself: here, into nothing.
  const lines = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
  }
}

class TooMuch extends Error {}

async function* bounded(input: AsyncIterable<Buffer | string>, limit: number): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    total += bytes.length;
    if (total > limit) throw new TooMuch();
    yield bytes;
  }
}
