/** A filter over one set with everything looked up: its fields in the description, its values in the message. What a server is asked and what is asked of rows here both come from it. Pure. */
import { failure, isObject, limits, nearestKnown, type Failure, type Value, type ValueObject } from '../../sdk/index.ts';
import { castTypes, isCast, onecKind } from './cast.ts';
import { dialectRules } from './dialect.ts';
import type { Dialect, EdmModel, EdmProperty, EntitySet, StructuredType } from './edm.ts';
import type { Comparison, Filter, Operand, TextMatch } from './filter.ts';
import { setNamed } from './key.ts';
import { printLiteral, shownValue, type LiteralPlace } from './literal.ts';
import { orderKey } from './order-key.ts';
import { momentValue, type KnownTimes } from './moment.ts';

/** Null is no value here: `eq null` is `isNull`. An empty `and` is true, an empty `or` false. */
export type Condition =
  | { op: 'and' | 'or'; of: readonly Condition[] }
  | { op: 'not'; of: Condition }
  | { op: Comparison; field: Field; value: Value; type?: string }
  | { op: TextMatch; field: Field; value: string }
  | { op: 'in'; field: Field; values: readonly Value[]; type?: string }
  | { op: 'isNull'; field: Field }
  | { op: 'isOf'; field: Field; type: string }
  | { op: 'any' | 'all'; items: Items; of: Condition };

/** Rows of a table part, or values of a collection, that are looked into. */
export interface Items {
  path: readonly string[];
  /** Whether they are rows of another set, which a row here has only when they are expanded. */
  elsewhere: boolean;
}

/** The value at hand, of a collection that holds no rows. */
export const thisItem = '$this';

export interface Field {
  /** From the row, or from the row of the table part that is looked into. */
  path: readonly string[];
  property: EdmProperty;
  /** Whether the way leads through rows of other sets, which a row here has only when they are expanded. */
  elsewhere: boolean;
  /** Part of the key of the row that is read. */
  inKey: boolean;
  /** Type that its value is taken as. */
  cast?: string;
}

/** What its values are compared as. */
export const comparedAs = ({ property, cast }: Field): string => cast ?? property.type;

export interface FilterPlace {
  connection: string;
  /** How the service is spoken to; the model's own unless the connection says otherwise. */
  dialect: Dialect;
  /** Whether this service knows `in`; as its dialect has it unless told. */
  inList?: boolean;
  model: EdmModel;
  set: EntitySet;
  /** Attributes of the message. */
  message: ValueObject;
  times: KnownTimes;
}

export const always: Condition = { op: 'and', of: [] };
export const never: Condition = { op: 'or', of: [] };

/** Failures: `odata.unknownField`, `odata.unknownSet`, `odata.filterNeedsType`, `odata.filterUnsupported`, `connection.valueMissing`, `connection.valueWrongType` … */
export const resolveFilter = (place: FilterPlace, filter: Filter): Condition => resolve({ ...place, type: place.set.type }, filter);

interface Scope extends FilterPlace {
  /** Of the rows that fields are looked up in. */
  type: StructuredType;
  /** Inside a collection of plain values: what each of them is. */
  item?: EdmProperty;
}

function resolve(scope: Scope, filter: Filter): Condition {
  switch (filter.op) {
    case 'and': return { op: 'and', of: filter.of.map((part) => resolve(scope, part)) };
    case 'or':
      // It would be true of nothing, which nobody means.
      if (filter.of.length === 0) throw failure('odata.filterShape', { place: 'or', expected: '[…]' });
      return { op: 'or', of: filter.of.map((part) => resolve(scope, part)) };
    case 'not': return { op: 'not', of: resolve(scope, filter.of) };
    case 'isNull': return { op: 'isNull', field: castField(scope, filter) };
    case 'isNotNull': return { op: 'not', of: { op: 'isNull', field: castField(scope, filter) } };
    case 'in': return resolveIn(scope, filter);
    case 'isOf': return resolveIsOf(scope, filter);
    case 'any':
    case 'all': return resolveLambda(scope, filter);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'like': return resolveTextMatch(scope, filter);
    default: return resolveComparison(scope, filter);
  }
}

/** A name is checked here, because 1C may take an unknown one for "no row". `A/B` leads into a complex value or along a reference. */
function fieldOf(scope: Scope, name: string): Field {
  if (scope.item !== undefined) {
    if (name !== thisItem) throw unknownField(scope, name, thisItem);
    return { path: [thisItem], property: scope.item, elsewhere: false, inKey: false };
  }
  const path = name.split('/');
  let { type } = scope;
  let elsewhere = false;
  for (const [index, step] of path.entries()) {
    const property = type.properties.get(step);
    if (property !== undefined && index + 1 === path.length) {
      return { path, property, elsewhere, inKey: path.length === 1 && type === scope.set.type && type.keys.includes(step) };
    }
    elsewhere ||= property === undefined;
    const inner = scope.model.types.get(property?.type ?? type.navigations.get(step)?.type ?? '');
    if (inner === undefined || index + 1 === path.length) throw unknownField(scope, name, nearestKnown(step, [...type.properties.keys()]));
    type = inner;
  }
  throw unknownField(scope, name, '');
}

const unknownField = ({ connection, set }: Scope, field: string, nearest: string): Failure => failure('odata.unknownField', { connection, set: set.name, field, nearest });

function resolveComparison(scope: Scope, filter: Extract<Filter, { op: Comparison }>): Condition {
  const { op, field: name, value: operand } = filter;
  const { field, type } = typedField(scope, filter);
  const value = valueOf(scope, operand, field, name);
  if (value === null) {
    const empty: Condition = { op: 'isNull', field };
    if (op === 'eq') return empty;
    if (op === 'ne') return { op: 'not', of: empty };
    throw failure('connection.valueWrongType', { connection: scope.connection, attribute: name, expected: comparedAs(field), actual: 'null' });
  }
  if (type !== undefined && op !== 'eq' && op !== 'ne') throw unsupported(scope, `${op}: ${name}`);
  return { op, field, value: checked(scope, field, name, value, type), ...(type === undefined ? {} : { type }) };
}

interface Typed {
  field: Field;
  /** Set that a composite value of 1C is of. */
  type?: string;
}

/** 1C compares a composite field only with a value whose type is named. */
function typedField(scope: Scope, { field: name, type }: { field: string; type?: string }): Typed {
  const field = fieldOf(scope, name);
  const composite = field.property.role.kind === 'composite';
  if (type === undefined) {
    if (composite) throw failure('odata.filterNeedsType', { connection: scope.connection, field: name });
    return { field };
  }
  if (!composite) return { field: withCast(scope, field, name, type) };
  if (onecKind(type) !== undefined) return { field: { ...field, cast: type } };
  if (type.startsWith('Edm.')) throw unsupported(scope, `cast: ${name} → ${type}`);
  return { field, type: setNamed(scope.connection, scope.model, type).name };
}

/** Its own type is no conversion. */
function withCast({ connection, dialect }: Scope, field: Field, name: string, type: string): Field {
  const { type: from, collection, role } = field.property;
  if (from === type && !collection) return field;
  if (collection || (!castTypes.includes(from) && role.kind !== 'enum') || !isCast(from, type)) throw failure('odata.filterUnsupported', { connection, op: `cast: ${name} (${from}) → ${type}`, dialect: dialectRules[dialect].title });
  return { ...field, cast: type };
}

/** Of a composite field that is empty no type has to be named. */
function castField(scope: Scope, { field: name, type }: { field: string; type?: string }): Field {
  if (type === undefined) return fieldOf(scope, name);
  const typed = typedField(scope, { field: name, type });
  if (typed.type !== undefined) throw unsupported(scope, `isNull: ${name} (${type})`);
  return typed.field;
}

function resolveIsOf(scope: Scope, { field: name, type }: Extract<Filter, { op: 'isOf' }>): Condition {
  const field = fieldOf(scope, name);
  if (scope.dialect !== '1c' || field.property.role.kind !== 'composite') throw unsupported(scope, 'isOf');
  const plain = onecKind(type) !== undefined;
  if (!plain && type.startsWith('Edm.')) throw unsupported(scope, `isOf: ${name} (${type})`);
  return { op: 'isOf', field, type: plain ? type : setNamed(scope.connection, scope.model, type).name };
}

function resolveIn(scope: Scope, filter: Extract<Filter, { op: 'in' }>): Condition {
  const { field: name, values: operand } = filter;
  const { field, type } = typedField(scope, filter);
  const list = valueOf(scope, operand, field, name);
  if (!Array.isArray(list)) throw failure('connection.valueWrongType', { connection: scope.connection, attribute: name, expected: 'list', actual: list === null ? 'null' : typeof list });
  if (list.length > limits.queryListValues.value) throw failure('query.tooComplex', { detail: `listValues ${list.length}`, limit: limits.queryListValues.value });
  const values = new Map<string, Value>();
  for (const value of list as readonly Value[]) {
    if (value !== null) values.set(String(orderKey(type === undefined ? comparedAs(field) : 'Edm.Guid', checked(scope, field, name, value, type))), value);
  }
  const found: Condition = { op: 'in', field, values: [...values.values()], ...(type === undefined ? {} : { type }) };
  return list.includes(null) ? { op: 'or', of: [found, { op: 'isNull', field }] } : found;
}

function resolveTextMatch(scope: Scope, filter: Extract<Filter, { op: TextMatch }>): Condition {
  const { op, field: name, value: operand } = filter;
  const field = filter.type === undefined ? fieldOf(scope, name) : typedField(scope, filter).field;
  if (comparedAs(field) !== 'Edm.String' || (field.property.role.kind === 'composite' && field.cast === undefined)) throw unsupported(scope, `${op}: ${name} (${comparedAs(field)})`);
  const value = valueOf(scope, operand, field, name);
  if (value === null) throw failure('connection.valueMissing', { connection: scope.connection, attribute: name });
  if (typeof value !== 'string') throw failure('connection.valueWrongType', { connection: scope.connection, attribute: name, expected: 'string', actual: shownValue(value) });
  checked(scope, field, name, value, undefined);
  return { op, field, value };
}

function resolveLambda(scope: Scope, { op, field: name, of }: Extract<Filter, { op: 'any' | 'all' }>): Condition {
  const { items, within } = itemsOf(scope, name);
  const inner = resolve(within, of);
  if (inner.op === 'and' && inner.of.length === 0) throw failure('odata.filterShape', { place: op, expected: '{op, …}' });
  return { op, items, of: inner };
}

/** `A/B`: B of the complex value A, or of the row that the reference A leads to. */
function itemsOf(scope: Scope, name: string): { items: Items; within: Scope } {
  const path = name.split('/');
  let { type } = scope;
  let elsewhere = false;
  for (const [index, step] of path.entries()) {
    const last = index + 1 === path.length;
    const [property, navigation] = [type.properties.get(step), type.navigations.get(step)];
    const found = property ?? navigation;
    const rows = scope.model.types.get(found?.type ?? '');
    elsewhere ||= property === undefined;
    if (scope.item !== undefined || found === undefined || found.collection !== last || (rows === undefined && property === undefined) || (rows === undefined && !last)) break;
    if (!last) type = rows ?? type;
    else if (rows !== undefined) return { items: { path, elsewhere }, within: { ...scope, type: rows } };
    else if (property !== undefined) return { items: { path, elsewhere }, within: { ...scope, item: { ...property, name: thisItem, collection: false, role: { kind: 'scalar' } } } };
  }
  const known = [...type.properties.values(), ...type.navigations.values()].filter((each) => each.collection).map((each) => each.name);
  throw unknownField(scope, name, nearestKnown(path.at(-1) ?? '', known));
}

const placeOf = ({ connection, dialect }: Scope, field: string): LiteralPlace => ({ connection, dialect, field });

/** A literal is printed to find out whether the value fits its field. */
function checked(scope: Scope, field: Field, name: string, value: Value, type: string | undefined): Value {
  printLiteral(placeOf(scope, name), type === undefined ? comparedAs(field) : 'Edm.Guid', value);
  return value;
}

/** A value that the message lacks is never "everything": the call is refused. */
function valueOf(scope: Scope, operand: Operand, field: Field, name: string): Value {
  if (operand.kind === 'constant') return operand.value;
  if (operand.kind === 'variable') return momentValue(placeOf(scope, name), comparedAs(field), operand.moment, scope.times);
  const value = attributeAt(scope.message, operand.path);
  if (value === undefined) throw failure('connection.valueMissing', { connection: scope.connection, attribute: operand.path });
  return value;
}

function attributeAt(message: ValueObject, path: string): Value | undefined {
  let value: Value | undefined = message;
  for (const part of path.split('.')) value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

/** When it last went well, as the message tells: an instant, or null for never. */
export function lastSuccessOf(connection: string, message: ValueObject): { lastSuccessMs?: number | null } {
  const value = attributeAt(message, 'lastSuccess');
  if (value === undefined) return {};
  if (value === null) return { lastSuccessMs: null };
  const ms = typeof value === 'string' && /(?:Z|[+-]\d\d:\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw failure('connection.valueWrongType', { connection, attribute: 'lastSuccess', expected: '2026-11-22T12:00:00Z', actual: shownValue(value) });
  return { lastSuccessMs: ms };
}

const unsupported = (scope: Scope, op: string): Failure => failure('odata.filterUnsupported', { connection: scope.connection, op, dialect: dialectRules[scope.dialect].title });
