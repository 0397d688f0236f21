import type { ErrorEntry } from './entry.ts';

/** Of records that travel with the configuration, in files of one record a line. */
export const referenceErrors = {
  'reference.fileName': { fault: 'setup', status: 422, ru: 'Файл «{file}» не назван по справочнику. Назовите его ШАБЛОН.jsonl.', en: 'The file "{file}" is not called after a reference template. Call it TEMPLATE.jsonl.' },
  'reference.twice': { fault: 'setup', status: 422, ru: 'Записи шаблона «{template}» есть и в файле «{other}». Оставьте один файл.', en: 'Records of template "{template}" are in the file "{other}", too. Keep one file.' },
  'reference.notCarried': { fault: 'setup', status: 422, ru: 'Записи шаблона «{template}» с конфигурацией не переносятся. Нужен справочник с carryDataOnTransfer: true; ближайший из имеющихся: {nearest}.', en: 'Records of "{template}" do not travel with the configuration. A reference template with carryDataOnTransfer: true is needed; nearest known: {nearest}.' },
  'reference.fileTooLarge': { fault: 'setup', status: 413, ru: 'Файл записей больше {limit} байт. Такие объёмы загружайте заданием из CSV.', en: 'The file of records is larger than {limit} bytes. Import that much from CSV by a job.' },
  'reference.lineTooLong': { fault: 'setup', status: 422, ru: 'Строка длиннее {limit} байт. Одна строка — одна запись.', en: 'The line is longer than {limit} bytes. One line is one record.' },
  'reference.tooMany': { fault: 'setup', status: 413, ru: 'В файле больше {limit} записей. Такие объёмы загружайте заданием из CSV.', en: 'The file has more than {limit} records. Import that many from CSV by a job.' },
  'reference.line': { fault: 'setup', status: 422, ru: 'Строка — не запись: ожидается объект JSON, например {example}.', en: 'The line is no record: a JSON object is expected, such as {example}.' },
  'reference.charset': { fault: 'setup', status: 422, ru: 'Строка не в UTF-8. Сохраните файл в UTF-8.', en: 'The line is not valid UTF-8. Save the file in UTF-8.' },
  'reference.badJson': { fault: 'setup', status: 422, ru: 'Строка не читается: {reason}', en: 'The line cannot be read: {reason}' },
  'reference.repeatedKey': { fault: 'setup', status: 422, ru: 'Ключ «{key}» уже был в строке {other}. Ключ записи встречается один раз.', en: 'The key "{key}" was in line {other} already. The key of a record comes once.' },
  'reference.notCarriedAttribute': { fault: 'setup', status: 422, ru: 'Атрибут «{attribute}» с записями не переносится ({why}). Уберите его.', en: 'The attribute "{attribute}" does not travel with records ({why}). Remove it.' },
  'reference.unknownLink': { fault: 'setup', status: 422, ru: 'Атрибут «{attribute}»: записи с ключом «{key}» в справочнике «{template}» нет — ни здесь, ни в файлах.', en: 'Attribute "{attribute}": there is no record with key "{key}" in reference template "{template}", neither here nor in the files.' },
  'reference.linksLeftOut': { fault: 'setup', status: 200, ru: 'Справочник «{template}»: ссылок на записи без ключа {count}, в файл они не вошли. Заполните ключ у этих записей.', en: 'Reference template "{template}": {count} links lead to records without a key and are not in the file. Give those records a key.' },
  'reference.circle': { fault: 'setup', status: 422, ru: 'Атрибут «{attribute}»: новые записи ссылаются друг на друга по кругу через обязательные атрибуты ({circle}), ни одну нельзя создать первой. Сделайте ссылку необязательной.', en: 'Attribute "{attribute}": new records refer to each other in a circle through required attributes ({circle}), none of them can be made first. Make the link optional.' },
} satisfies Record<string, ErrorEntry>;
