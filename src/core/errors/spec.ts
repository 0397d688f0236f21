import type { ErrorEntry } from './entry.ts';

/** What can be wrong with the properties of a connection or a route. `spec.refused` carries the others as problems. */
export const specErrors = {
  'spec.refused': { fault: 'setup', status: 422, ru: 'Свойства {place} заданы неверно: {fields}.', en: 'The properties of {place} are not right: {fields}.' },
  'spec.notAnObject': { fault: 'setup', status: 422, ru: 'Свойства {place} должны быть набором «поле: значение».', en: 'The properties of {place} must be a set of "field: value".' },
  'spec.missing': { fault: 'setup', status: 422, ru: 'Не задано поле «{field}» ({place}).', en: 'The field "{field}" is not given ({place}).' },
  'spec.wrongType': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}): ожидается {expected}, получено {actual}.', en: 'The field "{field}" ({place}) takes {expected}, not {actual}.' },
  'spec.notAllowed': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}): значение «{value}» недопустимо. Ближайшее: «{nearest}», всего: {allowed}.', en: 'The field "{field}" ({place}) does not take "{value}". The nearest is "{nearest}", all are: {allowed}.' },
  'spec.outOfRange': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}): {value} вне пределов от {minimum} до {maximum}.', en: 'The field "{field}" ({place}): {value} is not between {minimum} and {maximum}.' },
  'spec.tooLong': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}) длиннее {limit}.', en: 'The field "{field}" ({place}) is longer than {limit}.' },
  'spec.pattern': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}): «{value}» не похоже на пример «{example}».', en: 'The field "{field}" ({place}): "{value}" does not look like the example "{example}".' },
  'spec.secretInline': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}) — секрет: вместо значения укажите ссылку ${secret:имя}.', en: 'The field "{field}" ({place}) is a secret: give a reference ${secret:name} instead of the value.' },
  'spec.secretUnknown': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}): секрета «{secret}» нет. Задайте его и повторите.', en: 'The field "{field}" ({place}): there is no secret "{secret}". Store it and try again.' },
  'spec.rule': { fault: 'setup', status: 422, ru: 'Поле «{field}» ({place}): {detail}', en: 'The field "{field}" ({place}): {detail}' },
} satisfies Record<string, ErrorEntry>;
