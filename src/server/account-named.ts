/** Accounts by the names that people write. */
import type { Account, AccountDirectory } from '../core/account.ts';
import { failure } from '../core/failure.ts';
import { nearestKnown } from '../core/nearest-known.ts';

/** Throws `account.unknown` with the nearest name. */
export async function accountNamed(accounts: AccountDirectory, name: string): Promise<Account> {
  const found = await accounts.byName(name);
  if (found !== null) return found.account;
  const names = (await accounts.list()).map((account) => account.name);
  throw failure('account.unknown', { name: name.slice(0, 80), nearest: nearestKnown(name, names) });
}
