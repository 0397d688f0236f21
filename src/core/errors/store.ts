import type { ErrorEntry } from './entry.ts';

export const storeErrors = {
  'store.unavailable': { fault: 'us', status: 503, next: 'retry', ru: 'База данных недоступна; ничего не записано. Повторите позже.', en: 'The database is not available; nothing was recorded. Try again later.' },
} satisfies Record<string, ErrorEntry>;
