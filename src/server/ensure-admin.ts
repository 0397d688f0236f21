/** The first account, made at the first start. */
import { randomUUID } from 'node:crypto';
import { administratorRole } from '../core/access/role.ts';
import type { AccountDirectory } from '../core/account.ts';
import { commandActor } from '../core/audit.ts';
import { newPasswordHash } from './password-hash.ts';
import type { PasswordRules } from './password-rules.ts';
import { newPassword } from './sign-in.ts';

export const adminName = 'admin';

/** Returns the password when it was drawn here: it is shown once and kept nowhere. Two nodes at once make one account. Throws what the rules say of a given one. */
export async function ensureAdmin(accounts: AccountDirectory, given: string | null, rules: PasswordRules): Promise<string | null> {
  if ((await accounts.byName(adminName)) !== null) return null;
  if (given !== null) rules.assertGood(given, adminName);
  const password = given ?? newPassword();
  const created = await accounts.create({ id: randomUUID(), name: adminName, passwordHash: await newPasswordHash(password), permissions: [], roles: [administratorRole], groups: [] }, commandActor('zveno start'));
  return created && given === null ? password : null;
}
