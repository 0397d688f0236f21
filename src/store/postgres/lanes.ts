/** The pipelined connections of a node: made when first needed, handed out one user at a time, replaced when lost. */
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import { openSession, type ConnectionSettings, type Session, type SessionKind } from './pool.ts';

export interface Lanes {
  /**
   * Runs `work` on a lane that nobody else uses meanwhile. Throws `store.unavailable` when no connection can be had
   * and `store.busy` when too many wait; in both cases `work` has not begun.
   */
  use<T>(work: (lane: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openLanes(settings: ConnectionSettings, kind: SessionKind, count: number, log: Log): Lanes {
  const idle: Session[] = [];
  const waiting: (() => void)[] = [];
  let inUse = 0;
  let closed = false;

  const enter = async (): Promise<void> => {
    if (inUse < count) {
      inUse += 1;
      return;
    }
    if (waiting.length >= limits.commitsWaiting.value) throw failure('store.busy', { waiting: waiting.length });
    // Whoever leaves hands its place over, so `inUse` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };

  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) inUse -= 1;
    else next();
  };

  const take = async (): Promise<Session> => {
    if (closed) throw failure('store.unavailable');
    for (let lane = idle.pop(); lane !== undefined; lane = idle.pop()) if (!lane.lost) return lane;
    try {
      return await openSession(settings, kind, log);
    } catch (cause) {
      throw failure('store.unavailable', {}, { cause });
    }
  };

  const put = async (lane: Session): Promise<void> => {
    if (!lane.lost && !closed) idle.push(lane);
    else await lane.close();
  };

  return {
    use: async (work) => {
      await enter();
      try {
        const lane = await take();
        try {
          return await work(lane);
        } finally {
          await put(lane);
        }
      } finally {
        leave();
      }
    },
    close: async () => {
      closed = true;
      await Promise.all(idle.splice(0).map((lane) => lane.close()));
    },
  };
}
