/** The outside world as the core and the engine see it. Each port has a real and a simulated implementation. */

/** Instants are UTC text with microseconds ("2026-11-22T12:10:22.000001Z"); elapsed time is monotonic milliseconds. */
export interface Clock {
  /** Milliseconds since 1970 by the wall clock; never used for order, leases or due times. */
  wallMs(): number;
  /** Milliseconds of a clock that never jumps; only differences have meaning. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** `n` random bytes. */
  bytes(n: number): Uint8Array;
  /** In [0, 1); for jitter. */
  fraction(): number;
}

export interface Log {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void;
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * Places where a process may die in a way that matters. In production `reach` does nothing;
 * a simulation throws `Crashed` there, and the crash harness kills the real process there.
 */
export type CrashPoint =
  | 'intake.beforeCommit'
  | 'intake.afterCommit'
  | 'blob.beforeRow'
  | 'commit.sent'
  | 'commit.acknowledged'
  | 'request.afterIntent'
  | 'request.afterBytes'
  | 'request.beforeOutcome'
  | 'outbox.afterClaim'
  | 'outbox.afterBytes'
  | 'outbox.beforeOutcome'
  | 'reply.beforeSend';

export interface CrashPoints {
  reach(point: CrashPoint): void | Promise<void>;
}
