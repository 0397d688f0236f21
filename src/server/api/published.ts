/** What is answered to whoever has published: the revision, or the job when it takes longer than a call should. */
import type { Published } from '../../core/configuration/configuration-store.ts';
import type { Lang } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import { awaitPublication } from '../../engine/await-publication.ts';
import { good, type Answered } from './handler.ts';
import { jobJson } from './job-json.ts';
import type { ApiParts } from './parts.ts';

/** `about`: what the answer says besides. */
export async function answerPublished({ engine, clock, configuration, publicationWaitMs }: ApiParts, published: Published, about: ValueObject, { lang, signal }: { lang: Lang; signal: AbortSignal }): Promise<Answered> {
  const outcome = await awaitPublication(published, { jobs: engine.jobs.stored, clock, waitMs: publicationWaitMs, signal });
  if (outcome.kind === 'job') return { status: 202, body: { job: jobJson(outcome.job, lang), ...about }, headers: { location: `/api/v1/jobs/${outcome.job.id}` } };
  await configuration.atLeast(outcome.revision, signal);
  return good({ revision: outcome.revision, ...about });
}
