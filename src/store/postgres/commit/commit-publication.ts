/**
 * The commit that brings a publication into force. It reads between its writes, since what others have written until now is
 * converted while they wait, so it has a session of its own; else it is a set like any other: whole or not at all, under its fence.
 */
import type { CommitResult, EffectSet } from '../../../core/effect-set.ts';
import { Failure, failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { PublicationSwitch } from '../../../core/publishing.ts';
import { templateCatalogue } from '../../../core/template-catalogue.ts';
import { isObject } from '../../../core/value.ts';
import { publishPrepared } from '../configuration/publication-job.ts';
import { openSession, sqlErrorOf, unavailable, type Session } from '../pool.ts';
import { constraintMeaning } from '../records/physical-names.ts';
import { switchTables } from '../records/publication-phases.ts';
import { workOf } from '../records/publication-work.ts';
import { publicationLock, settleTemplates, underPublicationLock } from '../records/publish.ts';
import type { CommitContext } from './commit-context.ts';
import { committedAfterAll } from './lost-commit.ts';
import { fenceStatement } from './queue-statements.ts';
import { setStatements } from './set-statements.ts';
import { enforced } from './transaction.ts';

export async function commitPublication(set: EffectSet, publication: PublicationSwitch, context: CommitContext): Promise<CommitResult> {
  let session: Session;
  try {
    session = await openSession(context.connection, 'plain', context.log);
  } catch (error) {
    return refusal(error);
  }
  try {
    for (let attempt = 1; ; attempt++) {
      const result = await once(session, set, publication, context);
      if (result !== 'busy') {
        if (result.kind === 'committed') await settled(session, publication, context);
        return result;
      }
      if (attempt === limits.publishAttempts.value) return { kind: 'unavailable', failure: failure('template.busy', { template: '*', attempts: attempt }).toData() };
      await context.clock.sleep(Math.min(100 * 2 ** attempt, 2_000), context.signal);
    }
  } finally {
    await session.close().catch(() => undefined);
  }
}

async function once(session: Session, set: EffectSet, { job, position }: PublicationSwitch, context: CommitContext): Promise<CommitResult | 'busy'> {
  try {
    await session.script('BEGIN READ WRITE');
    const { rows } = await session.query<{ mine: boolean }>({ text: 'SELECT pg_try_advisory_xact_lock($1) AS mine', values: [publicationLock] });
    if (rows[0]?.mine !== true) return await rolledBack(session, 'busy');
    const fenced = await guarded(session, set, context);
    if (fenced !== null) return await rolledBack(session, fenced);
    if (!(await switchTables(session, await workOf(session, job), position))) return await rolledBack(session, { kind: 'conflict' });
    const revision = await publishPrepared(session, job);
    for (const statement of setStatements(withRevision(set, revision), context.records, context.templates(), { fenced: !context.faults.skipFence })) await session.query(enforced(statement));
  } catch (error) {
    if (!session.lost) await session.script('ROLLBACK');
    const sql = sqlErrorOf(error);
    if (sql?.code === '55P03' || sql?.code === '40P01') return 'busy';
    return sql?.code === '23505' ? { kind: 'refused', failure: (await repeated(session, job, sql.constraint ?? '')).toData() } : refusal(error);
  }
  return await ended(session, set, context);
}

/** The fence first: whoever has lost the job must not even take a lock. */
async function guarded(session: Session, set: EffectSet, context: CommitContext): Promise<CommitResult | null> {
  if (set.fence === undefined) throw new Error('a publication is switched by a job, which has a fence');
  if (context.faults.skipFence) return null;
  const statement = fenceStatement(set.fence);
  const held = await session.query({ text: statement.text, values: statement.values });
  return held.rowCount === 1 ? null : { kind: 'fenced' };
}

/** Two records were given one value while the job went on. */
async function repeated(session: Session, job: string, constraint: string): Promise<Failure> {
  const { newest } = await workOf(session, job);
  const meaning = constraintMeaning(constraint, templateCatalogue(newest));
  return failure('template.hasDuplicates', { template: meaning?.template ?? '*', attribute: meaning?.attribute ?? constraint, examples: '…' });
}

async function rolledBack<R>(session: Session, result: R): Promise<R> {
  await session.script('ROLLBACK');
  return result;
}

async function ended(session: Session, set: EffectSet, context: CommitContext): Promise<CommitResult> {
  try {
    await context.crashPoints.reach('commit.sent');
    await session.script('COMMIT');
    await context.crashPoints.reach('commit.acknowledged');
    return { kind: 'committed' };
  } catch (error) {
    if (sqlErrorOf(error) !== undefined) return refusal(error);
    const committed = await committedAfterAll(set, session.backend, context);
    return committed ? { kind: 'committed' } : { kind: 'unavailable', failure: failure('store.unavailable').toData() };
  }
}

/** The job tells the revision that it has brought. */
const withRevision = (set: EffectSet, revision: number): EffectSet => ({
  ...set,
  jobs: set.jobs.map((write) => (write.op === 'update' && write.state === 'done' ? { ...write, result: { ...(isObject(write.result) ? write.result : {}), revision } } : write)),
});

/** What is not done here is done by housekeeping. */
async function settled(session: Session, { job }: PublicationSwitch, { clock, log, signal }: CommitContext): Promise<void> {
  try {
    await underPublicationLock(session, { clock, log, signal }, async (ddl) => {
      const { rows } = await session.query<{ id: string }>({ text: 'SELECT DISTINCT id FROM zveno.template WHERE job = $1', values: [job] });
      await settleTemplates(ddl, new Set(rows.map(({ id }) => id)));
    });
  } catch (error) {
    log.warn('template.notSettled', { job, error: error instanceof Error ? error.message : String(error) });
  }
}

function refusal(error: unknown): CommitResult {
  const known = unavailable(error);
  if (!(known instanceof Failure)) throw known;
  return known.next.kind === 'fail' ? { kind: 'refused', failure: known.toData() } : { kind: 'unavailable', failure: known.toData() };
}
