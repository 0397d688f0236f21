/** The row that says who this installation is, where its database was seen, and whether it stands still. */
import type { HostMarks, InstanceGate, InstanceState, PauseReason } from '../../core/instance.ts';
import type { Queryable } from './statement.ts';

interface Row {
  id: string;
  place: string | null;
  why: PauseReason | null;
  since: string | null;
  as_of: string | null;
}

const instant = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export interface Whereabouts {
  /** Where the database is now, as far as it can be told; null: it cannot. */
  place: string | null;
  /** Of the machine that the database lies on; nulls when it lies on another than this one. */
  host: HostMarks;
}

/** What is not told now was the same as before. Hardware that is known then and now decides alone. */
const elsewhere = `(place <> $1::text) IS TRUE OR CASE WHEN hardware IS NOT NULL AND $2::text IS NOT NULL THEN hardware <> $2 ELSE (machine <> $3::text) IS TRUE END`;

/** A database that was last seen elsewhere is a copy, of which nobody knows whether the original still works: it is paused. */
export async function openInstanceGate(client: Queryable, { place, host }: Whereabouts): Promise<InstanceGate> {
  await client.query({
    text: `UPDATE zveno.instance SET place = coalesce($1, place), hardware = coalesce($2, hardware), machine = coalesce($3, machine),
        paused_why = CASE WHEN paused_at IS NULL AND (${elsewhere}) THEN 'copied' ELSE paused_why END,
        paused_at = CASE WHEN paused_at IS NULL AND (${elsewhere}) THEN clock_timestamp() ELSE paused_at END
      WHERE place IS DISTINCT FROM coalesce($1, place) OR hardware IS DISTINCT FROM coalesce($2, hardware) OR machine IS DISTINCT FROM coalesce($3, machine)`,
    values: [place, host.hardware, host.machine],
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
