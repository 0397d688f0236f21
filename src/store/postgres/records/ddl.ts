/**
 * Runs one DDL statement after another on one session. A statement waits two seconds for its lock at most,
 * because everybody who comes after it would wait behind it, and is then tried again.
 */
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Queryable } from '../statement.ts';

export interface DdlOptions {
  clock: Clock;
  log: Log;
  signal?: AbortSignal;
}

export class Ddl {
  readonly session: Queryable;
  readonly #options: DdlOptions;

  constructor(session: Queryable, options: DdlOptions) {
    this.session = session;
    this.#options = options;
  }

  /** One publication at a time in the whole database. */
  async lock(number: number, attempts: number = limits.publishAttempts.value): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { rows } = await this.session.query<{ locked: boolean }>({ text: 'SELECT pg_try_advisory_lock($1) AS locked', values: [number] });
      if (rows[0]?.locked === true) break;
      await this.pauseAfter(attempt, '*', undefined, attempts);
    }
    await this.session.query({ text: `SET lock_timeout = ${limits.publishLockMs.value}`, values: [] });
  }

  /** Says so and goes on when the session is lost: its lock went with it, and the error that ended it is the one to tell. */
  async unlock(number: number): Promise<void> {
    try {
      await this.session.query({ text: 'RESET lock_timeout', values: [] });
      await this.session.query({ text: 'SELECT pg_advisory_unlock($1)', values: [number] });
    } catch (error) {
      this.#options.log.warn('template.unlock', { reason: String(error) });
    }
  }

  /** A statement with values, tried again while somebody holds its rows. */
  async patiently(template: string, statement: { text: string; values: readonly unknown[] }): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.session.query(statement);
        return;
      } catch (error) {
        if (!isLockTrouble(error)) throw error;
        await this.pauseAfter(attempt, template, error);
      }
    }
  }

  /** `template` is named when the lock cannot be had. `beforeRetry` clears what a failed try may have left. */
  async run(template: string, text: string, beforeRetry?: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.session.query({ text, values: [] });
        this.#options.log.debug('template.ddl', { template, statement: text });
        return;
      } catch (error) {
        if (!isLockTrouble(error)) throw error;
        await this.pauseAfter(attempt, template, error);
        if (beforeRetry !== undefined) await this.run(template, beforeRetry);
      }
    }
  }

  /** Throws `template.busy` when that was the last attempt. */
  async pauseAfter(attempt: number, template: string, cause?: unknown, attempts: number = limits.publishAttempts.value): Promise<void> {
    if (attempt >= attempts) throw failure('template.busy', { template, attempts }, { cause });
    await this.#options.clock.sleep(Math.min(100 * 2 ** attempt, 2_000), this.#options.signal);
  }
}

/** The SQLSTATE of a database error. */
export const sqlState = (error: unknown): string | undefined => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined);

/** Somebody else holds what the statement wants. */
export const isLockTrouble = (error: unknown): boolean => ['55P03', '40P01'].includes(sqlState(error) ?? '');
