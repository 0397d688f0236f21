/** Reads the change log of a record. */
import type { ChangeLog, ChangeQuery, ChangeRun, RecordChanges } from '../../../core/change-log.ts';
import { parseJson } from '../../../core/json.ts';
import { isObject } from '../../../core/value.ts';
import { asked } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { storedMessages } from '../stored-messages.ts';

export const changeLog = (client: Queryable): ChangeLog => ({ page: (query) => asked(readPage(client, query)) });

interface Row {
  seq: string;
  version: number;
  op: 'create' | 'update' | 'delete' | 'link' | 'unlink';
  attributes: string[];
  changes: string | null;
  record: string;
  linked: string | null;
  origin: string;
  changed_by: string | null;
  run: string | null;
  set_id: string;
  at: string;
}

async function readPage(client: Queryable, query: ChangeQuery): Promise<{ changes: readonly RecordChanges[]; more: boolean }> {
  const { rows } = await client.query<Row>(statement(query));
  const shown = wholeSets(rows, query.limit);
  const runs = await runsOf(client, [...new Set(shown.flatMap(({ run }) => run ?? []))]);
  const sets = [...Map.groupBy(shown, ({ set_id: set }) => set).values()];
  return { changes: sets.map((set) => changesOf(set, query.record, runs)), more: rows.length > shown.length || rows.length > query.limit };
}

/** Two looks, each answered by an index: changes of the record itself, and of links that others hold to it. */
function statement({ template, relations, record, attributes, from, to, by, limit, before }: ChangeQuery): { text: string; values: readonly unknown[] } {
  const values: unknown[] = [template, record, relations, limit + 1];
  const conditions: string[] = [];
  const add = (sql: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(` AND ${sql.replace('?', `$${values.length}`)}`);
  };
  add('c.seq < ?::bigint', before);
  add('c.attributes && ?::text[]', attributes);
  add('c.at >= ?::timestamptz', from);
  add('c.at < ?::timestamptz', to);
  add('c.changed_by = ?', by);
  const columns = 'c.seq, c.version, c.op, c.attributes, c.changes::text AS changes, c.record, c.linked, c.origin, c.changed_by, c.run, c.set_id, c.at';
  const rest = `${conditions.join('')} ORDER BY c.seq DESC LIMIT $4`;
  const own = `SELECT ${columns} FROM zveno.record_change c WHERE c.record = $2 AND c.template = $1${rest}`;
  const far = `SELECT ${columns} FROM zveno.record_change c WHERE c.linked = $2 AND c.attributes && $3::text[]${rest}`;
  return { text: `SELECT * FROM ((${own}) UNION (${far})) AS c ORDER BY c.seq DESC LIMIT $4`, values };
}

/** The set at the end of a page may go on behind it: it is left to the next one, unless it is all there is. */
function wholeSets(rows: readonly Row[], limit: number): readonly Row[] {
  const last = rows[limit];
  if (last === undefined) return rows;
  const whole = rows.slice(0, limit).filter(({ set_id: set }) => set !== last.set_id);
  return whole.length > 0 ? whole : rows.slice(0, limit);
}

function changesOf(rows: readonly Row[], record: string, runs: ReadonlyMap<string, ChangeRun>): RecordChanges {
  const [newest] = rows;
  const oldest = rows.at(-1);
  if (newest === undefined || oldest === undefined) throw new Error('a set without rows');
  const own = rows.find(({ op, record: changed }) => changed === record && op !== 'link' && op !== 'unlink');
  const values = parseJson(own?.changes ?? 'null');
  return {
    position: oldest.seq,
    at: newest.at,
    op: own === undefined || own.op === 'link' || own.op === 'unlink' ? null : own.op,
    version: (own ?? newest).version,
    by: newest.changed_by,
    origin: newest.origin,
    run: newest.run === null ? null : (runs.get(newest.run) ?? { kind: 'forgotten', id: newest.run }),
    attributes: own?.attributes ?? [],
    values: isObject(values) ? values : {},
    links: rows.flatMap((row) => linkOf(row, record)),
  };
}

function linkOf({ op, attributes: [relation], record: owner, linked }: Row, record: string): RecordChanges['links'] {
  if ((op !== 'link' && op !== 'unlink') || relation === undefined) return [];
  return owner === record ? [{ relation, side: 'owner', op, other: linked }] : [{ relation, side: 'other', op, other: owner }];
}

async function runsOf(client: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, ChangeRun>> {
  if (ids.length === 0) return new Map();
  const [messages, jobs] = await Promise.all([
    storedMessages(client, ids),
    client.query<{ id: string; kind: string; subject: string | null }>({ text: 'SELECT id, kind, subject FROM zveno.job WHERE id = ANY ($1::uuid[])', values: [ids] }),
  ]);
  const found = new Map<string, ChangeRun>(jobs.rows.map(({ id, kind, subject }) => [id, { kind: 'job', id, job: kind, subject }]));
  for (const [id, { row }] of messages) found.set(id, { kind: 'message', id, route: row.routeName, connection: row.connectionName, scenarios: row.scenarioNames });
  return found;
}
