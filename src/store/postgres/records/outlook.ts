/** Counts, before publishing, what templates would mean for the records that are there. Reads only. */
import { convertValue } from '../../../core/attribute-conversion.ts';
import { limits } from '../../../core/limits.ts';
import type { HiddenValues, RestoredValues, ValidationPreview } from '../../../core/template-outlook.ts';
import type { Attribute, Scalar, ScalarAttribute, Template } from '../../../core/template.ts';
import { brokenValidations } from '../../../core/validation.ts';
import type { Queryable } from '../statement.ts';
import { column, linkTable, ownColumn, table } from './physical-names.ts';
import { scalarOfColumn } from './record-rows.ts';
import { rolesNow } from './roles-now.ts';

/** `before` and `after` are versions of one template whose table is there. */
export async function countHiddenValues(client: Queryable, before: Template, after: Template): Promise<readonly HiddenValues[]> {
  const kept = new Set(after.attributes.flatMap((attribute) => [attribute.id, ...(attribute.kind === 'scalar' && attribute.convertedFrom !== undefined ? [attribute.convertedFrom.id] : [])]));
  const found: HiddenValues[] = [];
  for (const attribute of before.attributes) {
    const count = kept.has(attribute.id) ? 0 : await countValues(client, before, attribute);
    if (count > 0) found.push({ template: after.name, attribute: attribute.name, count });
  }
  return found;
}

/** What of the present version's hidden attributes is shown again by the next one. */
export async function countRestoredValues(client: Queryable, before: Template, after: Template): Promise<readonly RestoredValues[]> {
  const shown = new Set(after.attributes.map(({ id }) => id));
  const found: RestoredValues[] = [];
  for (const attribute of before.hidden ?? []) {
    const count = shown.has(attribute.id) ? await countValues(client, before, attribute) : 0;
    if (count > 0) found.push({ template: after.name, attribute: attribute.name, count });
  }
  return found;
}

async function countValues(client: Queryable, template: Template, attribute: Attribute): Promise<number> {
  const source = sourceOf(template, attribute);
  // The far side of a one-to-many link shows values that stand in the other template.
  if (source === null) return 0;
  const { rows } = await client.query<{ count: string }>({ text: `SELECT count(${source.distinct}) AS count FROM ${source.table}`, values: [] });
  return Number(rows[0]?.count ?? 0);
}

function sourceOf(template: Template, attribute: Attribute): { table: string; distinct: string } | null {
  const own = ownColumn(attribute);
  if (own !== undefined) return { table: table(template.id), distinct: own };
  if (attribute.kind === 'link' && attribute.relation.storage === 'table') return { table: linkTable(attribute.relation), distinct: `DISTINCT ${attribute.side}` };
  return null;
}

/** Of the rules that are new or say something else than before. */
export async function previewRules(client: Queryable, before: Template, after: Template): Promise<readonly ValidationPreview[]> {
  const rules = after.attributes.filter(({ id, validation }) => validation !== undefined && before.attributes.find((former) => former.id === id)?.validation?.expression !== validation.expression);
  if (rules.length === 0) return [];
  const previews = new Map(rules.map(({ name }) => [name, { template: after.name, attribute: name, rows: 0, broken: 0, more: false, samples: [] as string[] }]));
  const columns = readable(before, after, await rolesNow(client, after.attributes));
  const judged: Template = { ...after, attributes: after.attributes.map((attribute) => (previews.has(attribute.name) ? attribute : { ...attribute, validation: undefined })) };
  let rows = 0;
  for (let last = '00000000-0000-0000-0000-000000000000'; ; ) {
    const page = await client.query<Record<string, unknown> & { id: string }>({
      text: `SELECT id${[...new Set(columns.map(({ from }) => from))].map((from) => `, ${from}`).join('')} FROM ${table(after.id)} WHERE id > $1 ORDER BY id LIMIT ${batch}`,
      values: [last],
    });
    for (const row of page.rows) {
      const values = new Map(columns.map(({ name, read }) => [name, read(row)]));
      for (const { path } of brokenValidations(judged, (name) => values.get(name) ?? null)) {
        const preview = previews.get(path);
        if (preview === undefined) continue;
        preview.broken += 1;
        if (preview.samples.length < 5) preview.samples.push(row.id);
      }
    }
    rows += page.rows.length;
    const end = page.rows.at(-1);
    const more = page.rows.length === batch && rows >= limits.validationPreviewRows.value;
    if (end === undefined || page.rows.length < batch || more) return [...previews.values()].map((preview) => ({ ...preview, rows, more }));
    last = end.id;
  }
}

const batch = 1_000;

interface Read {
  name: string;
  /** Of the table. */
  from: string;
  readonly read: (row: Readonly<Record<string, unknown>>) => Scalar;
}

/** Columns that are there, with the values that they will have: of an attribute that changes its type, the converted ones. */
function readable(before: Template, after: Template, isRole: (name: string) => boolean): readonly Read[] {
  const known = new Map([...before.attributes, ...(before.hidden ?? [])].map((attribute) => [attribute.id, attribute]));
  return after.attributes.flatMap((attribute): readonly Read[] => {
    const own = ownColumn(attribute);
    if (attribute.kind === 'link') return own !== undefined && known.has(attribute.id) ? [{ name: attribute.name, from: own, read: (row) => textOf(row[own]) }] : [];
    const from = known.get(attribute.id) ?? known.get(attribute.convertedFrom?.id ?? '');
    if (from?.kind !== 'scalar') return [];
    return [{ name: attribute.name, from: column(from), read: (row) => as(from, attribute, scalarOfColumn(from, row[column(from)]), isRole) }];
  });
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function as(from: ScalarAttribute, to: ScalarAttribute, value: Scalar, isRole: (name: string) => boolean): Scalar {
  if (from.id === to.id) return value;
  const converted = convertValue(from, to, value, isRole);
  return converted.kind === 'lost' ? null : converted.value;
}
