/** Rows of jobs, and the problems that they found. */
import type { JobProblem, JobWrite } from '../../../core/job.ts';
import { payloadColumns } from '../payload-columns.ts';
import type { Mismatch, Statement } from '../statement.ts';
import { valueText } from '../value-text.ts';

/** Somebody else has begun the job before, or has ended it. */
const endedElsewhere: Mismatch = { kind: 'fenced' };

export const jobStatements = (write: JobWrite): Statement[] => (write.op === 'insert' ? [inserted(write)] : [updated(write), ...problems(write.id, write.problems ?? [])]);

const inserted = ({ row }: JobWrite & { op: 'insert' }): Statement => ({
  name: 'job.insert',
  text: `INSERT INTO zveno.job (id, kind, subject, state, input, file, file_blob, file_size, checkpoint, total, problem_budget, triggers, started_by)
    VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING RETURNING 1`,
  values: [row.id, row.kind, row.subject, valueText(row.input), ...payloadColumns(row.file), valueText(row.checkpoint), row.total, row.problemBudget, row.triggers, row.by],
  expect: { rows: 1, otherwise: endedElsewhere },
});

function updated(write: JobWrite & { op: 'update' }): Statement {
  const values: unknown[] = [write.id, write.from, write.state, write.attempts, write.failure === null ? null : JSON.stringify(write.failure)];
  const bound = (value: unknown): string => `$${values.push(value)}`;
  const changes = ['state = $3', 'attempts = $4', 'failure = $5::json', 'waits_kind = NULL', 'waits_about = NULL'];
  if (write.beginsOn !== undefined) changes.push(`node = ${bound(write.beginsOn)}`, 'leg_at = clock_timestamp()', 'leg_done = done', 'started_at = coalesce(started_at, clock_timestamp())', 'ended_at = NULL');
  if (write.progress !== undefined) {
    const { checkpoint, done, total, failed } = write.progress;
    changes.push(`checkpoint = ${bound(valueText(checkpoint))}`, `done = ${bound(done)}`, `total = ${bound(total)}`, `failed = ${bound(failed)}`, 'progressed_at = clock_timestamp()');
  }
  if (write.problemBudget !== undefined) changes.push(`problem_budget = ${bound(write.problemBudget)}`);
  if (write.result !== undefined) changes.push(`result = ${bound(valueText(write.result))}`);
  if (write.file !== undefined) {
    const [file, blob, size] = payloadColumns(write.file);
    changes.push(`file = ${bound(file)}`, `file_blob = ${bound(blob)}`, `file_size = ${bound(size)}`);
  }
  if (write.state === 'done' || write.state === 'failed' || write.state === 'cancelled') changes.push('ended_at = clock_timestamp()');
  return {
    text: `UPDATE zveno.job SET ${changes.join(', ')} WHERE id = $1 AND state = ANY ($2::text[]) RETURNING 1`,
    values,
    expect: { rows: 1, otherwise: endedElsewhere },
  };
}

function problems(job: string, found: readonly JobProblem[]): Statement[] {
  if (found.length === 0) return [];
  return [
    {
      name: 'job.problems',
      text: `INSERT INTO zveno.job_problem (job, place, failure, source)
        SELECT $1::uuid, p.place, p.failure::json, p.source FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS p (place, failure, source, n) ORDER BY p.n`,
      values: [job, found.map(({ place }) => place), found.map(({ failure }) => JSON.stringify(failure)), found.map(({ source }) => storable(source))],
    },
  ];
}

/** A source is shown to a person; what the database cannot hold of it is left out. */
const storable = (text: string | null): string | null => (text === null ? null : text.replaceAll('\u0000', '').toWellFormed());
