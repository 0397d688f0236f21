/** Publications that jobs carry out, over PostgreSQL. */
import type { Publishing } from '../../../core/publishing.ts';
import { failure } from '../../../core/failure.ts';
import { openJobStates } from '../../../core/job.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import { asked, openSession, type ConnectionSettings, type Readers, type Session } from '../pool.ts';
import { takeOverRecentWrites } from '../records/contract.ts';
import { changedAfter, countRecords as countConverted, firstId, pageAfter, presentPosition } from '../records/conversion-pages.ts';
import { converted } from '../records/convert.ts';
import { removeLeftovers } from '../records/leftovers.ts';
import { expand, tighten } from '../records/publication-phases.ts';
import { workOf, type PublicationWork } from '../records/publication-work.ts';
import { announce, checkPlan, underPublicationLock } from '../records/publish.ts';
import type { Queryable } from '../statement.ts';
import { ask } from './database.ts';
import { loadPublicationJob, refuseOtherDocuments, refuseWhilePublishing } from './publication-job.ts';
import { refuseRecords } from './publish.ts';

export interface PublishingPorts {
  settings: ConnectionSettings;
  readers: Readers;
  clock: Clock;
  log: Log;
}

/** How often a cancelled job's columns are tried to be removed at once, while a statement of its worker may still be ending. */
const clearingAttempts = 5;

export function publishing({ settings, readers, clock, log }: PublishingPorts): Publishing {
  // What a job has to do does not change; a checkpoint follows another within milliseconds.
  let known: { job: string; work: PublicationWork } | null = null;
  const knownWork = async (job: string): Promise<PublicationWork> => {
    if (known?.job !== job) known = { job, work: await workOf(readers, job) };
    return known.work;
  };
  const withSession = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await openSession(settings, 'plain', log);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  return {
    stands: (job) => asked(stands(readers, job)),
    prepare: (job) =>
      asked(withSession((session) =>
        underPublicationLock(session, { clock, log }, async (ddl) => {
          await removeLeftovers(ddl);
          if (!(await stands(session, job))) {
            const { publication, templates } = await loadPublicationJob(session, job);
            await refuseWhilePublishing(session, job);
            await refuseOtherDocuments(session, publication);
            await refuseRecords(session, publication, templates);
            await checkPlan(session, templates);
            await refuseOver(session, job);
            await announce(session, templates, publication.base + 1, job);
          }
          const work = await workOf(session, job);
          await expand(ddl, work);
          const position = await presentPosition(session);
          let records = 0;
          for (const conversions of work.conversions) records += await countConverted(session, conversions);
          return { position, records };
        }),
      )),
    page: (job, { pass, after }, size) => asked(page(readers, job, { pass, after }, size)),
    changed: async (job, position, size) => {
      const { conversions } = await asked(knownWork(job));
      const { groups, ...rest } = await asked(changedAfter(readers, conversions, position, size, false));
      const done = await Promise.all(groups.map((group) => converted(readers, group.conversions, group.rows)));
      return { writes: done.map(({ write }) => write), lost: done.flatMap(({ lost }) => lost), position: rest.position, caughtUp: rest.caughtUp };
    },
    tighten: (job, signal) =>
      asked(withSession(async (session) => {
        const end = (): void => void readers.query({ text: 'SELECT pg_cancel_backend($1)', values: [session.backend.pid] }).catch(() => undefined);
        signal.addEventListener('abort', end);
        try {
          await underPublicationLock(session, { clock, log, signal }, async (ddl) => {
            if (await stands(session, job)) await tighten(ddl, await workOf(session, job));
          });
        } finally {
          signal.removeEventListener('abort', end);
        }
      })),
    removeLeftovers: () => asked(withSession((session) => underPublicationLock(session, { clock, log }, (ddl) => removeLeftovers(ddl), clearingAttempts))),
    takeOverLateWrites: () => asked(withSession((session) => takeOverRecentWrites(session, { clock, log }))),
  };

  async function page(client: Queryable, job: string, { pass, after }: { pass: number; after: string }, size: number): ReturnType<Publishing['page']> {
    const { conversions: passes } = await knownWork(job);
    const conversions = passes[pass];
    if (conversions === undefined) return { write: null, lost: [], changed: 0, records: 0, next: null };
    const rows = await pageAfter(client, conversions, after, size);
    const { write, lost, changed } = await converted(client, conversions, rows);
    const last = rows.length < size ? undefined : rows.at(-1);
    const next = last !== undefined ? { pass, after: last.id } : pass + 1 < passes.length ? { pass: pass + 1, after: firstId } : null;
    return { write, lost, changed, records: rows.length, next };
  }
}

async function stands(client: Queryable, job: string): Promise<boolean> {
  return (await ask(client, 'SELECT 1 FROM zveno.template WHERE job = $1 AND NOT ready LIMIT 1', [job])).length > 0;
}

/** It may have been cancelled while it waited for the lock. */
async function refuseOver(client: Queryable, job: string): Promise<void> {
  const [row] = await ask<{ state: string; open: boolean }>(client, 'SELECT state, state = ANY ($2::text[]) AS open FROM zveno.job WHERE id = $1', [job, openJobStates]);
  if (row?.open !== true) throw failure('job.over', { id: job, state: row?.state ?? '' });
}
