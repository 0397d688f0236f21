/** How many records a template has, archived ones included. */
import type { Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { table } from './physical-names.ts';

export async function countTemplateRecords(client: Queryable, { id }: Template): Promise<number> {
  // A template whose publication was interrupted may have no table yet.
  const [made] = (await client.query<{ made: boolean }>({ text: 'SELECT to_regclass($1) IS NOT NULL AS made', values: [table(id)] })).rows;
  if (made?.made !== true) return 0;
  const { rows } = await client.query<{ count: string }>({ text: `SELECT count(*) AS count FROM ${table(id)}`, values: [] });
  return Number(rows[0]?.count ?? 0);
}
