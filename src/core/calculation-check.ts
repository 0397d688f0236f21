/** What may be wrong with calculated attributes once all templates are known: names, links to many, circles, depth. */
import { calculatedNamed, expressionOf } from './calculation.ts';
import type { Problem } from './failure.ts';
import { limits } from './limits.ts';
import { nearestKnown } from './nearest-known.ts';
import { attributeNamed } from './template-catalogue.ts';
import { systemAttributes, type CalculatedAttribute, type Template, type TemplateCatalogue } from './template.ts';

/** Paths begin with the template's name. */
export function calculationProblems(templates: TemplateCatalogue): readonly Problem[] {
  return templates.all().flatMap((template) =>
    (template.calculated ?? []).flatMap((attribute) => {
      const checking: Checking = { templates, top: { template, attribute }, problems: [] };
      checkAttribute(checking, template, attribute, []);
      return checking.problems.slice(0, 1);
    }),
  );
}

interface Checking {
  templates: TemplateCatalogue;
  top: { template: Template; attribute: CalculatedAttribute };
  problems: Problem[];
}

/** `way` holds the calculated attributes and links that led here. */
function checkAttribute(checking: Checking, template: Template, attribute: CalculatedAttribute, way: readonly string[]): void {
  const here = `${template.name}.${attribute.name}`;
  if (way.includes(here)) return refuse(checking, 'template.calculatedCircle', { circle: [...way.slice(way.indexOf(here)), here].join(' → ') });
  if (way.length >= limits.calculationDepth.value) return refuse(checking, 'template.calculatedDepth', { limit: limits.calculationDepth.value });
  for (const path of expressionOf(attribute).paths) checkPath(checking, template, path, [...way, here]);
}

function checkPath(checking: Checking, template: Template, [name, ...rest]: readonly string[], way: readonly string[]): void {
  if (name === undefined) return refuse(checking, 'template.calculatedWhole', {});
  const inner = calculatedNamed(template, name);
  if (inner !== undefined) return checkAttribute(checking, template, inner, way);
  const attribute = attributeNamed(template, name);
  if (attribute === undefined && !systemAttributes.some((known) => known === name)) {
    const known = [...template.attributes, ...(template.calculated ?? [])].map((candidate) => candidate.name);
    return refuse(checking, 'template.calculatedName', { owner: template.name, name: name.slice(0, 80), nearest: nearestKnown(name, known) });
  }
  if (attribute?.kind !== 'link') return;
  const target = checking.templates.byId(attribute.target);
  if (attribute.multiple) return refuse(checking, 'template.calculatedLink', { link: `${template.name}.${name}` });
  if (target === undefined || rest.length === 0) return;
  if (way.length >= limits.calculationDepth.value) return refuse(checking, 'template.calculatedDepth', { limit: limits.calculationDepth.value });
  checkPath(checking, target, rest, [...way, `${template.name}.${name}`]);
}

function refuse({ top, problems }: Checking, code: Problem['code'], parameters: Problem['parameters']): void {
  const { template, attribute } = top;
  problems.push({ path: `${template.name}.attributes.${attribute.name}.calculated`, code, parameters: { template: template.name, attribute: attribute.name, ...parameters } });
}
