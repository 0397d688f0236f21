/** Why a part of a condition stays here instead of going to the server. */
import type { Localised } from '../../sdk/index.ts';
import type { Condition } from './condition.ts';

export const keptReasons = {
  noLambda: { ru: 'Диалект не умеет условий на строки внутри строки.', en: 'The dialect has no conditions on rows inside a row.' },
  weakerInside: { ru: 'Часть условия внутри сказать нельзя; серверу задан более слабый вопрос.', en: 'A part of the condition inside cannot be said; the server is asked a weaker question.' },
  noPattern: { ru: 'Образцов в диалекте нет: серверу названы только неизменные куски образца.', en: 'The dialect has no patterns: the server is told only the fixed pieces of this one.' },
  bracketPattern: { ru: 'Скобку в образце 1С понимает как набор знаков.', en: '1C takes a bracket in a pattern for a set of characters.' },
  partKey: { ru: 'На условие по ключу табличной части или записи регистра 1С отвечает ошибкой 500.', en: '1C answers 500 to a condition on the key of a table part or a record of a register.' },
  guidOrder: { ru: 'Больше и меньше для ссылок 1С отвечает ошибкой 500.', en: '1C answers 500 to more and less of references.' },
  emptyComposite: { ru: 'В 1С нет слова для пустого значения составного типа.', en: '1C has no word for an empty value of a composite type.' },
  longList: { ru: 'Длинный список внутри «или» и «не» не поместится в адрес, и по частям его не прочитать.', en: 'A long list inside "or" and "not" does not fit into an address, and cannot be read in pieces.' },
  negated: { ru: 'Отрицание того, что сказано не полностью, сказать нельзя.', en: 'The opposite of what is said only in part cannot be said.' },
  branch: { ru: 'Одну из ветвей «или» серверу сказать нельзя, поэтому не сказана ни одна.', en: 'One branch of "or" cannot be said to the server, so none is.' },
  noCast: { ru: 'Преобразований типа в диалекте нет, или серверы понимают их по-разному.', en: 'The dialect has no conversions of types, or servers take them differently.' },
} as const satisfies Readonly<Record<string, Localised>>;

export type KeptReason = keyof typeof keptReasons;

/** A smallest part that stays, or a whole whose parts could have gone one by one. */
export interface KeptPart {
  condition: Condition;
  reason: KeptReason;
}
