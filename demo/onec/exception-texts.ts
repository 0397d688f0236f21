/**
 * What the platform, the configuration and the web server say to people when something fails. Code -1 tells nothing, so
 * clients go by these texts: of each it is said who has seen it.
 */
import type { Basis } from './bases.ts';
import { Refusal, WebServerRefusal } from './refusal.ts';

interface ExceptionText {
  /** Who says that it is worded so. */
  basis: Basis;
  /** `$1`, `$2` stand for what the place knows. */
  ru: string;
  /** Of a base whose language is English; every one of these is a translation of ours, unless it is the only text. */
  en: string;
}

export const exceptionTable = {
  notUnique: { basis: 'measured', ru: 'Значение "$1" поля "$2" не уникально.', en: 'Value "$1" of field "$2" is not unique.' },
  notWritten: { basis: 'measured', ru: 'Не удалось записать: "$1"!', en: 'Failed to write: "$1"!' },
  raised: { basis: 'measured', ru: '{$1.МодульОбъекта(12)}: Ошибка при вызове метода контекста (Записать): $2', en: '{$1.ObjectModule(12)}: Error calling context method (Write): $2' },
  markOfPosted: { basis: 'measured', ru: 'Проведенный документ не может быть помечен на удаление!', en: 'A posted document cannot be marked for deletion!' },
  postOfMarked: { basis: 'measured', ru: 'Помеченный на удаление документ не может быть проведен!', en: 'Document marked for deletion cannot be posted!' },
  postedLocked: { basis: 'guess', ru: 'Документ "$1" проведен, изменение запрещено', en: 'Document "$1" is posted, it is not changed' },
  closedPeriod: { basis: 'guess', ru: 'Запрещено изменять документ "$1": дата запрета изменения $2', en: 'Document "$1" is not changed: the closing date is $2' },
  languageMissing: { basis: 'guess', ru: 'Язык интерфейса "en" не установлен', en: 'Interface language "en" is not installed' },
  internal: { basis: 'measured', ru: 'Внутренняя ошибка сервера', en: 'Internal server error' },
  ownNode: { basis: 'guess', ru: 'Регистрация изменений для предопределённого узла «Этот узел» невозможна', en: 'Changes are not registered for the predefined node "This node"' },
  unwritableText: { basis: 'guess', ru: 'Ошибка преобразования данных XDTO: НачалоСвойства: $1. Текст XML содержит недопустимый символ: «$2»', en: 'XDTO data conversion error: PropertyStart: $1. The XML text holds a character that is not allowed: "$2"' },
  partKey: { basis: 'guess', ru: 'Ошибка при выполнении запроса: поле $1', en: 'Error executing the query: field $1' },
  comparedReference: { basis: 'guess', ru: 'Операция сравнения неприменима к ссылкам', en: 'References cannot be compared so' },
  zeroDivision: { basis: 'guess', ru: 'Деление на ноль', en: 'Division by zero' },
  tooDeep: { basis: 'guess', ru: 'Превышена допустимая вложенность выражения', en: 'The expression is nested too deeply' },
  staleVersion: { basis: 'guess', ru: 'Версия данных не совпадает', en: 'The version of the data differs' },
  memoryFull: { basis: 'measured', ru: 'Недостаточно памяти для завершения операции на сервере 1С:Предприятия', en: 'Not enough memory to complete the operation on the 1C:Enterprise server' },
  diskFull: { basis: 'guess', ru: 'Ошибка записи во временный файл /tmp/v8_1.tmp: на устройстве не осталось свободного места', en: 'Error writing the temporary file /tmp/v8_1.tmp: no space left on device' },
  moduleMissing: { basis: 'measured', ru: 'Calling LoadLibraryEx on ISAPI filter "wsisapi.dll" failed', en: 'Calling LoadLibraryEx on ISAPI filter "wsisapi.dll" failed' },
  fileBaseLocked: { basis: 'guess', ru: 'Ошибка разделенного доступа к базе данных: нет прав на изменение файла 1Cv8.1CD', en: 'Error of shared access to the database: no right to change the file 1Cv8.1CD' },
  licenceMissing: { basis: 'measured', ru: 'Не обнаружено свободной лицензии!', en: 'There are no free licenses!' },
  busy: { basis: 'guess', ru: 'Service Unavailable', en: 'Service Unavailable' },
} as const satisfies Record<string, ExceptionText>;

export type ExceptionName = keyof typeof exceptionTable;

export const exceptionNames: readonly ExceptionName[] = Object.keys(exceptionTable).filter((name): name is ExceptionName => Object.hasOwn(exceptionTable, name));

/** An exception of the platform or the configuration: code -1. */
export function exception(name: ExceptionName, told: readonly string[] = [], status = 500): Refusal {
  const { ru, en } = exceptionTable[name];
  return new Refusal(-1, filled(ru, told), status, filled(en, told));
}

/** The web server speaks before the platform is asked. */
export function pageOf(name: ExceptionName, status = 500, headers: Readonly<Record<string, string>> = {}): WebServerRefusal {
  return new WebServerRefusal(status, exceptionTable[name].ru, headers);
}

const filled = (text: string, told: readonly string[]): string => text.replace(/\$(\d)/g, (_sign, number: string) => told[Number(number) - 1] ?? '');
