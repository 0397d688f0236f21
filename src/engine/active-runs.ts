/** Runs under way on this node, so that they can be listed, cancelled and waited for at shutdown. */
import type { Failure } from '../core/failure.ts';
import type { ReplySlot } from '../core/scenario/machine-port.ts';
import { CommitGate } from './commit-gate.ts';
import { Abandoned, RunEnds } from './run-end.ts';

export interface ActiveRun {
  id: string;
  route: string | null;
  scenarios: readonly string[];
  startedAt: string;
  gate: CommitGate;
  /** Ends the run at its next turn; a remote call that is out is still answered and recorded. */
  stop: AbortController;
  /** Also leaves a remote call that is out: its outcome stays unknown. */
  kill: AbortController;
  /** What would be answered if the run failed now. */
  errorResponse: ReplySlot | null;
}

export function activeRun(about: Pick<ActiveRun, 'id' | 'route' | 'scenarios' | 'startedAt'>): ActiveRun {
  return { ...about, gate: new CommitGate(), stop: new AbortController(), kill: new AbortController(), errorResponse: null };
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

  /** The error reply that a run of this node has set by now. */
  errorResponse(id: string): ReplySlot | null {
    return this.#runs.get(id)?.errorResponse ?? null;
  }

  /** True when the run was here and can no longer commit. */
  end(id: string, reason: Failure, how: 'stop' | 'kill' = 'stop'): boolean {
    const run = this.#runs.get(id);
    if (run === undefined || !run.gate.close(reason)) return false;
    run.stop.abort(new RunEnds(reason));
    if (how === 'kill') run.kill.abort(new RunEnds(reason));
    return true;
  }

  /** The run goes on elsewhere, or nowhere: it vanishes here. One that was stopped has no lease either, but its last call is still answered. */
  abandon(id: string): void {
    const run = this.#runs.get(id);
    if (run === undefined || run.stop.signal.reason instanceof RunEnds) return;
    run.stop.abort(new Abandoned());
    run.kill.abort(new Abandoned());
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
