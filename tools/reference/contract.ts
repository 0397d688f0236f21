/**
 * The contract of v1 as it was last committed. It grows by itself; a change that would break a client is refused, because
 * whoever generates it anew would otherwise accept that unseen.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breaks } from '../contract/breaks.ts';
import { currentContract, type Contract } from '../contract/contract.ts';
import type { Generator } from './page.ts';

const path = 'docs/reference/contract-v1.json';

export const contractReference: Generator = {
  name: 'contract',
  owns: path,
  pages: (root) => {
    const current = currentContract();
    const found = breaks(lastContract(root) ?? current, current);
    if (found.length > 0) throw new Error(refusal(found));
    return [{ path, text: contractText(current) }];
  },
};

/** A line an operation, so that two who add one each do not meet in it. */
function contractText({ operations, schemas }: Contract): string {
  const lines = (record: Readonly<Record<string, unknown>>): string => Object.entries(record).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n');
  return `{\n"operations": {\n${lines(operations)}\n},\n"schemas": {\n${lines(schemas)}\n}\n}\n`;
}

/** Null before the first. */
function lastContract(root: string): Contract | null {
  const file = join(root, path);
  // Only this generator writes the file.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Contract) : null;
}

const refusal = (found: readonly string[]): string =>
  [`The REST API would break clients of v1 (${found.length}):`, ...found.map((line) => `  ${line}`), `Keep what was there, describe a new operation beside it, and mark the old one "deprecated". Before the first release, or when nobody can have relied on it: delete ${path}, run "npm run reference", and say so in a change file *.breaking.md.`].join('\n');
