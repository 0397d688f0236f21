/** Looks at existing rows before a rule is made stricter, and names examples of what is in the way. */
import { failure } from '../../../core/failure.ts';
import type { Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { conversionsOf } from './convert.ts';
import { table, tableName } from './physical-names.ts';
import { countUpTo, type PhysicalState } from './physical-state.ts';
import { tableShape, type ColumnShape } from './table-shape.ts';

/** Everything that can be known before anything is changed. */
export async function checkRows(client: Queryable, state: PhysicalState, templates: readonly Template[]): Promise<void> {
  for (const template of templates) {
    const existing = state.columns.get(tableName(template.id));
    if (existing === undefined) continue;
    const converted = new Set(conversionsOf(template, new Set([template.version])).map(({ to }) => to.id));
    for (const column of tableShape(template).columns) {
      // Values that are converted are looked at by `checkConversion`.
      if (converted.has(column.attribute.id)) continue;
      if (!existing.has(column.name)) await checkNewColumn(client, template, column);
      else await checkOldColumn(client, state, template, column);
    }
  }
}

async function checkNewColumn(client: Queryable, template: Template, column: ColumnShape): Promise<void> {
  if (!column.required) return;
  const about = { template: template.name, attribute: column.attribute.name };
  const rows = await countUpTo(client, table(template.id), 'true', 2);
  if (rows > 0 && column.preset === null) throw failure('template.requiredNeedsDefault', about);
  if (rows > 1 && column.unique.wanted) throw failure('template.hasDuplicates', { ...about, examples: column.preset ?? '' });
}

async function checkOldColumn(client: Queryable, state: PhysicalState, template: Template, column: ColumnShape): Promise<void> {
  if (column.required && state.constraints.get(column.check)?.validated !== true) await checkFilled(client, template, column);
  if (column.unique.wanted && state.indexes.get(column.unique.index) !== true) await checkDistinct(client, template, column);
}

export async function checkFilled(client: Queryable, template: Template, column: ColumnShape): Promise<void> {
  const most = 1_000;
  const count = await countUpTo(client, table(template.id), `${column.name} IS NULL`, most);
  if (count === 0) return;
  const { rows } = await client.query<{ id: string }>({ text: `SELECT id FROM ${table(template.id)} WHERE ${column.name} IS NULL LIMIT 3`, values: [] });
  const examples = rows.map(({ id }) => id).join(', ');
  throw failure('template.hasEmpty', { template: template.name, attribute: column.attribute.name, count: count === most ? `≥ ${most}` : String(count), examples });
}

export async function checkDistinct(client: Queryable, template: Template, column: ColumnShape): Promise<void> {
  const { rows } = await client.query<{ value: string; count: string }>({
    text: `SELECT left(${column.name}::text, 80) AS value, count(*)::text AS count FROM ${table(template.id)}
           WHERE ${column.name} IS NOT NULL GROUP BY ${column.name} HAVING count(*) > 1 LIMIT 3`,
    values: [],
  });
  if (rows.length === 0) return;
  const examples = rows.map(({ value, count }) => `${value} (${count})`).join(', ');
  throw failure('template.hasDuplicates', { template: template.name, attribute: column.attribute.name, examples });
}
