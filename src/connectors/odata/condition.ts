/** A filter over one set with everything looked up: its fields in the description, its values in the message. What a server is asked and what is asked of rows here both come from it. Pure. */
import { failure, isObject, limits, nearestKnown, type Failure, type Value, type ValueObject } from '../../sdk/index.ts';
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
  | { op: 'any' | 'all'; name: string; of: Condition };

export interface Field {
  /** From the row, or from the row of the table part that is looked into. */
  path: readonly string[];
  property: EdmProperty;
  /** Whether the way leads through rows of other sets, which a row here has only when they are expanded. */
  elsewhere: boolean;
  /** Part of the key of the row that is read. */
  inKey: boolean;
}

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
}

function resolve(scope: Scope, filter: Filter): Condition {
  switch (filter.op) {
    case 'and': return { op: 'and', of: filter.of.map((part) => resolve(scope, part)) };
    case 'or':
      // It would be true of nothing, which nobody means.
      if (filter.of.length === 0) throw failure('odata.filterShape', { place: 'or', expected: '[…]' });
      return { op: 'or', of: filter.of.map((part) => resolve(scope, part)) };
    case 'not': return { op: 'not', of: resolve(scope, filter.of) };
    case 'isNull': return { op: 'isNull', field: fieldOf(scope, filter.field) };
    case 'isNotNull': return { op: 'not', of: { op: 'isNull', field: fieldOf(scope, filter.field) } };
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

function resolveComparison(scope: Scope, { op, field: name, value: operand, type }: Extract<Filter, { op: Comparison }>): Condition {
  const field = fieldOf(scope, name);
  const value = valueOf(scope, operand, field, name);
  if (value === null) {
    const empty: Condition = { op: 'isNull', field };
    if (op === 'eq') return empty;
    if (op === 'ne') return { op: 'not', of: empty };
    throw failure('connection.valueWrongType', { connection: scope.connection, attribute: name, expected: field.property.type, actual: 'null' });
  }
  const composite = field.property.role.kind === 'composite';
  if (composite && op !== 'eq' && op !== 'ne') throw unsupported(scope, `${op}: ${name}`);
  return { op, field, value: checked(scope, field, name, value, type), ...typed(scope, field, name, type) };
}

/** 1C compares a composite field only with a value whose type is named. */
function typed(scope: Scope, field: Field, name: string, type: string | undefined): { type?: string } {
  const composite = field.property.role.kind === 'composite';
  if (type === undefined) {
    if (composite) throw failure('odata.filterNeedsType', { connection: scope.connection, field: name });
    return {};
  }
  if (scope.dialect !== '1c' || !composite) throw unsupported(scope, `${name}: type`);
  return { type: setNamed(scope.connection, scope.model, type).name };
}

function resolveIsOf(scope: Scope, { field: name, type }: Extract<Filter, { op: 'isOf' }>): Condition {
  const field = fieldOf(scope, name);
  if (scope.dialect !== '1c' || field.property.role.kind !== 'composite') throw unsupported(scope, 'isOf');
  return { op: 'isOf', field, type: setNamed(scope.connection, scope.model, type).name };
}

function resolveIn(scope: Scope, { field: name, values: operand, type }: Extract<Filter, { op: 'in' }>): Condition {
  const field = fieldOf(scope, name);
  const list = valueOf(scope, operand, field, name);
  if (!Array.isArray(list)) throw failure('connection.valueWrongType', { connection: scope.connection, attribute: name, expected: 'list', actual: list === null ? 'null' : typeof list });
  if (list.length > limits.queryListValues.value) throw failure('query.tooComplex', { detail: `listValues ${list.length}`, limit: limits.queryListValues.value });
  const known = typed(scope, field, name, type);
  const values = new Map<string, Value>();
  for (const value of list as readonly Value[]) {
    if (value !== null) values.set(String(orderKey(type === undefined ? field.property.type : 'Edm.Guid', checked(scope, field, name, value, type))), value);
  }
  const found: Condition = { op: 'in', field, values: [...values.values()], ...known };
  return list.includes(null) ? { op: 'or', of: [found, { op: 'isNull', field }] } : found;
}

function resolveTextMatch(scope: Scope, { op, field: name, value: operand }: Extract<Filter, { op: TextMatch }>): Condition {
  const field = fieldOf(scope, name);
  if (field.property.type !== 'Edm.String' || field.property.role.kind === 'composite') throw unsupported(scope, `${op}: ${name} (${field.property.type})`);
  const value = valueOf(scope, operand, field, name);
  if (value === null) throw failure('connection.valueMissing', { connection: scope.connection, attribute: name });
  if (typeof value !== 'string') throw failure('connection.valueWrongType', { connection: scope.connection, attribute: name, expected: 'string', actual: shownValue(value) });
  checked(scope, field, name, value, undefined);
  return { op, field, value };
}

function resolveLambda(scope: Scope, { op, field: name, of }: Extract<Filter, { op: 'any' | 'all' }>): Condition {
  const rows = scope.type.properties.get(name) ?? scope.type.navigations.get(name);
  const type = rows?.collection === true ? scope.model.types.get(rows.type) : undefined;
  if (type === undefined) {
    const known = [...scope.type.properties.values(), ...scope.type.navigations.values()].filter((each) => each.collection).map((each) => each.name);
    throw unknownField(scope, name, nearestKnown(name, known));
  }
  const inner = resolve({ ...scope, type }, of);
  if (inner.op === 'and' && inner.of.length === 0) throw failure('odata.filterShape', { place: op, expected: '{op, …}' });
  return { op, name, of: inner };
}

const placeOf = ({ connection, dialect }: Scope, field: string): LiteralPlace => ({ connection, dialect, field });

/** A literal is printed to find out whether the value fits its field. */
function checked(scope: Scope, field: Field, name: string, value: Value, type: string | undefined): Value {
  printLiteral(placeOf(scope, name), type === undefined ? field.property.type : 'Edm.Guid', value);
  return value;
}

/** A value that the message lacks is never "everything": the call is refused. */
function valueOf(scope: Scope, operand: Operand, field: Field, name: string): Value {
  if (operand.kind === 'constant') return operand.value;
  if (operand.kind === 'variable') return momentValue(placeOf(scope, name), field.property.type, operand.moment, scope.times);
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
