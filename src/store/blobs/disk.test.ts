import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { randomBytes } from 'node:crypto';
import { openDiskBlobs, type Blobs } from './disk.ts';

let folder: string;
let blobs: Blobs;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zveno-disk-'));
  blobs = await openDiskBlobs(join(folder, 'blobs'), { bytes: (n) => new Uint8Array(randomBytes(n)), fraction: () => 0 });
  return () => rm(folder, { recursive: true });
});

const bytes = new Uint8Array([1, 2, 3]);
const hash = '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81';

test('what was put is read back under its hash, and putting it again stores nothing twice', async () => {
  expect(await blobs.put(bytes)).toBe(hash);
  expect(await blobs.put(bytes)).toBe(hash);
  expect([...(await blobs.read(hash))]).toEqual([1, 2, 3]);
  expect(await readdir(join(folder, 'blobs', '03'))).toHaveLength(1);
  expect(await readdir(join(folder, 'blobs', 'incoming'))).toEqual([]);
});

test('the same body put many times at once is stored once', async () => {
  expect(new Set(await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytes)))).size).toBe(1);
  expect([...(await blobs.read(hash))]).toEqual([1, 2, 3]);
});

test('a missing body and a removed one are told as missing', async () => {
  await expect(blobs.read(hash)).rejects.toMatchObject({ code: 'store.blobMissing', parameters: { hash } });
  await blobs.put(bytes);
  await blobs.remove(hash);
  await blobs.remove(hash);
  expect(await blobs.has(hash)).toBe(false);
});

test('a damaged body is never handed out', async () => {
  await blobs.put(bytes);
  await writeFile(join(folder, 'blobs', hash.slice(0, 2), hash.slice(2)), 'other');
  await expect(blobs.read(hash)).rejects.toMatchObject({ code: 'store.blobDamaged', parameters: { hash } });
});

test('no name leads out of the folder', async () => {
  await mkdir(join(folder, 'secret'));
  await writeFile(join(folder, 'secret', 'file'), 'secret');
  for (const name of ['../secret/file', '..', '', '/etc/passwd', `${'a'.repeat(62)}/.`, hash.toUpperCase(), `${hash}\u0000`]) {
    await expect(blobs.read(name)).rejects.toMatchObject({ code: 'store.blobMissing' });
    await expect(async () => blobs.remove(name)).rejects.toMatchObject({ code: 'store.blobMissing' });
  }
});

test('what a killed node was taking is removed once nobody can still be sending it', async () => {
  const incoming = join(folder, 'blobs', 'incoming');
  await writeFile(join(incoming, 'left'), 'half');
  await writeFile(join(incoming, 'coming'), 'half');
  await utimes(join(incoming, 'left'), 0, 0);
  await openDiskBlobs(join(folder, 'blobs'), { bytes: (n) => new Uint8Array(randomBytes(n)), fraction: () => 0 });
  expect(await readdir(incoming)).toEqual(['coming']);
});

test('bytes that come in pieces are kept under the hash of the whole, in parts or whole, or dropped', async () => {
  const pieces = (async function* () {
    yield bytes.subarray(0, 10);
    yield bytes.subarray(10);
  })();
  const taken = await blobs.take(pieces);
  expect([taken.hash, taken.size, await blobs.has(hash)]).toEqual([hash, bytes.length, false]);
  await taken.keep();
  await blobs.remove(hash);
  await taken.keep();
  await taken.drop();
  const read: Uint8Array[] = [];
  for await (const chunk of await blobs.stream(hash, { from: 5, to: 14 })) read.push(chunk);
  expect(Buffer.concat(read).equals(Buffer.from(bytes.subarray(5, 15)))).toBe(true);
  expect(await readdir(join(folder, 'blobs', 'incoming'))).toEqual([]);
  await expect(blobs.stream('0'.repeat(64))).rejects.toMatchObject({ code: 'store.blobMissing' });
});
