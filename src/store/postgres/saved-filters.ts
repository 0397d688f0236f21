/** Saved filters in PostgreSQL. */
import { parseJson, printJson } from '../../core/json.ts';
import type { FilterReader, SavedFilter, SavedFilterStore } from '../../core/saved-filter.ts';
import { isObject } from '../../core/value.ts';
import { sqlErrorOf, unavailable } from './pool.ts';
import type { Queryable } from './statement.ts';

interface FilterRow {
  id: string;
  template: string;
  name: string;
  owner: string;
  roles: string[];
  definition: string;
  edit: number;
  created_at: string;
  changed_at: string;
}

const columns = 'id, template, name, owner, roles, definition, edit, created_at, changed_at';

export function createSavedFilterStore(client: Queryable): SavedFilterStore {
  const query = async (text: string, values: readonly unknown[]): Promise<{ rows: FilterRow[]; rowCount: number } | 'taken'> => {
    try {
      return await client.query<FilterRow>({ text, values });
    } catch (error) {
      if (sqlErrorOf(error)?.code === '23505') return 'taken';
      throw unavailable(error);
    }
  };
  return {
    async list(template, { account, roles, all }: FilterReader) {
      const text = `SELECT ${columns} FROM zveno.saved_filter WHERE template = $1 AND (owner = $2 OR roles && $3::text[] OR $4) ORDER BY owner <> $2, name, id LIMIT 1000`;
      const found = await query(text, [template, account, roles, all]);
      return found === 'taken' ? [] : found.rows.map(filterOf);
    },
    async create({ id, template, name, owner, roles, definition }, most) {
      const text = `INSERT INTO zveno.saved_filter (id, template, name, owner, roles, definition)
        SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM zveno.saved_filter WHERE template = $2 AND owner = $4) < $7 RETURNING ${columns}`;
      const created = await query(text, [id, template, name, owner, roles, printJson(definition), most]);
      if (created === 'taken') return created;
      return created.rows[0] === undefined ? 'tooMany' : filterOf(created.rows[0]);
    },
    async change(id, edit, { name, roles, definition }) {
      const text = `UPDATE zveno.saved_filter SET name = $3, roles = $4, definition = $5, edit = edit + 1, changed_at = clock_timestamp() WHERE id = $1 AND ($2::int IS NULL OR edit = $2) RETURNING ${columns}`;
      const changed = await query(text, [id, edit, name, roles, printJson(definition)]);
      if (changed === 'taken') return changed;
      return changed.rows[0] === undefined ? null : filterOf(changed.rows[0]);
    },
    async remove(id, edit) {
      const removed = await query('DELETE FROM zveno.saved_filter WHERE id = $1 AND ($2::int IS NULL OR edit = $2)', [id, edit]);
      return removed !== 'taken' && removed.rowCount > 0;
    },
  };
}

function filterOf({ id, template, name, owner, roles, definition, edit, created_at: createdAt, changed_at: changedAt }: FilterRow): SavedFilter {
  const read = parseJson(definition);
  return { id, template, name, owner, roles, definition: isObject(read) ? read : {}, edit, createdAt, changedAt };
}
