/**
 * The last phase of publishing: columns of attributes that have been hidden for a while go, and what runs of an older
 * version wrote to a former column around the switch is taken over. Until then declaring an attribute again brings it back.
 */
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Attribute, HiddenAttribute, RemovedTemplate, Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { countTemplateRecords } from './count-records.ts';
import { Ddl } from './ddl.ts';
import { ensureFilled } from './ensure.ts';
import { takeOverLateWrites } from './late-writes.ts';
import { removeLeftovers } from './leftovers.ts';
import { linkTable, ownColumn, table } from './physical-names.ts';
import { readPhysicalState } from './physical-state.ts';
import { settle } from './publication-phases.ts';
import { publicationLock } from './publish.ts';
import { tableShape } from './table-shape.ts';
import { loadReadyTemplates, templateOfBody, type TemplateRow } from './template-rows.ts';

interface Version {
  template: Template;
  revision: number;
  at: string;
}

/** Versions of every template, oldest first. */
async function versionsByTemplate(client: Queryable): Promise<ReadonlyMap<string, readonly Version[]>> {
  const { rows } = await client.query<TemplateRow & { at: string; revision: string }>({
    text: `SELECT body, revision, to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM zveno.template WHERE ready ORDER BY id, version`,
    values: [],
  });
  return Map.groupBy(rows.map(({ body, revision, at }) => ({ template: templateOfBody(body), revision: Number(revision), at })), ({ template }) => template.id);
}

/** A template that was removed keeps everything: its records come back with it. */
export async function hiddenAttributes(client: Queryable): Promise<readonly HiddenAttribute[]> {
  return [...(await versionsByTemplate(client)).values()].flatMap((versions) => {
    const newest = versions.at(-1)?.template;
    if (newest === undefined || newest.retired === true) return [];
    return (newest.hidden ?? []).map((attribute) => ({
      template: newest.name,
      attribute: attribute.name,
      id: attribute.id,
      type: attribute.kind === 'link' ? 'record' : attribute.type,
      hiddenAt: hidingVersion(versions, attribute)?.at ?? '',
      lastRevision: (hidingVersion(versions, attribute)?.revision ?? 0) - 1,
      convertedTo: newest.attributes.find((shown) => shown.kind === 'scalar' && shown.convertedFrom?.id === attribute.id)?.name ?? null,
    }));
  });
}

/** The first version that no longer shows it, after the last one that did. */
function hidingVersion(versions: readonly Version[], { id }: Attribute): Version | undefined {
  const shows = versions.findLastIndex(({ template }) => template.attributes.some((attribute) => attribute.id === id));
  return versions[shows + 1] ?? versions.at(-1);
}

export async function removedTemplates(client: Queryable): Promise<readonly RemovedTemplate[]> {
  const removed: RemovedTemplate[] = [];
  for (const versions of (await versionsByTemplate(client)).values()) {
    const newest = versions.at(-1);
    if (newest?.template.retired === true) removed.push({ template: newest.template.name, removedAt: newest.at, records: await countTemplateRecords(client, newest.template) });
  }
  return removed;
}

/** Returns what was dropped. One at a time in the whole database; somebody who publishes goes first. */
export async function contract(session: Queryable, ports: { clock: Clock; log: Log }, hiddenDays: number = limits.hiddenDays.value): Promise<readonly HiddenAttribute[]> {
  const dropped = await unlessPublishing(session, ports, async (ddl) => {
    await removeLeftovers(ddl);
    const ready = await loadReadyTemplates(session);
    await settle(ddl, ready, ready);
    const templates = await versionsByTemplate(session);
    await takeOverAll(session, ddl, templates);
    await addLateRules(ddl, templates, ports.log);
    const expired = await expiredOf(session, await hiddenAttributes(session), hiddenDays);
    for (const one of expired) await drop(session, ddl, templates, one);
    return expired;
  });
  return dropped ?? [];
}

/** Writes of older versions around a switch of the last day. */
export async function takeOverRecentWrites(session: Queryable, ports: { clock: Clock; log: Log }): Promise<void> {
  await unlessPublishing(session, ports, async (ddl) => takeOverAll(session, ddl, await versionsByTemplate(session)));
}

async function unlessPublishing<T>(session: Queryable, ports: { clock: Clock; log: Log }, work: (ddl: Ddl) => Promise<T>): Promise<T | null> {
  const { rows } = await session.query<{ mine: boolean }>({ text: 'SELECT pg_try_advisory_lock($1) AS mine', values: [publicationLock] });
  if (rows[0]?.mine !== true) return null;
  const ddl = new Ddl(session, ports);
  try {
    await session.query({ text: `SET lock_timeout = ${limits.publishLockMs.value}`, values: [] });
    return await work(ddl);
  } finally {
    await ddl.unlock(publicationLock);
  }
}

/** For a day: no run goes on under an older version for longer. */
async function takeOverAll(session: Queryable, ddl: Ddl, templates: ReadonlyMap<string, readonly Version[]>): Promise<void> {
  for (const versions of templates.values()) {
    const newest = versions.at(-1)?.template;
    for (const { template, at } of newest === undefined ? [] : versions) {
      if (newest === undefined || !(await isRecent(session, at))) continue;
      await takeOverLateWrites(ddl, newest, new Set([template.version]), at);
    }
  }
}

async function isRecent(session: Queryable, at: string): Promise<boolean> {
  const { rows } = await session.query<{ recent: boolean }>({ text: `SELECT $1::timestamptz > clock_timestamp() - interval '1 day' AS recent`, values: [at] });
  return rows[0]?.recent === true;
}

/** Nobody leaves a converted column empty any more: the database may hold it filled from now on. */
async function addLateRules(ddl: Ddl, templates: ReadonlyMap<string, readonly Version[]>, log: Log): Promise<void> {
  const state = await readPhysicalState(ddl.session);
  for (const versions of templates.values()) {
    const newest = versions.at(-1);
    if (newest === undefined || newest.template.retired === true) continue;
    const missing = tableShape(newest.template).columns.filter(({ required, check }) => required && !state.constraints.has(check));
    if (missing.length === 0 || (await isRecent(ddl.session, newest.at))) continue;
    for (const column of missing) await ensureFilled(ddl, state, newest.template, column).catch((error: unknown) => log.warn('template.ruleNotKept', { template: newest.template.name, attribute: column.attribute.name, error: String(error) }));
  }
}

async function expiredOf(session: Queryable, hidden: readonly HiddenAttribute[], days: number): Promise<readonly HiddenAttribute[]> {
  const { rows } = await session.query<{ id: string }>({
    text: `SELECT h.id FROM unnest($1::text[], $2::timestamptz[]) AS h(id, since) WHERE h.since <= clock_timestamp() - $3::float8 * interval '1 day'`,
    values: [hidden.map(({ id }) => id), hidden.map(({ hiddenAt }) => hiddenAt), days],
  });
  const ids = new Set(rows.map(({ id }) => id));
  return hidden.filter(({ id }) => ids.has(id));
}

/** The column first: when the rest does not happen, the next round finds nothing to drop and goes on. */
async function drop(session: Queryable, ddl: Ddl, templates: ReadonlyMap<string, readonly Version[]>, { id, template: name }: HiddenAttribute): Promise<void> {
  const all = [...templates.values()].flatMap((versions) => versions.at(-1)?.template ?? []);
  const template = all.find((candidate) => candidate.name === name && candidate.hidden?.some((attribute) => attribute.id === id) === true);
  const attribute = template?.hidden?.find((candidate) => candidate.id === id);
  if (template === undefined || attribute === undefined) return;
  const column = ownColumn(attribute);
  if (column !== undefined) await ddl.run(name, `ALTER TABLE ${table(template.id)} DROP COLUMN IF EXISTS ${column}`);
  else if (attribute.kind === 'link' && attribute.relation.storage === 'table' && !isShown(all, attribute.relation.id)) await ddl.run(name, `DROP TABLE IF EXISTS ${linkTable(attribute.relation)}`);
  await session.query({ text: 'DELETE FROM zveno.file_version WHERE attribute = $1 AND template = $2', values: [id, template.id] });
  await session.query({
    text: `UPDATE zveno.template SET body = jsonb_set(body, '{hidden}', COALESCE((SELECT jsonb_agg(h) FROM jsonb_array_elements(body -> 'hidden') AS h WHERE h ->> 'id' <> $2), '[]'::jsonb))
           WHERE id = $1 AND body -> 'hidden' @> jsonb_build_array(jsonb_build_object('id', $2::text))`,
    values: [template.id, id],
  });
}

const isShown = (templates: readonly Template[], relation: string): boolean => templates.some((template) => template.attributes.some((attribute) => attribute.kind === 'link' && attribute.relation.id === relation));
