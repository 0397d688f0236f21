/** Crash points of a real process: it kills itself at the n-th visit of one of them, as the kernel would. */
import type { CrashPoint, CrashPoints } from '../../core/ports.ts';

export const noCrashPoints: CrashPoints = { reach: () => undefined };

/** `plan` is like `request.afterIntent:3`: at the third visit. */
export function killingCrashPoints(plan: string): CrashPoints {
  const [point, visits = '1'] = plan.split(':');
  let left = Number(visits);
  return {
    reach(reached: CrashPoint) {
      if (reached !== point || --left > 0) return undefined;
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way; nothing more may happen.
      return new Promise(() => undefined);
    },
  };
}
