/** What is stored of a password: argon2id over its text, composed (NFC) once here, so that keyboards which compose it otherwise are understood. */
import { hash, verify } from '@node-rs/argon2';

/** 19 MiB, two passes, one lane. A hash of less is made anew at the next sign-in. */
const strength = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const newPasswordHash = (password: string): Promise<string> => hash(password.normalize('NFC'), strength);

export type PasswordVerdict = 'wrong' | 'good' | 'weaklyKept';

/** `weaklyKept`: good, and its hash should be made anew. */
export async function checkPassword(stored: string, password: string): Promise<PasswordVerdict> {
  const composed = password.normalize('NFC');
  if (await verify(stored, composed).catch(() => false)) return isStrong(stored) ? 'good' : 'weaklyKept';
  // Hashes of before were made of the text as it came.
  return composed !== password && (await verify(stored, password).catch(() => false)) ? 'weaklyKept' : 'wrong';
}

function isStrong(stored: string): boolean {
  const [, memory = '0', passes = '0'] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$/.exec(stored) ?? [];
  return Number(memory) >= strength.memoryCost && Number(passes) >= strength.timeCost;
}
