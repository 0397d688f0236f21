/** What is hidden, shown again with its values: attributes, former types, removed templates. */
import { Type } from 'typebox';
import { planShape, published } from './configuration.ts';
import { instant, name } from './field.ts';
import { jobShape } from './jobs.ts';
import { wholeList } from './list.ts';
import { closed, operation, shape, type AnswerShape } from './operation.ts';

const wanted = {
  preview: Type.Optional(Type.Boolean({ default: false })),
  environment: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  note: Type.Optional(Type.String({ maxLength: 500 })),
};

const answers: Readonly<Record<200 | 202, AnswerShape>> = {
  200: {
    about: { ru: 'Опубликовано; с `preview` — только план', en: 'Published; with `preview` only the plan' },
    schema: shape({
      revision: Type.Union([Type.Integer(), Type.Null()], { description: 'null: nothing was published' }),
      madeOptional: Type.Boolean({ description: 'The attribute had to be filled; it does not any more, since some records have no value' }),
      plan: planShape,
    }),
  },
  202: { ...published[202], schema: shape({ job: jobShape, madeOptional: Type.Boolean(), plan: planShape }) },
};

const failures = ['template.nothingHidden', 'template.nameTaken', 'config.invalid', 'config.changedMeanwhile', 'config.publishing', 'template.busy', 'access.objectsForbidden', 'config.nameEnvironment', 'config.otherEnvironment'] as const;

export const restorationOperations = {
  restoreHiddenAttribute: operation({
    id: 'restoreHiddenAttribute', method: 'POST', path: '/api/v1/hidden-attributes/restoration', tag: 'templates', permission: 'configuration.publish', audit: 'own',
    summary: { ru: 'Вернуть скрытый атрибут или прежний тип', en: 'Bring back a hidden attribute or a former type' },
    about: {
      ru: 'Атрибут возвращается таким, каким был описан, со своими значениями; у записей, созданных позже, он пуст. Прежний тип возвращается с прежними значениями, а изменённое с тех пор преобразуется обратно. План говорит, сколько значений вернётся, сколько преобразуется и сколько потеряется; `preview` — только показать его. Остальное в шаблоне не меняется.',
      en: 'The attribute comes back as it was declared, with its values; it is empty in records made later. A former type comes back with the former values, and what has changed since is converted back. The plan says how many values come back, are converted and are lost; `preview` only shows it. Nothing else of the template changes.',
    },
    body: closed({ template: name, attribute: name, attributeType: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })), ...wanted }),
    answers,
    failures: [...failures, 'record.unknownTemplate'],
  }),
  listRemovedTemplates: wholeList(
    {
      id: 'listRemovedTemplates', method: 'GET', path: '/api/v1/removed-templates', tag: 'templates', permission: 'configuration.view',
      summary: { ru: 'Удалённые шаблоны', en: 'Removed templates' },
      about: { ru: 'Их записи сохраняются, пока шаблон не вернут.', en: 'Their records are kept for as long as nobody brings the template back.' },
      answers: { 200: { about: { ru: 'Шаблоны', en: 'The templates' }, schema: shape({ templates: Type.Array(shape({ template: Type.String(), removedAt: instant, records: Type.Integer() })) }) } },
      failures: [],
    },
    { items: 'templates', key: ['template'], fields: ['template', 'removedAt', 'records'] },
  ),
  restoreRemovedTemplate: operation({
    id: 'restoreRemovedTemplate', method: 'POST', path: '/api/v1/removed-templates/{name}/restoration', tag: 'templates', permission: 'configuration.publish', audit: 'own',
    summary: { ru: 'Вернуть удалённый шаблон с записями', en: 'Bring back a removed template with its records' },
    about: { ru: 'Таким, каким он был опубликован последний раз.', en: 'As it was published for the last time.' },
    params: { name },
    body: closed(wanted),
    answers,
    failures,
  }),
};
