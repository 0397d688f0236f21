import type { ErrorEntry } from './entry.ts';

export const expressionErrors = {
  'expression.syntax': { fault: 'setup', status: 422, ru: 'Ошибка в выражении, позиция {position}: {detail}', en: 'Expression error at position {position}: {detail}' },
} satisfies Record<string, ErrorEntry>;
