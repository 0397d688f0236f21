/** A job in one line: what it does, how far it is, and what is wrong. */
import { Failure, type Lang } from '../core/failure.ts';
import type { JobState, JobSummary } from '../core/job.ts';
import type { Localised } from './command.ts';

const states: Readonly<Record<JobState, Localised>> = {
  queued: { ru: 'ждёт очереди', en: 'queued' },
  running: { ru: 'идёт', en: 'running' },
  waiting: { ru: 'ждёт повтора', en: 'waits to be tried again' },
  done: { ru: 'готово', en: 'done' },
  failed: { ru: 'не удалось', en: 'failed' },
  cancelled: { ru: 'отменено', en: 'cancelled' },
};

const words = {
  problems: { ru: 'с ошибками', en: 'with problems' },
  left: { ru: 'осталось около', en: 'about this left' },
} satisfies Record<string, Localised>;

export function jobLine({ id, kind, subject, state, done, total, failed, restMs, failure }: JobSummary, lang: Lang): string {
  const share = total === null ? String(done) : `${done}/${total}${total > 0 ? ` (${Math.floor((done * 100) / total)} %)` : ''}`;
  return [
    id,
    `${kind}${subject === null ? '' : ` ${subject}`}`,
    states[state][lang],
    share,
    ...(failed > 0 ? [`${words.problems[lang]}: ${failed}`] : []),
    ...(restMs === null || restMs < 1_000 ? [] : [`${words.left[lang]}: ${Math.round(restMs / 1_000)} s`]),
    ...(failure === null ? [] : [Failure.from(failure).text(lang)]),
  ].join('\t');
}
