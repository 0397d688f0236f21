/** Writes a plan and switches to the next revision, in one transaction. */
import { failure } from '../../../core/failure.ts';
import type { NewObject } from '../../../core/configuration/plan.ts';
import type { Session } from './session.ts';

export interface Publication {
  /** The revision that the plan was made for. */
  base: number;
  /** Account or command that publishes. */
  by: string;
  note: string;
  creates: readonly NewObject[];
  changes: readonly (NewObject & { id: string })[];
  /** Only their text changes; they keep their version. */
  relaid: readonly (NewObject & { id: string })[];
  deletes: readonly { id: string }[];
}

/** Returns the new revision. Two at once: the second throws `config.changedMeanwhile` and has written nothing. */
export async function publish(session: Session, publication: Publication): Promise<number> {
  const revision = await nextRevision(session, publication.by, publication.note, publication.base);
  for (const object of publication.deletes) await remove(session, object.id, revision);
  for (const object of publication.changes) await change(session, object, revision);
  for (const object of publication.relaid) await session.query('UPDATE zveno.configuration_object SET source = $2 WHERE id = $1', [object.id, object.source]);
  for (const object of publication.creates) await create(session, object, revision);
  return revision;
}

/** Takes the next number of the one counter and wakes the nodes; with `base`, only if nobody has published since. */
export async function nextRevision(session: Session, by: string, note: string, base: number | null): Promise<number> {
  const { rows } = await session.query<{ revision: string; published_by: string }>(
    'SELECT h.revision, r.published_by FROM zveno.configuration_head h JOIN zveno.configuration_revision r ON r.revision = h.revision FOR UPDATE OF h',
  );
  const head = rows[0];
  const current = Number(head?.revision ?? 0);
  if (base !== null && current !== base) throw failure('config.changedMeanwhile', { by: head?.published_by ?? '?', revision: current, base });
  const revision = current + 1;
  await session.query('INSERT INTO zveno.configuration_revision (revision, published_by, note) VALUES ($1, $2, $3)', [revision, by, note]);
  await session.query('UPDATE zveno.configuration_head SET revision = $1', [revision]);
  await session.query(`SELECT pg_notify('zveno_wake', 'configuration')`);
  return revision;
}

async function create(session: Session, { kind, name, document, source }: NewObject, revision: number): Promise<void> {
  await session.query(
    `WITH made AS (
       INSERT INTO zveno.configuration_object (kind, name, version, document, source) VALUES ($1, $2, 1, $3, $4)
       RETURNING id, version, kind, name, document, source
     )
     INSERT INTO zveno.configuration_version (id, version, kind, name, document, source, revision)
     SELECT id, version, kind, name, document, source, $5 FROM made`,
    [kind, name, JSON.stringify(document), source, revision],
  );
}

async function change(session: Session, { id, document, source }: NewObject & { id: string }, revision: number): Promise<void> {
  await session.query(
    `WITH changed AS (
       UPDATE zveno.configuration_object SET version = version + 1, document = $2, source = $3 WHERE id = $1
       RETURNING id, version, kind, name, document, source
     )
     INSERT INTO zveno.configuration_version (id, version, kind, name, document, source, revision)
     SELECT id, version, kind, name, document, source, $4 FROM changed`,
    [id, JSON.stringify(document), source, revision],
  );
}

async function remove(session: Session, id: string, revision: number): Promise<void> {
  await session.query(
    `WITH removed AS (DELETE FROM zveno.configuration_object WHERE id = $1 RETURNING id, version, kind, name)
     INSERT INTO zveno.configuration_version (id, version, kind, name, document, source, revision)
     SELECT id, version + 1, kind, name, NULL, NULL, $2 FROM removed`,
    [id, revision],
  );
}
