/** Reads the audit log. */
import { auditOperations } from '../../api/audit.ts';
import type { AuditQuery, AuditRow, AuditTrail } from '../../core/audit.ts';
import { printJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { ValueObject } from '../../core/value.ts';
import { assertInstants } from './instants.ts';
import { good, handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';
import { plainJson } from './plain-json.ts';

export const auditHandlers = ({ auditTrail }: ApiParts): readonly Handler[] => [
  handle(auditOperations.listAudit, async ({ query }) => {
    const { rows, cursor } = await auditTrail.page({ ...checked(query), limit: query.limit ?? 100 });
    return good({ rows: rows.map(rowJson), cursor });
  }),

  handle(auditOperations.exportAudit, async ({ query, signal }) => ({ status: 200, mediaType: 'application/x-ndjson', stream: lines(auditTrail, { ...checked(query), limit: limits.pageRows.value }, signal) })),
];

/** Page by page, so that memory stays flat. */
async function* lines(trail: AuditTrail, query: AuditQuery, signal: AbortSignal): AsyncIterable<string> {
  for (let cursor: string | null | undefined; cursor !== null && !signal.aborted; ) {
    const page = await trail.page({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    if (page.rows.length > 0) yield `${page.rows.map((row) => printJson(rowJson(row))).join('\n')}\n`;
    cursor = page.cursor;
  }
}

function checked<Q extends { from?: string; to?: string }>(query: Q): Q {
  assertInstants(query.from, query.to);
  return query;
}

const rowJson = ({ id, at, actor: { account, name: actor, via, address, request }, action, kind, name, changes, outcome, code, count }: AuditRow): ValueObject => ({
  id, at, account, actor, via, address, request, action, kind, name, changes: changes === null ? null : plainJson(changes), outcome, code, count,
});
