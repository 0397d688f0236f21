import type { ErrorEntry } from './entry.ts';

export const messageErrors = {
  'message.malformed': { fault: 'message', status: 400, ru: 'Тело сообщения не разобрано: {detail}', en: 'The message body cannot be parsed: {detail}' },
  'message.charset': { fault: 'message', status: 400, ru: 'Текст сообщения не в UTF-8 (байт {position}). Отправьте его в UTF-8.', en: 'The message is not valid UTF-8 (byte {position}). Send it as UTF-8.' },
  'message.tooDeep': { fault: 'message', status: 400, ru: 'Вложенность сообщения больше {limit} уровней (позиция {position}). Уменьшите её.', en: 'The message is nested deeper than {limit} levels (position {position}). Flatten it.' },
  'message.forbiddenText': { fault: 'message', status: 400, ru: 'Текст поля «{path}» содержит недопустимый символ {character}. Уберите его у отправителя.', en: 'The text at "{path}" holds the forbidden character {character}. Remove it at the sender.' },
  'message.duplicateKey': { fault: 'message', status: 400, ru: 'Ключ «{path}» повторяется в одном объекте. Оставьте один.', en: 'The key "{path}" occurs twice in one object. Keep one.' },
  'message.numberRange': { fault: 'message', status: 400, ru: 'Число в «{path}» длиннее {limit} цифр. Передайте его текстом или уменьшите.', en: 'The number at "{path}" has more than {limit} digits. Send it as text or make it smaller.' },
  'message.notFinite': { fault: 'us', status: 500, ru: 'Значение «{path}» — не число (NaN или бесконечность); сообщение не записано. Проверьте вычисление.', en: 'The value at "{path}" is NaN or infinite and cannot be written. Check how it was computed.' },
  'message.notValue': { fault: 'us', status: 500, ru: 'Значение «{path}» нельзя записать в JSON: это {kind}. Проверьте вычисление.', en: 'The value at "{path}" cannot be written as JSON: it is {kind}. Check how it was computed.' },
  'message.refused': { fault: 'message', status: 400, ru: 'Сообщение не соответствует схеме маршрута «{route}».', en: 'The message does not fit the schema of route "{route}".' },
  'message.contentType': { fault: 'message', status: 415, ru: 'Тип тела «{contentType}» не принимается. Пришлите application/json в кодировке UTF-8.', en: 'A body of type "{contentType}" is not accepted. Send application/json in UTF-8.' },

  'message.fileName': { fault: 'message', status: 400, ru: 'Имя файла {name} в поле «{field}» не годится. Можно до {limit} знаков, без «/», «\\», управляющих знаков и знаков направления письма. Переименуйте файл.', en: 'The file name {name} in field "{field}" is not allowed. It may have up to {limit} characters, but no "/", "\\", control characters or marks of writing direction. Rename the file.' },
  'message.tooManyParts': { fault: 'message', status: 413, ru: 'В форме больше {limit} частей. Отправьте их несколькими сообщениями.', en: 'The form has more than {limit} parts. Send them in several messages.' },

  'message.required': { fault: 'message', status: 400, ru: 'Обязательное поле отсутствует. Передайте его.', en: 'A required field is missing. Send it.' },
  'message.empty': { fault: 'message', status: 400, ru: 'Поле пусто, а должно иметь значение. Заполните его.', en: 'The field is empty and must have a value. Fill it in.' },
  'message.wrongType': { fault: 'message', status: 400, ru: 'Ожидается {expected}, получено {found}. Исправьте значение или добавьте преобразование.', en: 'Expected {expected}, got {found}. Correct the value or add a conversion.' },
  'message.tooMany': { fault: 'message', status: 400, ru: 'Ожидается одно значение, получено {count}. Передайте одно или объявите поле массивом.', en: 'Expected one value, got {count}. Send one or declare the field as an array.' },

  'schema.notMap': { fault: 'setup', status: 422, ru: 'В {place} ожидается {expected}. Исправьте описание.', en: '{expected} is expected at {place}. Correct the description.' },
  'schema.unknownType': { fault: 'setup', status: 422, ru: 'Неизвестный тип «{type}» в {place}. Возможно, «{nearest}»?', en: 'Unknown type "{type}" at {place}. Did you mean "{nearest}"?' },
  'schema.fieldsOfScalar': { fault: 'setup', status: 422, ru: 'Поля (fields) в {place} бывают только у типа object. Уберите их или смените тип.', en: 'Only the type object has fields ({place}). Remove them or change the type.' },
  'schema.invalid': { fault: 'setup', status: 422, ru: 'Описание сообщения {place} содержит ошибки. Исправьте перечисленное.', en: 'The message schema {place} has errors. Correct what is listed.' },

  'mapping.unknownTarget': { fault: 'setup', status: 422, ru: 'Поля «{target}» нет в схеме. Возможно, «{nearest}»?', en: 'The schema has no field "{target}". Did you mean "{nearest}"?' },
  'mapping.doubleTarget': { fault: 'setup', status: 422, ru: 'Поле «{target}» заполняется дважды. Оставьте одну строку.', en: 'The field "{target}" is mapped twice. Keep one row.' },
  'mapping.notList': { fault: 'setup', status: 422, ru: '«{target}»: знак [] бывает только у массивов объектов, и для него нужна строка с источником списка.', en: '"{target}": [] is for arrays of objects only, and needs a row that names the source list.' },
  'mapping.unknownConversion': { fault: 'setup', status: 422, ru: 'Неизвестное преобразование «{conversion}» для «{target}». Возможно, «{nearest}»?', en: 'Unknown conversion "{conversion}" for "{target}". Did you mean "{nearest}"?' },
  'mapping.badRow': { fault: 'setup', status: 422, ru: 'Строка соответствия «{target}»: {detail}', en: 'Mapping row "{target}": {detail}' },
  'mapping.invalid': { fault: 'setup', status: 422, ru: 'Соответствие полей {place} содержит ошибки. Исправьте перечисленное.', en: 'The mapping {place} has errors. Correct what is listed.' },
  'mapping.missing': { fault: 'message', status: 400, ru: 'Нет значения для поля «{target}» (источник «{source}»). Передайте его или задайте значение по умолчанию.', en: 'There is no value for "{target}" (source "{source}"). Send one or set a default.' },
  'mapping.conversion': { fault: 'message', status: 400, ru: 'Значение {found} не преобразуется: нужно {conversion}. Исправьте значение у отправителя.', en: 'The value {found} cannot be converted to {conversion}. Correct it at the sender.' },
} satisfies Record<string, ErrorEntry>;
