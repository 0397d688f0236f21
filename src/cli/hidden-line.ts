/** One line from a terminal that does not show what is typed. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Surroundings } from './surroundings.ts';

export async function readHidden(input: Surroundings['input'], signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // With `terminal` the interface puts the terminal into raw mode and echoes by itself: here, into nothing.
  const lines = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
  }
}
