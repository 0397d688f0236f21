/**
 * Tells pollers that something came into a queue. A wake that is lost costs them one pause, never a message.
 * Notifications are sent beside the commits, many at once: within a transaction each would make its COMMIT
 * wait for the disk alone, behind a lock of the whole cluster.
 */
import type { Clock, Log } from '../../core/ports.ts';
import { limits } from '../../core/limits.ts';
import { openSession, type ConnectionSettings, type Session } from './pool.ts';
import type { Queryable } from './statement.ts';

const wakeNames = ['inbox', 'outbox', 'timer', 'configuration', 'cancel', 'accounts', 'sessions', 'instance', 'dossier'] as const;
export type Wake = (typeof wakeNames)[number];

export interface WakeListener {
  on(listener: (wake: Wake) => void): () => void;
  /** Wakes the listeners of this node at once, and those of the others soon. */
  announce(wake: Wake): void;
  close(): Promise<void>;
}

/** Listens in the background and connects again whenever the connection is lost. */
export function openWakeListener(settings: ConnectionSettings, readers: Queryable, clock: Clock, log: Log): WakeListener {
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
      for (const wake of wakeNames) tell(wake);
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

  const announced = new Set<Wake>();
  let sending: Promise<void> | null = null;
  const send = async (): Promise<void> => {
    while (announced.size > 0 && !stopped.signal.aborted) {
      const wakes = [...announced];
      announced.clear();
      await notify(readers, wakes).catch((error: unknown) => log.debug('store.notify', { reason: error instanceof Error ? error.message : String(error) }));
      await clock.sleep(limits.wakePauseMs.value, stopped.signal).catch(() => undefined);
    }
    sending = null;
  };

  return {
    on: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    announce: (wake) => {
      tell(wake);
      announced.add(wake);
      sending ??= send();
    },
    close: async () => {
      stopped.abort();
      await Promise.all([running, sending]);
    },
  };
}

/** Resolves when the server has passed it on. */
export const notify = (client: Queryable, wakes: readonly Wake[]): Promise<unknown> =>
  client.query({ text: "SELECT pg_notify('zveno_wake', w) FROM unnest($1::text[]) AS w", values: [wakes] });

const isWake = (text: string): text is Wake => wakeNames.some((wake) => wake === text);

const untilEnd = (session: Session, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    session.onEnd(resolve);
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
