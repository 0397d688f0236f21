/** Waits for a publication and says what comes of it; while a job converts the values, how far it is. */
import type { Published } from '../core/configuration/configuration-store.ts';
import type { JobSummary } from '../core/job.ts';
import { awaitPublication } from '../engine/await-publication.ts';
import { jobStore } from '../store/postgres/jobs/job-store.ts';
import { exitCodes, type ExitCode, type Localised } from './command.ts';
import { jobLine } from './job-text.ts';
import type { PlatformDatabase } from './platform-database.ts';
import { processClock } from './process-ports.ts';
import type { Surroundings } from './surroundings.ts';

const words = {
  revision: { ru: 'Опубликована версия конфигурации', en: 'Published as configuration revision' },
  goesOn: { ru: 'Публикацию ведёт задание, до его конца всё работает по-прежнему. Ход и отмена: zveno job show, zveno job cancel.', en: 'A job carries the publication out; until its end everything works as before. To watch or cancel it: zveno job show, zveno job cancel.' },
} satisfies Record<string, Localised>;

/** Pause between two lines of progress. */
const lineMs = 2_000;

export async function sayPublished({ readers }: PlatformDatabase, published: Published, { surroundings, wait }: { surroundings: Surroundings; wait: boolean }): Promise<ExitCode> {
  const { lang, print, tell, signal } = surroundings;
  if (published.kind === 'job' && !wait) return goesOn(published.job);
  let saidAt = processClock.monotonicMs();
  const seen = (job: JobSummary): void => {
    if (processClock.monotonicMs() - saidAt < lineMs) return;
    saidAt = processClock.monotonicMs();
    tell(`${jobLine(job, lang)}\n`);
  };
  try {
    const outcome = await awaitPublication(published, { jobs: jobStore(readers), clock: processClock, waitMs: null, signal, seen });
    if (outcome.kind === 'revision') {
      print(`${words.revision[lang]} ${outcome.revision}.\n`);
      return exitCodes.done;
    }
    tell(`${jobLine(outcome.job, lang)}\n`);
    return exitCodes.failed;
  } catch (error) {
    if (!signal.aborted || published.kind === 'revision') throw error;
    return goesOn(published.job);
  }

  function goesOn(job: string): ExitCode {
    print(`${job}\n`);
    tell(`${words.goesOn[lang]}\n`);
    return exitCodes.done;
  }
}
