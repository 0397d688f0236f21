/** Templates as their records' writers see them. */
import { templateOperations } from '../../api/templates.ts';
import { templateNamed } from '../../core/template-catalogue.ts';
import type { Attribute, Template, TemplateCatalogue } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';
import { good, handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';

export function templateHandlers({ configuration }: ApiParts): readonly Handler[] {
  return [
    handle(templateOperations.listTemplates, async () => {
      const { templates } = configuration.current();
      return good({ templates: templates.all().map((template) => templateJson(template, templates)) });
    }),
    handle(templateOperations.getTemplate, async ({ params }) => {
      const { templates } = configuration.current();
      return good(templateJson(templateNamed(templates, params.name), templates));
    }),
  ];
}

const templateJson = ({ name, version, titleAttribute, attributes }: Template, templates: TemplateCatalogue): ValueObject => ({
  name,
  version,
  titleAttribute: titleAttribute ?? null,
  attributes: attributes.map((attribute) => attributeJson(attribute, templates)),
});

function attributeJson(attribute: Attribute, templates: TemplateCatalogue): ValueObject {
  const { name, required } = attribute;
  if (attribute.kind === 'link') {
    const { target, multiple, inverse, deleteLinked } = attribute;
    return { name, type: 'record', required, template: templates.byId(target)?.name ?? target, multiple, inverse: inverse ?? null, deleteLinked };
  }
  const { type, unique, decimals, values, default: preset } = attribute;
  return {
    name,
    type,
    required,
    unique,
    ...(decimals === undefined ? {} : { decimals }),
    ...(values === undefined ? {} : { values }),
    ...(preset === undefined ? {} : { default: preset }),
  };
}
