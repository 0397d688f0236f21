/** The one write port: each set is a transaction of its own, whole or not at all. */
import type { CommitResult, EffectSet } from '../../../core/effect-set.ts';
import { Failure, failure, type FailureData } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { TemplateCatalogue } from '../../../core/template.ts';
import type { Session } from '../pool.ts';
import { oneByOne, type Statement } from '../statement.ts';
import type { CommitContext } from './commit-context.ts';
import { commitPublication } from './commit-publication.ts';
import { duplicateOf } from './idempotency-statements.ts';
import { committedAfterAll } from './lost-commit.ts';
import { setStatements } from './set-statements.ts';
import { runTransaction, type Ended } from './transaction.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** Results are in the order of the sets. A set that breaks a rule of the program rejects the call, once all its neighbours are through. */
export async function commitSets(sets: readonly EffectSet[], context: CommitContext): Promise<readonly CommitResult[]> {
  const outcomes = await Promise.allSettled(sets.map((set) => (set.publication === undefined ? attempts(set, 'COMMIT', context) : commitPublication(set, set.publication, context))));
  return outcomes.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** Applies the set and rolls it back: null, or why it would be refused now. */
export async function probeSet(set: EffectSet, context: CommitContext): Promise<FailureData | null> {
  const result = await attempts(set, 'ROLLBACK', context);
  switch (result.kind) {
    case 'committed':
      return null;
    case 'refused':
    case 'unavailable':
      return result.failure;
    case 'queueFull':
      return failure('store.busy', { waiting: limits.orderKeyQueue.value }).toData();
    case 'conflict':
      return failure('store.changed', { template: result.template ?? '?', record: result.record ?? '?' }).toData();
    case 'fenced':
    case 'duplicate':
      return failure('store.changed', { template: '–', record: '–' }).toData();
    default:
      return result satisfies never;
  }
}

async function attempts(set: EffectSet, end: 'COMMIT' | 'ROLLBACK', context: CommitContext): Promise<CommitResult> {
  const templates = context.templates();
  let statements: Statement[];
  try {
    statements = setStatements(set, context.records, templates, { fenced: !context.faults.skipFence });
  } catch (error) {
    if (error instanceof Failure) return { kind: 'refused', failure: error.toData() };
    throw error;
  }
  for (let attempt = 0; ; ) {
    const verdict = await attemptOnce(set, statements, end, templates, context);
    if (verdict.kind === 'result') return verdict.result;
    if (verdict.kind === 'apart') {
      statements = oneByOne(statements);
      continue;
    }
    const answer = verdict.kind === 'again' ? null : await explained(verdict.kind, set, context);
    if (answer !== null) return answer;
    if (attempt === limits.commitRetries.value) return { kind: 'unavailable', failure: failure('store.contended', { attempts: attempt + 1 }).toData() };
    if (!(await paused(Math.ceil(context.random.fraction() * 20 * 2 ** attempt), context))) return { kind: 'unavailable', failure: failure('store.unavailable').toData() };
    attempt += 1;
  }
}

/** False when the store closes meanwhile. */
async function paused(ms: number, { clock, signal }: CommitContext): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch {
    return false;
  }
}

/** `apart`: many rows were refused at once, and nobody knows which of them. */
type OneVerdict = Verdict | { kind: 'apart' };

async function attemptOnce(set: EffectSet, statements: readonly Statement[], end: 'COMMIT' | 'ROLLBACK', templates: TemplateCatalogue, context: CommitContext): Promise<OneVerdict> {
  let tried: { ended: Ended; backend: Session['backend']; verdict: Verdict | null };
  try {
    tried = await context.lanes.use(async (lane) => {
      const ended = await runTransaction(lane, statements, { end, crashPoints: context.crashPoints, ignoreCommitTag: context.faults.ignoreCommitTag });
      const verdict = ended.kind === 'failed' ? verdictOf(ended.error, ended.statement, { set, templates, records: context.records }) : null;
      // What this connection keeps prepared does not fit any more, or the server is leaving: it is not used again.
      if (ended.kind === 'unknown' || (verdict?.kind === 'again' && verdict.newLane)) await lane.close();
      return { ended, backend: lane.backend, verdict };
    });
  } catch (error) {
    if (error instanceof Failure) return { kind: 'result', result: { kind: 'unavailable', failure: error.toData() } };
    throw error;
  }
  const { ended, verdict } = tried;
  if (ended.kind === 'failed' && ended.statement?.apart !== undefined && isAboutRows(verdict)) return { kind: 'apart' };
  return verdict ?? (await settled(set, tried.ended, end, tried.backend, context));
}

const isAboutRows = (verdict: Verdict | null): boolean => verdict?.kind === 'result' && (verdict.result.kind === 'refused' || verdict.result.kind === 'conflict');

async function settled(set: EffectSet, ended: Ended, end: 'COMMIT' | 'ROLLBACK', backend: Session['backend'], context: CommitContext): Promise<OneVerdict> {
  if (ended.kind === 'committed' || (ended.kind === 'rolledBack' && end === 'ROLLBACK')) return { kind: 'result', result: { kind: 'committed' } };
  const committed = ended.kind === 'unknown' && end === 'COMMIT' && (await committedAfterAll(set, backend, context));
  return { kind: 'result', result: committed ? { kind: 'committed' } : { kind: 'unavailable', failure: failure('store.unavailable').toData() } };
}

/**
 * A full queue still owes a repeat the answer that it has already earned; null: the row is gone again, try once more.
 */
async function explained(kind: 'duplicate' | 'queueFull', set: EffectSet, context: CommitContext): Promise<CommitResult | null> {
  try {
    const duplicate = set.idempotency === undefined ? null : await duplicateOf(context.readers, set.idempotency);
    return duplicate ?? (kind === 'queueFull' ? { kind: 'queueFull' } : null);
  } catch (cause) {
    return { kind: 'unavailable', failure: failure('store.unavailable', {}, { cause }).toData() };
  }
}
