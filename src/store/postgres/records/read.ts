/** Reads records: by id, by query in pages, and through links. Every value of a request is bound; names only choose columns. */
import { failure } from '../../../core/failure.ts';
import { checkFilter, queriedAttribute } from '../../../core/filter.ts';
import { limits } from '../../../core/limits.ts';
import type { ReadRequest, ReadResult, RecordQuery } from '../../../core/query.ts';
import { recordIdOf } from '../../../core/record-values.ts';
import { attributeNamed, nearestAttribute, templateNamed } from '../../../core/template-catalogue.ts';
import type { LinkAttribute, RecordData, Template, TemplateCatalogue } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { aggregateRecords } from './aggregate.ts';
import { digestOfCursor, printCursor, queryDigest, readCursor, type SortKey } from './cursor.ts';
import { filterSql, linkSource, valueSql } from './filter-sql.ts';
import { linkedRecords } from './linked-records.ts';
import { byRank, newestFirst, orderValue, pageStatement, type Page, type PageRow } from './page-statement.ts';
import { Parameters } from './parameters.ts';
import { table } from './physical-names.ts';
import { slowQuery } from './slow-query.ts';
import { searchHits } from './search-hits.ts';
import { searchSql, searchableOf } from './search-sql.ts';
import { columnsOf, recordOf, selectList, type RecordRow } from './record-rows.ts';

/** Templates are named by id or system name. Throws a Failure that names what is wrong with the request. */
export async function readRecords(client: Queryable, request: ReadRequest, templates: TemplateCatalogue): Promise<ReadResult> {
  switch (request.kind) {
    case 'get':
      return { kind: 'record', record: await getRecord(client, templateOfRequest(templates, request.template), request) };
    case 'query': {
      const template = templateOfRequest(templates, request.query.template);
      try {
        return await queryRecords(client, template, request.query);
      } catch (error) {
        throw slowQuery(error, template, request);
      }
    }
    case 'linked':
      return { kind: 'ids', ids: await linkedIds(client, templateOfRequest(templates, request.template), request.id, request.attribute) };
    case 'records':
      return { kind: 'records', records: await recordsById(client, templateOfRequest(templates, request.template), request) };
    case 'linkedRecords':
      return { kind: 'linkedRecords', groups: await linkedRecords(client, templates, templateOfRequest(templates, request.query.template), request.query) };
    case 'aggregate': {
      const template = templateOfRequest(templates, request.query.template);
      try {
        return { kind: 'aggregate', ...(await aggregateRecords(client, templates, template, request.query)) };
      } catch (error) {
        throw slowQuery(error, template, request);
      }
    }
    default:
      return request satisfies never;
  }
}

async function recordsById(client: Queryable, template: Template, { ids: given, filter, ...wanted }: Extract<ReadRequest, { kind: 'records' }>): Promise<readonly RecordData[]> {
  const columns = columnsOf(template, wanted);
  const ids = given.flatMap((id) => recordIdOf(id) ?? []);
  if (ids.length === 0) return [];
  const parameters = new Parameters();
  const where = `r.id = ANY(${parameters.addList(ids)}::uuid[])${filter === undefined ? '' : ` AND (${filterSql(template, checkFilter(template, filter), parameters)})`}`;
  const { rows } = await client.query<RecordRow>({ text: `SELECT ${selectList(template, columns)} FROM ${table(template.id)} AS r WHERE ${where}`, values: parameters.values });
  return rows.map((row) => recordOf(template, columns, row));
}

const templateOfRequest = (templates: TemplateCatalogue, idOrName: string): Template => {
  const byId = templates.byId(idOrName);
  return byId !== undefined && byId.retired !== true ? byId : templateNamed(templates, idOrName);
};

async function getRecord(client: Queryable, template: Template, { id: given, ...wanted }: Extract<ReadRequest, { kind: 'get' }>): Promise<RecordData | null> {
  const columns = columnsOf(template, wanted);
  const id = recordIdOf(given);
  if (id === undefined) return null;
  const { rows } = await client.query<RecordRow>({ text: `SELECT ${selectList(template, columns)} FROM ${table(template.id)} AS r WHERE r.id = $1`, values: [id] });
  return rows[0] === undefined ? null : recordOf(template, columns, rows[0]);
}

async function linkedIds(client: Queryable, template: Template, given: string, name: string): Promise<readonly string[]> {
  const link = attributeNamed(template, name);
  if (link === undefined) throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestAttribute(template, name) });
  if (link.kind !== 'link') throw failure('query.wrongValue', { attribute: name, expected: 'link', got: link.type });
  const id = recordIdOf(given);
  if (id === undefined) return [];
  const { rows } = await client.query<{ id: string }>(linkedStatement(template, link, id));
  const limit = limits.linkedRecords.value;
  if (rows.length > limit) throw failure('query.tooManyLinks', { record: id, attribute: name, limit });
  return rows.map((row) => row.id);
}

function linkedStatement(template: Template, link: LinkAttribute, id: string): { text: string; values: readonly unknown[] } {
  const most = limits.linkedRecords.value + 1;
  if (link.relation.storage === 'column' && link.side === 'owner') {
    const value = valueSql(template, link.name);
    return { text: `SELECT ${value} AS id FROM ${table(template.id)} AS r WHERE r.id = $1 AND ${value} IS NOT NULL`, values: [id] };
  }
  const { from, id: far, order } = linkSource(link);
  return { text: `SELECT ${far} AS id FROM (SELECT $1::uuid AS id) AS r CROSS JOIN ${from} ORDER BY ${order} LIMIT ${most}`, values: [id] };
}

async function queryRecords(client: Queryable, template: Template, query: RecordQuery): Promise<ReadResult> {
  const limit = limits.pageRows.value;
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > limit) throw failure('query.page', { limit, given: query.limit });
  const filter = query.filter === undefined ? undefined : checkFilter(template, query.filter);
  const found: Found = { filter, ...(query.search === undefined ? {} : { search: query.search }) };
  const keys = await keysOfPage(client, template, query, found);
  const digest = queryDigest(template, keys, found);
  const columns = columnsOf(template, query);
  const from = query.cursor === undefined ? undefined : readCursor(digest, keys, query.cursor);
  const { rows } = await client.query<PageRow>(pageStatement(template, { ...found, keys, columns, from, limit: query.limit + 1 }));
  const records = rows.slice(0, query.limit).map((row) => recordOf(template, columns, row));
  const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
  const cursor = last === undefined ? null : printCursor(digest, { id: last.id, values: keys.map((key, index) => orderValue(key, last[`k${index}`])) });
  const page: Extract<ReadResult, { kind: 'page' }> = { kind: 'page', records, cursor };
  if (query.search !== undefined) page.ranked = keys.includes(byRank);
  if (query.search !== undefined && query.hits === true) page.hits = await searchHits(client, template, query.search, await searchedRecords(client, template, query, records));
  if (query.count === true) page.count = await countRecords(client, template, found);
  return page;
}

/** With the texts that were looked into, which need not be among the attributes asked for. */
async function searchedRecords(client: Queryable, template: Template, { attributes }: RecordQuery, records: readonly RecordData[]): Promise<readonly RecordData[]> {
  const searched = searchableOf(template).map(({ name }) => name);
  if (attributes === undefined || searched.every((name) => attributes.includes(name))) return records;
  const found = await recordsById(client, template, { kind: 'records', template: template.id, ids: records.map(({ id }) => id), attributes: searched });
  const byId = new Map(found.map((record) => [record.id, record]));
  return records.map((record) => byId.get(record.id) ?? record);
}

type Found = Pick<Page, 'filter' | 'search'>;

/** A search goes on in the order in which it began, whatever has been added since. */
async function keysOfPage(client: Queryable, template: Template, query: RecordQuery, found: Found): Promise<readonly SortKey[]> {
  if (query.search === undefined || query.sort.length > 0) return sortKeys(template, query);
  if (query.cursor !== undefined) return digestOfCursor(query.cursor) === queryDigest(template, [newestFirst], found) ? [newestFirst] : [byRank];
  const most = limits.searchRanked.value;
  return (await countRecords(client, template, found, most + 1)) > most ? [newestFirst] : [byRank];
}

/** A sort that ends with the id needs nothing after it; the id is added as the tie breaker. */
function sortKeys(template: Template, query: RecordQuery): readonly SortKey[] {
  const limit = limits.querySorts.value;
  if (query.sort.length > limit) throw failure('query.tooComplex', { detail: `sort ${query.sort.length}`, limit });
  return query.sort.map(({ attribute, descending }, index) => {
    const queried = queriedAttribute(template, attribute);
    if (queried.kind !== 'value') throw failure('query.sort', { attribute, detail: 'multiple' });
    if (query.sort.findIndex((sort) => sort.attribute === attribute) < index) throw failure('query.sort', { attribute, detail: '2×' });
    return { attribute, descending, queried };
  });
}

async function countRecords(client: Queryable, template: Template, { filter, search }: Found, most?: number): Promise<number> {
  const parameters = new Parameters();
  const conditions = [...(search === undefined ? [] : [searchSql(template, search, parameters).condition]), ...(filter === undefined ? [] : [`(${filterSql(template, filter, parameters)})`])];
  const rows = `${table(template.id)} AS r${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`;
  const counted = most === undefined ? rows : `(SELECT 1 FROM ${rows} LIMIT ${most}) AS counted`;
  const answer = await client.query<{ count: string }>({ text: `SELECT count(*)::text AS count FROM ${counted}`, values: parameters.values });
  return Number(answer.rows[0]?.count ?? 0);
}
