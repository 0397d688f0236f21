/** API tokens that somebody has to look at: what calls by them stops when they end. */
import type { Account, ApiToken } from './account.ts';
import { failure, type Failure } from './failure.ts';
import { limits } from './limits.ts';

/** Those that end soon, and those that ended lately: after a while nobody calls by them any more. */
export function tokenProblems(tokens: readonly ApiToken[], accounts: readonly Pick<Account, 'id' | 'name'>[], nowMs: number): readonly Failure[] {
  const notice = limits.secretNoticeDays.value * 86_400_000;
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  return tokens.flatMap(({ id, name, account, expiresAt, revokedAt }) => {
    if (expiresAt === null || revokedAt !== null) return [];
    const left = Date.parse(expiresAt) - nowMs;
    if (Math.abs(left) > notice) return [];
    return [failure(left <= 0 ? 'token.expired' : 'token.expiresSoon', { name, id, account: names.get(account) ?? account, at: expiresAt })];
  });
}
