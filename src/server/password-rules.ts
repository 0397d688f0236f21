/** Which passwords people may choose: long enough, not the name, and nothing that is guessed early. Nothing is said of signs, nothing ages. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export interface PasswordRules {
  /** Throws `account.passwordLength`, `account.passwordName` or `account.passwordGuessed`. */
  assertGood(password: string, account: string): void;
}

export function passwordRules(least: number): PasswordRules {
  // A tenth of a second and some megabytes: only when somebody chooses a password.
  let guesser: ZxcvbnFactory | null = null;
  const guesses = (text: string, account: string): number => {
    guesser ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: limits.passwordGuessedCharacters.value });
    return guesser.check(text, [...ownWords, account]).guesses;
  };
  return {
    assertGood(password, account) {
      const text = password.normalize('NFC');
      const most = limits.passwordCharacters.value;
      if (Array.from(text).length < least || text.length > most) throw failure('account.passwordLength', { least, most });
      if (holds(text, account)) throw failure('account.passwordName', { account });
      // Words and rows of keys are the same to whoever guesses in the other layout.
      if (Math.min(guesses(text, account), guesses(asLatinKeys(text), account)) < leastGuesses) throw failure('account.passwordGuessed');
    },
  };
}

/** A hundred million: what a stolen hash stands for about a month on one processor. */
const leastGuesses = 1e8;

/** What people here begin with. */
const ownWords = ['zveno', 'звено', 'пароль', 'админ', 'администратор', 'привет', 'gfhjkm', 'flvby', 'ghbdtn'];

/** A name of a few letters is in many good passwords by chance. */
function holds(text: string, account: string): boolean {
  const name = account.normalize('NFC').toLowerCase();
  return name.length >= 4 && text.toLowerCase().includes(name);
}

const cyrillicKeys = 'йцукенгшщзхъфывапролджэячсмитьбюё';
const latinKeys = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";

const asLatinKeys = (text: string): string => text.toLowerCase().replace(/[а-яё]/g, (sign) => latinKeys[cyrillicKeys.indexOf(sign)] ?? sign);
