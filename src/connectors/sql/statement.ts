/** Statements over one table: names come quoted from the catalogue, values only as parameters. Pure. */
import { failure, nearestKnown, type Value } from '../../sdk/index.ts';
import type { Table } from './catalog.ts';
import type { Condition } from './condition.ts';
import { toParameter, type Column } from './values.ts';

export interface Statement {
  text: string;
  parameters: readonly (string | null)[];
}

export function selectStatement(connection: string, table: Table, conditions: readonly Condition[], limit: number): Statement {
  const build = begin(connection, table);
  const columns = table.columns.map((column) => quote(column.name)).join(', ');
  const where = build.where(conditions);
  return build.end(`SELECT ${columns} FROM ${table.sql}${where === '' ? '' : ` WHERE ${where}`} LIMIT ${limit}`);
}

export function insertStatement(connection: string, table: Table, row: Readonly<Record<string, Value>>): Statement {
  const build = begin(connection, table);
  const entries = Object.entries(row);
  if (entries.length === 0) return build.end(`INSERT INTO ${table.sql} DEFAULT VALUES`);
  const names = entries.map(([name]) => quote(build.column(name).name));
  const places = entries.map(([name, value]) => build.place(build.column(name), value));
  return build.end(`INSERT INTO ${table.sql} (${names.join(', ')}) VALUES (${places.join(', ')})`);
}

export function updateStatement(connection: string, table: Table, changes: Readonly<Record<string, Value>>, conditions: readonly Condition[]): Statement {
  const build = begin(connection, table);
  const sets = Object.entries(changes).map(([name, value]) => `${quote(build.column(name).name)} = ${build.place(build.column(name), value)}`);
  if (sets.length === 0) throw failure('connection.valueMissing', { connection, attribute: `${table.name}.*` });
  return build.end(`UPDATE ${table.sql} SET ${sets.join(', ')} WHERE ${required(table, 'UPDATE', build.where(conditions))}`);
}

export function deleteStatement(connection: string, table: Table, conditions: readonly Condition[]): Statement {
  const build = begin(connection, table);
  return build.end(`DELETE FROM ${table.sql} WHERE ${required(table, 'DELETE', build.where(conditions))}`);
}

/** The last guard: whatever went before, no statement leaves that would touch a whole table. */
function required(table: Table, operation: string, where: string): string {
  if (where === '') throw failure('connection.conditionMissing', { operation, table: table.name });
  return where;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function begin(connection: string, table: Table) {
  const parameters: (string | null)[] = [];
  const column = (name: string): Column => {
    const found = table.columns.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw failure('connection.unknownColumn', { connection, table: table.name, column: name.slice(0, 80), nearest: nearestKnown(name, table.columns.map((each) => each.name)) });
  };
  const place = (of: Column, value: Value): string => {
    parameters.push(toParameter(connection, of.name, value, of));
    return `$${parameters.length}`;
  };
  const test = ({ column: name, value }: Condition): string => {
    const of = column(name);
    if (value === null) return `${quote(of.name)} IS NULL`;
    if (!Array.isArray(value) || of.array) return `${quote(of.name)} = ${place(of, value)}`;
    const items: readonly Value[] = value;
    const some = items.filter((item) => item !== null).map((item) => place(of, item));
    const parts = [...(some.length > 0 ? [`${quote(of.name)} IN (${some.join(', ')})`] : []), ...(items.includes(null) ? [`${quote(of.name)} IS NULL`] : [])];
    return parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`;
  };
  return {
    column, place,
    where: (conditions: readonly Condition[]): string => conditions.map(test).join(' AND '),
    end: (text: string): Statement => ({ text, parameters }),
  };
}
