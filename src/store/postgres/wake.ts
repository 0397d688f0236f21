/** Tells pollers that something came into a queue. A wake that is lost costs them one pause, never a message. */
import type { Clock, Log } from '../../core/ports.ts';
import { limits } from '../../core/limits.ts';
import { openSession, type ConnectionSettings, type Session } from './pool.ts';

export type Wake = 'inbox' | 'outbox' | 'configuration' | 'cancel';

export interface WakeListener {
  on(listener: (wake: Wake) => void): () => void;
  /** Wakes the listeners of this node at once. */
  tell(wake: Wake): void;
  close(): Promise<void>;
}

/** Listens in the background and connects again whenever the connection is lost. */
export function openWakeListener(settings: ConnectionSettings, clock: Clock, log: Log): WakeListener {
  const listeners = new Set<(wake: Wake) => void>();
  const stopped = new AbortController();
  const tell = (wake: Wake): void => {
    for (const listener of listeners) listener(wake);
  };

  const listen = async (): Promise<void> => {
    const session = await openSession(settings, 'plain', log);
    try {
      session.onNotification((_, payload) => {
        if (isWake(payload)) tell(payload);
      });
      const ended = untilEnd(session, stopped.signal);
      await session.script('LISTEN zveno_wake');
      // What was told while nobody listened is found by looking.
      for (const wake of ['inbox', 'outbox', 'configuration', 'cancel'] as const) tell(wake);
      await ended;
    } finally {
      await session.close();
    }
  };

  const running = (async () => {
    while (!stopped.signal.aborted) {
      try {
        await listen();
      } catch (error) {
        log.debug('store.listen', { reason: error instanceof Error ? error.message : String(error) });
      }
      await clock.sleep(limits.commitRedialMs.value, stopped.signal).catch(() => undefined);
    }
  })();

  return {
    on: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell,
    close: async () => {
      stopped.abort();
      await running;
    },
  };
}

const isWake = (text: string): text is Wake => text === 'inbox' || text === 'outbox' || text === 'configuration' || text === 'cancel';

const untilEnd = (session: Session, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    session.onEnd(resolve);
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
