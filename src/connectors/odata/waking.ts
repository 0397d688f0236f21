/** 1C puts a base to sleep that nobody asks, and wakes it for the first request: that takes longer than anything after it. */
import { failure, limits, type Failure } from '../../sdk/index.ts';
import type { ServiceContext } from './service-context.ts';

export interface WakeWatch {
  /** Times one request; tells when it was the one that woke the base. */
  watch<T>(run: () => Promise<T>): Promise<T>;
  /** What was told last. */
  readonly told: Failure | undefined;
}

/** Without an answer for so long the base may have gone to sleep. */
const restMs = 60_000;

export function createWakeWatch({ name: connection, clock, log }: ServiceContext): WakeWatch {
  let answeredMs = -Infinity;
  let told: Failure | undefined;
  return {
    get told() {
      return told;
    },
    async watch(run) {
      const beganMs = clock.monotonicMs();
      const rested = beganMs - answeredMs > restMs;
      const result = await run();
      answeredMs = clock.monotonicMs();
      const tookMs = answeredMs - beganMs;
      if (rested && tookMs >= limits.odataColdStartMs.value) {
        told = failure('odata.coldStart', { connection, seconds: Math.round(tookMs / 1_000) });
        log.warn(told.code, { ...told.parameters });
      }
      return result;
    },
  };
}
