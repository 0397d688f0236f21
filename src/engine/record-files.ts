/** Files of records between the interpreter, the API and the store. */
import { checkFileName, fileLimit, fileTooLarge, fileTypeOf } from '../core/file-rules.ts';
import type { FileStore } from '../core/file-store.ts';
import type { FileRule } from '../core/scenario/machine-port.ts';

export interface KeptFile {
  name: string;
  hash: string;
  size: number;
  type: string;
}

/** Takes a file that comes in pieces. Throws `record.fileName`, `record.fileTooLarge` or `record.fileType`; nothing is kept then but bytes that will be collected. */
export async function takeFile(files: FileStore, rule: FileRule, name: string, chunks: AsyncIterable<Uint8Array>): Promise<KeptFile> {
  checkFileName(rule.name, name);
  const { hash, size, detected } = await files.take(chunks, fileLimit(rule), () => fileTooLarge(rule));
  return { name, hash, size, type: fileTypeOf(rule, name, detected) };
}

/** `content` has been checked to be base64. */
export async function storeGivenFile(files: FileStore, rule: FileRule, name: string, content: string): Promise<{ hash: string; size: number; type: string }> {
  const { hash, size, type } = await takeFile(files, rule, name, oneChunk(Buffer.from(content, 'base64')));
  return { hash, size, type };
}

// An async generator is what the store reads; there is nothing to wait for.
// oxlint-disable-next-line typescript/require-await
async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

export async function contentOf(files: FileStore, hash: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await files.bytes(hash)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('base64');
}
