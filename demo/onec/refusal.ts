/** The platform's own error codes with their statuses and Russian texts, as a client meets them. */

export type RefusalCode = -1 | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21;

const rows: Readonly<Record<RefusalCode, readonly [status: number, text: string]>> = {
  [-1]: [500, 'Ошибка выполнения кода конфигурации'],
  0: [501, 'Возможность не поддерживается'],
  1: [400, 'Не удалось разобрать строку'],
  2: [400, 'Неверный формат запроса'],
  3: [406, 'Запрошенное представление не поддерживается'],
  4: [400, 'Неверное значение свойства'],
  5: [400, 'Не указано значение обязательного свойства'],
  6: [404, 'Неверный URL: сегмент пути не найден'],
  7: [400, 'Не указан элемент ключа'],
  8: [404, 'Тип сущности не найден'],
  9: [404, 'Экземпляр сущности не найден'],
  10: [400, 'Свойство не найдено'],
  11: [404, 'Метод не найден'],
  12: [400, 'Не указан аргумент метода'],
  13: [400, 'Строки табличной части нельзя создавать непосредственно'],
  14: [400, 'Ошибка при разборе параметра запроса'],
  15: [400, 'Сущность с таким ключом уже существует'],
  16: [400, 'Свойству нельзя присвоить значение'],
  17: [400, 'Объект не поддерживает режим загрузки данных'],
  18: [500, 'Имена свойств объекта совпадают'],
  19: [405, 'Метод HTTP не разрешён'],
  20: [401, 'Недостаточно прав доступа'],
  21: [400, 'Функция не реализована или неверны её аргументы'],
};

/** An answer of the platform that is not data. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly status: number;
  /** The same of a base whose language is English; the codes of the platform have one text here. */
  readonly english: string;

  constructor(code: RefusalCode, detail = '', status: number = rows[code][0], english?: string) {
    super(detail === '' ? rows[code][1] : code === -1 ? detail : `${rows[code][1]}: ${detail}`);
    this.code = code;
    this.status = status;
    this.english = english ?? this.message;
  }
}

/** An answer of the web server before the platform: an HTML page. */
export class WebServerRefusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
    super(text);
    this.status = status;
    this.headers = headers;
  }
}
