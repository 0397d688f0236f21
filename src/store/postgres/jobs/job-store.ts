/** Jobs as people and workers look at them. */
import type { JobFilter, JobProblem, JobRow, JobState, JobStore, JobSummary, JobWait } from '../../../core/job.ts';
import { jobTimer } from '../../../core/job.ts';
import type { FailureData } from '../../../core/failure.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import { isUuid } from '../../../core/message-id.ts';
import { payloadOf } from '../payload-columns.ts';
import { asked, type Readers } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { valueFromText } from '../value-text.ts';
import { notify } from '../wake.ts';

export function jobStore(readers: Readers): JobStore {
  return {
    get: (id) => asked(getJob(readers, id)),
    list: (filter, page) => asked(listJobs(readers, filter, page)),
    show: (id) => asked(showJob(readers, id)),
    problems: (id, page) => asked(listProblems(readers, id, page)),
    cancel: (id) => asked(cancelJob(readers, id)),
    note: async (id, waitsFor) => {
      await asked(readers.query({ text: `UPDATE zveno.job SET waits_kind = $2, waits_about = $3 WHERE id = $1 AND state = 'running'`, values: [id, waitsFor.kind, waitsFor.about] }));
    },
  };
}

interface Columns {
  id: string;
  no: string;
  kind: string;
  subject: string | null;
  state: JobState;
  file: Buffer | null;
  file_blob: Buffer | null;
  file_size: string | null;
  done: string;
  total: string | null;
  failed: string;
  problem_budget: string | null;
  triggers: boolean;
  started_by: string;
  attempts: number;
  failure: FailureData | null;
  result: string;
  waits_kind: JobWait['kind'] | null;
  waits_about: string | null;
}

const columns = 'j.id, j.no, j.kind, j.subject, j.state, j.file, j.file_blob, j.file_size, j.done, j.total, j.failed, j.problem_budget, j.triggers, j.started_by, j.attempts, j.failure, j.result, j.waits_kind, j.waits_about';

const rowOf = (row: Columns): Omit<JobRow, 'input' | 'checkpoint'> => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  state: row.state,
  file: payloadOf(row.file, row.file_blob, row.file_size),
  done: Number(row.done),
  total: row.total === null ? null : Number(row.total),
  failed: Number(row.failed),
  problemBudget: row.problem_budget === null ? null : Number(row.problem_budget),
  triggers: row.triggers,
  by: row.started_by,
  attempts: row.attempts,
  failure: row.failure,
  result: valueFromText(row.result),
  waitsFor: row.waits_kind === null ? null : { kind: row.waits_kind, about: row.waits_about ?? '' },
});

async function getJob(client: Queryable, id: string): Promise<JobRow | null> {
  if (!isUuid(id)) return null;
  const { rows } = await client.query<Columns & { input: string; checkpoint: string }>({ name: 'job.get', text: `SELECT ${columns}, j.input, j.checkpoint FROM zveno.job j WHERE j.id = $1`, values: [id] });
  const [row] = rows;
  return row === undefined ? null : { ...rowOf(row), input: valueFromText(row.input), checkpoint: valueFromText(row.checkpoint) };
}

interface SummaryColumns extends Columns {
  node: string | null;
  queued_at: string;
  started_at: string | null;
  progressed_at: string | null;
  ended_at: string | null;
  due_at: string | null;
  leg_items: string | null;
  leg_ms: string | null;
}

const summaryColumns = `${columns}, j.node, j.queued_at, j.started_at, j.progressed_at, j.ended_at,
  CASE WHEN j.state IN ('queued', 'waiting') THEN (SELECT t.due_at FROM zveno.timer t WHERE t.id = 'job/' || j.id) END AS due_at,
  j.done - j.leg_done AS leg_items, extract(epoch FROM coalesce(j.ended_at, j.progressed_at) - j.leg_at) * 1000 AS leg_ms`;

function summaryOf(row: SummaryColumns): JobSummary {
  const legMs = Number(row.leg_ms ?? 0);
  const perSecond = legMs > 0 ? Math.round((Number(row.leg_items ?? 0) / legMs) * 100_000) / 100 : null;
  const job = rowOf(row);
  const rest = job.total === null || job.state !== 'running' || perSecond === null || perSecond <= 0 ? null : Math.round(((job.total - job.done) / perSecond) * 1000);
  return { ...job, node: row.node, queuedAt: row.queued_at, startedAt: row.started_at, progressedAt: row.progressed_at, endedAt: row.ended_at, dueAt: row.due_at, perSecond, restMs: rest };
}

async function showJob(client: Queryable, id: string): Promise<JobSummary | null> {
  if (!isUuid(id)) return null;
  const { rows } = await client.query<SummaryColumns>({ text: `SELECT ${summaryColumns} FROM zveno.job j WHERE j.id = $1`, values: [id] });
  return rows[0] === undefined ? null : summaryOf(rows[0]);
}

async function listJobs(client: Queryable, filter: JobFilter, page: { limit: number; cursor?: string }): ReturnType<JobStore['list']> {
  const values: unknown[] = [];
  const bound = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['true'];
  if (filter.states !== undefined) conditions.push(`j.state = ANY (${bound(filter.states)}::text[])`);
  if (filter.kinds !== undefined) conditions.push(`j.kind = ANY (${bound(filter.kinds)}::text[])`);
  if (filter.subject !== undefined) conditions.push(`j.subject = ${bound(filter.subject)}`);
  if (page.cursor !== undefined) conditions.push(`j.no < ${bound(numberOf(page.cursor))}`);
  const { rows } = await client.query<SummaryColumns>({
    text: `SELECT ${summaryColumns} FROM zveno.job j WHERE ${conditions.join(' AND ')} ORDER BY j.no DESC LIMIT ${bound(rowsOf(page.limit) + 1)}`,
    values,
  });
  const shown = rows.slice(0, page.limit);
  return { jobs: shown.map(summaryOf), cursor: cursorAfter(shown.at(-1)?.no, rows.length > page.limit) };
}

async function listProblems(client: Queryable, job: string, page: { limit: number; cursor?: string }): ReturnType<JobStore['problems']> {
  if (!isUuid(job)) return { problems: [], cursor: null };
  const { rows } = await client.query<JobProblem & { no: string }>({
    text: 'SELECT p.no, p.place, p.failure, p.source FROM zveno.job_problem p WHERE p.job = $1 AND p.no > $2 ORDER BY p.no LIMIT $3',
    values: [job, page.cursor === undefined ? 0 : numberOf(page.cursor), rowsOf(page.limit) + 1],
  });
  const shown = rows.slice(0, page.limit);
  return { problems: shown.map(({ place, failure: found, source }) => ({ place, failure: found, source })), cursor: cursorAfter(shown.at(-1)?.no, rows.length > page.limit) };
}

function rowsOf(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageRows.value) throw failure('store.page', { limit: limits.pageRows.value });
  return limit;
}

const cursorAfter = (no: string | undefined, more: boolean): string | null => (more && no !== undefined ? Buffer.from(no).toString('base64url') : null);

function numberOf(cursor: string): string {
  const no = Buffer.from(cursor, 'base64url').toString();
  if (!/^\d{1,18}$/.test(no)) throw failure('store.cursor');
  return no;
}

/** In the order in which a commit takes its locks: the timer first, so that a commit under way is waited for. */
async function cancelJob(readers: Readers, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  return readers.transaction(async (client) => {
    await client.query({ text: 'SELECT 1 FROM zveno.timer WHERE id = $1 FOR UPDATE', values: [jobTimer(id)] });
    const { rowCount } = await client.query({
      text: `UPDATE zveno.job SET state = 'cancelled', ended_at = clock_timestamp(), waits_kind = NULL, waits_about = NULL WHERE id = $1 AND state IN ('queued', 'running', 'waiting')`,
      values: [id],
    });
    if (rowCount === 0) return false;
    await client.query({ text: 'DELETE FROM zveno.timer WHERE id = $1', values: [jobTimer(id)] });
    await notify(client, ['cancel']);
    return true;
  });
}
