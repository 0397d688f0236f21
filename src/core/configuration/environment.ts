/** Environments of connections, and which of them ask for care. */
import { failure } from '../failure.ts';

const productionNames: ReadonlySet<string> = new Set(['production', 'prod', 'live', 'прод', 'продакшен', 'боевой', 'рабочий']);

export const isProduction = (environment: string | null): boolean => environment !== null && productionNames.has(environment.toLowerCase());

/**
 * A change of a production has to name it, so that nothing meant for a test system reaches it by a wrong address.
 * Throws `config.nameEnvironment`, and `config.otherEnvironment` when another one is named.
 */
export function assertMeant(environment: string | null, named: string | null): void {
  if (named !== null && named !== environment) throw failure('config.otherEnvironment', { environment: environment ?? '—', named: named.slice(0, 64) });
  if (named === null && environment !== null && isProduction(environment)) throw failure('config.nameEnvironment', { environment });
}
