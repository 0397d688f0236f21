import type { ErrorEntry } from './entry.ts';

export const recordErrors = {
  'record.notUnique': { fault: 'message', status: 409, ru: 'Значение «{value}» атрибута «{attribute}» шаблона «{template}» уже занято.', en: 'The value "{value}" of attribute "{attribute}" of template "{template}" is already taken.' },
  'record.stillLinked': { fault: 'message', status: 409, ru: 'Запись шаблона «{template}» нельзя удалить: на неё ссылается атрибут «{attribute}» шаблона «{by}». Сначала уберите ссылки.', en: 'The record of template "{template}" cannot be deleted: attribute "{attribute}" of template "{by}" links to it. Remove the links first.' },
  'record.linkMissing': { fault: 'message', status: 422, ru: 'Атрибут «{attribute}» шаблона «{template}» ссылается на запись, которой нет.', en: 'Attribute "{attribute}" of template "{template}" links to a record that does not exist.' },
  'record.invalid': { fault: 'message', status: 422, ru: 'Запись шаблона «{template}» заполнена неверно.', en: 'The record of template "{template}" has wrong values.' },
  'record.required': { fault: 'message', status: 422, ru: 'Обязательный атрибут «{attribute}» шаблона «{template}» пуст.', en: 'The required attribute "{attribute}" of template "{template}" is empty.' },
} satisfies Record<string, ErrorEntry>;
