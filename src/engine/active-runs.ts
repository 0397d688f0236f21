/** Runs under way on this node, so that they can be listed, cancelled and waited for at shutdown. */
import type { Failure } from '../core/failure.ts';
import type { CommitGate } from './commit-gate.ts';
import { Abandoned, RunEnds } from './run-driver.ts';

export interface ActiveRun {
  id: string;
  route: string | null;
  scenarios: readonly string[];
  startedAt: string;
  gate: CommitGate;
  abort: AbortController;
}

export class ActiveRuns {
  readonly #runs = new Map<string, ActiveRun>();
  readonly #idle = new Set<() => void>();

  add(run: ActiveRun): void {
    this.#runs.set(run.id, run);
  }

  remove(run: ActiveRun): void {
    if (this.#runs.get(run.id) === run) this.#runs.delete(run.id);
    if (this.#runs.size === 0) for (const tell of this.#idle) tell();
  }

  list(): readonly ActiveRun[] {
    return [...this.#runs.values()];
  }

  /** True when the run was here and can no longer commit. */
  end(id: string, reason: Failure): boolean {
    const run = this.#runs.get(id);
    if (run === undefined || !run.gate.close(reason)) return false;
    run.abort.abort(new RunEnds(reason));
    return true;
  }

  /** The run goes on elsewhere, or nowhere: it vanishes here. */
  abandon(id: string): void {
    this.#runs.get(id)?.abort.abort(new Abandoned());
  }

  /** Resolves when nothing runs any more. */
  whenIdle(): Promise<void> {
    if (this.#runs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const tell = (): void => {
        this.#idle.delete(tell);
        resolve();
      };
      this.#idle.add(tell);
    });
  }
}
