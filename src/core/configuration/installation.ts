/** One installation of the platform: a database with all nodes over it. */
import { failure } from '../failure.ts';

export interface Installation {
  id: string;
  /** For which its nodes were last started; null when they were not told. */
  environment: string | null;
}

const productionNames: ReadonlySet<string> = new Set(['production', 'prod', 'live', 'прод', 'продакшен', 'боевой', 'рабочий']);

export const isProduction = (environment: string | null): boolean => environment !== null && productionNames.has(environment.toLowerCase());

/**
 * A change of a production has to name it, so that nothing meant for a test system reaches it by a wrong address.
 * Throws `config.nameEnvironment`, and `config.otherEnvironment` when another one is named.
 */
export function assertMeant({ environment }: Installation, named: string | null): void {
  if (named !== null && named !== environment) throw failure('config.otherEnvironment', { environment: environment ?? '—', named: named.slice(0, 64) });
  if (named === null && environment !== null && isProduction(environment)) throw failure('config.nameEnvironment', { environment });
}
