/** Drafts in PostgreSQL. */
import type { Draft, DraftChange, DraftName, DraftStore } from '../../../core/configuration/draft.ts';
import { kinds } from '../../../core/configuration/object-document.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { Queryable } from '../statement.ts';
import { ask, type Database } from './database.ts';
import { instantText } from './instant-text.ts';

type DraftRow = Omit<Draft, 'kind'> & { kind: string };

const columns = `kind, name, base, source, owner, edit, ${instantText('begun_at')} AS "begunAt", ${instantText('changed_at')} AS "changedAt"`;

export function postgresDrafts(database: Database): DraftStore {
  return {
    list: async () => (await ask<DraftRow>(database, `SELECT ${columns} FROM zveno.configuration_draft ORDER BY kind, name`)).flatMap(draftOf),
    find: async (name) => await findDraft(database, name),
    save: (change) =>
      database.transaction(async (client) => {
        // Whoever saves waits here: nothing else makes the first saving of two people one after the other.
        await ask(client, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 7310600))', [`${change.kind} ${change.name}`]);
        const found = await findDraft(client, change);
        assertMayChange(found, change);
        return found === null ? await insert(client, change) : await update(client, found, change);
      }),
    discard: (change) =>
      database.transaction(async (client) => {
        await ask(client, 'SELECT 1 FROM zveno.configuration_draft WHERE kind = $1 AND name = $2 FOR UPDATE', [change.kind, change.name]);
        const found = await findDraft(client, change);
        if (found === null) return false;
        assertMayChange(found, change);
        await ask(client, 'DELETE FROM zveno.configuration_draft WHERE kind = $1 AND name = $2', [change.kind, change.name]);
        return true;
      }),
  };
}

/** With the publication that they are part of. Throws `draft.changed` for one that was saved or discarded meanwhile. */
export async function removePublished(client: Queryable, drafts: readonly Pick<Draft, 'kind' | 'name' | 'edit'>[]): Promise<void> {
  for (const { kind, name, edit } of drafts) {
    const removed = await ask(client, 'DELETE FROM zveno.configuration_draft WHERE kind = $1 AND name = $2 AND edit = $3 RETURNING name', [kind, name, edit]);
    if (removed.length === 0) throw failure('draft.changed', { kind, name });
  }
}

/** Throws `draft.changed` for one that was saved or discarded meanwhile. */
export async function assertUnchanged(client: Queryable, drafts: readonly Pick<Draft, 'kind' | 'name' | 'edit'>[]): Promise<void> {
  for (const draft of drafts) if ((await findDraft(client, draft))?.edit !== draft.edit) throw failure('draft.changed', { kind: draft.kind, name: draft.name });
}

/** After a publication that took long: what was saved in the meantime stays a draft, on top of what is published now. */
export async function carryOverDrafts(client: Queryable, drafts: readonly Pick<Draft, 'kind' | 'name' | 'edit'>[]): Promise<void> {
  for (const { kind, name, edit } of drafts) {
    const removed = await ask(client, 'DELETE FROM zveno.configuration_draft WHERE kind = $1 AND name = $2 AND edit = $3 RETURNING name', [kind, name, edit]);
    const present = '(SELECT coalesce(max(o.version), 0) FROM zveno.configuration_object AS o WHERE o.kind = $1 AND o.name = $2)';
    if (removed.length === 0) await ask(client, `UPDATE zveno.configuration_draft SET base = ${present} WHERE kind = $1 AND name = $2 AND edit > $3`, [kind, name, edit]);
  }
}

async function findDraft(client: Queryable, { kind, name }: DraftName): Promise<Draft | null> {
  const rows = await ask<DraftRow>(client, `SELECT ${columns} FROM zveno.configuration_draft WHERE kind = $1 AND name = $2`, [kind, name]);
  return rows.flatMap(draftOf)[0] ?? null;
}

function assertMayChange(found: Draft | null, { kind, name, by, edit, takeOver }: DraftChange): void {
  if (found !== null && found.owner !== by && !takeOver) throw failure('draft.taken', { kind, name, by: found.owner, at: found.changedAt });
  if (edit !== null && found?.edit !== edit) throw failure('draft.changed', { kind, name });
}

type Saved = DraftChange & { source: string | null; base: number | null };

async function insert(client: Queryable, { kind, name, base, source, by }: Saved): Promise<Draft> {
  const [counted] = await ask<{ count: string }>(client, 'SELECT count(*) AS count FROM zveno.configuration_draft');
  if (Number(counted?.count ?? 0) >= limits.configurationDrafts.value) throw failure('draft.tooMany', { limit: limits.configurationDrafts.value });
  return only(await ask<DraftRow>(
    client,
    `INSERT INTO zveno.configuration_draft (kind, name, base, source, owner, edit) VALUES ($1, $2, $3, $4, $5, 1) RETURNING ${columns}`,
    [kind, name, base ?? 0, source, by],
  ));
}

/** Saving the same once more changes nothing, so that a form may save as often as it likes. */
async function update(client: Queryable, found: Draft, { kind, name, base, source, by }: Saved): Promise<Draft> {
  if (found.source === source && found.owner === by && (base ?? found.base) === found.base) return found;
  return only(await ask<DraftRow>(
    client,
    `UPDATE zveno.configuration_draft SET base = $3, source = $4, owner = $5, edit = edit + 1, changed_at = clock_timestamp() WHERE kind = $1 AND name = $2 RETURNING ${columns}`,
    [kind, name, base ?? found.base, source, by],
  ));
}

function only(rows: readonly DraftRow[]): Draft {
  const [draft] = rows.flatMap(draftOf);
  if (draft === undefined) throw new Error('a draft that was written is not there');
  return draft;
}

/** A kind that this version of the platform does not know is left alone. */
function draftOf(row: DraftRow): readonly Draft[] {
  const kind = kinds.find((candidate) => candidate === row.kind);
  return kind === undefined ? [] : [{ ...row, kind }];
}
