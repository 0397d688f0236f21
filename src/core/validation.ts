/**
 * Rules that a person writes for an attribute: an expression over the record's own row that has to hold whenever the record
 * is saved. False or nothing refuses the record. Pure.
 */
import { Budget } from './expression/budget.ts';
import { compileExpression, type Expression } from './expression/expression.ts';
import { Failure, type Problem } from './failure.ts';
import { nearestKnown } from './nearest-known.ts';
import { isOwnColumn } from './record-values.ts';
import { shownValue } from './shown-value.ts';
import type { Attribute, Scalar, Template, TemplateCatalogue, Validation } from './template.ts';
import { setMember, type Value, type ValueObject } from './value.ts';

const expressions = new WeakMap<Validation, Expression>();

/** Compiled once for as long as the rule lives. Throws the failures of `compileExpression`. */
export function validationExpression(validation: Validation): Expression {
  const known = expressions.get(validation) ?? compileExpression(validation.expression);
  expressions.set(validation, known);
  return known;
}

export const hasValidations = (template: Template): boolean => template.attributes.some(({ validation }) => validation !== undefined);

/** What does not hold, by attribute; `valueOf` gives what the record would keep. */
export function brokenValidations(template: Template, valueOf: (name: string) => Scalar | undefined): readonly Problem[] {
  return template.attributes.flatMap((attribute) => {
    const { validation } = attribute;
    if (validation === undefined) return [];
    const reason = reasonOf(template, validation, valueOf);
    return reason === null ? [] : [{ path: attribute.name, code: 'record.validation' as const, parameters: { template: template.name, attribute: attribute.name, ...messageOf(attribute, validation, reason) } }];
  });
}

/** Null when it holds. */
function reasonOf(template: Template, validation: Validation, valueOf: (name: string) => Scalar | undefined): string | null {
  const expression = validationExpression(validation);
  try {
    const result = expression.evaluate(inputOf(template, expression, valueOf), {}, new Budget());
    return isEmpty(result) ? '' : null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.text('en');
  }
}

const isEmpty = (result: Value | undefined): boolean => result === undefined || result === null || result === false || result === '' || (Array.isArray(result) && result.length === 0);

/** What has no value is left out: arithmetic with nothing gives nothing, while a null would be an error. */
function inputOf(template: Template, expression: Expression, valueOf: (name: string) => Scalar | undefined): ValueObject {
  const input: Record<string, Value> = {};
  for (const name of new Set(expression.paths.map(([first = '']) => first))) {
    const attribute = template.attributes.find((candidate) => candidate.name === name);
    const scalar = valueOf(name) ?? null;
    const value = attribute?.kind === 'scalar' ? shownValue(attribute, scalar) : scalar;
    if (value !== null) setMember(input, name, value);
  }
  return input;
}

/** An expression that cannot be computed says why, since whoever wrote the message did not think of it. */
function messageOf({ name }: Attribute, { expression, message }: Validation, reason: string): { ru: string; en: string } {
  const more = reason === '' ? '' : ` (${reason})`;
  return { ru: (message?.ru ?? message?.en ?? `правило не выполнено: ${expression}`) + more, en: (message?.en ?? message?.ru ?? `the rule of ${name} does not hold: ${expression}`) + more };
}

/** What may be wrong with rules once the whole template is known; paths begin with the template's name. */
export function validationProblems(templates: TemplateCatalogue): readonly Problem[] {
  return templates.all().flatMap((template) => template.attributes.flatMap((attribute) => (attribute.validation === undefined ? [] : ruleProblems(template, attribute, attribute.validation).slice(0, 1))));
}

function ruleProblems(template: Template, attribute: Attribute, validation: Validation): readonly Problem[] {
  const about = { template: template.name, attribute: attribute.name };
  const path = `${template.name}.attributes.${attribute.name}.validationExpression`;
  const readable = template.attributes.filter((candidate) => candidate.kind === 'scalar' || isOwnColumn(candidate));
  return validationExpression(validation).paths.flatMap(([name, ...rest]): readonly Problem[] => {
    if (name === undefined) return [{ path, code: 'template.validationWhole', parameters: about }];
    const read = readable.find((candidate) => candidate.name === name);
    if (read === undefined) return [{ path, code: 'template.validationName', parameters: { ...about, name: name.slice(0, 80), nearest: nearestKnown(name, readable.map((candidate) => candidate.name)) } }];
    return read.kind === 'link' && rest.length > 0 ? [{ path, code: 'template.validationLink', parameters: { ...about, link: name } }] : [];
  });
}
