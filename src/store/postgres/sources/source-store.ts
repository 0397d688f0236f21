/** Row sources as they are stored, with the timers that bring them to a worker. */
import type { FailureData } from '../../../core/failure.ts';
import { sourceTimer, type SourceRow, type SourceStore, type SourceSummary } from '../../../core/source.ts';
import type { Value } from '../../../core/value.ts';
import { asked, type Readers } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { valueFromText } from '../value-text.ts';

export function sourceStore(readers: Readers): SourceStore {
  return {
    get: (route) => asked(getSource(readers, route)),
    list: () => asked(listSources(readers)),
    planned: () => asked(plannedSources(readers)),
  };
}

interface Columns {
  route: string;
  cursor: string | null;
  epoch: string | null;
  paused: boolean | null;
  unconfirmed: boolean | null;
  attempts: number | null;
  failure: FailureData | null;
}

const rowOf = (row: Columns): SourceRow => ({
  route: row.route,
  cursor: valueFromText(row.cursor ?? 'null'),
  epoch: Number(row.epoch ?? 0),
  paused: row.paused ?? false,
  unconfirmed: row.unconfirmed ?? false,
  attempts: row.attempts ?? 0,
  failure: row.failure,
});

async function getSource(client: Queryable, route: string): Promise<SourceRow> {
  const { rows } = await client.query<Columns>({ name: 'source.get', text: 'SELECT route, cursor, epoch, paused, unconfirmed, attempts, failure FROM zveno.row_source WHERE route = $1', values: [route] });
  return rowOf(rows[0] ?? { route, cursor: null, epoch: null, paused: null, unconfirmed: null, attempts: null, failure: null });
}

interface SummaryColumns extends Columns {
  read_at: string | null;
  cursor_at: string | null;
  last_pages: string | null;
  pages: string | null;
  messages: string | null;
  due_at: string | null;
  reading: boolean | null;
}

const timerPrefix = sourceTimer('');

async function listSources(client: Queryable): Promise<ReadonlyMap<string, SourceSummary>> {
  const { rows } = await client.query<SummaryColumns>({
    text: `SELECT coalesce(s.route, t.route) AS route, s.cursor, s.epoch, s.paused, s.unconfirmed, s.attempts, s.failure, s.read_at, s.cursor_at, s.last_pages, s.pages, s.messages, t.due_at, t.reading
      FROM zveno.row_source s FULL JOIN (
        SELECT substr(id, ${timerPrefix.length + 1}) AS route, due_at, owner IS NOT NULL AND lease_until > clock_timestamp() AS reading FROM zveno.timer WHERE kind = 'source') t ON t.route = s.route`,
    values: [],
  });
  return new Map(rows.map((row) => [row.route, summaryOf(row)]));
}

const summaryOf = (row: SummaryColumns): SourceSummary => ({
  ...rowOf(row),
  readAt: row.read_at,
  cursorAt: row.cursor_at,
  lastPages: Number(row.last_pages ?? 0),
  pages: Number(row.pages ?? 0),
  messages: Number(row.messages ?? 0),
  dueAt: row.due_at,
  reading: row.reading === true,
});

async function plannedSources(client: Queryable): Promise<ReadonlyMap<string, { payload: Value; held: boolean }>> {
  const { rows } = await client.query<{ id: string; payload: string; held: boolean }>({ text: "SELECT id, payload, owner IS NOT NULL AS held FROM zveno.timer WHERE kind = 'source'", values: [] });
  return new Map(rows.map(({ id, payload, held }) => [id.slice(timerPrefix.length), { payload: valueFromText(payload), held }]));
}
