/** What tables there are, from the server's own catalogue. Only names found here are ever put into a statement. */
import { failure, limits, nearestKnown } from '../../sdk/index.ts';
import { quoteName, type Session, type SqlContext } from './session.ts';
import type { Column } from './values.ts';

export interface Table {
  schema: string;
  name: string;
  kind: 'table' | 'view';
  columns: readonly Column[];
  /** Quoted, with its schema. */
  sql: string;
}

export interface Catalog {
  /** Throws `connection.unknownTable`. */
  table(session: Session, name: string, signal: AbortSignal): Promise<Table>;
  /** Forgets what it knows, after a statement failed because a table has changed. */
  forget(): void;
}

const columnRows = `
  SELECT n.nspname, c.relname, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END,
         a.attname, t.typname, t.typcategory = 'A', NOT a.attnotnull, a.atthasdef OR a.attidentity <> ''
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type bt ON bt.oid = a.atttypid
  JOIN pg_catalog.pg_type t ON t.oid = CASE WHEN bt.typtype = 'd' THEN bt.typbasetype ELSE bt.oid END
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

const oneTable = `${columnRows} AND c.oid = (
    SELECT f.oid FROM pg_catalog.pg_class f JOIN pg_catalog.pg_namespace g ON g.oid = f.relnamespace
    WHERE f.relname = $2::name AND f.relkind IN ('r', 'p', 'v', 'm', 'f') AND (g.nspname = $1::name OR ($1::name IS NULL AND pg_catalog.pg_table_is_visible(f.oid)))
    LIMIT 1)
  ORDER BY a.attnum`;

const allTables = `${columnRows} AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND ($1::name IS NULL OR n.nspname = $1::name) AND ($2::name IS NULL OR c.relname = $2::name)
  ORDER BY n.nspname, c.relname, a.attnum`;

export function createCatalog(context: SqlContext): Catalog {
  const known = new Map<string, Table>();
  return {
    async table(session, name, signal) {
      const cached = known.get(name);
      if (cached !== undefined) return cached;
      const found = await findTable(session, name, signal);
      if (found === undefined) {
        const names = (await listTables(session, {}, signal)).flatMap((table) => [table.name, `${table.schema}.${table.name}`]);
        throw failure('connection.unknownTable', { connection: context.name, table: name, nearest: nearestKnown(name, names) });
      }
      known.set(name, found);
      return found;
    },
    forget: () => known.clear(),
  };
}

/** `orders`, `shop.orders`, and names that hold a dot themselves: the whole text is tried as a name first. */
async function findTable(session: Session, name: string, signal: AbortSignal): Promise<Table | undefined> {
  const whole = group((await session.run(oneTable, [null, name], signal)).rows)[0];
  const dot = name.indexOf('.');
  if (whole !== undefined || dot === -1) return whole;
  return group((await session.run(oneTable, [name.slice(0, dot), name.slice(dot + 1)], signal)).rows)[0];
}

export async function listTables(session: Session, query: { schema?: string; table?: string }, signal: AbortSignal): Promise<readonly Table[]> {
  return group((await session.run(allTables, [query.schema ?? null, query.table ?? null], signal)).rows).slice(0, limits.discoveredObjects.value);
}

function group(rows: readonly (readonly (string | null)[])[]): Table[] {
  const tables = new Map<string, Table & { columns: Column[] }>();
  for (const [schema, name, kind, column, type, array, nullable, hasDefault] of rows) {
    if (typeof schema !== 'string' || typeof name !== 'string') continue;
    const sql = `${quoteName(schema)}.${quoteName(name)}`;
    const table = tables.get(sql) ?? { schema, name, kind: kind === 'view' ? 'view' : 'table', columns: [], sql };
    tables.set(sql, table);
    table.columns.push({ name: column ?? '', type: type ?? '', array: array === 't', nullable: nullable === 't', hasDefault: hasDefault === 't' });
  }
  return [...tables.values()];
}
