/** Queries that may look at many records: they get less time than other reads, and whoever asked is told what would make them quick. */
import { failure, type Failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { ReadRequest } from '../../../core/query.ts';
import type { Template, TemplateCatalogue } from '../../../core/template.ts';
import { sqlState } from './ddl.ts';
import { unindexedNames } from './indexed.ts';

/** Whether no index bounds what the request reads. An attribute that does not exist is for the query itself to name. */
export function mayScan(request: ReadRequest, templates: TemplateCatalogue): boolean {
  if (request.kind !== 'query') return false;
  const { query } = request;
  const template = templates.byId(query.template) ?? templates.byName(query.template);
  return query.count === true || (template !== undefined && unindexed(template, request).length > 0);
}

function unindexed(template: Template, request: Extract<ReadRequest, { kind: 'query' }>): readonly string[] {
  try {
    return unindexedNames(template, request.query);
  } catch {
    return [];
  }
}

/** The error of a query that was cut short, as a failure that names what has no index; other errors pass. */
export function slowQuery(error: unknown, template: Template, request: Extract<ReadRequest, { kind: 'query' }>): unknown {
  if (sqlState(error) !== '57014') return error;
  return slowFailure(template, unindexed(template, request), error);
}

export function slowFailure(template: Template, names: readonly string[], cause: unknown): Failure {
  const limit = limits.queryMs.value;
  if (names.length === 0) return failure('query.tooSlow', { template: template.name, limit }, { cause });
  return failure('query.unindexed', { template: template.name, attributes: names.map((name) => `«${name}»`).join(', '), limit }, { cause });
}
