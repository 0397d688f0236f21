/** Reads what is published: now, or at an earlier revision. */
import { kinds, type PlainObject } from '../../../core/configuration/object-document.ts';
import type { StoredObject } from '../../../core/configuration/plan.ts';
import type { StoredConfiguration } from '../../../core/configuration/stored.ts';
import { failure } from '../../../core/failure.ts';
import type { Database, Session } from './session.ts';

interface ObjectRow {
  id: string;
  kind: string;
  name: string;
  version: number;
  document: PlainObject;
  source: string | null;
}

/** One consistent picture. An earlier `revision` gives its objects with the addresses and secrets of today. */
export function loadConfiguration(database: Database, revision?: number): Promise<StoredConfiguration> {
  return database.transaction(async (session) => {
    const newest = await headRevision(session);
    if (revision !== undefined && (revision < 0 || revision > newest)) throw failure('config.unknownRevision', { revision, newest });
    const objects = revision === undefined || revision === newest ? await presentObjects(session) : await objectsAt(session, revision);
    return { revision: revision ?? newest, objects, addresses: await loadAddresses(session), secrets: await secretVersions(session) };
  }, 'REPEATABLE READ');
}

export async function headRevision(session: Session): Promise<number> {
  const { rows } = await session.query<{ revision: string }>('SELECT revision FROM zveno.configuration_head');
  return Number(rows[0]?.revision ?? 0);
}

async function presentObjects(session: Session): Promise<readonly StoredObject[]> {
  const { rows } = await session.query<ObjectRow>('SELECT id, kind, name, version, document, source FROM zveno.configuration_object ORDER BY kind, name');
  return rows.flatMap(storedObject);
}

async function objectsAt(session: Session, revision: number): Promise<readonly StoredObject[]> {
  const { rows } = await session.query<ObjectRow>(
    `SELECT id, kind, name, version, document, source FROM (
       SELECT DISTINCT ON (id) * FROM zveno.configuration_version WHERE revision <= $1 ORDER BY id, version DESC
     ) newest WHERE document IS NOT NULL ORDER BY kind, name`,
    [revision],
  );
  return rows.flatMap(storedObject);
}

/** A kind that this version of the platform does not know is left alone. */
function storedObject(row: ObjectRow): readonly StoredObject[] {
  const kind = kinds.find((candidate) => candidate === row.kind);
  return kind === undefined ? [] : [{ id: row.id, kind, name: row.name, version: row.version, document: row.document, source: row.source }];
}

async function loadAddresses(session: Session): Promise<ReadonlyMap<string, string | number>> {
  const { rows } = await session.query<{ name: string; value: string | number }>('SELECT name, value FROM zveno.configuration_address ORDER BY name');
  return new Map(rows.map(({ name, value }) => [name, value]));
}

async function secretVersions(session: Session): Promise<ReadonlyMap<string, number>> {
  const { rows } = await session.query<{ name: string; version: number }>('SELECT name, version FROM zveno.secret ORDER BY name');
  return new Map(rows.map(({ name, version }) => [name, version]));
}

/** Who published what and when, newest first. */
export async function revisionHistory(session: Session, limit: number): Promise<readonly { revision: number; at: string; by: string; note: string }[]> {
  const { rows } = await session.query<{ revision: string; at: string; by: string; note: string }>(
    `SELECT revision, to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, published_by AS by, note
     FROM zveno.configuration_revision ORDER BY revision DESC LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({ ...row, revision: Number(row.revision) }));
}
