/** Values of a write as bound parameters, by attribute. */
import { Decimal } from '../../../core/decimal.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';
import { isStorableText } from '../../../core/scalar.ts';
import { attributeNamed, nearestAttribute } from '../../../core/template-catalogue.ts';
import type { Attribute, Scalar, ScalarAttribute, Template, TemplateCatalogue } from '../../../core/template.ts';
import { boundScalar } from './bound-scalar.ts';
import { ownColumn } from './physical-names.ts';

/** An attribute of a template version that has a column of its own. */
export interface OwnAttribute {
  attribute: Attribute;
  column: string;
}

/** In the order of the template version, so that a statement's text depends on the version only. */
export const ownAttributes = (template: Template): readonly OwnAttribute[] =>
  template.attributes.flatMap((attribute) => {
    const column = ownColumn(attribute);
    return column === undefined ? [] : [{ attribute, column }];
  });

/** The version a write was made with; a node that has not loaded it yet answers that it may be tried again. */
export function templateOf(templates: TemplateCatalogue, id: string, version: number): Template {
  const current = templates.byId(id);
  const found = templates.version?.(id, version) ?? (current?.version === version ? current : undefined);
  if (found === undefined) throw failure('record.templateVersion', { template: current?.name ?? id, version }, { next: { kind: 'retry' } });
  return found;
}

/** Refuses names that the version does not have, or that have no column in this table. */
export function checkNames(template: Template, values: Readonly<Record<string, Scalar>>): void {
  for (const name of Object.keys(values)) {
    const attribute = attributeNamed(template, name);
    if (attribute === undefined || ownColumn(attribute) === undefined) {
      throw failure('record.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestAttribute(template, name) });
    }
  }
}

/** Refuses text that the database could not take, naming the attribute, before any SQL is sent. */
export function parameterOf(attribute: Attribute, value: Scalar): string | boolean | null {
  if (value instanceof Decimal) return attribute.kind === 'scalar' ? numberText(attribute, value) : value.toFixed();
  if (typeof value !== 'string') return value;
  if (!isStorableText(value)) throw failure('record.nul', { attribute: attribute.name });
  const limit = limits.uniqueTextCharacters.value;
  if (attribute.kind !== 'scalar') return value;
  if (attribute.unique && value.length > limit) throw failure('record.uniqueTextTooLong', { attribute: attribute.name, limit });
  return attribute.type === 'duration' ? String(boundScalar(attribute.type, value)) : value;
}

const numberText = (attribute: ScalarAttribute, value: Decimal): string => (attribute.decimals === undefined ? value.toFixed() : value.toFixed(attribute.decimals));
