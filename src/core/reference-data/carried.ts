/** What of a reference template travels: its own attributes, and links by the keys of the records they lead to. */
import { isFileType } from '../file.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { Attribute, LinkAttribute, ScalarAttribute, Template, TemplateCatalogue } from '../template.ts';

export interface Carried {
  template: Template;
  key: ScalarAttribute;
  /** Without the key, in the order of the template. */
  attributes: readonly CarriedAttribute[];
}

export type CarriedAttribute = { kind: 'scalar'; attribute: ScalarAttribute } | { kind: 'link'; attribute: LinkAttribute; target: Template; targetKey: ScalarAttribute };

/** Undefined when its records do not travel. */
export function carriedOf(templates: TemplateCatalogue, template: Template): Carried | undefined {
  const key = template.referenceData?.carried === true ? keyOf(template) : undefined;
  if (key === undefined || template.retired === true) return undefined;
  const attributes = template.attributes.flatMap((attribute): CarriedAttribute[] => (attribute === key || whyNot(attribute) !== null ? [] : carriedAttribute(templates, attribute)));
  return { template, key, attributes };
}

function carriedAttribute(templates: TemplateCatalogue, attribute: Attribute): CarriedAttribute[] {
  if (attribute.kind === 'scalar') return [{ kind: 'scalar', attribute }];
  const target = templates.byId(attribute.target);
  const targetKey = target === undefined ? undefined : keyOf(target);
  return target === undefined || targetKey === undefined ? [] : [{ kind: 'link', attribute, target, targetKey }];
}

/** People and their files belong to one installation; the other side of a link is told by the side that holds it. */
export function whyNot(attribute: Attribute): 'account' | 'file' | 'inverse' | null {
  if (attribute.kind === 'link') return attribute.side === 'other' ? 'inverse' : null;
  return attribute.type === 'account' ? 'account' : isFileType(attribute.type) ? 'file' : null;
}

function keyOf(template: Template): ScalarAttribute | undefined {
  const found = attributeNamed(template, template.referenceData?.key ?? '');
  return found?.kind === 'scalar' ? found : undefined;
}

/** Templates whose records travel, in the order of their names. */
export const carriedTemplates = (templates: TemplateCatalogue): readonly Carried[] =>
  templates.all().flatMap((template) => carriedOf(templates, template) ?? []).toSorted((left, right) => (left.template.name < right.template.name ? -1 : 1));
