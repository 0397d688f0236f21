/** What the schema of record tables holds now, read once at the start of a publication. */
import type { Queryable } from '../statement.ts';
import { dataSchema } from './physical-names.ts';

export interface PhysicalState {
  /** Column names by table name, and whether the column has a default. */
  columns: ReadonlyMap<string, ReadonlyMap<string, { preset: boolean }>>;
  constraints: ReadonlyMap<string, { validated: boolean; onDelete: string }>;
  /** Index name → valid; a concurrent build that was interrupted leaves an invalid one. */
  indexes: ReadonlyMap<string, boolean>;
}

export async function readPhysicalState(client: Queryable): Promise<PhysicalState> {
  const columns = await client.query<{ table: string; names: string[]; presets: boolean[] }>({
    text: `SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS names, array_agg(a.atthasdef ORDER BY a.attnum) AS presets FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname`,
    values: [dataSchema],
  });
  const constraints = await client.query<{ name: string; validated: boolean; onDelete: string }>({
    text: `SELECT conname AS name, convalidated AS validated, confdeltype AS "onDelete" FROM pg_constraint WHERE connamespace = to_regnamespace($1)`,
    values: [dataSchema],
  });
  const indexes = await client.query<{ name: string; valid: boolean }>({
    text: `SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = to_regnamespace($1)`,
    values: [dataSchema],
  });
  return {
    columns: new Map(columns.rows.map(({ table, names, presets }) => [table, new Map(names.map((name, index) => [name, { preset: presets[index] === true }]))])),
    constraints: new Map(constraints.rows.map(({ name, ...rest }) => [name, rest])),
    indexes: new Map(indexes.rows.map(({ name, valid }) => [name, valid])),
  };
}

/** Tables above this many rows get their indexes without blocking writers. */
const manyRows = 100_000;

export async function hasManyRows(client: Queryable, table: string): Promise<boolean> {
  return (await countUpTo(client, table, 'true', manyRows + 1)) > manyRows;
}

/** Counts rows, but never more than `most`. `table` and `condition` are made of physical names. */
export async function countUpTo(client: Queryable, table: string, condition: string, most: number): Promise<number> {
  const { rows } = await client.query<{ count: string }>({ text: `SELECT count(*)::text AS count FROM (SELECT 1 FROM ${table} WHERE ${condition} LIMIT ${most}) AS counted`, values: [] });
  return Number(rows[0]?.count ?? 0);
}
