/**
 * Calculated attributes: an expression over the record and what its single links lead to, computed when the record is read
 * and never stored. Pure: whoever calls has the records that are needed, or says that they are not known.
 */
import { Budget } from './expression/budget.ts';
import { compileExpression, type Expression } from './expression/expression.ts';
import { failure, Failure } from './failure.ts';
import { emptyRecord } from './record-values.ts';
import { scalarOf } from './scalar.ts';
import { shownValue } from './shown-value.ts';
import { attributeNamed } from './template-catalogue.ts';
import type { CalculatedAttribute, Scalar, Template, TemplateCatalogue } from './template.ts';
import { setMember, type Value, type ValueObject } from './value.ts';

/** Single links that have to be followed, and what has to be followed from there. */
export interface LinkTree {
  readonly [link: string]: LinkTree;
}

/** A record as far as it is known. */
export interface KnownRecord {
  id: string;
  /** A scalar, a system attribute, or the id of a single link; undefined when nobody has read it. */
  value(name: string): Scalar | undefined;
}

export interface RecordSource {
  templates: TemplateCatalogue;
  /** Undefined when it has not been read, null when there is no such record. */
  record(template: Template, id: string): KnownRecord | null | undefined;
}

const expressions = new WeakMap<CalculatedAttribute, Expression>();

/** Compiled once for as long as the attribute lives. Throws the failures of `compileExpression`. */
export function expressionOf(attribute: CalculatedAttribute): Expression {
  const known = expressions.get(attribute) ?? compileExpression(attribute.expression);
  expressions.set(attribute, known);
  return known;
}

export const calculatedNamed = (template: Template, name: string): CalculatedAttribute | undefined => template.calculated?.find((attribute) => attribute.name === name);

/** What has to be read of a record for these attributes of it to be known. */
export function attributesNeeded(template: Template, names: Iterable<string>): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    const attribute = calculatedNamed(template, name);
    if (attribute !== undefined) for (const [first = ''] of expressionOf(attribute).paths) add(first);
  };
  for (const name of names) add(name);
  return needed;
}

export function linksNeeded(templates: TemplateCatalogue, template: Template, attributes: readonly CalculatedAttribute[]): LinkTree {
  const tree: Tree = emptyRecord();
  for (const attribute of attributes) for (const path of expressionOf(attribute).paths) addPath(templates, template, path, tree);
  return tree;
}

type Tree = { [link: string]: Tree };

function addPath(templates: TemplateCatalogue, template: Template, [name, ...rest]: readonly string[], tree: Tree): void {
  if (name === undefined) return;
  const inner = calculatedNamed(template, name);
  if (inner !== undefined) for (const path of expressionOf(inner).paths) addPath(templates, template, path, tree);
  const link = attributeNamed(template, name);
  const target = link?.kind === 'link' ? templates.byId(link.target) : undefined;
  if (target !== undefined && rest.length > 0) addPath(templates, target, rest, (tree[name] ??= emptyRecord()));
}

/**
 * The value, checked as one that is stored would be; undefined when something it reads is not known.
 * Throws `record.calculation`, which names the attribute and what went wrong.
 */
export function calculate(source: RecordSource, template: Template, record: KnownRecord, attribute: CalculatedAttribute): Scalar | undefined {
  const expression = expressionOf(attribute);
  const input = inputOf(source, template, record, expression.paths);
  if (input === undefined) return undefined;
  try {
    const result = scalarOf(attribute, expression.evaluate(input, {}, new Budget()) ?? null);
    if (result.kind === 'ok') return result.value;
    throw failure(result.code, result.parameters);
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'record.calculation') throw error;
    throw failure('record.calculation', { template: template.name, attribute: attribute.name, reason: error.text('en') }, { cause: error });
  }
}

/** What the paths read, and nothing else. */
function inputOf(source: RecordSource, template: Template, record: KnownRecord, paths: readonly (readonly string[])[]): ValueObject | undefined {
  const input: Record<string, Value> = {};
  for (const [name, rests] of Map.groupBy(paths, ([first]) => first ?? '')) {
    const deeper = rests.map((path) => path.slice(1)).filter((rest) => rest.length > 0);
    const value = memberOf(source, template, record, name, deeper);
    if (value === undefined) return undefined;
    // Arithmetic with nothing gives nothing, while a null would be an error.
    if (value !== null) setMember(input, name, value);
  }
  return input;
}

function memberOf(source: RecordSource, template: Template, record: KnownRecord, name: string, deeper: readonly (readonly string[])[]): Value | undefined {
  const inner = calculatedNamed(template, name);
  if (inner !== undefined) return calculate(source, template, record, inner);
  const value = record.value(name);
  const link = attributeNamed(template, name);
  if (link?.kind === 'scalar' && value !== undefined) return shownValue(link, value);
  if (link?.kind !== 'link' || deeper.length === 0 || typeof value !== 'string') return value;
  const target = source.templates.byId(link.target);
  const linked = target === undefined ? null : source.record(target, value);
  if (linked === undefined) return undefined;
  return linked === null || target === undefined ? null : inputOf(source, target, linked, deeper);
}
