/** Figures over records, by groups, in one statement. Sums and averages are those of exact numbers. */
import { Decimal } from '../../../core/decimal.ts';
import { checkFilter, queriedAttribute } from '../../../core/filter.ts';
import type { AggregateQuery, AggregateRow, Figure, Group } from '../../../core/query.ts';
import { emptyRecord } from '../../../core/record-values.ts';
import { attributeNamed } from '../../../core/template-catalogue.ts';
import type { Template, TemplateCatalogue } from '../../../core/template.ts';
import type { Value } from '../../../core/value.ts';
import type { Queryable } from '../statement.ts';
import { filterSql, valueSql } from './filter-sql.ts';
import { decidesArchived, namesOrdered } from './indexed.ts';
import { Parameters } from './parameters.ts';
import { searchSql } from './search-sql.ts';
import { table } from './physical-names.ts';

export async function aggregateRecords(client: Queryable, templates: TemplateCatalogue, template: Template, query: AggregateQuery): Promise<{ rows: readonly AggregateRow[]; more: boolean }> {
  const { rows } = await client.query(aggregateStatement(templates, template, query));
  return { rows: rows.slice(0, query.limit).map((row) => rowOf(template, query, row)), more: rows.length > query.limit };
}

/** Attributes are taken first, as `g0…` and `v0…`, and grouped outside, where no name of a table stands in the way. */
export function aggregateStatement(templates: TemplateCatalogue, template: Template, { groups, figures, ...query }: AggregateQuery): { text: string; values: readonly unknown[] } {
  const parameters = new Parameters();
  const inner = [
    ...groups.map((group, index) => `${groupSql(template, group, parameters)} AS g${index}`),
    ...figures.flatMap(({ attribute }, index) => (attribute === null ? [] : [`${valueSql(template, attribute)} AS v${index}`])),
  ];
  const conditions = conditionsOf(template, query, parameters);
  const rows = `SELECT ${inner.length === 0 ? '1' : inner.join(', ')} FROM ${table(template.id)} AS r${conditions}`;
  const seen = [
    ...groups.map((group, index) => visible(templates, template, group.attribute, `x.g${index}`, query.readable, parameters)),
    ...figures.flatMap(({ attribute }, index) => (attribute === null ? [] : [visible(templates, template, attribute, `x.v${index}`, query.readable, parameters)])),
  ];
  const figuresSql = figures.map((figure, index) => `${figureSql(figure, `y.v${index}`)} AS f${index}`);
  const keys = groups.map((_, index) => `y.g${index}`);
  const select = [...keys, ...figuresSql].join(', ');
  const by = groups.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
  const order = orderSql(groups, figures, query.sort);
  return { text: `SELECT ${select} FROM (SELECT ${seen.length === 0 ? '1' : seen.join(', ')} FROM (${rows}) AS x) AS y${by}${order} LIMIT ${parameters.add(query.limit + 1)}`, values: parameters.values };
}

function conditionsOf(template: Template, { filter: given, search }: Pick<AggregateQuery, 'filter' | 'search'>, parameters: Parameters): string {
  const filter = given === undefined ? undefined : checkFilter(template, given);
  const found = search === undefined ? [] : [searchSql(template, search, parameters).condition];
  const all = filter === undefined ? found : [...found, `(${filterSql(template, filter, parameters)})`];
  if (!decidesArchived(filter) && namesOrdered(template, filter)) all.push(`r.archived = ANY('{f,t}')`);
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
}

const formats = { hour: 'YYYY-MM-DD"T"HH24:00', day: 'YYYY-MM-DD', week: 'YYYY-MM-DD', month: 'YYYY-MM', quarter: 'YYYY-"Q"Q', year: 'YYYY' } as const;

/** Parts of time are texts that sort as they follow one another. The unit is one of a fixed list. */
function groupSql(template: Template, { attribute, unit, zone }: Group, parameters: Parameters): string {
  const sql = valueSql(template, attribute);
  if (unit === null) return sql;
  const queried = queriedAttribute(template, attribute);
  const local = queried.kind === 'value' && queried.type === 'date' ? `${sql}::timestamp` : `${sql} AT TIME ZONE ${parameters.add(zone)}`;
  return `to_char(date_trunc('${unit}', ${local}), '${formats[unit]}') COLLATE "C"`;
}

/** A link to a record that may not be seen counts as none. */
function visible(templates: TemplateCatalogue, template: Template, attribute: string, sql: string, readable: AggregateQuery['readable'], parameters: Parameters): string {
  const name = sql.slice(2);
  const link = attributeNamed(template, attribute);
  if (link?.kind !== 'link' || !Object.hasOwn(readable, attribute)) return `${sql} AS ${name}`;
  const filter = readable[attribute] ?? null;
  const target = templates.byId(link.target);
  if (filter === null || target === undefined) return `NULL::uuid AS ${name}`;
  return `(SELECT r.id FROM ${table(target.id)} AS r WHERE r.id = ${sql} AND (${filterSql(target, checkFilter(target, filter), parameters)})) AS ${name}`;
}

function figureSql({ op, attribute }: Figure, sql: string): string {
  if (attribute === null) return 'count(*)';
  return op === 'countDistinct' ? `count(DISTINCT ${sql})` : `${op}(${sql})`;
}

function orderSql(groups: readonly Group[], figures: readonly Figure[], sort: AggregateQuery['sort']): string {
  const place = (name: string): number => {
    const group = groups.findIndex((one) => one.name === name);
    return group >= 0 ? group + 1 : groups.length + 1 + figures.findIndex((one) => one.name === name);
  };
  const terms = [...sort.map(({ name, descending }) => `${place(name)}${descending ? ' DESC' : ''} NULLS LAST`), ...groups.map((_, index) => `${index + 1}`)];
  return terms.length === 0 ? '' : ` ORDER BY ${terms.join(', ')}`;
}

function rowOf(template: Template, { groups, figures }: AggregateQuery, row: Readonly<Record<string, unknown>>): AggregateRow {
  const by = emptyRecord<Value>();
  groups.forEach(({ name, attribute, unit }, index) => {
    by[name] = shownValue(template, unit === null ? attribute : null, row[`g${index}`]);
  });
  const values = emptyRecord<Value>();
  figures.forEach(({ name, op, attribute }, index) => {
    const value = row[`f${index}`];
    values[name] = op === 'count' || op === 'countDistinct' ? Number(value) : shownValue(template, attribute, value);
  });
  return { by, values };
}

/** Connections return exact numbers as text; an average has the digits that the database gives it, without zeros at the end. */
function shownValue(template: Template, attribute: string | null, value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value !== 'string') throw new Error(`a figure came as ${typeof value}`);
  const queried = attribute === null ? undefined : queriedAttribute(template, attribute);
  return queried?.kind === 'value' && queried.type === 'number' ? new Decimal(value) : value;
}
