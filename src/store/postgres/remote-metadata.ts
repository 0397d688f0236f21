/** Metadata snapshots in PostgreSQL, gzipped. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { MetadataSnapshot, MetadataStore } from '../../core/metadata-store.ts';
import { ask, type Database } from './configuration/database.ts';
import type { Queryable } from './statement.ts';

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

const columns = `hash, address, bytes, etag, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS since, to_char(checked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "checkedAt"`;

export function createMetadataStore(database: Database): MetadataStore {
  return {
    list: (connection) => list(database, connection),
    async document(connection, hash) {
      const [row] = await ask<{ document: Uint8Array }>(database, 'SELECT document FROM zveno.remote_metadata WHERE connection = $1 AND hash = $2 ORDER BY place DESC LIMIT 1', [connection, hash]);
      return row === undefined ? null : await unpack(row.document);
    },
    async keep(connection, { hash, address, etag, document }, keep) {
      const packed = await pack(document);
      await database.transaction(async (client) => {
        // Two refreshes at a time would else both find the other's document missing.
        await ask(client, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 7310035))', [connection]);
        const [present] = await list(client, connection);
        if (present?.hash === hash) {
          await ask(client, 'UPDATE zveno.remote_metadata SET checked_at = clock_timestamp(), address = $3, etag = $4 WHERE connection = $1 AND hash = $2', [connection, hash, address, etag]);
          return;
        }
        await ask(client, 'INSERT INTO zveno.remote_metadata (connection, hash, address, bytes, document, etag) VALUES ($1, $2, $3, $4, $5, $6)', [connection, hash, address, document.length, packed, etag]);
        await ask(
          client,
          'DELETE FROM zveno.remote_metadata WHERE connection = $1 AND place NOT IN (SELECT place FROM zveno.remote_metadata WHERE connection = $1 ORDER BY place DESC LIMIT $2)',
          [connection, keep],
        );
      });
    },
    async confirm(connection, hash) {
      await ask(database, 'UPDATE zveno.remote_metadata SET checked_at = clock_timestamp() WHERE connection = $1 AND hash = $2 AND place = (SELECT max(place) FROM zveno.remote_metadata WHERE connection = $1)', [connection, hash]);
    },
    async forget(connection, hash) {
      await ask(database, 'DELETE FROM zveno.remote_metadata WHERE connection = $1 AND hash = $2', [connection, hash]);
    },
  };
}

const list = (client: Queryable, connection: string): Promise<readonly MetadataSnapshot[]> =>
  ask<MetadataSnapshot>(client, `SELECT ${columns} FROM zveno.remote_metadata WHERE connection = $1 ORDER BY place DESC`, [connection]);
