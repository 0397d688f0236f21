/**
 * Mapping as data: rows that say where each field of a schema comes from, compiled once.
 * A row whose target ends with `[]` names a list; rows below it, like `lines[].sku`, read each of its items.
 */
import { conversions, type Conversion } from './conversion.ts';
import type { Budget } from './expression/budget.ts';
import { compileExpression, type CompileExpressionOptions, type Expression } from './expression/expression.ts';
import { Failure, failure, type Problem } from './failure.ts';
import type { SchemaNode, SchemaTree } from './message-node.ts';
import { conformNode, foundKind, place, type Conform } from './message-schema.ts';
import { nearestKnown } from './nearest-known.ts';
import { isObject, setMember, type Value, type ValueObject } from './value.ts';

export { compileTemplateValue, type TemplateValue } from './value-template.ts';

export interface MappingRow {
  /** A path of the schema: `customer.phone`, `lines[]`, `lines[].sku`. */
  target: string;
  /** A path of the input or, with a leading `=`, an expression over it; `$name` are variables. */
  source?: string;
  /** One of `conversions`. */
  conversion?: string;
  /** Used when the source gives nothing. */
  default?: unknown;
  /** What happens when there is neither a value nor a default: the field is left out (usual), null, or a problem. */
  onMissing?: 'leave' | 'null' | 'fail';
}

export interface Mapped {
  value: ValueObject;
  /** Everything that did not fit, by path of the target. */
  problems: Problem[];
}

export type Mapping = (input: Value | undefined, variables: Readonly<Record<string, Value | undefined>>, budget: Budget) => Mapped;

/** Failure: mapping.invalid with a problem for every wrong row. */
export function compileMapping(rows: readonly MappingRow[], tree: SchemaTree, options: CompileExpressionOptions & { place?: string } = {}): Mapping {
  const problems: Problem[] = [];
  const plan = planRows(rows, tree, problems);
  const fields = compileFields(plan, tree, '', { options, problems });
  if (problems.length > 0) throw failure('mapping.invalid', { place: options.place ?? '.' }, { problems });
  return (input, variables, budget) => {
    const found: Problem[] = [];
    return { value: fields({ input, variables, budget }, found), problems: found };
  };
}

/** What is being mapped: the input (or the item of a list), and what all rows share. */
interface Source {
  input: Value | undefined;
  variables: Readonly<Record<string, Value | undefined>>;
  budget: Budget;
}

interface Compiling {
  options: CompileExpressionOptions;
  problems: Problem[];
}

/** The rows of one level by field, and what is below. */
interface Plan {
  row: MappingRow | null;
  list: MappingRow | null;
  below: Map<string, Plan>;
}

const newPlan = (): Plan => ({ row: null, list: null, below: new Map() });

function planRows(rows: readonly MappingRow[], tree: SchemaTree, problems: Problem[]): Plan {
  const root = newPlan();
  for (const row of rows) {
    const report = (code: Problem['code'], parameters: Problem['parameters'] = {}): void => {
      problems.push({ path: row.target, code, parameters: { target: row.target, ...parameters } });
    };
    const plan = placeOf(row.target, tree, root, report);
    if (plan === null) continue;
    const isList = row.target.endsWith('[]');
    if (plan.row !== null || (isList ? plan.list !== null : plan.below.size > 0 || plan.list !== null)) report('mapping.doubleTarget');
    if (isList) plan.list = row;
    else plan.row = row;
  }
  return root;
}

/** Finds the place of a target in the plan; null when the schema has none. */
function placeOf(target: string, tree: SchemaTree, root: Plan, report: (code: Problem['code'], parameters?: Problem['parameters']) => void): Plan | null {
  let plan = root;
  let fields: SchemaTree | undefined = tree;
  const parts = target.split('.');
  for (const [index, part] of parts.entries()) {
    const name = part.endsWith('[]') ? part.slice(0, -2) : part;
    const node: SchemaNode | undefined = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (node === undefined) {
      report('mapping.unknownTarget', { nearest: nearestKnown(name, Object.keys(fields ?? {})) });
      return null;
    }
    const last = index === parts.length - 1;
    const mayList = node.array && node.type === 'object' && node.fields !== undefined;
    if (part.endsWith('[]') ? !mayList : node.array && !last) {
      report('mapping.notList');
      return null;
    }
    if (plan.row !== null) report('mapping.doubleTarget');
    let next = plan.below.get(name);
    if (next === undefined) plan.below.set(name, (next = newPlan()));
    plan = next;
    fields = node.fields;
  }
  return plan;
}

type Fields = (source: Source, problems: Problem[]) => ValueObject;
type Field = (source: Source, problems: Problem[]) => Value | undefined;

/** All fields of the tree, so that a required one without a row is found missing. */
function compileFields(plan: Plan, tree: SchemaTree, path: string, compiling: Compiling): Fields {
  const fields: { name: string; field: Field }[] = [];
  for (const [name, node] of Object.entries(tree)) {
    const below = plan.below.get(name);
    const field = below === undefined ? unmapped(node) : compileField(below, node, path === '' ? name : `${path}.${name}`, compiling);
    if (field !== null) fields.push({ name, field });
  }
  return (source, problems) => {
    const result: { [key: string]: Value } = {};
    for (const { name, field } of fields) {
      const before = problems.length;
      const value = field(source, problems);
      if (problems.length > before) place(problems, before, name);
      if (value === undefined) continue;
      if (name === '__proto__') setMember(result, name, value);
      else result[name] = value;
    }
    return result;
  };
}

/** A field without a row is missing, which is a problem where the schema wants it. */
function unmapped(node: SchemaNode): Field | null {
  if (!node.required) return null;
  const conform = conformNode(node);
  return (_source, problems) => conform(undefined, problems);
}

function compileField(plan: Plan, node: SchemaNode, path: string, compiling: Compiling): Field {
  if (plan.row !== null) return compileLeaf(plan.row, node, compiling);
  if (node.array) return compileList(plan, node, path, compiling);
  const fields = compileFields(plan, node.fields ?? {}, path, compiling);
  return (source, problems) => {
    const value = fields(source, problems);
    return node.required || Object.keys(value).length > 0 ? value : undefined;
  };
}

/** Each item of the source list becomes an item of the target. */
function compileList(plan: Plan, node: SchemaNode, path: string, compiling: Compiling): Field {
  if (plan.list === null) {
    compiling.problems.push({ path, code: 'mapping.notList', parameters: { target: path } });
    return () => undefined;
  }
  const read = compileSource(plan.list, compiling);
  const conform = conformNode({ ...node, fields: undefined, type: 'any' });
  const fields = plan.below.size === 0 ? null : compileFields(plan, node.fields ?? {}, `${path}[]`, compiling);
  const whole = conformNode(node);
  return (source, problems) => {
    const found = read(source, problems);
    if (fields === null) return whole(found, problems);
    const list = conform(found, problems);
    if (!Array.isArray(list)) return list;
    return (list as readonly Value[]).map((item, index) => {
      const before = problems.length;
      const value = fields({ ...source, input: item }, problems);
      if (problems.length > before) place(problems, before, `[${index}]`);
      return value;
    });
  };
}

function compileLeaf(row: MappingRow, node: SchemaNode, compiling: Compiling): Field {
  const read = compileSource(row, compiling);
  const conform: Conform = conformNode(row.onMissing === 'fail' ? { ...node, required: false } : node);
  return (source, problems) => {
    const before = problems.length;
    const value = read(source, problems);
    // What has just been reported once is not also reported as missing.
    return problems.length > before ? undefined : conform(value, problems);
  };
}

/** Source, conversion, default and what happens when nothing is there. */
function compileSource(row: MappingRow, compiling: Compiling): Field {
  const expression = compileRead(row, compiling);
  const conversion = conversionOf(row, compiling);
  const fallback = fallbackOf(row, compiling);
  const missing = (problems: Problem[]): Value | undefined => {
    if (fallback !== undefined) return fallback;
    if (row.onMissing === 'null') return null;
    if (row.onMissing === 'fail') problems.push({ path: '', code: 'mapping.missing', parameters: { target: row.target, source: row.source ?? '' } });
    return undefined;
  };
  return (source, problems) => {
    const value = expression === null ? undefined : evaluate(expression, source, problems);
    if (value === failed) return undefined;
    if (value === undefined) return missing(problems);
    if (conversion === null || value === null) return value;
    const converted = conversion.convert(value);
    if (converted === undefined) problems.push({ path: '', code: 'mapping.conversion', parameters: { conversion: conversion.name, found: foundKind(value) } });
    return converted;
  };
}

/** An expression failed; the problem has been noted. */
const failed: unique symbol = Symbol('failed');

const budgetCodes: ReadonlySet<string> = new Set(['expression.steps', 'expression.depth', 'expression.resultSize']);

/** A row that cannot be computed is a problem of its target; a spent budget ends the whole mapping. */
function evaluate(expression: Expression, source: Source, problems: Problem[]): Value | undefined | typeof failed {
  try {
    return expression.evaluate(source.input, source.variables, source.budget);
  } catch (error) {
    if (!(error instanceof Failure) || budgetCodes.has(error.code)) throw error;
    problems.push({ path: '', code: error.code, parameters: error.parameters });
    return failed;
  }
}

function compileRead(row: MappingRow, { options, problems }: Compiling): Expression | null {
  const { source } = row;
  if (source === undefined) {
    if (row.default === undefined) problems.push({ path: row.target, code: 'mapping.badRow', parameters: { target: row.target, detail: 'source | default' } });
    return null;
  }
  const text = source.startsWith('=') ? source.slice(1) : pathExpression(source);
  if (text === null) {
    problems.push({ path: row.target, code: 'mapping.badRow', parameters: { target: row.target, detail: `source "${source.slice(0, 80)}"` } });
    return null;
  }
  try {
    return compileExpression(text, options);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    problems.push({ path: row.target, code: error.code, parameters: error.parameters });
    return null;
  }
}

/** A path as it is written in a row: any names between dots. The path of the whole input is `$`. Null when it is no path. */
function pathExpression(source: string): string | null {
  if (source === '$') return source;
  const names = source.split('.');
  return names.some((name) => name === '' || name.includes('`')) ? null : names.map((name) => `\`${name}\``).join('.');
}

function conversionOf(row: MappingRow, { problems }: Compiling): { name: string; convert: Conversion } | null {
  if (row.conversion === undefined) return null;
  const convert = Object.hasOwn(conversions, row.conversion) ? conversions[row.conversion] : undefined;
  if (convert === undefined) {
    problems.push({ path: row.target, code: 'mapping.unknownConversion', parameters: { target: row.target, conversion: row.conversion, nearest: nearestKnown(row.conversion, Object.keys(conversions)) } });
    return null;
  }
  return { name: row.conversion, convert };
}

function fallbackOf(row: MappingRow, { problems }: Compiling): Value | undefined {
  const value = row.default;
  if (value === undefined || isValue(value)) return value;
  problems.push({ path: row.target, code: 'mapping.badRow', parameters: { target: row.target, detail: 'default' } });
  return undefined;
}

/** Whether something read from configuration is a value. */
function isValue(value: unknown): value is Value {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isValue);
  return isObject(value as Value) && Object.values(value as object).every(isValue);
}
