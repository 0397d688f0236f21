/**
 * The changes of records in the order in which their transactions were begun, but never one whose older neighbour may still come:
 * a reader that keeps the position of its last change misses none.
 */
import type { RecordChange } from '../../core/journal.ts';
import type { Queryable } from './statement.ts';

/** Opaque to readers. */
export interface ChangePage {
  changes: readonly RecordChange[];
  position: string;
}

interface Row {
  xid: string;
  seq: string;
  template: string;
  record: string;
  version: number;
  op: string;
  attributes: string[];
  origin: string;
  changed_by: string | null;
  run: string | null;
  at: string;
}

const columns = 'c.xid, c.seq, c.template, c.record, c.version, c.op, c.attributes, c.origin, c.changed_by, c.run, c.at';

const changeOf = (row: Row): RecordChange => ({
  template: row.template,
  record: row.record,
  version: row.version,
  op: row.op,
  attributes: row.attributes,
  origin: row.origin,
  by: row.changed_by,
  run: row.run,
  at: row.at,
});

/** `position`: of the page before; absent: from the beginning. */
export async function readChanges(client: Queryable, position: string | null, limit: number): Promise<ChangePage> {
  const [xid, seq] = /^\d+:\d+$/.test(position ?? '') ? (position ?? '').split(':') : ['0', '0'];
  const { rows } = await client.query<Row>({
    name: 'changes.page',
    text: `SELECT ${columns} FROM zveno.record_change c WHERE (c.xid, c.seq) > ($1::text::xid8, $2::bigint) AND c.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY c.xid, c.seq LIMIT $3`,
    values: [xid, seq, limit],
  });
  const last = rows.at(-1);
  return { changes: rows.map(changeOf), position: last === undefined ? `${xid}:${seq}` : `${last.xid}:${last.seq}` };
}

/** What one run changed, in the order of its writes. */
export async function changesOfRun(client: Queryable, run: string, limit: number): Promise<RecordChange[]> {
  const { rows } = await client.query<Row>({ text: `SELECT ${columns} FROM zveno.record_change c WHERE c.run = $1 ORDER BY c.seq LIMIT $2`, values: [run, limit] });
  return rows.map(changeOf);
}
