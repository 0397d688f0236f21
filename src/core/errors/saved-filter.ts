import type { ErrorEntry } from './entry.ts';

export const savedFilterErrors = {
  'savedFilter.unknown': { fault: 'message', status: 404, ru: 'В шаблоне «{template}» нет сохранённого отбора «{name}», который вам доступен. Ближайший: {nearest}.', en: 'Template "{template}" has no saved filter "{name}" that you may use. Nearest known: {nearest}.' },
  'savedFilter.taken': { fault: 'message', status: 409, ru: 'У вас уже есть отбор «{name}» в шаблоне «{template}». Назовите иначе или измените имеющийся.', en: 'You already have a filter "{name}" in template "{template}". Choose another name, or change the one there is.' },
  'savedFilter.tooMany': { fault: 'message', status: 422, ru: 'В шаблоне «{template}» у вас уже {limit} сохранённых отборов. Удалите ненужные.', en: 'You already have {limit} saved filters in template "{template}". Delete those you do not need.' },
  'savedFilter.several': { fault: 'message', status: 409, ru: 'Отборов «{name}» в шаблоне «{template}» вам доступно несколько ({count}). Укажите id нужного.', en: 'You may use several filters "{name}" of template "{template}" ({count}). Give the id of the one you mean.' },
  'savedFilter.notOwner': { fault: 'message', status: 403, ru: 'Отбор «{name}» меняет только его владелец. Сохраните свой под тем же именем.', en: 'Only its owner changes the filter "{name}". Save one of your own by the same name.' },
  'savedFilter.role': { fault: 'message', status: 422, ru: 'Поделиться отбором можно только с ролями, которые есть у вас; «{role}» среди них нет.', en: 'A filter can be shared with roles that you hold yourself; "{role}" is none of them.' },
  'savedFilter.broken': { fault: 'setup', status: 422, ru: 'Отбор «{name}» больше не подходит к шаблону «{template}»: {reason} Исправьте отбор.', en: 'The filter "{name}" no longer fits template "{template}": {reason} Correct the filter.' },
} satisfies Record<string, ErrorEntry>;
