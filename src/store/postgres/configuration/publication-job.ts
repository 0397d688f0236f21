/** A publication that a job carries out, because it has many values to convert. */
import type { Publication } from '../../../core/configuration/configuration-store.ts';
import { failure } from '../../../core/failure.ts';
import { openJobStates, publicationKind } from '../../../core/job.ts';
import type { Template } from '../../../core/template.ts';
import { insertJob } from '../jobs/enqueue-job.ts';
import { markReady, templateOfBody, type TemplateRow } from '../records/template-rows.ts';
import type { Queryable } from '../statement.ts';
import { ask } from './database.ts';
import { carryOverDrafts } from './drafts.ts';
import { nextRevision, publisherOf, refuseRecords, writeObjects } from './publish.ts';

/** Throws `config.publishing` when another publication is under way: one after the other, so that each knows what it changes. */
export async function refuseWhilePublishing(client: Queryable, own: string | null = null): Promise<void> {
  const [open] = await ask<{ id: string; by: string; done: string; total: string | null }>(
    client,
    `SELECT j.id, p.body ->> 'by' AS by, j.done, j.total FROM zveno.publication AS p JOIN zveno.job AS j ON j.id = p.job WHERE j.state = ANY ($1::text[]) AND j.id IS DISTINCT FROM $2::uuid LIMIT 1`,
    [openJobStates, own],
  );
  if (open !== undefined) throw failure('config.publishing', { job: open.id, by: open.by, done: Number(open.done), total: open.total === null ? '?' : Number(open.total) });
}

export interface PublicationJob {
  publication: Publication;
  templates: readonly Template[];
  /** What it is about, for people. */
  subject: string | null;
}

/** In the transaction that has locked the head. Returns the id of the job. */
export async function insertPublicationJob(client: Queryable, { publication, templates, subject }: PublicationJob): Promise<string> {
  const [drawn] = await ask<{ id: string }>(client, 'SELECT gen_random_uuid() AS id');
  const id = drawn?.id ?? '';
  await insertJob(client, { id, kind: publicationKind, subject, input: null, file: null, checkpoint: null, total: null, problemBudget: null, triggers: true, by: publication.account ?? 'system' });
  await ask(client, 'INSERT INTO zveno.publication (job, body, templates) VALUES ($1, $2, $3)', [id, JSON.stringify(publication), JSON.stringify(templates)]);
  return id;
}

/** Throws `job.unknown`. */
export async function loadPublicationJob(client: Queryable, id: string): Promise<Pick<PublicationJob, 'publication' | 'templates'>> {
  const [row] = await ask<{ body: Publication; templates: readonly TemplateRow['body'][] }>(client, 'SELECT body, templates FROM zveno.publication WHERE job = $1', [id]);
  if (row === undefined) throw failure('job.unknown', { id });
  return { publication: row.body, templates: row.templates.map(templateOfBody) };
}

/** Throws `config.changedMeanwhile` when other documents were published since; addresses and secrets of the installation may have changed. */
export async function refuseOtherDocuments(client: Queryable, { base }: Publication): Promise<void> {
  const [newer] = await ask<{ revision: string }>(client, 'SELECT max(revision) AS revision FROM zveno.configuration_version WHERE revision > $1 HAVING max(revision) IS NOT NULL', [base]);
  if (newer !== undefined) throw failure('config.changedMeanwhile', { by: await publisherOf(client, Number(newer.revision)), revision: Number(newer.revision), base });
}

/** The switch, in the transaction that has switched the tables. Returns the revision. */
export async function publishPrepared(client: Queryable, job: string): Promise<number> {
  const { publication, templates } = await loadPublicationJob(client, job);
  const revision = await nextRevision(client, publication.by, publication.note, null);
  await refuseOtherDocuments(client, publication);
  await refuseRecords(client, publication, templates);
  await writeObjects(client, publication, revision);
  await carryOverDrafts(client, publication.drafts ?? []);
  await markReady(client, revision, job);
  return revision;
}
