/** Begins, resumes and ends jobs from outside a running platform; the next node that looks takes them up. */
import type { AuditEvent } from '../../../core/audit.ts';
import { jobTimer, jobTimerKind, type JobWrite } from '../../../core/job.ts';
import { insertAudit } from '../audit/audit.ts';
import { jobStatements } from '../commit/job-statements.ts';
import { timerStatement } from '../commit/queue-statements.ts';
import type { Readers } from '../pool.ts';
import type { Queryable, Statement } from '../statement.ts';
import { notify } from '../wake.ts';
import { jobStore } from './job-store.ts';

export async function enqueueJob(readers: Readers, row: NewRow, audit: AuditEvent): Promise<void> {
  await readers.transaction(async (client) => {
    await insertJob(client, row);
    await insertAudit(client, audit);
  });
  await notify(readers, ['timer']);
}

/** Whoever commits it wakes the timers. */
export async function insertJob(client: Queryable, row: NewRow): Promise<void> {
  for (const { text, values } of [...jobStatements({ op: 'insert', row }), dueNow(row.id)]) await client.query({ text, values });
}

type NewRow = Extract<JobWrite, { op: 'insert' }>['row'];

const dueNow = (job: string): Statement => timerStatement({ id: jobTimer(job), kind: jobTimerKind, dueInMs: 0, payload: { job } });

/** False when it is neither failed nor cancelled. */
export async function resumeJob(readers: Readers, id: string, audit: AuditEvent): Promise<boolean> {
  const resumed = await readers.transaction(async (client) => {
    const { rowCount } = await client.query({ text: `UPDATE zveno.job SET state = 'queued', attempts = 0, failure = NULL, ended_at = NULL WHERE id = $1 AND state IN ('failed', 'cancelled')`, values: [id] });
    if (rowCount === 0) return false;
    const { text, values } = dueNow(id);
    await client.query({ text, values });
    await insertAudit(client, audit);
    return true;
  });
  if (resumed) await notify(readers, ['timer']);
  return resumed;
}

/** False when it is over. */
export async function cancelJob(readers: Readers, id: string, audit: AuditEvent): Promise<boolean> {
  const cancelled = await jobStore(readers).cancel(id);
  if (cancelled) await insertAudit(readers, audit);
  return cancelled;
}
