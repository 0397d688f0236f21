/** Secrets and tokens that end soon or have ended, for those who look after the installation. */
import type { AccountDirectory } from '../core/account.ts';
import type { Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import { secretProblems, type SecretVault } from '../core/secret-vault.ts';
import { tokenProblems } from '../core/token-expiry.ts';

export interface EndingParts {
  vault: Pick<SecretVault, 'list'>;
  accounts: Pick<AccountDirectory, 'tokens' | 'list'>;
  clock: Clock;
}

/** What ends soon or has ended, by name. */
export async function endings({ vault, accounts, clock }: EndingParts): Promise<readonly Failure[]> {
  const nowMs = clock.wallMs();
  return [...secretProblems(await vault.list(), nowMs), ...tokenProblems(await accounts.tokens(null), await accounts.list(), nowMs)];
}

/** How many secrets and tokens end soon or have ended; which ones is for those who may see their names. */
export async function endingWarnings(parts: EndingParts, log: Log): Promise<readonly { part: string; text: string }[]> {
  try {
    const problems = await endings(parts);
    const count = (code: string): number => problems.filter((problem) => problem.code === code).length;
    const soon = `expire within ${limits.secretNoticeDays.value} days`;
    const said = [['secrets', 'secret.expired', 'have expired'], ['secrets', 'secret.expiresSoon', soon], ['tokens', 'token.expired', 'have expired'], ['tokens', 'token.expiresSoon', soon]] as const;
    return said.flatMap(([part, code, text]) => (count(code) === 0 ? [] : [{ part, text: `${count(code)} ${text}; zveno check names them${part === 'secrets' ? ', and so does GET /api/v1/secrets' : ''}` }]));
  } catch (error) {
    log.warn('health.secrets', { error: error instanceof Error ? error.message : String(error) });
    return [];
  }
}
