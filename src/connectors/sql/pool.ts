/** Keeps a bounded number of sessions and lends them out, first come, first served. */
import { createTurnstile, failure } from '../../sdk/index.ts';
import { openSession, type Session, type SqlContext } from './session.ts';

export interface Pool {
  /** Runs `use` with a session of its own; a session whose link broke is not kept. */
  lend<T>(use: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

const idleMs = 30_000;

export function createPool(context: SqlContext): Pool {
  const size = context.properties.poolSize;
  const closing = new AbortController();
  const idle: { session: Session; timer: NodeJS.Timeout }[] = [];
  const lent = new Set<Session>();
  const turnstile = createTurnstile(size);

  async function enter(signal: AbortSignal): Promise<void> {
    const ms = context.properties.statementTimeoutMs;
    try {
      await turnstile.enter(AbortSignal.any([signal, closing.signal, AbortSignal.timeout(ms)]));
    } catch (cause) {
      signal.throwIfAborted();
      closing.signal.throwIfAborted();
      throw failure('connection.poolTimeout', { connection: context.name, size, ms }, { cause });
    }
  }

  async function take(signal: AbortSignal): Promise<Session> {
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.session.usable) return kept.session;
    }
    return openSession(context, AbortSignal.any([signal, closing.signal]));
  }

  function keep(session: Session): void {
    if (!session.usable || closing.signal.aborted) return void session.close();
    const timer = setTimeout(() => {
      idle.splice(idle.findIndex((each) => each.session === session), 1);
      void session.close();
    }, idleMs);
    timer.unref();
    idle.push({ session, timer });
  }

  return {
    async lend(use, signal) {
      signal.throwIfAborted();
      if (closing.signal.aborted) throw failure('connection.closed', { connection: context.name });
      await enter(signal);
      try {
        const session = await take(signal);
        lent.add(session);
        try {
          return await use(session);
        } finally {
          lent.delete(session);
          keep(session);
        }
      } finally {
        turnstile.leave();
      }
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort(failure('connection.closed', { connection: context.name }));
      for (const session of lent) session.destroy();
      await Promise.all(idle.splice(0).map(({ session, timer }) => {
        clearTimeout(timer);
        return session.close();
      }));
    },
  };
}
