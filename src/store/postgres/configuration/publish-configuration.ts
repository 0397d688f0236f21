/** A publication within its call, or the job that carries it out because it would take longer than a caller should wait. */
import type { Publication, Published } from '../../../core/configuration/configuration-store.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { TemplatePlan } from '../../../core/template-plan.ts';
import type { Template } from '../../../core/template.ts';
import { openSession, type ConnectionSettings, type Readers } from '../pool.ts';
import { takesLong } from '../records/publication-size.ts';
import { checkPlan, prepareTables, refusePlan, underPublicationLock } from '../records/publish.ts';
import { notify } from '../wake.ts';
import { assertUnchanged, removePublished } from './drafts.ts';
import { insertPublicationJob, refuseWhilePublishing } from './publication-job.ts';
import { lockHead, nextRevision, refuseRecords, writeObjects } from './publish.ts';

export interface PublishPorts {
  /** For a session of its own while tables are made. */
  settings: ConnectionSettings;
  readers: Readers;
  clock: Clock;
  log: Log;
}

export async function publishConfiguration(ports: PublishPorts, publication: Publication, plan: TemplatePlan): Promise<Published> {
  refusePlan(plan);
  await refuseWhilePublishing(ports.readers);
  const session = await openSession(ports.settings, 'plain', ports.log);
  try {
    if (publication.alone !== true && (await takesLong(ports.readers, plan.templates))) {
      // What would refuse it is said to the caller, not by the job.
      await checkPlan(session, plan.templates);
      return { kind: 'job', job: await beginJob(ports, publication, plan.templates) };
    }
    return await underPublicationLock(session, ports, async (ddl) => {
      const done = await ports.readers.transaction(async (client) => {
        const revision = await nextRevision(client, publication.by, publication.note, publication.base);
        await refuseWhilePublishing(client);
        await removePublished(client, publication.drafts ?? []);
        await refuseRecords(ports.readers, publication, plan.templates);
        const tables = await prepareTables(ddl, plan.templates, revision);
        await tables.switchTo(client);
        await writeObjects(client, publication, revision);
        return { revision, tables };
      });
      await done.tables.settle();
      return { kind: 'revision', revision: done.revision };
    });
  } finally {
    await session.close();
  }
}

async function beginJob(ports: PublishPorts, publication: Publication, templates: readonly Template[]): Promise<string> {
  const id = await ports.readers.transaction(async (client) => {
    await lockHead(client, publication.base);
    await refuseWhilePublishing(client);
    await assertUnchanged(client, publication.drafts ?? []);
    await refuseRecords(ports.readers, publication, templates);
    return await insertPublicationJob(client, { publication, templates, subject: templates.length === 1 ? (templates[0]?.name ?? null) : null });
  });
  await notify(ports.readers, ['timer']);
  return id;
}
