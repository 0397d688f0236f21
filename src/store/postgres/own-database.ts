/** Which database the platform's own is, and where. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionSettings, Readers } from './pool.ts';

export interface OwnDatabase {
  host: string;
  port: number;
  database: string;
  oid: string;
  /** Missing where an administrator has taken the right to see it away. */
  systemIdentifier?: string;
}

/** By which a connector recognises the platform's own database, whatever address leads to it. */
export async function ownDatabaseOf(readers: Readers, connection: ConnectionSettings): Promise<OwnDatabase> {
  const place = 'host' in connection ? connection : new URL(connection.connectionString);
  const { rows } = await readers.query<{ database: string; oid: string }>({ text: 'SELECT datname AS database, oid::text AS oid FROM pg_database WHERE datname = current_database()', values: [] });
  const [own] = rows;
  if (own === undefined) throw new Error('the database does not know its own name');
  const cluster = await readers.query<{ id: string }>({ text: 'SELECT system_identifier::text AS id FROM pg_control_system()', values: [] }).catch(() => ({ rows: [] })); // an administrator may have taken this right away
  const id = cluster.rows[0]?.id;
  return { host: 'hostname' in place ? place.hostname : place.host, port: Number(place.port) || 5432, ...own, ...(id === undefined ? {} : { systemIdentifier: id }) };
}

/**
 * Where the database is, as far as it can be told: the cluster, the database in it and, for the embedded one, its very
 * file, which a copy of the folder does not share. A clone of a whole disk is told by what the machine says of itself.
 */
export async function placeOf(own: OwnDatabase, embeddedFolder: string | null): Promise<string | null> {
  if (own.systemIdentifier === undefined) return null;
  const file = embeddedFolder === null ? null : await stat(join(embeddedFolder, 'postgresql/PG_VERSION'), { bigint: true });
  return [own.systemIdentifier, own.oid, ...(file === null ? [] : [file.ino])].join('/');
}

/** Whether the database lies on this machine: of another one this machine says nothing. */
export const isHere = ({ host }: OwnDatabase): boolean => host === '' || host.startsWith('/') || host === 'localhost' || host === '::1' || host === '[::1]' || host.startsWith('127.');
