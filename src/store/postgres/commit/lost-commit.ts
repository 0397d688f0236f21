/**
 * Finds out what came of a COMMIT whose answer was lost. The server process that ran it may still be at it,
 * so it is ended first; only then does looking give an answer that stays true.
 */
import type { EffectSet } from '../../../core/effect-set.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Readers, Session } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { isCommitted } from './witness.ts';

export interface LostCommitContext {
  readers: Readers;
  clock: Clock;
  log: Log;
  /** Ends the wait; the outcome stays unknown then. */
  signal: AbortSignal;
}

/**
 * Whether the set is there. Asks until the database answers: there is no true answer before that.
 * Throws `store.outcomeUnknown` when the signal ends the wait.
 */
export async function committedAfterAll(set: EffectSet, backend: Session['backend'], context: LostCommitContext): Promise<boolean> {
  const { readers, clock, log, signal } = context;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, limits.commitRedialMs.value)) {
    try {
      if (await isGone(readers, backend)) {
        const committed = await isCommitted(readers, set);
        log.warn('store.commitLost', { set: set.id, committed });
        return committed;
      }
    } catch (error) {
      log.debug('store.commitLookup', { set: set.id, reason: error instanceof Error ? error.message : String(error) });
    }
    try {
      await clock.sleep(pauseMs, signal);
    } catch (cause) {
      throw failure('store.outcomeUnknown', {}, { cause });
    }
  }
}

/** Ends the process when it lives; a process of the same number that was started at another time is somebody else's. */
async function isGone(client: Queryable, backend: Session['backend']): Promise<boolean> {
  const { rowCount } = await client.query({
    text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS.US') = $2`,
    values: [backend.pid, backend.startedAt],
  });
  return rowCount === 0;
}
