/** A set as statements, in the one global order that keeps sets from waiting for each other in a circle. */
import type { EffectSet, VersionCheck } from '../../../core/effect-set.ts';
import type { TemplateCatalogue } from '../../../core/template.ts';
import type { RecordTables } from '../record-tables.ts';
import type { Statement } from '../statement.ts';
import { conversionStatements } from '../records/conversion-write.ts';
import { blobStatements } from './blob-statements.ts';
import { intentStatement, outcomeStatement } from './call-statements.ts';
import { idempotencyStatement } from './idempotency-statements.ts';
import { jobStatements } from './job-statements.ts';
import { insertedRow, messageStatements } from './message-statements.ts';
import { fenceStatement, orderKeyStatements, queuedBy, queueStatements, queueWriteStatements, timerStatement } from './queue-statements.ts';
import { sourceStatement } from './source-statements.ts';
import { checkSet } from './set-limits.ts';
import { markStatements } from './witness.ts';

/** Throws a Failure when the set holds what cannot be stored. */
export function setStatements(set: EffectSet, records: RecordTables, templates: TemplateCatalogue, options: { fenced: boolean }): Statement[] {
  checkSet(set);
  if (set.queue !== undefined && set.fence === undefined) throw new Error('a set that changes its queue row has to carry the fence of it');
  const queued = queuedBy(set);
  return [
    ...(set.fence !== undefined && options.fenced ? [fenceStatement(set.fence)] : []),
    ...orderKeyStatements(queued),
    ...(set.idempotency === undefined ? [] : [idempotencyStatement(set.idempotency)]),
    ...blobStatements(set),
    ...recordStatements(set, records, templates),
    ...(set.conversions ?? []).flatMap(conversionStatements),
    ...set.intents.map((intent) => intentStatement(intent, set.id)),
    ...set.outcomes.map((outcome) => outcomeStatement(outcome, set.id)),
    ...(set.message === undefined ? [] : messageStatements(set.message, set.id, options.fenced)),
    ...[...set.runs, ...set.outbox].flatMap(({ row }) => insertedRow(row, set.id)),
    ...(set.fence === undefined || set.queue === undefined ? [] : queueWriteStatements(set.fence, set.queue)),
    ...queueStatements(queued),
    ...set.timers.map(timerStatement),
    ...set.jobs.flatMap(jobStatements),
    ...set.sources.map(sourceStatement),
    ...markStatements(set),
  ];
}

/** Checks and writes of records: what a run's look at its own writes needs. */
export function recordStatements(set: EffectSet, records: RecordTables, templates: TemplateCatalogue): Statement[] {
  const run = set.message?.op === 'insert' ? set.message.row.id : (set.message?.id ?? (set.fence?.queue === 'timer' ? jobOf(set) : set.fence?.message) ?? null);
  return [...set.checks.toSorted(byRecord).map(checkStatement), ...(set.records.length === 0 ? [] : records.statements(set.records, templates, { id: set.id, run }))];
}

/** Changes made by a job name it as their run. */
function jobOf({ jobs }: EffectSet): string | null {
  const [job] = jobs;
  return job?.op === 'update' ? job.id : null;
}

const byRecord = (one: VersionCheck, other: VersionCheck): number => (one.template + one.id < other.template + other.id ? -1 : 1);

/** A record that was read under a lock keeps its version until the end of the transaction. */
function checkStatement(check: VersionCheck): Statement {
  if (!/^[0-9a-f]{8}$/.test(check.template)) throw new Error('a version check names a template by its id');
  return {
    name: `record.check.${check.template}`,
    text: `SELECT 1 FROM zveno_data.r_${check.template} WHERE id = $1 AND version = $2 FOR SHARE`,
    values: [check.id, check.version],
    expect: { rows: 1, otherwise: { kind: 'conflict', template: check.template, record: check.id } },
  };
}
