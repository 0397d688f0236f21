/** The audit log in PostgreSQL. */
import type { AuditEvent, AuditQuery, AuditRow, AuditTrail } from '../../../core/audit.ts';
import type { PlainObject } from '../../../core/configuration/object-document.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import { passOn } from '../pool.ts';
import type { Queryable } from '../statement.ts';

const columns = 'account, actor, via, address, request, action, kind, name, changes, outcome, code, count';

/** Also within the transaction of the change that it tells of. */
export async function insertAudit(client: Queryable, { actor, action, kind, name, changes, outcome, code, count }: AuditEvent): Promise<void> {
  await client.query({
    text: `INSERT INTO zveno.audit (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values: [actor.account, clean(actor.name), actor.via, actor.address, actor.request, action, kind, name === null ? null : clean(name), bounded(changes), outcome, code, count],
  });
}

/** Texts of strangers: a NUL cannot be stored. */
const clean = (text: string): string => text.replaceAll('\0', '\uFFFD').slice(0, 200);

/** A change that is too long to keep says so; the versions of the configuration have it whole. */
function bounded(changes: PlainObject | null): string | null {
  if (changes === null) return null;
  const text = JSON.stringify(changes);
  return text.length > limits.auditChangesCharacters.value ? JSON.stringify({ tooLong: text.length }) : text.replaceAll('\\u0000', '\uFFFD');
}

export function createAuditTrail(database: Queryable): AuditTrail {
  return {
    record: async (event) => {
      await insertAudit(database, event).catch(passOn);
    },
    page: async (query) => {
      const { text, values } = select(query);
      const { rows } = await database.query<Row>({ text, values }).catch(passOn);
      const page = rows.slice(0, query.limit).map(rowOf);
      return { rows: page, cursor: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null };
    },
  };
}

interface Row {
  id: string;
  at: string;
  account: string | null;
  actor: string;
  via: AuditEvent['actor']['via'];
  address: string | null;
  request: string | null;
  action: string;
  kind: string | null;
  name: string | null;
  changes: PlainObject | null;
  outcome: AuditEvent['outcome'];
  code: string | null;
  count: number;
}

function select({ from, to, actor, action, kind, name, outcome, limit, cursor }: AuditQuery): { text: string; values: readonly unknown[] } {
  if (cursor !== undefined && !/^\d{1,18}$/.test(cursor)) throw failure('store.cursor');
  const values: unknown[] = [];
  const conditions: string[] = [];
  const add = (sql: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(sql.replace('?', `$${values.length}`));
  };
  add('at >= ?::timestamptz', from);
  add('at < ?::timestamptz', to);
  add('actor = ?', actor);
  add('action = ?', action);
  add('kind = ?', kind);
  add('name = ?', name);
  add('outcome = ?', outcome);
  add('id < ?', cursor);
  values.push(limit + 1);
  return { text: `SELECT id, at, ${columns} FROM zveno.audit ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY id DESC LIMIT $${values.length}`, values };
}

const rowOf = ({ id, at, account, actor, via, address, request, ...event }: Row): AuditRow => ({ ...event, id, at, actor: { account, name: actor, via, address, request } });
