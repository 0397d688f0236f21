/** One write: a transaction with its ledger row, whose COMMIT counts only by its tag. */
import { Failure, failure, type OutgoingCall } from '../../sdk/index.ts';
import { recordEffect } from './ledger.ts';
import { placeOf, type Rows, type Session, type SqlContext } from './session.ts';
import { explain, isLost } from './sql-failure.ts';

export type Written = { kind: 'written'; results: readonly Rows[] } | { kind: 'repeated' };

export interface Write {
  ledger: boolean;
  table?: string;
  /** Runs the statements; the transaction is open. */
  work(session: Session): Promise<readonly Rows[]>;
}

/**
 * Failures are known not to have had an effect, `connection.unknownOutcome` excepted: the link broke during COMMIT.
 * The caller may then settle it by the ledger.
 */
export async function write(context: SqlContext, session: Session, call: OutgoingCall, what: Write, signal: AbortSignal): Promise<Written> {
  const place = placeOf(context, what.table);
  await call.beforeBytes();
  let results: readonly Rows[];
  try {
    await session.run('BEGIN', [], signal);
    if (what.ledger && !(await recordEffect(context, session, call.effectId, signal))) {
      await session.run('ROLLBACK', [], signal);
      return { kind: 'repeated' };
    }
    results = await what.work(session);
  } catch (error) {
    await rollBack(session);
    signal.throwIfAborted();
    throw explain(place, error);
  }
  await commit(place, session, call, signal);
  return { kind: 'written', results };
}

async function commit(place: ReturnType<typeof placeOf>, session: Session, call: OutgoingCall, signal: AbortSignal): Promise<void> {
  const committed = session.run('COMMIT', [], signal);
  const outcome = committed.then((rows) => ({ rows }), (error: unknown) => ({ error }));
  await call.afterBytes();
  const found = await outcome;
  if ('rows' in found) {
    // After a statement that failed unnoticed the server answers COMMIT with ROLLBACK, and that is no error to the driver.
    if (found.rows.command !== 'COMMIT') throw failure('connection.rejected', { connection: place.connection, address: place.address, detail: found.rows.command });
    return;
  }
  if (isLost(found.error) || signal.aborted) {
    throw failure('connection.unknownOutcome', { connection: place.connection, address: place.address, detail: signal.aborted ? 'cancelled' : 'COMMIT', late: false }, { cause: found.error });
  }
  // A deferred constraint fails at COMMIT; the server has rolled back.
  throw explain(place, found.error);
}

/** A session that can't even roll back is thrown away, and the server rolls back for it. */
async function rollBack(session: Session): Promise<void> {
  if (!session.usable) return;
  await session.run('ROLLBACK', [], AbortSignal.timeout(1_000)).catch(() => session.destroy());
}

/**
 * Finds out what became of a COMMIT nobody saw answered. The ledger row decides: recording it again waits for the
 * old transaction to end, and then either finds it (done) or does not (never done, as that transaction is over).
 */
export async function settle(context: SqlContext, session: Session, call: OutgoingCall, signal: AbortSignal): Promise<boolean> {
  await session.run('BEGIN', [], signal);
  const fresh = await recordEffect(context, session, call.effectId, signal);
  await session.run('ROLLBACK', [], signal);
  return !fresh;
}

export const isUnknown = (error: unknown): error is Failure => error instanceof Failure && error.code === 'connection.unknownOutcome';
