/** Published versions in PostgreSQL. */
import { kinds, type PlainObject } from '../../../core/configuration/object-document.ts';
import type { ObjectVersion, ObjectVersionText, VersionStore } from '../../../core/configuration/object-version.ts';
import { ask, type Database } from './database.ts';
import { instantText } from './instant-text.ts';

interface VersionRow {
  kind: string;
  name: string;
  version: number;
  revision: string;
  at: string;
  by: string;
  note: string;
  deleted: boolean;
}

interface TextRow extends VersionRow {
  document: PlainObject | null;
  source: string | null;
}

const columns = `v.kind, v.name, v.version, v.revision, ${instantText('r.published_at')} AS at, r.published_by AS by, r.note, v.document IS NULL AS deleted`;
const tables = 'zveno.configuration_version v JOIN zveno.configuration_revision r USING (revision)';

export function postgresVersions(database: Database): VersionStore {
  return {
    async list({ kind, name }, { limit, before }) {
      const rows = await ask<VersionRow>(
        database,
        `SELECT ${columns} FROM ${tables} WHERE v.kind = $1 AND v.name = $2 AND ($3::integer IS NULL OR v.version < $3) ORDER BY v.version DESC, v.revision DESC LIMIT $4`,
        [kind, name, before ?? null, limit],
      );
      return rows.flatMap(versionOf);
    },
    async find({ kind, name }, version) {
      const rows = await ask<TextRow>(
        database,
        `SELECT ${columns}, v.document, v.source FROM ${tables} WHERE v.kind = $1 AND v.name = $2 AND ($3::integer IS NULL OR v.version = $3) ORDER BY v.version DESC, v.revision DESC LIMIT 1`,
        [kind, name, version ?? null],
      );
      return rows.flatMap((row): readonly ObjectVersionText[] => versionOf(row).map((found) => ({ ...found, document: row.document, source: row.source })))[0] ?? null;
    },
  };
}

function versionOf({ kind: text, name, version, revision, at, by, note, deleted }: VersionRow): readonly ObjectVersion[] {
  const kind = kinds.find((candidate) => candidate === text);
  return kind === undefined ? [] : [{ kind, name, version, revision: Number(revision), at, by, note, deleted }];
}
