/** Bodies in the blob store and the rows that stand for them. */
import type { Payload } from '../../core/effect-set.ts';
import { limits } from '../../core/limits.ts';
import type { CrashPoints } from '../../core/ports.ts';
import type { Blobs } from '../blobs/disk.ts';
import type { Readers } from './pool.ts';
import type { Queryable } from './statement.ts';

export interface BlobRows {
  /** Bytes up to the inline limit come back as they are; larger ones are durable when this resolves. */
  store(bytes: Uint8Array): Promise<Payload>;
  bytesOf(payload: Payload): Promise<Uint8Array>;
  /** The same for pieces as they come, whatever their size. */
  storeStream(pieces: AsyncIterable<Uint8Array>): Promise<Payload>;
  partOf(payload: Payload, offset: number, length: number): Promise<Uint8Array>;
  /** Removes bodies that nothing has named for the given hours; returns how many. */
  collect(unreferencedHours: number): Promise<number>;
}

export function blobRows(blobs: Blobs, readers: Readers, crashPoints: CrashPoints): BlobRows {
  const store = async (bytes: Uint8Array): Promise<Payload> => {
    if (bytes.length <= limits.inlinePayloadBytes.value) return { kind: 'bytes', bytes };
    const hash = await blobs.put(bytes);
    await crashPoints.reach('blob.beforeRow');
    // What a collector has just removed has to be written again.
    await nameBlob(readers, hash, bytes.length);
    if (!(await blobs.has(hash))) await blobs.put(bytes);
    return { kind: 'blob', hash, size: bytes.length };
  };
  const storeStream = async (pieces: AsyncIterable<Uint8Array>): Promise<Payload> => {
    const taken = await blobs.take(pieces);
    const { hash, size } = taken;
    try {
      await taken.keep();
      await crashPoints.reach('blob.beforeRow');
      await nameBlob(readers, hash, size);
      // What a collector has just removed is put in place again.
      await taken.keep();
    } finally {
      await taken.drop();
    }
    return { kind: 'blob', hash, size };
  };
  return {
    store,
    storeStream,
    partOf: async (payload, offset, length) => (payload.kind === 'bytes' ? payload.bytes.subarray(offset, offset + length) : joined(await blobs.stream(payload.hash, { from: offset, to: offset + length - 1 }))),
    bytesOf: async (payload) => (payload.kind === 'bytes' ? payload.bytes : blobs.read(payload.hash)),
    collect: async (unreferencedHours) => {
      let removed = 0;
      for (const hash of await candidates(readers, unreferencedHours)) {
        if (await readers.transaction((client) => removeOne(client, blobs, hash, unreferencedHours))) removed += 1;
      }
      return removed;
    },
  };
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** Waits for a collector that is just removing this body. */
const nameBlob = (readers: Readers, hash: string, size: number): Promise<unknown> =>
  readers.query({
    text: 'INSERT INTO zveno.blob (hash, size) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET named_at = clock_timestamp()',
    values: [Buffer.from(hash, 'hex'), size],
  });

const unnamed = `NOT EXISTS (SELECT 1 FROM zveno.message m WHERE m.payload_blob = b.hash)
  AND NOT EXISTS (SELECT 1 FROM zveno.message m WHERE m.reply_blob = b.hash)
  AND NOT EXISTS (SELECT 1 FROM zveno.remote_call c WHERE c.request_blob = b.hash)
  AND NOT EXISTS (SELECT 1 FROM zveno.file_version f WHERE f.hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM zveno.message_file f WHERE f.hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM zveno.job j WHERE j.file_blob = b.hash)
  AND NOT EXISTS (SELECT 1 FROM zveno.idempotency i WHERE i.reply_blob = b.hash)`;

async function candidates(client: Queryable, hours: number): Promise<string[]> {
  const { rows } = await client.query<{ hash: Buffer }>({
    text: `SELECT b.hash FROM zveno.blob b WHERE b.named_at < clock_timestamp() - $1::float8 * interval '1 hour' AND ${unnamed} ORDER BY b.named_at LIMIT $2`,
    values: [hours, limits.housekeepingRows.value],
  });
  return rows.map((row) => row.hash.toString('hex'));
}

/** The file goes before the row's removal commits: whoever stores the same body meanwhile waits for the row and looks again. */
async function removeOne(client: Queryable, blobs: Blobs, hash: string, hours: number): Promise<boolean> {
  const { rowCount } = await client.query({
    text: `DELETE FROM zveno.blob b WHERE b.hash = $1 AND b.named_at < clock_timestamp() - $2::float8 * interval '1 hour' AND ${unnamed}`,
    values: [Buffer.from(hash, 'hex'), hours],
  });
  if (rowCount === 0) return false;
  await blobs.remove(hash);
  return true;
}
