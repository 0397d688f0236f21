/** Tables and columns as message schemas. */
import type { Discovered, NodeType, SchemaNode, SchemaTree } from '../../sdk/index.ts';
import { listTables, type Table } from './catalog.ts';
import { openSession, placeOf, type SqlContext } from './session.ts';
import { explain } from './sql-failure.ts';
import type { Column } from './values.ts';

/** `path` is `schema.table` or a table's name. */
export async function discoverSql(context: SqlContext, query: { path?: string; limit: number }, signal: AbortSignal): Promise<readonly Discovered[]> {
  const session = await openSession(context, signal);
  try {
    const tables = await listTables(session, partsOf(query.path, context.properties.schema), signal);
    return tables.slice(0, query.limit).map(describe);
  } catch (error) {
    signal.throwIfAborted();
    throw explain(placeOf(context), error);
  } finally {
    await session.close();
  }
}

function partsOf(path: string | undefined, schema: string | undefined): { schema?: string; table?: string } {
  const known = schema === undefined ? {} : { schema };
  if (path === undefined || path === '') return known;
  const dot = path.indexOf('.');
  return dot === -1 ? { ...known, table: path } : { schema: path.slice(0, dot), table: path.slice(dot + 1) };
}

function describe(table: Table): Discovered {
  const row = (requires: boolean): SchemaTree => Object.fromEntries(table.columns.map((column) => [column.name, nodeOf(column, requires)]));
  return {
    path: `${table.schema}.${table.name}`,
    title: table.name,
    kind: table.kind,
    request: row(true),
    response: { rows: { type: 'object', required: false, notEmpty: false, array: true, fields: row(false) } },
  };
}

function nodeOf(column: Column, requires: boolean): SchemaNode {
  const required = requires && !column.nullable && !column.hasDefault;
  return { type: typeOf(column.array ? column.type.replace(/^_/, '') : column.type), required, notEmpty: false, array: column.array };
}

function typeOf(type: string): NodeType {
  switch (type) {
    case 'bool': return 'boolean';
    case 'int2':
    case 'int4': return 'integer';
    case 'int8':
    case 'numeric':
    case 'money': return 'decimal';
    case 'float4':
    case 'float8': return 'number';
    case 'timestamptz':
    case 'timestamp': return 'dateTime';
    case 'date': return 'date';
    case 'interval': return 'duration';
    case 'json':
    case 'jsonb': return 'any';
    default: return 'string';
  }
}
