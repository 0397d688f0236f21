/** The row that says who this installation is, where its database was seen, and whether it stands still. */
import type { InstanceGate, InstanceState, PauseReason } from '../../core/instance.ts';
import type { Queryable } from './statement.ts';

interface Row {
  id: string;
  place: string | null;
  why: PauseReason | null;
  since: string | null;
  as_of: string | null;
}

const instant = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * `place` is where the database is now, as far as it can be told; null: it cannot. A database that was last seen elsewhere
 * is a copy, of which nobody knows whether the original still works: it is paused.
 */
export async function openInstanceGate(client: Queryable, place: string | null): Promise<InstanceGate> {
  await client.query({
    text: `UPDATE zveno.instance SET place = $1,
        paused_why = CASE WHEN place IS NULL OR paused_at IS NOT NULL THEN paused_why ELSE 'copied' END,
        paused_at = CASE WHEN place IS NULL OR paused_at IS NOT NULL THEN paused_at ELSE clock_timestamp() END
      WHERE $1::text IS NOT NULL AND place IS DISTINCT FROM $1`,
    values: [place],
  });
  let state = await readInstance(client);
  return {
    state: () => state,
    refresh: async () => {
      state = await readInstance(client);
    },
    confirm: async (by) => {
      const confirmed = await confirmInstance(client, by);
      state = await readInstance(client);
      return confirmed;
    },
  };
}

export async function readInstance(client: Queryable): Promise<InstanceState> {
  const { rows } = await client.query<Row>({
    text: `SELECT id, place, paused_why AS why, ${instant('paused_at')} AS since, ${instant('data_as_of')} AS as_of FROM zveno.instance`,
    values: [],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the database does not know whose it is');
  return { id: row.id, pause: row.why === null || row.since === null ? null : { why: row.why, since: row.since, dataAsOf: row.as_of } };
}

export async function pauseInstance(client: Queryable, why: PauseReason, dataAsOf: string | null): Promise<void> {
  await client.query({ text: 'UPDATE zveno.instance SET paused_at = clock_timestamp(), paused_why = $1, data_as_of = $2', values: [why, dataAsOf] });
}

/** True when it stood still. */
export async function confirmInstance(client: Queryable, by: string): Promise<boolean> {
  const { rowCount } = await client.query({
    text: 'UPDATE zveno.instance SET paused_at = NULL, paused_why = NULL, confirmed_at = clock_timestamp(), confirmed_by = $1 WHERE paused_at IS NOT NULL',
    values: [by],
  });
  return rowCount > 0;
}
