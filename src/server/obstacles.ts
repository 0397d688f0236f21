/** What keeps a node from its work, in words that a stranger may read. */
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';

export interface Watched {
  /** Whether it takes new work. */
  open: () => boolean;
  /** Asks the database something small. */
  askDatabase: () => Promise<unknown>;
}

export async function obstacles({ open, askDatabase }: Watched, clock: Clock, log: Log): Promise<readonly { part: string; text: string }[]> {
  const found = open() ? [] : [{ part: 'engine', text: 'shutting down' }];
  const patience = new AbortController();
  const tooLong = clock.sleep(limits.readinessMs.value, patience.signal).then(
    () => Promise.reject(new Error(`no answer within ${limits.readinessMs.value} ms`)),
    () => undefined,
  );
  try {
    await Promise.race([askDatabase(), tooLong]);
    return found;
  } catch (error) {
    log.warn('health.database', { error: error instanceof Error ? error.message : String(error) });
    return [...found, { part: 'database', text: 'does not answer' }];
  } finally {
    patience.abort();
  }
}
