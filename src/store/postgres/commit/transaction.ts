/** One transaction on a lane: everything leaves at once, and every answer is looked at. */
import type { CrashPoints } from '../../../core/ports.ts';
import { sqlErrorOf, type Answer, type Session, type SqlError } from '../pool.ts';
import type { Statement } from '../statement.ts';

export type Ended =
  | { kind: 'committed' }
  /** Certainly nothing was written. `statement`: which one failed, absent when none of ours did. */
  | { kind: 'failed'; error: SqlError; statement: Statement | undefined }
  | { kind: 'rolledBack' }
  /** The connection was lost, or the server gave up, before the end was told: it may be there or not. */
  | { kind: 'unknown' };

export interface TransactionOptions {
  end: 'COMMIT' | 'ROLLBACK';
  crashPoints: CrashPoints;
  /** Planted bug: takes a COMMIT that was answered for a COMMIT that was done. */
  ignoreCommitTag: boolean;
}

export async function runTransaction(lane: Session, statements: readonly Statement[], options: TransactionOptions): Promise<Ended> {
  const sent = lane.send([{ text: 'BEGIN READ WRITE', values: [] }, ...statements.map(enforced), { text: options.end, values: [] }]);
  if (options.end === 'COMMIT') await options.crashPoints.reach('commit.sent');
  const answers = await sent;
  const ended = judged(answers, statements, options);
  if (ended.kind === 'committed') await options.crashPoints.reach('commit.acknowledged');
  return ended;
}

/** A wrong row count has to fail on the server, since the COMMIT is sent without waiting for counts. */
export function enforced(statement: Statement): Statement {
  if (statement.expect === undefined) return statement;
  const values = [...statement.values, statement.expect.rows];
  return { ...statement, values, text: `WITH touched AS (${statement.text}) SELECT zveno.expect_rows(count(*), $${values.length}::bigint) FROM touched` };
}

function judged(answers: readonly PromiseSettledResult<Answer>[], statements: readonly Statement[], options: TransactionOptions): Ended {
  const end = answers.at(-1);
  if (options.ignoreCommitTag && options.end === 'COMMIT' && end?.status === 'fulfilled') return { kind: 'committed' };
  const failedAt = answers.findIndex((answer) => answer.status === 'rejected');
  if (failedAt === -1) {
    if (end?.status !== 'fulfilled') throw new Error('a transaction has at least BEGIN and an end');
    return end.value.command === 'COMMIT' ? { kind: 'committed' } : { kind: 'rolledBack' };
  }
  const failed = answers[failedAt];
  const error = failed?.status === 'rejected' ? sqlErrorOf(failed.reason) : undefined;
  // Answers come in order: what failed before the end failed the whole. An end that failed is certain only as a plain ERROR.
  const atEnd = failedAt === answers.length - 1;
  if (error === undefined || (atEnd && error.severity !== 'ERROR')) return { kind: 'unknown' };
  return { kind: 'failed', error, statement: statements[failedAt - 1] };
}
