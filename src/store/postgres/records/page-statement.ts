/**
 * The statement of one page. Where a page goes on, the records behind it are described as ranges that follow one another, each
 * of which an index can walk from its first row: with one condition for all of them it would walk from the beginning of the table.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Filter } from '../../../core/query.ts';
import type { Scalar, Template } from '../../../core/template.ts';
import { boundScalar } from './bound-scalar.ts';
import type { Position, SortKey } from './cursor.ts';
import { filterSql, valueSql } from './filter-sql.ts';
import { decidesArchived, isOrdered, namesOrdered } from './indexed.ts';
import { orderSql } from './order-sql.ts';
import { Parameters } from './parameters.ts';
import { table } from './physical-names.ts';
import { searchSql, type SearchSql } from './search-sql.ts';
import { selectList, type Columns, type RecordRow } from './record-rows.ts';

export interface Page {
  filter: Filter | undefined;
  search?: string;
  keys: readonly SortKey[];
  columns: Columns;
  from: Position | undefined;
  limit: number;
}

/** With `k0…`, what the row was sorted by. */
export type PageRow = RecordRow;

/** One thing to sort by. */
interface Key {
  sql: string;
  descending: boolean;
  nullable: boolean;
}

/** Rows of one range have the first `level` keys in common with the position; `empty`: the next key is empty, otherwise filled. */
interface Range {
  conditions: readonly string[];
  split: boolean;
}

/** Empty values come last in both directions; the id decides among equals, in the direction of the last key. */
export function pageStatement(template: Template, page: Page): { text: string; values: readonly unknown[] } {
  const parameters = new Parameters();
  const search = page.search === undefined ? undefined : searchSql(template, page.search, parameters);
  const keys = keysOf(template, page.keys, search);
  const conditions = [...(search === undefined ? [] : [search.condition]), ...(page.filter === undefined ? [] : [`(${filterSql(template, page.filter, parameters)})`])];
  // Indexes keep archived records apart: whoever wants both looks in both places.
  const apart = !decidesArchived(page.filter);
  const inBoth = apart && isOrdered(template, page.keys[0]?.attribute ?? 'id');
  const filter = apart && !inBoth && namesOrdered(template, page.filter) ? [...conditions, `r.archived = ANY('{f,t}')`] : conditions;
  const ranges = page.from === undefined ? firstRanges(keys) : rangesBehind(keys, page, page.from, parameters);
  const limit = parameters.add(page.limit);
  const sorted = page.keys.map((_, index) => `, ${keys[index]?.sql} AS k${index}`).join('');
  const select = `SELECT ${selectList(template, page.columns)}${sorted} FROM ${table(template.id)} AS r`;
  const orderOut = keys.map((key, index) => orderTerm(index < page.keys.length ? `k${index}` : 'id', key, false)).join(', ');
  const statementOf = ({ conditions: own, split }: Range, before: string): string => {
    const order = keys.map((key, index) => orderTerm(key.sql, key, split && index === 0)).join(', ');
    const within = (more: readonly string[]): string => `${select}${whereSql([...(before === '' ? [] : [before]), ...more, ...filter, ...own])} ORDER BY ${order} LIMIT ${limit}`;
    return inBoth ? `SELECT * FROM ((${within(['NOT r.archived'])}) UNION ALL (${within(['r.archived'])})) AS both_places ORDER BY ${orderOut} LIMIT ${limit}` : within([]);
  };
  const [only, ...more] = ranges;
  if (only === undefined) throw new Error('a page has one range at least');
  if (more.length === 0) return { text: statementOf(only, ''), values: parameters.values };
  // A range is walked only when those before it have not filled the page.
  const parts = ranges.map((range, index) => `w${index} AS MATERIALIZED (${statementOf(range, index === 0 ? '' : `${ranges.slice(0, index).map((_, at) => `(SELECT count(*) FROM w${at})`).join(' + ')} < ${limit}`)})`);
  const all = ranges.map((_, index) => `SELECT ${index} AS w, w${index}.* FROM w${index}`).join(' UNION ALL ');
  return { text: `WITH ${parts.join(', ')} SELECT * FROM (${all}) AS page ORDER BY w, ${orderOut} LIMIT ${limit}`, values: parameters.values };
}

const whereSql = (conditions: readonly string[]): string => (conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`);

/** Nothing is needed behind the id, which is added unless the sort names it. */
function keysOf(template: Template, given: readonly SortKey[], search: SearchSql | undefined): readonly Key[] {
  const keys = given.map((key) => keyOf(template, key, search));
  const named = given.some(({ attribute }) => attribute === 'id');
  return named ? keys : [...keys, { sql: 'r.id', descending: given.at(-1)?.descending === true, nullable: false }];
}

function keyOf(template: Template, { attribute, descending, queried }: SortKey, search: SearchSql | undefined): Key {
  if (search !== undefined && attribute === byRank.attribute) return { sql: search.rank, descending, nullable: false };
  const { unique, order, required } = queried.scalar ?? {};
  const sql = orderSql({ type: queried.type, unique: unique === true, ...(order === undefined ? {} : { order }) }, valueSql(template, attribute));
  return { sql, descending, nullable: !filledSystemAttributes.has(attribute) && required !== true };
}

/** No attribute can have this name. */
export const byRank: SortKey = { attribute: '_rank', descending: true, queried: { kind: 'value', name: '_rank', type: 'number' } };
/** Of a search that finds too many to be ranked. */
export const newestFirst: SortKey = { attribute: '_createdAt', descending: true, queried: { kind: 'value', name: '_createdAt', type: 'dateTime' } };

const filledSystemAttributes: ReadonlySet<string> = new Set(['id', '_version', '_createdAt', '_changedAt', '_archived', '_origin']);

/** `split`: there is nothing empty among the rows, and so the order is that of an index read backwards. */
const orderTerm = (sql: string, { descending, nullable }: Key, split: boolean): string => `${sql}${descending ? ` DESC${nullable && !split ? ' NULLS LAST' : ''}` : ''}`;

/** Read backwards an index has what is empty in front, where it is not wanted. */
function firstRanges([first]: readonly Key[]): readonly Range[] {
  if (first?.descending !== true || !first.nullable) return [{ conditions: [], split: false }];
  return [{ conditions: [`${first.sql} IS NOT NULL`], split: true }, { conditions: [`${first.sql} IS NULL`], split: true }];
}

/** The nearest ranges first: equal in all keys but the last, then in fewer. */
function rangesBehind(keys: readonly Key[], page: Page, from: Position, parameters: Parameters): readonly Range[] {
  const values = keys.map((_, index) => {
    const queried = page.keys[index]?.queried;
    return queried === undefined ? from.id : boundScalar(queried.type, from.values[index] ?? null);
  });
  const bound = values.map((value) => (value === null ? '' : parameters.add(value)));
  const equal = keys.map(({ sql }, index) => (values[index] === null ? `${sql} IS NULL` : `${sql} = ${bound[index]}`));
  const pair = rowPair(keys, values, bound);
  const ranges: Range[] = pair === undefined ? [] : [{ conditions: [...equal.slice(0, keys.length - 2), pair], split: true }];
  for (let level = keys.length - (pair === undefined ? 1 : 2); level >= 0; level--) {
    const key = keys[level];
    if (key === undefined || values[level] === null) continue;
    const shared = equal.slice(0, level);
    if (pair === undefined || level < keys.length - 2) ranges.push({ conditions: [...shared, `${key.sql} ${key.descending ? '<' : '>'} ${bound[level]}`], split: true });
    if (key.nullable) ranges.push({ conditions: [...shared, `${key.sql} IS NULL`], split: true });
  }
  return ranges;
}

/** The last two keys as a row, which an index compares as a whole. */
function rowPair(keys: readonly Key[], values: readonly Scalar[], bound: readonly string[]): string | undefined {
  const [last, previous] = [keys.length - 1, keys.length - 2];
  const [a, b] = [keys[previous], keys[last]];
  if (a === undefined || b === undefined || a.descending !== b.descending || values[previous] === null || values[last] === null) return undefined;
  return `(${a.sql}, ${b.sql}) ${a.descending ? '<' : '>'} (${bound[previous]}, ${bound[last]})`;
}

/** What the cursor keeps of a row. Connections return numbers and instants as exact text. */
export function orderValue({ queried }: SortKey, value: unknown): Scalar {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
  if (typeof value === 'number') return new Decimal(value);
  if (typeof value !== 'string') throw new Error(`a sorted column of type ${queried.type} came as ${typeof value}`);
  return queried.type === 'number' ? new Decimal(value) : value;
}
