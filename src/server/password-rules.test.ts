import { hash } from '@node-rs/argon2';
import { expect, it } from 'vitest';
import { checkPassword, newPasswordHash } from './password-hash.ts';
import { passwordRules } from './password-rules.ts';

const rules = passwordRules(12);
const verdict = (password: string, account = 'someone'): string => {
  try {
    rules.assertGood(password, account);
    return 'good';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it('takes long passwords of any signs, spaces and letters, and asks for no mixture', () => {
  for (const password of ['a long enough password', 'correct horse battery', 'мой дядя самых честных', '   spaces and more   ', '🔑🗝️🚪🏠🌳🌊🔥⛰️🌙⭐🌍🪐', 'kq3v9xw2mz7p', 'x'.repeat(3) + ' nothing common here']) expect([password, verdict(password)]).toEqual([password, 'good']);
});

it('refuses what is shorter or longer than allowed, counting signs and not bytes', () => {
  expect([verdict('kq3v9xw2mz7'), verdict('😀😁😂🤣😃😄😅😆😉😊😋'), verdict(`kq3v9xw2mz7p${' x'.repeat(130)}`), verdict('')]).toEqual(Array.from({ length: 4 }, () => 'account.passwordLength'));
});

it('refuses the name of the account within it, in any case and composition', () => {
  expect([verdict('my Shopkeeper pass', 'shopkeeper'), verdict('это ирина, а не пароль', 'Ирина'), verdict('long cafe\u0301bar words', 'café')]).toEqual(Array.from({ length: 3 }, () => 'account.passwordName'));
  expect(verdict('a long enough password', 'a')).toBe('good');
});

it('refuses what everybody guesses first, also in the other layout of the keyboard', () => {
  for (const password of ['password1234', 'qwertyuiop12', 'aaaaaaaaaaaa', '123456789012', 'letmeinletmein', '1q2w3e4r5t6y', 'P@ssw0rd1234', 'йцукенгшщзхъ', 'фывапролджэя', 'парольпароль', 'gfhjkmgfhjkm', 'ZvenoZveno12', 'qwe'.repeat(80)]) {
    expect([password, verdict(password)]).toEqual([password, 'account.passwordGuessed']);
  }
});

it('keeps a password as one, however its letters were composed, and knows hashes that should be made anew', async () => {
  const composed = 'пароль с буквой \u0439 и \u00e9';
  const apart = composed.normalize('NFD');
  const stored = await newPasswordHash(apart);
  expect([await checkPassword(stored, composed), await checkPassword(stored, apart), await checkPassword(stored, `${composed} `)]).toEqual(['good', 'good', 'wrong']);
  expect(await checkPassword(await hash(apart), apart)).toBe('weaklyKept');
  expect(await checkPassword(await hash('x', { memoryCost: 4_096, timeCost: 1 }), 'x')).toBe('weaklyKept');
  expect(await checkPassword('no hash at all', 'x')).toBe('wrong');
});
