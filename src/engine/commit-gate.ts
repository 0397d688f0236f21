/**
 * Decides between a deadline and a commit: whichever comes first wins, and the other one is told.
 * A run that has begun to commit is not cancelled; a run that was cancelled does not begin to commit.
 */
import { failure, type Failure } from '../core/failure.ts';

export class CommitGate {
  #state: 'open' | 'committing' | 'closed' = 'open';
  #reason: Failure | null = null;

  /** False when the run was given up. */
  enter(): boolean {
    if (this.#state === 'closed') return false;
    this.#state = 'committing';
    return true;
  }

  /** The commit did not happen and the run is computed again. */
  leave(): void {
    if (this.#state === 'committing') this.#state = 'open';
  }

  /** True when the run can no longer commit. */
  close(reason: Failure): boolean {
    if (this.#state === 'committing') return false;
    if (this.#state === 'open') this.#reason = reason;
    this.#state = 'closed';
    return true;
  }

  get reason(): Failure {
    return this.#reason ?? failure('run.cancelled', {});
  }
}
