/** The plan in words: what will be made, changed and deleted, in system names, and what would be lost. */
import { changeText } from '../core/configuration/change-text.ts';
import type { ChangeDetail } from '../core/configuration/document-difference.ts';
import { isEmptyPlan, type Plan } from '../core/configuration/plan.ts';
import type { Lang } from '../core/failure.ts';
import type { ConversionPreview } from '../core/template-conversion.ts';
import type { TemplateChange } from '../core/template-changes.ts';
import type { ReadyProposal } from '../engine/apply-configuration.ts';
import type { Localised } from './command.ts';

const words = {
  create: { ru: 'создать', en: 'create' },
  change: { ru: 'изменить', en: 'change' },
  relaid: { ru: 'обновить текст (комментарии, порядок)', en: 'update the text (comments, order)' },
  delete: { ru: 'удалить', en: 'delete' },
  nothing: { ru: 'Изменений нет.', en: 'No changes.' },
  kept: { ru: 'В папке нет, остаётся как есть (удаляет --prune)', en: 'Not in the folder, stays as it is (--prune deletes)' },
  hidden: { ru: 'станет недоступен; значения сохраняются', en: 'is hidden; its values are kept' },
  records: { ru: 'записей', en: 'records' },
  loss: { ru: 'Данные', en: 'Data' },
  values: { ru: 'значений', en: 'values' },
  restored: { ru: 'снова доступен со своими значениями', en: 'comes back with its values' },
  valued: { ru: 'записей со значением', en: 'records with a value' },
  rule: { ru: 'правило', en: 'the rule' },
  roleGone: { ru: 'по-прежнему называет её в записях', en: 'goes on naming it in records' },
  broken: { ru: 'не выполняют записей', en: 'records that do not keep it' },
  lost: { ru: 'не преобразуются', en: 'cannot be converted' },
  changed: { ru: 'изменятся', en: 'lose something' },
} satisfies Record<string, Localised>;

/** Of one object; more would hide the rest of the plan. */
const detailsShown = 40;
const keptShown = 20;

export type PlanWords = Pick<ReadyProposal, 'plan' | 'templates' | 'hidden' | 'hiddenValues' | 'restoredValues' | 'conversions' | 'validations' | 'roleRecords'>;

export function describePlan({ plan, templates, hidden, hiddenValues, restoredValues, conversions, validations, roleRecords }: PlanWords, lang: Lang): string {
  if (isEmptyPlan(plan)) return [words.nothing[lang], ...keptLines(plan, lang), ''].join('\n');
  const lines = [
    ...plan.creates.map(({ kind, name }) => `+ ${words.create[lang]} ${kind} ${name}`),
    ...plan.changes.flatMap(({ kind, name, details }) => [`~ ${words.change[lang]} ${kind} ${name}`, ...detailLines(details, lang)]),
    ...plan.relaid.map(({ kind, name }) => `~ ${words.relaid[lang]} ${kind} ${name}`),
    ...plan.deletes.map(({ kind, name }) => `- ${words.delete[lang]} ${kind} ${name}`),
    ...lossLines(templates.plan.changes, { hidden, hiddenValues }, lang),
    ...restoredValues.map(({ template, attribute, count }) => `  ${words.loss[lang]}: Template ${template}, ${attribute} ${words.restored[lang]} (${words.valued[lang]}: ${count})`),
    ...conversions.flatMap((preview) => conversionLines(preview, lang)),
    ...validations.map((preview) => validationLine(preview, lang)),
    ...roleRecords.map(({ role, template, attribute, count }) => `! ${words.loss[lang]}: Role ${role}: Template ${template}, ${attribute} ${words.roleGone[lang]}: ${count}`),
    ...keptLines(plan, lang),
  ];
  return `${lines.join('\n')}\n`;
}

function detailLines(details: readonly ChangeDetail[], lang: Lang): readonly string[] {
  const shown = details.slice(0, detailsShown).map((detail) => `    ${changeText(detail, lang)}`);
  return details.length > detailsShown ? [...shown, `    … +${details.length - detailsShown}`] : shown;
}

function lossLines(changes: readonly TemplateChange[], { hidden, hiddenValues }: Pick<PlanWords, 'hidden' | 'hiddenValues'>, lang: Lang): readonly string[] {
  return changes.flatMap(({ kind, template, attribute }) => {
    const count = hidden.find((one) => one.template === template)?.count ?? 0;
    if (kind === 'hideTemplate') return [`! ${words.loss[lang]}: Template ${template} ${words.hidden[lang]} (${words.records[lang]}: ${count})`];
    const values = hiddenValues.find((one) => one.template === template && one.attribute === attribute)?.count ?? 0;
    return kind === 'hideAttribute' ? [`! ${words.loss[lang]}: Template ${template}, ${attribute ?? ''} ${words.hidden[lang]} (${words.valued[lang]}: ${values})`] : [];
  });
}

function conversionLines({ template, attribute, from, to, rows, lost, changed, more, samples }: ConversionPreview, lang: Lang): readonly string[] {
  const counts = `${words.values[lang]}: ${more ? '≥ ' : ''}${rows}, ${words.lost[lang]}: ${lost}, ${words.changed[lang]}: ${changed}`;
  const examples = samples.map((sample) => `    ${sample.id}: ${sample.from} → ${sample.to ?? '∅'}`);
  return [`${lost + changed > 0 ? '! ' : ''}${words.loss[lang]}: Template ${template}, ${attribute}: ${from} → ${to} (${counts})`, ...examples];
}

function validationLine({ template, attribute, rows, broken, more, samples }: PlanWords['validations'][number], lang: Lang): string {
  return `! ${words.loss[lang]}: Template ${template}, ${attribute}: ${words.rule[lang]} (${words.broken[lang]}: ${broken} / ${more ? '≥ ' : ''}${rows}: ${samples.join(', ')})`;
}

function keptLines(plan: Plan, lang: Lang): readonly string[] {
  if (plan.kept.length === 0) return [];
  const named = plan.kept.slice(0, keptShown).map(({ kind, name }) => `${kind} ${name}`);
  return [`${words.kept[lang]}: ${named.join(', ')}${plan.kept.length > keptShown ? `, … +${plan.kept.length - keptShown}` : ''}`];
}
