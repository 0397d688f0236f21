/** Queries that may look at many records: they get less time than other reads, and whoever asked is told what would make them quick. */
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { ReadRequest } from '../../../core/query.ts';
import type { Template, TemplateCatalogue } from '../../../core/template.ts';
import { sqlState } from './ddl.ts';
import { unindexedNames } from './indexed.ts';

/** Whether no index bounds what the request reads. An attribute that does not exist is for the query itself to name. */
export function mayScan(request: ReadRequest, templates: TemplateCatalogue): boolean {
  if (request.kind === 'aggregate') return true;
  if (request.kind !== 'query') return false;
  const { query } = request;
  const template = templates.byId(query.template) ?? templates.byName(query.template);
  return query.count === true || query.search !== undefined || (template !== undefined && unindexed(template, request).length > 0);
}

type Query = Extract<ReadRequest, { kind: 'query' | 'aggregate' }>;

function unindexed(template: Template, { kind, query }: Query): readonly string[] {
  try {
    return unindexedNames(template, { ...(query.filter === undefined ? {} : { filter: query.filter }), sort: kind === 'query' ? query.sort : [] });
  } catch {
    return [];
  }
}

/** The error of a query that was cut short, as a failure that names what has no index; other errors pass. */
export function slowQuery(error: unknown, template: Template, request: Query): unknown {
  if (sqlState(error) !== '57014') return error;
  const names = unindexed(template, request);
  const limit = limits.queryMs.value;
  if (names.length === 0) return failure('query.tooSlow', { template: template.name, limit }, { cause: error });
  return failure('query.unindexed', { template: template.name, attributes: names.map((name) => `«${name}»`).join(', '), limit }, { cause: error });
}
