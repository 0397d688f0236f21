/** Backups over REST: made as jobs, one at a time; listed, downloaded and deleted. */
import { randomUUID } from 'node:crypto';
import { backupOperations } from '../../api/backups.ts';
import { auditOf } from '../../core/audit.ts';
import type { Caller } from '../../core/account.ts';
import type { BackupFile } from '../../core/backup.ts';
import { failure } from '../../core/failure.ts';
import { openJobStates, type JobSummary } from '../../core/job.ts';
import { limits } from '../../core/limits.ts';
import type { ValueObject } from '../../core/value.ts';
import { backupJob, backupJobKind } from '../../engine/jobs/make-backup.ts';
import { callerRights } from '../sign-in.ts';
import { good, handle, type Handler } from './handler.ts';
import { begun } from './jobs.ts';
import type { ApiParts } from './parts.ts';
import { rangeOf } from './range.ts';

export function backupHandlers({ backups, engine: { jobs }, vault, clock, auditTrail }: ApiParts): readonly Handler[] {
  const underWay = async (): Promise<readonly JobSummary[]> => (await jobs.stored.list({ states: openJobStates, kinds: [backupJobKind] }, { limit: limits.pageRows.value })).jobs;
  const known = async (name: string): Promise<BackupFile> => {
    const found = await backups.find(name);
    if (found === null) throw failure('backup.unknown', { name: name.slice(0, 130) });
    return found;
  };
  let asking = Promise.resolve();
  /** Two that ask at once are one after the other: the second is told of the first. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = asking.then(work);
    asking = mine.then(() => undefined, () => undefined);
    return mine;
  };

  return [
    handle(backupOperations.listBackups, async () => {
      const [making, whole] = [await underWay(), await backups.list()];
      return good({ backups: [...making.filter(({ subject }) => !whole.some(({ name }) => name === subject)).map(makingJson), ...whole.map(wholeJson)] });
    }),

    handle(backupOperations.makeBackup, async ({ body: { passphrase, withoutKey = false }, caller, actor, lang }) => {
      assertKeyChoice(passphrase, withoutKey, caller);
      return await inTurn(async () => {
        const [other] = await underWay();
        if (other !== undefined) throw failure('backup.underWay', { name: other.subject });
        const id = randomUUID();
        const name = `backup-${new Date(clock.wallMs()).toISOString().replace(/[-:]|\.\d+/g, '')}-${id.slice(0, 8)}.zveno`;
        await jobs.start({ ...backupJob(name, await backups.keyUnder(passphrase ?? null), vault, caller.account.id), id });
        await auditTrail.record(auditOf(actor, 'makeBackup', 'Backup', name, { withKey: passphrase !== undefined }));
        return await begun(jobs, id, lang);
      });
    }),

    handle(backupOperations.cancelBackup, async ({ params: { name } }) => {
      const job = (await underWay()).find(({ subject }) => subject === name);
      if (job === undefined) throw failure('backup.notUnderWay', { name: name.slice(0, 130) });
      await jobs.cancel(job.id);
      return { status: 204 };
    }),

    handle(backupOperations.downloadBackup, async ({ params, headers, actor }) => {
      const { name, bytes, sha256 } = await known(params.name);
      const etag = sha256 === null ? undefined : `"${sha256}"`;
      const same = headers['if-range'] === undefined || headers['if-range'] === etag;
      const range = same ? rangeOf(headers.range, bytes) : null;
      const stream = await backups.read(name, range ?? undefined);
      await auditTrail.record(auditOf(actor, 'downloadBackup', 'Backup', name, range === null ? null : { from: range.from, to: range.to }));
      return {
        status: range === null ? 200 : 206,
        stream,
        mediaType: 'application/zstd',
        headers: {
          'accept-ranges': 'bytes',
          'content-length': String(range === null ? bytes : range.to - range.from + 1),
          'content-disposition': `attachment; filename="${name}"`,
          'x-content-type-options': 'nosniff',
          ...(sha256 === null ? {} : { etag: `"${sha256}"`, 'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` }),
          ...(range === null ? {} : { 'content-range': `bytes ${range.from}-${range.to}/${bytes}` }),
        },
      };
    }),

    handle(backupOperations.deleteBackup, async ({ params: { name } }) => {
      await known(name);
      await backups.remove(name);
      return { status: 204 };
    }),
  ];
}

/** Throws `backup.passphraseOrNot`, `backup.weakPassphrase`, `backup.keyForAdministrators`: whoever may choose the passphrase and download could read every secret. */
function assertKeyChoice(passphrase: string | undefined, withoutKey: boolean, caller: Caller): void {
  if ((passphrase === undefined) !== withoutKey) throw failure('backup.passphraseOrNot');
  if (passphrase === undefined) return;
  const least = limits.backupPassphraseCharacters.value;
  if (passphrase.length < least) throw failure('backup.weakPassphrase', { least });
  if (!callerRights(caller).administrator) throw failure('backup.keyForAdministrators', { account: caller.account.name });
}

const wholeJson = ({ name, madeAt, bytes, sha256 }: BackupFile): ValueObject => ({ name, state: 'whole', madeAt, bytes, sha256, job: null });

const makingJson = ({ id, subject, state, done, total }: JobSummary): ValueObject => ({ name: subject, state: 'making', madeAt: null, bytes: null, sha256: null, job: { id, state, done, total } });
