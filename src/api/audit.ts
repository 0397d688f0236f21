/** The audit log: who did or was refused what. */
import { Type } from 'typebox';
import { auditOutcomes } from '../core/audit.ts';
import { anyObject, cursor, instant, nextCursor, nullable, oneOf, pageSize, uuid } from './field.ts';
import { operation, shape } from './operation.ts';

const row = shape(
  {
    id: Type.String(), at: instant, account: nullable(uuid), actor: Type.String(), via: Type.String(), address: nullable(Type.String()), request: nullable(Type.String()),
    action: Type.String(), kind: nullable(Type.String()), name: nullable(Type.String()), changes: nullable(anyObject), outcome: oneOf(auditOutcomes), code: nullable(Type.String()),
    count: Type.Integer({ description: 'How many like it within a minute' }),
  },
  { title: 'AuditRow' },
);

const text = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));
const filters = {
  from: Type.Optional(Type.String({ maxLength: 40 })),
  to: Type.Optional(Type.String({ maxLength: 40 })),
  actor: text, action: text, kind: text, name: text, outcome: Type.Optional(oneOf(auditOutcomes)),
};

export const auditOperations = {
  listAudit: operation({
    id: 'listAudit', method: 'GET', path: '/api/v1/audit', tag: 'audit', permission: 'audit.view',
    summary: { ru: 'Журнал аудита, новое первым', en: 'The audit log, newest first' },
    query: { ...filters, limit: pageSize, cursor },
    answers: { 200: { about: { ru: 'Страница', en: 'A page' }, schema: shape({ rows: Type.Array(row), cursor: nextCursor }) } },
    failures: ['store.cursor', 'store.instant'],
  }),
  exportAudit: operation({
    id: 'exportAudit', method: 'GET', path: '/api/v1/audit/export', tag: 'audit', permission: 'audit.view',
    summary: { ru: 'Выгрузить журнал аудита', en: 'Export the audit log' },
    query: filters,
    answers: { 200: { about: { ru: 'По объекту JSON на строку, новое первым', en: 'A JSON object a line, newest first' }, mediaType: 'application/x-ndjson', schema: row } },
    failures: ['store.instant'],
  }),
};
