/**
 * What a publication left that will not go on: its job was cancelled or has failed. Its versions go, and with them the
 * columns and tables that no other version knows. Only under the lock of publications.
 */
import { openJobStates } from '../../../core/job.ts';
import type { Ddl } from './ddl.ts';
import { dataSchema, linkTableName, ownColumn, tableName } from './physical-names.ts';
import { readPhysicalState } from './physical-state.ts';
import { settle } from './publication-phases.ts';
import { loadReadyTemplates, templateOfBody, type TemplateRow } from './template-rows.ts';

export async function removeLeftovers(ddl: Ddl): Promise<void> {
  const { session } = ddl;
  const { rows } = await session.query<{ id: string }>({
    text: `DELETE FROM zveno.template AS t WHERE NOT t.ready AND t.job IS NOT NULL AND NOT EXISTS (SELECT 1 FROM zveno.job AS j WHERE j.id = t.job AND j.state = ANY ($1::text[])) RETURNING t.id`,
    values: [openJobStates],
  });
  if (rows.length === 0) return;
  const known = await knownNames(ddl);
  const { columns } = await readPhysicalState(session);
  for (const [table, names] of columns) {
    if (!/^[rl]_[0-9a-f]{8}$/.test(table)) continue;
    if (!known.has(table)) await ddl.run('*', `DROP TABLE IF EXISTS ${dataSchema}.${table} CASCADE`);
    else for (const name of names.keys()) if (name.startsWith('a_') && !known.has(`${table}.${name}`)) await ddl.run('*', `ALTER TABLE ${dataSchema}.${table} DROP COLUMN IF EXISTS ${name}`);
  }
  const ready = await loadReadyTemplates(session);
  const ids = new Set(rows.map(({ id }) => id));
  await settle(ddl, ready.filter(({ id }) => ids.has(id)), ready);
}

/** Tables, and columns behind the name of their table, of all versions that are there; interrupted publications included. */
async function knownNames({ session }: Ddl): Promise<ReadonlySet<string>> {
  const { rows } = await session.query<TemplateRow>({ text: 'SELECT body FROM zveno.template', values: [] });
  const templates = rows.map(({ body }) => templateOfBody(body));
  return new Set(
    templates.flatMap((template) => [
      tableName(template.id),
      ...[...template.attributes, ...(template.hidden ?? [])].flatMap((attribute) => {
        const own = ownColumn(attribute);
        if (own !== undefined) return [`${tableName(template.id)}.${own}`];
        return attribute.kind === 'link' && attribute.relation.storage === 'table' ? [linkTableName(attribute.relation)] : [];
      }),
    ]),
  );
}
