/** What became of metadata, in sentences. */
import type { Lang } from '../../core/failure.ts';
import type { Localised } from '../../core/localised.ts';
import type { ChangeKind, MetadataChange } from '../../engine/metadata-changes.ts';
import type { Impact } from '../../engine/metadata-impact.ts';
import type { RefreshStage } from '../../engine/metadata-desk.ts';

/** `{object}`, `{field}`, `{name}`, `{from}`, `{to}` stand for parts of the change. */
const texts: Readonly<Record<ChangeKind, Localised>> = {
  objectAdded: { ru: 'Появился объект «{object}».', en: 'The object "{object}" appeared.' },
  objectRemoved: { ru: 'Объекта «{object}» больше нет.', en: 'The object "{object}" is gone.' },
  keysChanged: { ru: '«{object}»: ключ был {from}, стал {to}.', en: '"{object}": the key was {from} and is {to}.' },
  fieldAdded: { ru: '«{object}»: появилось поле «{field}» ({to}).', en: '"{object}": the field "{field}" ({to}) appeared.' },
  fieldRemoved: { ru: '«{object}»: поля «{field}» больше нет.', en: '"{object}": the field "{field}" is gone.' },
  typeChanged: { ru: '«{object}».«{field}»: тип был {from}, стал {to}.', en: '"{object}"."{field}": the type was {from} and is {to}.' },
  nullableChanged: { ru: '«{object}».«{field}»: может быть пустым: было {from}, стало {to}.', en: '"{object}"."{field}": may be empty: was {from}, is {to}.' },
  lengthChanged: { ru: '«{object}».«{field}»: длина была {from}, стала {to}.', en: '"{object}"."{field}": the length was {from} and is {to}.' },
  precisionChanged: { ru: '«{object}».«{field}»: разряды были {from}, стали {to}.', en: '"{object}"."{field}": the digits were {from} and are {to}.' },
  leadsToChanged: { ru: '«{object}».«{field}»: вело в {from}, ведёт в {to}.', en: '"{object}"."{field}": it led to {from} and leads to {to}.' },
  memberAdded: { ru: 'Перечисление «{name}»: появилось значение «{to}».', en: 'The enumeration "{name}" has a new value "{to}".' },
  memberRemoved: { ru: 'Перечисление «{name}»: значения «{from}» больше нет.', en: 'The enumeration "{name}" has no value "{from}" any more.' },
  referenceAdded: { ru: '«{object}»: появилась связь «{name}».', en: '"{object}": the reference "{name}" appeared.' },
  referenceRemoved: { ru: '«{object}»: связи «{name}» больше нет.', en: '"{object}": the reference "{name}" is gone.' },
  functionAdded: { ru: 'Появилась функция «{name}» ({object}).', en: 'The function "{name}" ({object}) appeared.' },
  functionRemoved: { ru: 'Функции «{name}» ({object}) больше нет.', en: 'The function "{name}" ({object}) is gone.' },
  parametersChanged: { ru: 'Функция «{name}» ({object}): была {from}, стала {to}.', en: 'The function "{name}" ({object}) was {from} and is {to}.' },
};

export const changeText = (change: MetadataChange, lang: Lang): string =>
  texts[change.kind][lang].replaceAll(/\{(object|field|name|from|to)\}/g, (_whole, part: 'object' | 'field' | 'name' | 'from' | 'to') => change[part] ?? '–');

export function impactText({ route, place, change }: Impact, lang: Lang): string {
  const what = changeText(change, lang);
  if (change.effect === 'broken') {
    return lang === 'ru' ? `Маршрут «${route}», ${place}: ${what} Уберите это имя или замените; остальное в маршруте работает.` : `Route "${route}", ${place}: ${what} Take this name out or replace it; the rest of the route works.`;
  }
  return lang === 'ru' ? `Маршрут «${route}», ${place}: ${what} Проверьте значения.` : `Route "${route}", ${place}: ${what} Check the values.`;
}

export function refreshText(stage: RefreshStage, lang: Lang): string {
  const ru = lang === 'ru';
  switch (stage.stage) {
    case 'fetched': return ru ? `Документ получен, ${stage.bytes} байт` : `The document is here, ${stage.bytes} bytes`;
    case 'read': return ru ? `Документ разобран, объектов: ${stage.objects}` : `The document is read, ${stage.objects} objects`;
    case 'capabilities': return stage.failure === null ? (ru ? `Выяснено, что умеет система, ответов: ${stage.learnt}` : `It was found out what the system can do, ${stage.learnt} answers`) : stage.failure.text(lang);
    case 'done': {
      if (!stage.changed) return ru ? 'Метаданные не изменились' : 'The metadata has not changed';
      if (stage.comparison === null) return ru ? 'Метаданные прочитаны впервые' : 'The metadata is read for the first time';
      const { changes, impact } = stage.comparison;
      return ru ? `Метаданные изменились: изменений ${changes.length}, мест в маршрутах, которых это касается: ${impact.length}` : `The metadata has changed: ${changes.length} changes, which concern ${impact.length} places of routes`;
    }
    default: return stage satisfies never;
  }
}
