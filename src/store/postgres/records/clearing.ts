/** Which records go when a template is emptied. Reads only; the deletions are effect sets like any other. */
import type { ClearedCount, RecordClearing } from '../../../core/record-clearing.ts';
import type { LinkAttribute, Template, TemplateCatalogue } from '../../../core/template.ts';
import { asked, type Readers } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { linkTable, ownsColumn, relationColumn, table } from './physical-names.ts';

export const recordClearing = (readers: Readers): RecordClearing => ({
  preview: (templates, template) => asked(preview(readers, templates, template)),
  next: (template, job, limit) => asked(nextIds(readers, template, job, limit)),
});

/** Each record counts once, whatever way leads to it. */
async function preview(client: Queryable, templates: TemplateCatalogue, template: Template): Promise<readonly ClearedCount[]> {
  const ways = waysFrom(templates, template);
  const reached = ways.length === 0 ? '' : ` UNION SELECT w.template, w.id FROM reached AS r CROSS JOIN LATERAL (${ways.join(' UNION ALL ')}) AS w`;
  const { rows } = await client.query<{ template: string; count: string }>({
    text: `WITH RECURSIVE reached (template, id) AS (SELECT '${template.id}'::text, id FROM ${table(template.id)}${reached}) SELECT template, count(*) AS count FROM reached GROUP BY template`,
    values: [],
  });
  const counts = rows.map((row) => ({ id: row.template, template: templates.byId(row.template)?.name ?? row.template, count: Number(row.count) }));
  return [{ template: template.name, count: counts.find(({ id }) => id === template.id)?.count ?? 0 }, ...counts.filter(({ id }) => id !== template.id).map(({ template: name, count }) => ({ template: name, count }))];
}

/** From a record that goes to those that go with it, for all templates that may be reached. */
function waysFrom(templates: TemplateCatalogue, template: Template, known = new Set<string>()): readonly string[] {
  if (known.has(template.id)) return [];
  known.add(template.id);
  return template.attributes.flatMap((attribute) => {
    if (attribute.kind !== 'link' || !attribute.deleteLinked) return [];
    const target = templates.byId(attribute.target);
    return [wayOver(template, attribute), ...(target === undefined ? [] : waysFrom(templates, target, known))];
  });
}

function wayOver({ id: from }: Template, { relation, side, target }: LinkAttribute): string {
  const is = `r.template = '${from}'`;
  if (relation.storage === 'table') return `SELECT '${target}'::text AS template, l.${side === 'owner' ? 'other' : 'owner'} AS id FROM ${linkTable(relation)} AS l WHERE ${is} AND l.${side} = r.id`;
  const column = relationColumn(relation);
  if (side === 'owner') return `SELECT '${target}'::text AS template, o.${column} AS id FROM ${table(from)} AS o WHERE ${is} AND o.id = r.id AND o.${column} IS NOT NULL`;
  return `SELECT '${target}'::text AS template, o.id FROM ${table(target)} AS o WHERE ${is} AND o.${column} = r.id`;
}

async function nextIds(client: Queryable, template: Template, job: string, limit: number): Promise<readonly string[]> {
  const inTheWay = `NOT EXISTS (SELECT 1 FROM zveno.job_problem AS p WHERE p.job = $1 AND p.place = r.id::text)`;
  const own = template.attributes.filter(ownsColumn).filter(({ relation }) => relation.other === template.id);
  const unnamed = own.map(({ relation }) => `NOT EXISTS (SELECT 1 FROM ${table(template.id)} AS o WHERE o.${relationColumn(relation)} = r.id AND o.id <> r.id)`);
  const select = async (conditions: readonly string[]): Promise<readonly string[]> => {
    const { rows } = await client.query<{ id: string }>({ text: `SELECT r.id FROM ${table(template.id)} AS r WHERE ${conditions.join(' AND ')} ORDER BY r.id LIMIT $2`, values: [job, limit] });
    return rows.map(({ id }) => id);
  };
  const free = await select([inTheWay, ...unnamed]);
  // A circle of records can only go together.
  return free.length > 0 || own.length === 0 ? free : select([inTheWay]);
}
