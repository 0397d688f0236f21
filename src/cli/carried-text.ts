/** In words, what becomes of records that travel. */
import type { Lang } from '../core/failure.ts';
import type { TransferCounts, TransferPlan } from '../engine/reference-data/transfer-plan.ts';
import type { Localised } from './command.ts';

const words = {
  records: { ru: 'записи', en: 'records of' },
  create: { ru: 'создать', en: 'create' },
  change: { ru: 'изменить', en: 'change' },
  same: { ru: 'без изменений', en: 'the same' },
  skipped: { ru: 'без ключа, пропускаются', en: 'without a key, skipped' },
  onlyHere: { ru: 'есть только здесь, остаются', en: 'only here, stay' },
  taken: { ru: 'Записи', en: 'Records of' },
  created: { ru: 'создано', en: 'created' },
  changed: { ru: 'изменено', en: 'changed' },
} satisfies Record<string, Localised>;

export const changesNoRecords = ({ templates }: TransferPlan): boolean => templates.every(({ creates, changes }) => creates + changes === 0);

export const describeRecords = ({ templates }: TransferPlan, lang: Lang): string => templates.map((counts) => `${recordsLine(counts, lang)}\n`).join('');

function recordsLine({ template, creates, changes, same, skipped, onlyHere }: TransferCounts, lang: Lang): string {
  const parts = [[words.create, creates], [words.change, changes], [words.same, same], [words.skipped, skipped], [words.onlyHere, onlyHere]] as const;
  const mark = creates + changes === 0 ? ' ' : '~';
  return `${mark} ${words.records[lang]} ${template}: ${parts.filter(([, count], index) => index < 3 || count > 0).map(([word, count]) => `${word[lang]} ${count}`).join(', ')}`;
}

export const describeTaken = (taken: readonly TransferCounts[], lang: Lang): string =>
  taken.filter(({ creates, changes }) => creates + changes > 0).map(({ template, creates, changes }) => `${words.taken[lang]} ${template}: ${words.created[lang]} ${creates}, ${words.changed[lang]} ${changes}.\n`).join('');
