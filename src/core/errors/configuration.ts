import type { ErrorEntry } from './entry.ts';

export const configurationErrors = {
  'config.unknownKey': { fault: 'setup', status: 422, ru: 'Неизвестный ключ «{key}» в {place}. Возможно, «{nearest}»?', en: 'Unknown key "{key}" at {place}. Did you mean "{nearest}"?' },
  'config.missingReference': { fault: 'setup', status: 422, ru: '{kind} «{name}» не найден ({place}). Ближайшее имя: «{nearest}».', en: '{kind} "{name}" does not exist ({place}). The nearest name is "{nearest}".' },
  'config.systemName': { fault: 'setup', status: 422, ru: 'Системное имя «{name}» недопустимо: буквы, цифры и «_», первая не цифра.', en: 'The system name "{name}" is not allowed: letters, digits and "_", not starting with a digit.' },
} satisfies Record<string, ErrorEntry>;
