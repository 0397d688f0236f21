import type { ErrorEntry } from './entry.ts';

export const accessErrors = {
  'access.unauthenticated': { fault: 'message', status: 401, ru: 'Нужен вход: учётные данные не переданы или неверны.', en: 'Sign-in needed: credentials are missing or wrong.' },
  'access.forbidden': { fault: 'message', status: 403, ru: 'Аккаунту «{account}» не хватает разрешения «{permission}». Его даёт администратор.', en: 'Account "{account}" lacks the permission "{permission}". An administrator can grant it.' },
  'access.slowDown': { fault: 'message', status: 429, next: 'retry', ru: 'Слишком много неверных попыток входа. Повторите через {seconds} с.', en: 'Too many wrong sign-ins. Try again in {seconds} s.' },
} satisfies Record<string, ErrorEntry>;
