/** The version of the product, as its package says it. */
import { readFile } from 'node:fs/promises';

export async function productVersion(): Promise<string> {
  const file: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : '?';
}
