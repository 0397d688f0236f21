import type { ErrorEntry } from './entry.ts';

export const importErrors = {
  'import.columns': { fault: 'message', status: 422, ru: 'Столбцы файла не подходят к шаблону «{template}». Ошибок: {count}.', en: 'The columns of the file do not fit template "{template}". Errors: {count}.' },
  'import.noColumn': { fault: 'message', status: 422, ru: 'В файле нет столбца «{column}». Ближайший из имеющихся: {nearest}.', en: 'The file has no column "{column}". Nearest known: {nearest}.' },
  'import.unknownColumn': { fault: 'message', status: 422, ru: 'Столбец «{column}»: в шаблоне «{template}» нет атрибута «{attribute}». Ближайший: {nearest}. Назовите атрибут в columns или пропустите столбец: null.', en: 'Column "{column}": template "{template}" has no attribute "{attribute}". Nearest: {nearest}. Name the attribute in columns, or leave the column out with null.' },
  'import.noLink': { fault: 'message', status: 422, ru: 'Столбец «{column}»: «{attribute}» — не ссылка на одну запись, ключа у неё нет.', en: 'Column "{column}": "{attribute}" is no link to one record and has no key.' },
  'import.twice': { fault: 'message', status: 422, ru: 'Атрибут «{attribute}» заполняют два столбца. Оставьте один.', en: 'Two columns fill attribute "{attribute}". Keep one.' },
  'import.keyNotThere': { fault: 'message', status: 422, ru: 'Ключевой атрибут «{attribute}» не заполняет ни один столбец файла ({columns}). Возможно, выбран не тот разделитель.', en: 'No column of the file ({columns}) fills the key attribute "{attribute}". The separator may be another one.' },
  'import.encoding': { fault: 'message', status: 422, ru: 'Файл не читается в кодировке {encoding} (ошибка после {bytes} байт). Укажите другую: utf-8, windows-1251 или utf-16le.', en: 'The file cannot be read as {encoding} (wrong after {bytes} bytes). Name another encoding: utf-8, windows-1251 or utf-16le.' },
  'import.empty': { fault: 'message', status: 422, ru: 'В файле нет строк: нужна хотя бы строка заголовков.', en: 'The file has no rows: it needs at least a row of headers.' },
  'import.rowTooLong': { fault: 'message', status: 422, ru: 'Строка {row} длиннее {limit} байт: возможно, не закрыта кавычка.', en: 'Row {row} is longer than {limit} bytes: a quote may be left open.' },
  'import.row': { fault: 'message', status: 422, ru: 'Строка не читается: {detail}.', en: 'The row cannot be read: {detail}.' },
  'import.cells': { fault: 'message', status: 422, ru: 'В строке {found} столбцов вместо {expected}.', en: 'The row has {found} cells instead of {expected}.' },
  'import.linkMissing': { fault: 'message', status: 422, ru: 'Столбец «{column}»: записи с ключом «{key}» нет.', en: 'Column "{column}": there is no record with the key "{key}".' },
  'import.linkAmbiguous': { fault: 'message', status: 422, ru: 'Столбец «{column}»: с ключом «{key}» записей несколько.', en: 'Column "{column}": several records have the key "{key}".' },
  'import.tooLarge': { fault: 'message', status: 413, ru: 'Файл больше {limit} байт. Разделите его.', en: 'The file is larger than {limit} bytes. Split it.' },
  'import.zone': { fault: 'message', status: 422, ru: 'Часового пояса «{zone}» нет. Укажите, например, Europe/Moscow или +03:00.', en: 'There is no time zone "{zone}". Name one such as Europe/Moscow or +03:00.' },
} satisfies Record<string, ErrorEntry>;
