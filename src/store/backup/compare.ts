/** What two databases hold, so that a copy can be compared with its original: rows and a checksum of each table, whatever their order. */
import type { Queryable } from '../postgres/statement.ts';
import { readStructure } from './structure.ts';

/** By table; transaction numbers and how far jobs are by them are left out, and so is the row that says where the database is. */
export async function holdings(client: Queryable): Promise<ReadonlyMap<string, string>> {
  const { tables } = await readStructure(client);
  const found = new Map<string, string>();
  for (const { name, columns } of tables) {
    if (name === 'zveno.instance') continue;
    const compared = columns.filter((column) => !(name === 'zveno.record_change' && column === 'xid') && !(name === 'zveno.job' && column === 'checkpoint'));
    const { rows } = await client.query<{ rows: string; sum: string }>({
      text: `SELECT count(*)::text AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS sum FROM (SELECT ${compared.join(', ')} FROM ${name}) AS t`,
      values: [],
    });
    found.set(name, `${rows[0]?.rows ?? '0'} rows, ${rows[0]?.sum ?? '0'}`);
  }
  return found;
}

/** Tables that differ; none when the copy is whole. */
export function differing(original: ReadonlyMap<string, string>, copy: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...original.keys(), ...copy.keys()])].filter((table) => original.get(table) !== copy.get(table)).sort();
}
