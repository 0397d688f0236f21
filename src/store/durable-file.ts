/** Small files that survive crashes and power cuts. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The old file or the new one after any crash: written beside, synchronised, renamed. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const beside = `${path}.new`;
  await rm(beside, { force: true }); // left by a crash; it may have another mode
  await writeSynced(beside, text, mode);
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** A new file; it survives a power cut once its folder is synchronised, too. */
export async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
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
