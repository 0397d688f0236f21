/** Reads what is published: now, or at an earlier revision. */
import { kinds, type PlainObject } from '../../../core/configuration/object-document.ts';
import type { StoredObject } from '../../../core/configuration/plan.ts';
import type { StoredConfiguration } from '../../../core/configuration/stored.ts';
import type { LoadedConfiguration, RevisionEntry } from '../../../core/configuration/configuration-store.ts';
import { failure } from '../../../core/failure.ts';
import { loadTemplates } from '../records/template-rows.ts';
import type { Queryable } from '../statement.ts';
import { ask, type Database } from './database.ts';
import { instantText } from './instant-text.ts';

interface ObjectRow {
  id: string;
  kind: string;
  name: string;
  version: number;
  document: PlainObject;
  source: string | null;
}

/** An earlier `revision` gives its objects and templates with the addresses and secrets of today. */
export function loadConfiguration(database: Database, revision?: number): Promise<LoadedConfiguration> {
  return database.transaction(async (client) => {
    await ask(client, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const newest = await headRevision(client);
    if (revision !== undefined && (revision < 0 || revision > newest)) throw failure('config.unknownRevision', { revision, newest });
    const objects = revision === undefined || revision === newest ? await presentObjects(client) : await objectsAt(client, revision);
    const stored: StoredConfiguration = { revision: revision ?? newest, objects, addresses: await loadAddresses(client), secrets: await secretVersions(client) };
    return { stored, templates: await loadTemplates(client, stored.revision) };
  });
}

export async function headRevision(client: Queryable): Promise<number> {
  const rows = await ask<{ revision: string }>(client, 'SELECT revision FROM zveno.configuration_head');
  return Number(rows[0]?.revision ?? 0);
}

async function presentObjects(client: Queryable): Promise<readonly StoredObject[]> {
  const rows = await ask<ObjectRow>(client, 'SELECT id, kind, name, version, document, source FROM zveno.configuration_object ORDER BY kind, name');
  return rows.flatMap(storedObject);
}

async function objectsAt(client: Queryable, revision: number): Promise<readonly StoredObject[]> {
  const rows = await ask<ObjectRow>(
    client,
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

async function loadAddresses(client: Queryable): Promise<ReadonlyMap<string, string | number>> {
  const rows = await ask<{ name: string; value: string | number }>(client, 'SELECT name, value FROM zveno.configuration_address ORDER BY name');
  return new Map(rows.map(({ name, value }) => [name, value]));
}

async function secretVersions(client: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await ask<{ name: string; version: number }>(client, 'SELECT name, version FROM zveno.secret ORDER BY name');
  return new Map(rows.map(({ name, version }) => [name, version]));
}

/** Who published what and when, newest first. */
export async function revisionHistory(client: Queryable, limit: number, before?: number): Promise<readonly RevisionEntry[]> {
  const rows = await ask<{ revision: string; at: string; by: string; note: string }>(
    client,
    `SELECT revision, ${instantText('published_at')} AS at, published_by AS by, note
     FROM zveno.configuration_revision WHERE $2::bigint IS NULL OR revision < $2 ORDER BY revision DESC LIMIT $1`,
    [limit, before ?? null],
  );
  return rows.map((row) => ({ ...row, revision: Number(row.revision) }));
}
