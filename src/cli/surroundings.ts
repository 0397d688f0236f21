/** All that a command sees of the process it runs in. */
import type { Readable } from 'node:stream';
import type { Lang } from '../core/failure.ts';

export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  input: Readable & { isTTY?: boolean };
  /** Results, for a person or a pipe. */
  readonly print: (text: string) => void;
  /** Questions, progress and failures. */
  readonly tell: (text: string) => void;
  lang: Lang;
  signal: AbortSignal;
}

/** Russian where the locale says so, else English; ZVENO_LANG wins. */
export function langOf(environment: Surroundings['environment']): Lang {
  const named = environment['ZVENO_LANG'] || environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return named.toLowerCase().startsWith('ru') ? 'ru' : 'en';
}
