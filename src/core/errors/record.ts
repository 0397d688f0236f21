import type { ErrorEntry } from './entry.ts';

export const recordErrors = {
  'record.notUnique': { fault: 'message', status: 409, ru: 'Значение «{value}» атрибута «{attribute}» шаблона «{template}» уже занято.', en: 'The value "{value}" of attribute "{attribute}" of template "{template}" is already taken.' },
} satisfies Record<string, ErrorEntry>;
