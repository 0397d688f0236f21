/** When a failed attempt is repeated. Pure: jitter is handed in. */
import type { Next } from '../core/failure.ts';
import type { RetryPolicy } from '../core/configuration/published.ts';

/**
 * `attempts` counts what has been tried, this one included; `fraction` is in [0, 1).
 * Null means: no further attempt. A remote's own "later" is obeyed even where the policy would come sooner.
 */
export function retryDelayMs(next: Next, policy: RetryPolicy, attempts: number, fraction: number): number | null {
  if (attempts >= policy.attempts) return null;
  const growth = Math.min(policy.firstMs * 2 ** (attempts - 1), policy.maxMs);
  const jittered = Math.round(growth * (0.75 + fraction / 2));
  switch (next.kind) {
    case 'fail':
    case 'park':
      return null;
    case 'retryAfter':
      return Math.max(next.ms, jittered);
    case 'retry':
    case 'reconnect':
      return jittered;
    default:
      return next satisfies never;
  }
}
