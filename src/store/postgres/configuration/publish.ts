/** Writes a plan and switches to the next revision, in one transaction. */
import type { Publication } from '../../../core/configuration/configuration-store.ts';
import { failure } from '../../../core/failure.ts';
import type { NewObject } from '../../../core/configuration/plan.ts';
import { insertAudit } from '../audit/audit.ts';
import type { Template } from '../../../core/template.ts';
import { countTemplateRecords } from '../records/count-records.ts';
import type { Queryable } from '../statement.ts';
import { ask } from './database.ts';

/** All but the drafts and the tables. */
export async function writeObjects(client: Queryable, publication: Publication, revision: number): Promise<void> {
  for (const object of publication.deletes) await remove(client, object.id, revision);
  for (const object of publication.changes) await change(client, object, revision);
  for (const object of publication.relaid) await ask(client, 'UPDATE zveno.configuration_object SET source = $2 WHERE id = $1', [object.id, object.source]);
  for (const object of publication.creates) await create(client, object, revision);
  for (const event of publication.audit) await insertAudit(client, event);
}

/** Looked at again under the lock: a record may have come since the plan was made. */
export async function refuseRecords(client: Queryable, { hideRecords }: Publication, templates: readonly Template[]): Promise<void> {
  for (const template of hideRecords ? [] : templates) {
    const count = template.retired === true ? await countTemplateRecords(client, template) : 0;
    if (count > 0) throw failure('template.hasRecords', { template: template.name, count });
  }
}

/** Nobody else publishes until the end of the transaction. With `base`: throws `config.changedMeanwhile` when somebody has since. Returns the present revision. */
export async function lockHead(client: Queryable, base: number | null): Promise<number> {
  const [head] = await ask<{ revision: string }>(client, 'SELECT revision FROM zveno.configuration_head FOR UPDATE');
  const current = Number(head?.revision ?? 0);
  if (base !== null && current !== base) throw failure('config.changedMeanwhile', { by: await publisherOf(client, current), revision: current, base });
  return current;
}

/** Takes the next number of the one counter and wakes the nodes; with `base`, only if nobody has published since. */
export async function nextRevision(client: Queryable, by: string, note: string, base: number | null): Promise<number> {
  const revision = (await lockHead(client, base)) + 1;
  await ask(client, 'INSERT INTO zveno.configuration_revision (revision, published_by, note) VALUES ($1, $2, $3)', [revision, by, note]);
  await ask(client, 'UPDATE zveno.configuration_head SET revision = $1', [revision]);
  await ask(client, `SELECT pg_notify('zveno_wake', 'configuration')`);
  return revision;
}

/** Asked for after the lock was had: a statement that waits for it would not see the other's row. */
export async function publisherOf(client: Queryable, revision: number): Promise<string> {
  const [row] = await ask<{ by: string }>(client, 'SELECT published_by AS by FROM zveno.configuration_revision WHERE revision = $1', [revision]);
  return row?.by ?? '?';
}

/** An object made again under the name of one that went continues its versions: a version of a name is one thing for ever. */
async function create(client: Queryable, { kind, name, document, source }: NewObject, revision: number): Promise<void> {
  await ask(
      client,
    `WITH made AS (
       INSERT INTO zveno.configuration_object (kind, name, version, document, source)
       VALUES ($1, $2, (SELECT coalesce(max(version), 0) + 1 FROM zveno.configuration_version WHERE kind = $1 AND name = $2), $3, $4)
       RETURNING id, version, kind, name, document, source
     )
     INSERT INTO zveno.configuration_version (id, version, kind, name, document, source, revision)
     SELECT id, version, kind, name, document, source, $5 FROM made`,
    [kind, name, JSON.stringify(document), source, revision],
  );
}

async function change(client: Queryable, { id, document, source }: NewObject & { id: string }, revision: number): Promise<void> {
  await ask(
      client,
    `WITH changed AS (
       UPDATE zveno.configuration_object SET version = version + 1, document = $2, source = $3 WHERE id = $1
       RETURNING id, version, kind, name, document, source
     )
     INSERT INTO zveno.configuration_version (id, version, kind, name, document, source, revision)
     SELECT id, version, kind, name, document, source, $4 FROM changed`,
    [id, JSON.stringify(document), source, revision],
  );
}

async function remove(client: Queryable, id: string, revision: number): Promise<void> {
  await ask(
      client,
    `WITH removed AS (DELETE FROM zveno.configuration_object WHERE id = $1 RETURNING id, version, kind, name)
     INSERT INTO zveno.configuration_version (id, version, kind, name, document, source, revision)
     SELECT id, version + 1, kind, name, NULL, NULL, $2 FROM removed`,
    [id, revision],
  );
}
