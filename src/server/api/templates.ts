/** Templates as their records' writers see them. */
import { recordSchema } from '../../api/record-schema.ts';
import { templateOperations } from '../../api/templates.ts';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { ClearedCount } from '../../core/record-clearing.ts';
import { templateNamed } from '../../core/template-catalogue.ts';
import type { Attribute, ScalarAttribute, Template, TemplateCatalogue } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';
import { clearTemplateJob } from '../../engine/jobs/clear-template.ts';
import { good, handle, type Handler } from './handler.ts';
import { begun } from './jobs.ts';
import type { ApiParts } from './parts.ts';

export function templateHandlers({ engine, configuration, configurationStore, clearing }: ApiParts): readonly Handler[] {
  const counted = (name: string): Promise<readonly ClearedCount[]> => {
    const { templates } = configuration.current();
    return clearing.preview(templates, templateNamed(templates, name));
  };
  return [
    handle(templateOperations.listTemplates, async () => {
      const { templates } = configuration.current();
      return good({ templates: templates.all().map((template) => templateJson(template, templates)) });
    }),
    handle(templateOperations.getTemplate, async ({ params }) => {
      const { templates } = configuration.current();
      return good(templateJson(templateNamed(templates, params.name), templates));
    }),
    handle(templateOperations.listHiddenAttributes, async () => {
      const attributes = await configurationStore.hiddenAttributes();
      return good({ attributes: attributes.map(({ id: _id, lastRevision: _lastRevision, ...one }) => ({ ...one, droppedAfter: new Date(Date.parse(one.hiddenAt) + limits.hiddenDays.value * 86_400_000).toISOString() })) });
    }),
    handle(templateOperations.previewClearing, async ({ params }) => {
      const counts = await counted(params.name);
      return good({ total: totalOf(counts), records: counts.map((one) => ({ ...one })) });
    }),
    handle(templateOperations.clearTemplate, async ({ params, body: { expected, problemBudget }, caller, lang }) => {
      const counts = await counted(params.name);
      const actual = totalOf(counts);
      if (actual !== expected) throw failure('record.deletionChanged', { expected, actual });
      const job = clearTemplateJob(params.name, counts[0]?.count ?? 0, caller.account.id);
      return begun(engine.jobs, await engine.jobs.start({ ...job, ...(problemBudget === undefined ? {} : { problemBudget }) }), lang);
    }),
    handle(templateOperations.getRecordSchema, async ({ params, query }) => good(recordSchema(templateNamed(configuration.current().templates, params.name), query.use ?? 'read'))),
  ];
}

const totalOf = (counts: readonly ClearedCount[]): number => counts.reduce((sum, { count }) => sum + count, 0);

const templateJson = ({ name, version, titleAttribute, referenceData, attributes, calculated }: Template, templates: TemplateCatalogue): ValueObject => ({
  name,
  version,
  titleAttribute: titleAttribute ?? null,
  referenceData: referenceData === undefined ? null : { carried: referenceData.carried, keyAttribute: referenceData.key ?? null },
  attributes: [...attributes.map((attribute) => attributeJson(attribute, templates)), ...(calculated ?? []).map((attribute) => ({ ...scalarJson(attribute), required: false, calculated: `=${attribute.expression}` }))],
});

function attributeJson(attribute: Attribute, templates: TemplateCatalogue): ValueObject {
  const { name, required } = attribute;
  if (attribute.kind === 'link') {
    const { target, multiple, inverse, deleteLinked } = attribute;
    return { name, type: 'record', required, template: templates.byId(target)?.name ?? target, multiple, inverse: inverse ?? null, deleteLinked, ...validationJson(attribute) };
  }
  const { unique, default: preset, indexed, order, searchable } = attribute;
  return { ...scalarJson(attribute), required, unique, ...(preset === undefined ? {} : { default: preset }), ...(indexed === true ? { indexed } : {}), ...(order === undefined ? {} : { order }), ...(searchable === true ? { searchable } : {}), ...validationJson(attribute) };
}

const validationJson = ({ validation }: Attribute): ValueObject =>
  validation === undefined ? {} : { validationExpression: `=${validation.expression}`, ...(validation.message === undefined ? {} : { validationMessage: { ...validation.message } }) };

function scalarJson({ name, type, decimals, values, mask, schemes }: Pick<ScalarAttribute, 'name' | 'type' | 'decimals' | 'values' | 'mask' | 'schemes'>): ValueObject {
  return {
    name,
    type,
    ...(decimals === undefined ? {} : { decimals }),
    ...(values === undefined ? {} : { values }),
    ...(mask === undefined ? {} : { mask: typeof mask === 'string' ? mask : mask.pattern }),
    ...(schemes === undefined ? {} : { schemes }),
  };
}
