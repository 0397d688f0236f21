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

  /** The commit came to nothing. False when the run was given up meanwhile; else it may be computed again. */
  leave(): boolean {
    if (this.#state === 'committing') this.#state = this.#reason === null ? 'open' : 'closed';
    return this.#state === 'open';
  }

  /** True when the run can no longer commit. One that is committing ends with this reason when its commit comes to nothing. */
  close(reason: Failure): boolean {
    this.#reason ??= reason;
    if (this.#state === 'open') this.#state = 'closed';
    return this.#state === 'closed';
  }

  get reason(): Failure {
    return this.#reason ?? failure('run.cancelled', {});
  }
}
