/** Conditions on rows as a tree: read from the property of a route, checked against the set, written in the words of a dialect. Pure. */
import { Decimal, failure, isObject, limits, nearestKnown, type Failure, type Value, type ValueObject } from '../../sdk/index.ts';
import { dialectRules } from './dialect.ts';
import type { Dialect, EdmModel, EdmProperty, EntitySet, StructuredType } from './edm.ts';
import { setNamed } from './key.ts';
import { printLiteral } from './literal.ts';

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
export type TextMatch = 'contains' | 'startsWith' | 'endsWith' | 'like';

/** A value of the condition itself, or one that each message brings. */
export type Operand = { kind: 'constant'; value: Value } | { kind: 'attribute'; path: string };

export type Filter =
  | { op: 'and' | 'or'; of: readonly Filter[] }
  | { op: 'not'; of: Filter }
  /** `type` names the set of the value where the field is of a composite type. */
  | { op: Comparison; field: string; value: Operand; type?: string }
  | { op: TextMatch; field: string; value: Operand }
  | { op: 'in'; field: string; values: Operand }
  | { op: 'isNull' | 'isNotNull'; field: string }
  /** 1C: the value of a composite field is of this set. */
  | { op: 'isOf'; field: string; type: string }
  /** Rows whose table part or collection holds a row, or only rows, of that kind. */
  | { op: 'any' | 'all'; field: string; of: Filter };

const comparisons: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const textMatches: readonly string[] = ['contains', 'startsWith', 'endsWith', 'like'];

/** Reads the tree of a route. Throws `odata.filterShape` with the place, or `query.tooComplex`. */
export function parseFilter(document: unknown): Filter {
  return parseNode(document, '$', { conditions: 0 }, 1);
}

function parseNode(document: unknown, place: string, counter: { conditions: number }, depth: number): Filter {
  bound('depth', depth, limits.queryDepth.value);
  bound('conditions', ++counter.conditions, limits.queryConditions.value);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw shape(place, '{op, …}');
  const node = document as Readonly<Record<string, unknown>>; // checked right above
  const inner = (child: unknown, at: string): Filter => parseNode(child, `${place}.${at}`, counter, depth + 1);
  const { op } = node;
  if (op === 'and' || op === 'or') {
    if (!Array.isArray(node['of'])) throw shape(`${place}.of`, '[…]');
    return { op, of: node['of'].map((child: unknown, index) => inner(child, `of[${index}]`)) };
  }
  if (op === 'not') return { op, of: inner(node['of'], 'of') };
  const field = textAt(node, 'field', place);
  if (op === 'any' || op === 'all') return { op, field, of: inner(node['of'], 'of') };
  if (op === 'isNull' || op === 'isNotNull') return { op, field };
  if (op === 'isOf') return { op, field, type: textAt(node, 'type', place) };
  if (op === 'in') return { op, field, values: operandOf(node, place) };
  if (isComparison(op)) return { op, field, value: operandOf(node, place), ...(node['type'] === undefined ? {} : { type: textAt(node, 'type', place) }) };
  if (isTextMatch(op)) return { op, field, value: operandOf(node, place) };
  throw shape(`${place}.op`, 'and, or, not, eq, ne, gt, ge, lt, le, in, isNull, isNotNull, contains, startsWith, endsWith, like, isOf, any, all');
}

const isComparison = (op: unknown): op is Comparison => typeof op === 'string' && comparisons.includes(op);
const isTextMatch = (op: unknown): op is TextMatch => typeof op === 'string' && textMatches.includes(op);

const shape = (place: string, expected: string): Failure => failure('odata.filterShape', { place, expected });

function bound(detail: string, count: number, limit: number): void {
  if (count > limit) throw failure('query.tooComplex', { detail: `${detail} ${count}`, limit });
}

function textAt(node: Readonly<Record<string, unknown>>, key: string, place: string): string {
  const text = node[key];
  if (typeof text !== 'string' || text === '') throw shape(`${place}.${key}`, 'string');
  return text;
}

function operandOf(node: Readonly<Record<string, unknown>>, place: string): Operand {
  const { value, attribute } = node;
  if (attribute !== undefined) {
    if (typeof attribute !== 'string' || attribute === '' || value !== undefined) throw shape(`${place}.attribute`, 'string, no value');
    return { kind: 'attribute', path: attribute };
  }
  if (!isConstant(value)) throw shape(`${place}.value`, 'string, number, boolean, null, or attribute');
  return { kind: 'constant', value };
}

function isConstant(value: unknown): value is Value {
  if (Array.isArray(value)) return value.every((item) => !Array.isArray(item) && isConstant(item));
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Decimal;
}

export interface FilterPlace {
  connection: string;
  /** How the service is spoken to; the model's own unless the connection says otherwise. */
  dialect: Dialect;
  model: EdmModel;
  set: EntitySet;
  /** Attributes of the message. */
  message: ValueObject;
}

/** The condition as `$filter` wants it, not yet percent-encoded; undefined when there is none, as in an empty `and`. */
export function printFilter(place: FilterPlace, filter: Filter): string | undefined {
  return print({ ...place, type: place.set.type, prefix: '' }, filter);
}

interface Scope extends FilterPlace {
  /** Of the rows that fields are looked up in. */
  type: StructuredType;
  /** Names the row of a table part inside `any` and `all`. */
  prefix: string;
}

function print(scope: Scope, filter: Filter): string | undefined {
  switch (filter.op) {
    case 'and':
    case 'or': return printList(scope, filter);
    case 'not': {
      const inner = print(scope, filter.of);
      return inner === undefined ? undefined : `not (${inner})`;
    }
    case 'isNull': return `${fieldOf(scope, filter.field).path} eq null`;
    case 'isNotNull': return `${fieldOf(scope, filter.field).path} ne null`;
    case 'in': return printIn(scope, filter);
    case 'isOf': return printIsOf(scope, filter);
    case 'any':
    case 'all': return printLambda(scope, filter);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'like': return printTextMatch(scope, filter);
    default: return printComparison(scope, filter);
  }
}

function printList(scope: Scope, { op, of }: Extract<Filter, { op: 'and' | 'or' }>): string | undefined {
  // An empty "or" is true of nothing: to leave it out would read everything.
  if (op === 'or' && of.length === 0) throw shape('or', '[…]');
  const parts = of.map((child) => print(scope, child)).filter((part) => part !== undefined);
  if (op === 'or' && parts.length < of.length) return undefined;
  if (parts.length < 2) return parts[0];
  return parts.map((part) => `(${part})`).join(` ${op} `);
}

interface Field {
  /** As written in the condition. */
  path: string;
  name: string;
  property: EdmProperty;
}

/** A name is checked here, because 1C may take an unknown one for "no row". `A/B` leads into a complex value. */
function fieldOf(scope: Scope, name: string): Field {
  const property = propertyAt(scope, scope.type, name.split('/'), name);
  return { path: scope.prefix + name, name, property };
}

function propertyAt(scope: Scope, type: StructuredType, [head = '', ...rest]: readonly string[], whole: string): EdmProperty {
  const property = type.properties.get(head);
  if (rest.length === 0 && property !== undefined) return property;
  const inner = property?.type ?? type.navigations.get(head)?.type;
  const next = inner === undefined || rest.length === 0 ? undefined : scope.model.types.get(inner);
  if (next !== undefined) return propertyAt(scope, next, rest, whole);
  throw failure('odata.unknownField', { connection: scope.connection, set: scope.set.name, field: whole, nearest: nearestKnown(head, [...type.properties.keys()]) });
}

function printComparison(scope: Scope, filter: Extract<Filter, { op: Comparison }>): string {
  const field = fieldOf(scope, filter.field);
  const value = valueOf(scope, filter.value);
  if (filter.type !== undefined) return `${field.path} ${filter.op} ${castTo(scope, field, filter.type, value)}`;
  if (field.property.role.kind === 'composite' && value !== null) throw failure('odata.filterNeedsType', { connection: scope.connection, field: filter.field });
  return `${field.path} ${filter.op} ${literal(scope, field, value)}`;
}

/** 1C compares a composite field only with a value whose type is named. */
function castTo(scope: Scope, field: Field, type: string, value: Value): string {
  if (scope.dialect !== '1c' || field.property.role.kind !== 'composite') throw unsupported(scope, `${field.name}: type`);
  setNamed(scope.connection, scope.model, type);
  return `cast(${printLiteral({ ...scope, field: field.name }, 'Edm.Guid', value)},'${type}')`;
}

function printIsOf(scope: Scope, { field: name, type }: Extract<Filter, { op: 'isOf' }>): string {
  const field = fieldOf(scope, name);
  if (scope.dialect !== '1c' || field.property.role.kind !== 'composite') throw unsupported(scope, 'isOf');
  setNamed(scope.connection, scope.model, type);
  return `isof(${field.path},'${type}')`;
}

function printIn(scope: Scope, { field: name, values }: Extract<Filter, { op: 'in' }>): string {
  const field = fieldOf(scope, name);
  const list = valueOf(scope, values);
  if (!Array.isArray(list)) throw failure('connection.valueWrongType', { connection: scope.connection, attribute: name, expected: 'list', actual: list === null ? 'null' : typeof list });
  bound('listValues', list.length, limits.queryListValues.value);
  if (field.property.role.kind === 'composite') throw failure('odata.filterNeedsType', { connection: scope.connection, field: name });
  const literals = list.map((value: Value) => literal(scope, field, value));
  // Nothing is in an empty list; this is said in words that every server knows.
  if (literals.length === 0) return '1 eq 2';
  return dialectRules[scope.dialect].inList ? `${field.path} in (${literals.join(',')})` : literals.map((each) => `${field.path} eq ${each}`).join(' or ');
}

function printTextMatch(scope: Scope, { op, field: name, value: operand }: Extract<Filter, { op: TextMatch }>): string {
  const { contains, like } = dialectRules[scope.dialect];
  const field = fieldOf(scope, name);
  const text = printLiteral({ ...scope, field: name }, 'Edm.String', valueOf(scope, operand));
  if (text === 'null') throw failure('connection.valueMissing', { connection: scope.connection, attribute: name });
  switch (op) {
    case 'contains': return contains === 'contains' ? `contains(${field.path},${text})` : `substringof(${text},${field.path})`;
    case 'startsWith': return `startswith(${field.path},${text})`;
    case 'endsWith': return `endswith(${field.path},${text})`;
    case 'like':
      if (!like) throw unsupported(scope, 'like');
      return `like(${field.path},${text})`;
  }
}

function printLambda(scope: Scope, { op, field, of }: Extract<Filter, { op: 'any' | 'all' }>): string {
  if (!dialectRules[scope.dialect].lambda) throw unsupported(scope, op);
  const inner = scope.type.properties.get(field) ?? scope.type.navigations.get(field);
  const type = inner?.collection === true ? scope.model.types.get(inner.type) : undefined;
  if (type === undefined) {
    const known = [...scope.type.properties.values(), ...scope.type.navigations.values()].filter((each) => each.collection).map((each) => each.name);
    throw failure('odata.unknownField', { connection: scope.connection, set: scope.set.name, field, nearest: nearestKnown(field, known) });
  }
  const row = `r${scope.prefix.length}`;
  const condition = print({ ...scope, type, prefix: `${row}/` }, of);
  const path = scope.prefix + field;
  if (condition !== undefined) return `${path}/${op}(${row}: ${condition})`;
  throw shape(op, '{op, …}');
}

function literal(scope: Scope, field: Field, value: Value): string {
  const { property } = field;
  return printLiteral({ ...scope, field: field.name }, property.type, value);
}

/** A value that the message lacks is never "everything": the call is refused. */
function valueOf(scope: Scope, operand: Operand): Value {
  if (operand.kind === 'constant') return operand.value;
  let value: Value | undefined = scope.message;
  for (const part of operand.path.split('.')) value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  if (value === undefined) throw failure('connection.valueMissing', { connection: scope.connection, attribute: operand.path });
  return value;
}

const unsupported = (scope: Scope, op: string): Failure => failure('odata.filterUnsupported', { connection: scope.connection, op, dialect: dialectRules[scope.dialect].title });
