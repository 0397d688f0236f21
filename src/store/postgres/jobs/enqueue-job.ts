/** Begins a job from outside a running platform; the next node that looks takes it up. */
import type { AuditEvent } from '../../../core/audit.ts';
import { jobTimer, jobTimerKind, type JobWrite } from '../../../core/job.ts';
import { insertAudit } from '../audit/audit.ts';
import { jobStatements } from '../commit/job-statements.ts';
import { timerStatement } from '../commit/queue-statements.ts';
import type { Readers } from '../pool.ts';
import { notify } from '../wake.ts';

export async function enqueueJob(readers: Readers, row: Extract<JobWrite, { op: 'insert' }>['row'], audit: AuditEvent): Promise<void> {
  const timer = timerStatement({ id: jobTimer(row.id), kind: jobTimerKind, dueInMs: 0, payload: { job: row.id } });
  await readers.transaction(async (client) => {
    for (const { text, values } of [...jobStatements({ op: 'insert', row }), timer]) await client.query({ text, values });
    await insertAudit(client, audit);
  });
  await notify(readers, ['timer']);
}
