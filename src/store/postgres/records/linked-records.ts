/** What a multiple link of many records leads to, in one statement, so many records of each. */
import { failure } from '../../../core/failure.ts';
import { checkFilter } from '../../../core/filter.ts';
import { instantOf } from '../../../core/instant.ts';
import type { LinkedQuery, LinkedRecords } from '../../../core/query.ts';
import { recordIdOf } from '../../../core/record-values.ts';
import type { LinkAttribute, RecordData, Template, TemplateCatalogue } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { filterSql } from './filter-sql.ts';
import { multipleLink } from './multiple-link.ts';
import { Parameters } from './parameters.ts';
import { linkTable, relationColumn, table } from './physical-names.ts';
import { columnsOf, recordOf, selectList, type Columns, type RecordRow } from './record-rows.ts';

interface LinkedRow extends RecordRow {
  record: string;
  place: string;
}

export async function linkedRecords(client: Queryable, templates: TemplateCatalogue, template: Template, query: LinkedQuery): Promise<readonly LinkedRecords[]> {
  const link = multipleLink(template, query.attribute);
  const target = templates.byId(link.target);
  const ids = query.ids.flatMap((id) => recordIdOf(id) ?? []);
  if (target === undefined || ids.length === 0) return [];
  const columns = columnsOf(target, query);
  const { rows } = await client.query<LinkedRow>(statementOf(link, target, columns, { ...query, ids }));
  const byRecord = Map.groupBy(rows, ({ record }) => record);
  const groups = ids.map((id) => groupOf(target, columns, id, byRecord.get(id) ?? [], query.limit));
  const count = groups.reduce((sum, { records }) => sum + records.length, 0);
  if (count > query.most) throw failure('query.expandedTooMany', { template: template.name, attribute: link.name, limit: query.most });
  return groups;
}

function groupOf(target: Template, columns: Columns, id: string, rows: readonly LinkedRow[], limit: number): LinkedRecords {
  const shown = rows.slice(0, limit);
  const records: readonly RecordData[] = shown.map((row) => recordOf(target, columns, row));
  return { id, records, next: rows.length > limit ? (shown.at(-1)?.place ?? null) : null };
}

function statementOf(link: LinkAttribute, target: Template, columns: Columns, { ids, filter, limit, most, after }: LinkedQuery): { text: string; values: readonly unknown[] } {
  const parameters = new Parameters();
  const records = `unnest(${parameters.addList(ids)}::uuid[]) AS o(id)`;
  const { from, order, place, behind } = sourceOf(link, after, parameters);
  const condition = filter === undefined ? '' : ` AND (${filterSql(target, checkFilter(target, filter), parameters)})`;
  const of = `SELECT ${selectList(target, columns)}, ${place} AS place FROM ${from}${behind}${condition} ORDER BY ${order} LIMIT ${parameters.add(limit + 1)}`;
  const total = parameters.add(most + ids.length + 1);
  return { text: `SELECT o.id AS record, linked.* FROM ${records} CROSS JOIN LATERAL (${of}) AS linked LIMIT ${total}`, values: parameters.values };
}

interface Source {
  from: string;
  order: string;
  place: string;
  behind: string;
}

function sourceOf(link: LinkAttribute, after: string | undefined, parameters: Parameters): Source {
  const { relation } = link;
  if (relation.storage === 'column') {
    const behind = after === undefined ? '' : ` AND (r.created_at, r.id) > (${columnPlace(after).map((part) => parameters.add(part)).join(', ')})`;
    return { from: `${table(relation.owner)} AS r WHERE r.${relationColumn(relation)} = o.id`, order: 'r.created_at, r.id', place: "r.created_at || '/' || r.id", behind };
  }
  const [own, far] = link.side === 'owner' ? ['owner', 'other'] : ['other', 'owner'];
  const behind = after === undefined ? '' : ` AND l.position > ${parameters.add(numberPlace(after))}::bigint`;
  return { from: `${linkTable(relation)} AS l JOIN ${table(link.target)} AS r ON r.id = l.${far} WHERE l.${own} = o.id`, order: 'l.position', place: 'l.position::text', behind };
}

/** Positions come back from outside and are trusted no more than any other value. */
function columnPlace(after: string): readonly [string, string] {
  const slash = after.lastIndexOf('/');
  const at = instantOf(after.slice(0, slash));
  const id = recordIdOf(after.slice(slash + 1));
  if (at === undefined || id === undefined) throw failure('query.cursor');
  return [at, id];
}

function numberPlace(after: string): string {
  if (!/^\d{1,18}$/.test(after)) throw failure('query.cursor');
  return after;
}
