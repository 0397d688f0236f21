/** Tidies the store now and then: partitions ahead, expired days, forgotten keys. One node at a time does it. */
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';

export function startHousekeeping(tidy: () => Promise<unknown>, clock: Clock, log: Log): () => Promise<void> {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await tidy();
      } catch (error) {
        log.warn('housekeeping.failed', { error: error instanceof Error ? error.message : String(error) });
      }
      await clock.sleep(limits.housekeepingMs.value, stopping.signal).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await running;
  };
}
