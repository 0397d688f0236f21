/** The published template versions as rows: bodies are JSON, numbers in them exact texts. */
import { Decimal } from '../../../core/decimal.ts';
import { templateCatalogue, type VersionedCatalogue } from '../../../core/template-catalogue.ts';
import type { Attribute, Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';

/** All versions that revision `revision` and older ones brought; without it, of all revisions. Versions whose tables are not ready yet are left out. */
export async function loadTemplates(client: Queryable, revision?: number): Promise<VersionedCatalogue> {
  const { rows } = await client.query<TemplateRow>({
    text: 'SELECT body FROM zveno.template WHERE ready AND ($1::bigint IS NULL OR revision <= $1::bigint) ORDER BY id, version',
    values: [revision ?? null],
  });
  return templateCatalogue(rows.map(({ body }) => templateOfBody(body)));
}

/**
 * The newest version of every template, removed ones and interrupted publications included: what a plan starts from,
 * so that an interrupted publication goes on with the same columns. Versions that a job brings are seen by that job alone.
 */
export async function loadNewestTemplates(client: Queryable, job: string | null = null): Promise<readonly Template[]> {
  return await newest(client, 'ready OR job IS NOT DISTINCT FROM $1::uuid', [job]);
}

/** The newest version of every template that nodes may work by, removed ones included. */
export async function loadReadyTemplates(client: Queryable): Promise<readonly Template[]> {
  return await newest(client, 'ready', []);
}

async function newest(client: Queryable, condition: string, values: readonly unknown[]): Promise<readonly Template[]> {
  const { rows } = await client.query<TemplateRow>({ text: `SELECT DISTINCT ON (id) body FROM zveno.template WHERE ${condition} ORDER BY id, version DESC`, values });
  return rows.map(({ body }) => templateOfBody(body));
}

/** By id of the template, the versions that have not reached the tables. */
export async function unfinishedTemplates(client: Queryable, job: string | null): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const { rows } = await client.query<{ id: string; versions: number[] }>({ text: 'SELECT id, array_agg(version) AS versions FROM zveno.template WHERE NOT ready AND job IS NOT DISTINCT FROM $1::uuid GROUP BY id', values: [job] });
  return new Map(rows.map(({ id, versions }) => [id, new Set(versions)]));
}

/** Returns the ids of templates whose version was taken by another publication. */
export async function insertTemplates(client: Queryable, templates: readonly Template[], revision: number, job: string | null): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>({
    text: `INSERT INTO zveno.template (id, version, name, revision, body, job)
           SELECT t.id, t.version, t.name, $4, t.body::jsonb, $6 FROM unnest($1::text[], $2::int[], $3::text[], $5::text[]) AS t(id, version, name, body)
           ON CONFLICT (id, version) DO NOTHING RETURNING id`,
    values: [templates.map(({ id }) => id), templates.map(({ version }) => version), templates.map(({ name }) => name), revision, templates.map((template) => JSON.stringify(template)), job],
  });
  const inserted = new Set(rows.map(({ id }) => id));
  return templates.filter(({ id }) => !inserted.has(id)).map(({ id }) => id);
}

/** Everything up to the newest version is in the tables now; what was left unfinished comes with this revision. */
export async function markReady(client: Queryable, revision: number, job: string | null): Promise<void> {
  await client.query({ text: 'UPDATE zveno.template SET ready = true, revision = $1, published_at = clock_timestamp() WHERE NOT ready AND job IS NOT DISTINCT FROM $2::uuid', values: [revision, job] });
}

export interface TemplateRow {
  body: StoredTemplate;
}

/** As `JSON.stringify` of a Template leaves it. */
type StoredTemplate = Omit<Template, 'attributes' | 'hidden'> & { attributes: readonly StoredAttribute[]; hidden?: readonly StoredAttribute[] };
type StoredAttribute = Attribute;

export function templateOfBody(body: StoredTemplate): Template {
  const template: Template = { ...body, attributes: body.attributes.map(attributeOf) };
  if (body.hidden !== undefined) template.hidden = body.hidden.map(attributeOf);
  return template;
}

function attributeOf(stored: StoredAttribute): Attribute {
  if (stored.kind === 'link' || stored.type !== 'number' || typeof stored.default !== 'string') return stored;
  return { ...stored, default: new Decimal(stored.default) };
}
