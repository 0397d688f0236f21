/** Jobs under way on this node. */
import type { JobStore } from '../../core/job.ts';
import { Abandoned } from '../run-end.ts';

export class ActiveJobs {
  readonly #running = new Map<string, AbortController>();

  /** Aborts when the job is taken away from this worker. */
  begin(job: string): AbortController {
    const taken = new AbortController();
    this.#running.set(job, taken);
    return taken;
  }

  end(job: string, taken: AbortController): void {
    if (this.#running.get(job) === taken) this.#running.delete(job);
  }

  /** Somebody else has it, or it was cancelled: nothing of the present step will be committed. */
  abandon(job: string): void {
    this.#running.get(job)?.abort(new Abandoned());
  }

  async dropCancelled(jobs: Pick<JobStore, 'get'>): Promise<void> {
    for (const job of this.#running.keys()) {
      const row = await jobs.get(job).catch(() => null);
      if (row?.state === 'cancelled') this.abandon(job);
    }
  }
}
