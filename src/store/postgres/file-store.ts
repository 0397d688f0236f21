/** Files of records: bytes in the blob store, versions in a table. */
import { fileTypeFromBuffer } from 'file-type';
import type { FileStore, FileVersion } from '../../core/file-store.ts';
import { limits } from '../../core/limits.ts';
import type { Blobs } from '../blobs/disk.ts';
import type { Readers } from './pool.ts';

export function fileStore(blobs: Blobs, readers: Readers): FileStore {
  return {
    take: async (chunks, limitBytes, tooLarge) => {
      const head: Uint8Array[] = [];
      let seen = 0;
      async function* counted(): AsyncIterable<Uint8Array> {
        for await (const chunk of chunks) {
          if (seen < limits.fileHeadBytes.value) head.push(chunk.slice(0, limits.fileHeadBytes.value - seen));
          seen += chunk.length;
          if (seen > limitBytes) throw tooLarge();
          yield chunk;
        }
      }
      const held = await blobs.take(counted());
      try {
        // Waits for a collector that is just removing the same bytes; they are put in place after that.
        await readers.query({
          text: 'INSERT INTO zveno.blob (hash, size) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET named_at = clock_timestamp()',
          values: [Buffer.from(held.hash, 'hex'), held.size],
        });
        await held.keep();
      } finally {
        await held.drop();
      }
      const type = await fileTypeFromBuffer(Buffer.concat(head));
      return { hash: held.hash, size: held.size, detected: type === undefined ? null : { extension: type.ext, type: type.mime } };
    },
    bytes: (hash, range) => blobs.stream(hash, range),
    versions: async (record, attribute) => {
      const { rows } = await readers.query<FileVersionRow>({
        text: `SELECT file AS id, version, attribute, name, size::text, type, encode(hash, 'hex') AS hash, stored_at AS at, stored_by AS by
               FROM zveno.file_version WHERE record = $1 AND attribute = $2 ORDER BY stored_at DESC, file, version DESC LIMIT $3`,
        values: [record, attribute, limits.relatedRows.value],
      });
      return rows.map((row) => ({ ...row, size: Number(row.size) }));
    },
  };
}

type FileVersionRow = Omit<FileVersion, 'size'> & { size: string };
