/**
 * Where our expressions differ from JSONata 2 as the `jsonata` package evaluates it.
 * Everything else agrees; a test compares the two. `docs/reference` prints this list.
 */
import type { FailureCode } from '../errors.ts';

export interface Deviation {
  /** A function name with `$`, an operator or a topic. */
  subject: string;
  ru: string;
  en: string;
}

/** Names that JSONata has and that are refused when an expression is compiled, with the failure that says why. */
export const refusedFunctions: Readonly<Record<string, FailureCode>> = {
  eval: 'expression.noEval',
  now: 'expression.noClock',
  millis: 'expression.noClock',
  random: 'expression.noRandom',
  shuffle: 'expression.noRandom',
};

export const deviations: readonly Deviation[] = [
  { subject: '$eval $now $millis $random $shuffle', ru: 'Не поддерживаются: повтор запуска должен дать то же самое.', en: 'Refused: a repeated run must give the same.' },
  { subject: '+ - * / % $sum $average', ru: 'Арифметика десятичная (34 цифры): 0.1 + 0.2 = 0.3, 1 / 3 даёт 34 цифры; длинные числа не округляются.', en: 'Arithmetic is decimal (34 digits): 0.1 + 0.2 = 0.3, 1 / 3 has 34 digits, long numbers are not rounded.' },
  { subject: '/ % $power', ru: 'Деление на ноль и выход за пределы чисел — ошибка сразу.', en: 'A division by zero and an overflow fail at once.' },
  { subject: '$round $formatNumber $formatBase', ru: 'Округление половины вверх; $round(x, n, "half-even") — к чётному.', en: 'Halves are rounded up (away from zero); $round(x, n, "half-even") rounds them to even.' },
  { subject: '$string &', ru: 'Числа никогда не пишутся с показателем степени.', en: 'Numbers are never written with an exponent.' },
  { subject: '$number', ru: 'Больше 15 цифр или показатель степени дают точное десятичное число.', en: 'More than 15 digits or an exponent give an exact decimal.' },
  { subject: '/regex/', ru: 'Регулярные выражения выполняются за линейное время: без просмотра вперёд и назад и без обратных ссылок; \\s и \\w — только ASCII, точка не совпадает лишь с \\n.', en: 'Regular expressions run in linear time: no look-around, no back references; \\s and \\w are ASCII, the dot excludes only \\n.' },
  { subject: '/regex/ ?: /regex/ ??', ru: 'Регулярное выражение слева от ?: и ?? не допускается.', en: 'A regular expression is not allowed on the left of ?: and ??.' },
  { subject: '$match', ru: 'Группа, которая не участвовала, — null.', en: 'A group that took no part is null.' },
  { subject: '$base64encode $base64decode', ru: 'Текст кодируется в UTF-8; не base64 — ошибка.', en: 'Texts are encoded as UTF-8; what is not base64 fails.' },
  { subject: '$formatNumber', ru: 'Мантисса с показателем степени меньше 10^n; пустые и лишние параметры — ошибка.', en: 'A mantissa with an exponent stays below 10^n; options that are not one character fail.' },
  { subject: '$formatInteger $parseInteger $toMillis', ru: 'Текст, который не подходит под шаблон, — ошибка или отсутствие значения, не NaN.', en: 'A text that does not fit the picture fails or is missing, it is never NaN.' },
  { subject: '$toMillis', ru: 'Шаблон должен содержать год: недостающее не берётся из часов. Время без зоны — UTC.', en: 'The picture must give the year: nothing is taken from a clock. A time without a zone is UTC.' },
  { subject: '$fromMillis', ru: 'Отрицательные смещения с минутами точны; дни и часы выводятся в указанной зоне.', en: 'Negative offsets with minutes are exact.' },
  { subject: '[filter]', ru: 'Фильтр отсутствующего значения даёт отсутствие, каким бы ни было условие.', en: 'A filter of a missing value is missing, whatever the condition.' },
  { subject: '%  @ #', ru: 'Сортировка сохраняет переменные пути для следующих фильтров и группировки.', en: 'Sorting keeps the variables of a path for the filters and the grouping after it.' },
  { subject: '~> $f()[…]', ru: 'Фильтр после вызова применяется к результату вызова.', en: 'A filter after the call applies to the result of the call.' },
  { subject: '|…|…|', ru: 'Изменяются только объекты копии; добавленные значения копируются.', en: 'Only objects of the copy are changed, the input never; what is added is copied.' },
  { subject: '{…}', ru: 'Пустой список входных данных остаётся пустым.', en: 'An empty list of the input stays empty when an object is built from it.' },
  { subject: '$f($string)', ru: 'Встроенную функцию можно передать и в хвостовом вызове.', en: 'A built-in can be passed as an argument also in a tail call.' },
  { subject: '$sift', ru: 'Ключи с особыми именами — обычные данные.', en: 'Keys with special names are ordinary data.' },
  { subject: '$f(?)', ru: 'Частично применённые встроенные функции проверяют аргументы, как и прямые вызовы.', en: 'Partially applied built-ins check their arguments like direct calls.' },
  { subject: '$name()', ru: 'Вызов неизвестной функции — ошибка при публикации.', en: 'A call of an unknown function is an error when the expression is compiled.' },
  { subject: 'f', ru: 'Результат выражения не может быть функцией.', en: 'The result of an expression cannot be a function.' },
  { subject: '$addDuration $subtractDuration $durationBetween $multiplyDuration $compareDurations $durationSeconds $durationOfSeconds', ru: 'Функции платформы: моменты, дни и длительности постоянной длины, точно до микросекунды.', en: 'Functions of the platform: instants, days and durations of fixed length, exact to the microsecond.' },
  { subject: '$decimal $strip', ru: 'Функции платформы: точное десятичное число; обрезка пробелов по краям без изменения внутри.', en: 'Functions of the platform: an exact decimal; trimming at both ends with inner spaces kept.' },
];
