/** One change of a document as a line for a person. */
import type { Lang } from '../failure.ts';
import type { Localised } from '../localised.ts';
import type { ChangeDetail } from './document-difference.ts';
import { shortText } from './document-reader.ts';
import type { Plain } from './object-document.ts';

const words = {
  added: { ru: 'добавлено', en: 'added' },
  removed: { ru: 'убрано', en: 'removed' },
} satisfies Record<string, Localised>;

export function changeText({ path, op, from, to }: ChangeDetail, lang: Lang): string {
  switch (op) {
    case 'added': return `${path}: ${words.added[lang]} ${value(to)}`;
    case 'removed': return `${path}: ${words.removed[lang]} ${value(from)}`;
    case 'changed': return `${path}: ${value(from)} → ${value(to)}`;
    default: return op satisfies never;
  }
}

/** Texts in quotes, so that `"5"` and `5` differ; expressions as they are. */
function value(plain: Plain | undefined): string {
  if (typeof plain !== 'string') return shortText(plain);
  return plain.startsWith('=') ? shortText(plain) : `"${shortText(plain)}"`;
}
