/**
 * A backup as a job. It is made by one reading from its beginning to its end, so its steps only tell how far it is; a node
 * that takes the job over begins anew.
 */
import type { BackupFile, Backups } from '../../core/backup.ts';
import type { BackupKey } from '../../core/backup-key.ts';
import { Failure, failure } from '../../core/failure.ts';
import type { JobRow } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { SecretVault } from '../../core/secret-vault.ts';
import { isObject, type Value } from '../../core/value.ts';
import type { NewJob } from './job-desk.ts';
import type { JobKind, JobStep, JobTurn } from './kind.ts';

export const backupJobKind = 'makeBackup';

export interface BackupJobParts {
  backups: Backups;
  vault: Pick<SecretVault, 'seal' | 'unseal'>;
  clock: Clock;
}

/** What travels of the key is sealed: the row of a job must not be worth guessing at. */
export function backupJob(name: string, key: BackupKey, vault: BackupJobParts['vault'], by: string): NewJob {
  const sealed = key.key === null ? null : Buffer.from(vault.seal(name, JSON.stringify(key))).toString('base64');
  return { kind: backupJobKind, subject: name, input: { keyId: key.keyId, sealed }, triggers: true, by };
}

interface Making {
  done: number;
  total: number | null;
  /** Aborts the writing when nobody asks for it any more. */
  readonly stop: AbortController;
  readonly ended: Promise<BackupFile>;
  /** When its job was last asked for. */
  askedMs: number;
}

export class BackupJobs {
  readonly kind: JobKind;
  readonly #parts: BackupJobParts;
  readonly #making = new Map<string, Making>();

  constructor(parts: BackupJobParts) {
    this.#parts = parts;
    this.kind = { name: backupJobKind, step: (turn) => this.#step(turn) };
  }

  /** Nothing of an unfinished one stays; its job is taken up by the next node. */
  async close(): Promise<void> {
    const all = [...this.#making.values()];
    for (const making of all) making.stop.abort();
    await Promise.allSettled(all.map(({ ended }) => ended));
  }

  async #step({ job, checkpoint, signal, waitsFor }: JobTurn): Promise<JobStep> {
    waitsFor({ kind: 'file', about: job.subject ?? '' });
    const begun = isObject(checkpoint) && typeof checkpoint['begun'] === 'number' ? checkpoint['begun'] : 0;
    const making = this.#making.get(job.id);
    if (making === undefined) {
      // Each step counts as progress, so a backup that takes its node with it is counted here.
      if (begun >= limits.jobAttempts.value) throw failure('backup.interrupted', { name: job.subject, times: begun });
      this.#making.set(job.id, await this.#begin(job, signal));
      return { checkpoint: { begun: begun + 1 }, done: -job.done };
    }
    making.askedMs = this.#parts.clock.monotonicMs();
    const pause = new AbortController();
    const waited = this.#parts.clock.sleep(limits.backupToldMs.value, AbortSignal.any([signal, pause.signal])).then(() => null, () => null);
    try {
      const file = await Promise.race([making.ended, waited]);
      const told = { checkpoint: { begun }, done: making.done - job.done, ...(making.total === null ? {} : { total: making.total }) };
      if (file === null) return told;
      this.#making.delete(job.id);
      return { ...told, result: { name: file.name, bytes: file.bytes, sha256: file.sha256 } satisfies Value };
    } catch (error) {
      this.#making.delete(job.id);
      throw error;
    } finally {
      pause.abort();
    }
  }

  async #begin(job: JobRow, signal: AbortSignal): Promise<Making> {
    const { backups, clock } = this.#parts;
    const key = await this.#keyOf(job);
    const stop = new AbortController();
    const making: Omit<Making, 'ended'> = { done: 0, total: null, stop, askedMs: clock.monotonicMs() };
    const ended = backups.write({
      name: job.subject ?? '',
      key,
      signal: AbortSignal.any([signal, stop.signal]),
      progress: (done, total) => {
        [making.done, making.total] = [done, total];
        // A job that went to another node, or whose node lost it, is not asked for again.
        if (clock.monotonicMs() - making.askedMs > limits.backupAskedMs.value) stop.abort();
      },
    });
    ended.catch(() => undefined);
    signal.addEventListener('abort', () => this.#making.delete(job.id), { once: true });
    return Object.assign(making, { ended });
  }

  /** Throws `backup.keyChanged` when the master key is another one by now. */
  async #keyOf({ subject, input }: JobRow): Promise<BackupKey> {
    const { keyId = null, sealed = null } = isObject(input) ? input : {};
    if (typeof sealed !== 'string') return { keyId: typeof keyId === 'string' ? keyId : null, key: null };
    try {
      return JSON.parse(await this.#parts.vault.unseal(subject ?? '', Buffer.from(sealed, 'base64'))) as BackupKey; // sealed by ourselves
    } catch (cause) {
      if (cause instanceof Failure) throw failure('backup.keyChanged', { name: subject }, { cause });
      throw cause;
    }
  }
}
