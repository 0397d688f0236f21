/**
 * What runs of an older version wrote to a former column after the switch: it is taken over, unless the record was written
 * by the new version later still.
 */
import type { Template } from '../../../core/template.ts';
import { conversionStatements } from './conversion-write.ts';
import { converted, conversionsOf, grouped, type Conversions } from './convert.ts';
import type { Ddl } from './ddl.ts';
import { column, table } from './physical-names.ts';
import { scalarOfColumn } from './record-rows.ts';

/** `since`: when the version came that `template` is converted for. */
export async function takeOverLateWrites(ddl: Ddl, template: Template, versions: ReadonlySet<number>, since: string): Promise<void> {
  for (const conversion of conversionsOf(template, versions)) for (const [only] of grouped([conversion])) await takeOver(ddl, [only], since);
}

async function takeOver(ddl: Ddl, conversions: Conversions, since: string): Promise<void> {
  const [{ template, from, to }] = conversions;
  const { rows } = await ddl.session.query<{ id: string; value: unknown }>({
    text: `WITH late AS (
             SELECT c.record, max(c.version) AS version FROM zveno.record_change AS c
             WHERE c.at >= $2::timestamptz AND c.template = $1 AND c.attributes @> ARRAY[$3] AND c.op <> 'delete' GROUP BY c.record)
           SELECT r.id, r.${column(from)} AS value FROM late JOIN ${table(template.id)} AS r ON r.id = late.record
           WHERE NOT EXISTS (SELECT 1 FROM zveno.record_change AS n WHERE n.record = late.record AND n.template = $1 AND n.attributes @> ARRAY[$4] AND n.version > late.version)
           ORDER BY r.id`,
    values: [template.id, since, from.id, to.id],
  });
  for (let at = 0; at < rows.length; at += page) {
    const values = rows.slice(at, at + page).map(({ id, value }) => ({ id, values: [scalarOfColumn(from, value)] }));
    for (const statement of conversionStatements((await converted(ddl.session, conversions, values, { emptyAllowed: true })).write)) await ddl.patiently(template.name, statement);
  }
}

const page = 1_000;
