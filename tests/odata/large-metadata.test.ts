/** A description of a large 1C base, read by a process that has little memory. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { largeEdmx } from '../../bench/odata/large-edmx.ts';

const metadata = new URL('../../src/connectors/odata/metadata.ts', import.meta.url).href;
const program = `
import { readFileSync } from 'node:fs';
import { readMetadata } from '${metadata}';
const { sets, types } = readMetadata({ connection: 'large', address: 'x' }, readFileSync(process.argv[1]));
console.log(JSON.stringify([sets.size, types.size]));`;

test('odata 9: 4,200 sets in 18 MB are read within a heap of 150 MB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zveno-large-'));
  try {
    const { text, sets } = largeEdmx(4_200, 26);
    const file = join(folder, 'large.edmx.xml');
    await writeFile(file, text);
    const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=150', '--input-type=module', '--eval', program, file]);
    expect(JSON.parse(stdout)).toEqual([sets, expect.any(Number)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
