/** A small file that is either the old one or the new one after any crash: written beside, synchronised, renamed. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const beside = `${path}.new`;
  await rm(beside, { force: true }); // left by a crash; it may have another mode
  const file = await open(beside, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** Makes the names inside a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
