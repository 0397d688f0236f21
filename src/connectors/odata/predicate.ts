/**
 * A condition asked of a row as the connector reads it. Truth has three values, as OData has it: a function over nothing
 * gives nothing, and "not nothing" is nothing; comparisons with nothing are false, and `ne` is the opposite of `eq`. Pure.
 */
import { Decimal, isObject, type Value, type ValueObject } from '../../sdk/index.ts';
import { castValue, onecKind } from './cast.ts';
import { comparedAs, thisItem, type Condition, type Field, type Items } from './condition.ts';
import type { Dialect } from './edm.ts';
import { orderKey, type OrderKey } from './order-key.ts';

type Truth = boolean | null;
type Ask = (row: ValueObject) => Truth;

/** True of the rows that the service would give for the condition. */
export function predicateOf(dialect: Dialect, condition: Condition): (row: ValueObject) => boolean {
  const ask = compile(dialect, condition);
  return (row) => ask(row) === true;
}

function compile(dialect: Dialect, condition: Condition): Ask {
  switch (condition.op) {
    case 'and': return together(condition.of.map((part) => compile(dialect, part)), false);
    case 'or': return together(condition.of.map((part) => compile(dialect, part)), true);
    case 'not': {
      const ask = compile(dialect, condition.of);
      return (row) => { const truth = ask(row); return truth === null ? null : !truth; };
    }
    case 'any':
    case 'all': return ofItems(condition.items, compile(dialect, condition.of), condition.op === 'any');
    case 'isNull': return emptiness(dialect, condition.field);
    case 'isOf': {
      const typeOf = typeReader(condition.field);
      const kind = onecKind(condition.type);
      return (row) => (kind === undefined ? typeOf(row) === condition.type : onecKind(`Edm.${typeOf(row)}`) === kind);
    }
    case 'in': return equality(dialect, condition.field, condition.values, condition.type);
    case 'eq': return equality(dialect, condition.field, [condition.value], condition.type);
    case 'ne': {
      const same = equality(dialect, condition.field, [condition.value], condition.type);
      return (row) => !same(row);
    }
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'like': return textMatch(dialect, condition);
    default: return range(dialect, condition);
  }
}

/** One answer of `deciding` settles it; else an unknown one leaves it unknown. */
function together(parts: readonly Ask[], deciding: boolean): Ask {
  return (row) => {
    let truth: Truth = !deciding;
    for (const part of parts) {
      const answer = part(row);
      if (answer === deciding) return deciding;
      if (answer === null) truth = null;
    }
    return truth;
  };
}

function ofItems({ path }: Items, ask: Ask, any: boolean): Ask {
  const read = readerAt(path);
  return (owner) => {
    const items = read(owner);
    let truth: Truth = !any;
    for (const item of Array.isArray(items) ? (items as readonly Value[]) : []) {
      // A plain value is asked as a row of nothing else.
      const answer = ask(isObject(item) ? item : { [thisItem]: item });
      if (answer === any) return any;
      if (answer === null) truth = null;
    }
    return truth;
  };
}

type Read = (row: ValueObject) => Value;

function readerAt(path: readonly string[]): Read {
  const [only = ''] = path;
  if (path.length === 1) return (row) => (Object.hasOwn(row, only) ? (row[only] ?? null) : null);
  return (row) => path.reduce<Value>((value, name) => (isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null), row);
}

const zeroGuid = '00000000-0000-0000-0000-000000000000';
const emptyDate = '0001-01-01T00:00:00';

/** What 1C holds where nothing is filled in. Its rows may come with null there, and are compared as the base compares them. */
function emptyOf(type: string): Value {
  switch (type) {
    case 'Edm.Guid': return zeroGuid;
    case 'Edm.DateTime': return emptyDate;
    case 'Edm.Boolean': return false;
    case 'Edm.String': return '';
    default: return type.startsWith('Edm.') ? 0 : '';
  }
}

/** The value that a field is compared by. */
function valueReader(dialect: Dialect, field: Field): Read {
  const { path, property, cast } = field;
  const stored = readerAt(path);
  const composite = property.role.kind === 'composite';
  const empty = emptyOf(property.type);
  const read: Read = dialect === '1c' && !composite ? (row) => stored(row) ?? empty : stored;
  if (cast === undefined) return read;
  const asked = composite ? ofKind(field, cast, read) : read;
  return (row) => castValue(property.type, cast, asked(row));
}

/** A composite value of another kind is nothing. */
function ofKind(field: Field, cast: string, read: Read): Read {
  const typeOf = typeReader(field);
  const kind = onecKind(cast);
  return (row) => (onecKind(`Edm.${typeOf(row)}`) === kind ? read(row) : null);
}

/** Name of the set that a composite value is of, or of its plain type without `Edm.`; undefined for none. */
function typeReader({ path, property }: Field): (row: ValueObject) => string | undefined {
  const typeProperty = property.role.kind === 'composite' ? property.role.typeProperty : `${property.name}_Type`;
  const read = readerAt([...path.slice(0, -1), typeProperty]);
  return (row) => {
    const type = read(row);
    return typeof type === 'string' ? type.slice(type.lastIndexOf('.') + 1) : undefined;
  };
}

function emptiness(dialect: Dialect, field: Field): Ask {
  if (field.cast !== undefined) {
    const cast = valueReader(dialect, field);
    return (row) => cast(row) === null;
  }
  const read = readerAt(field.path);
  if (dialect !== '1c') return (row) => read(row) === null;
  // The reader has turned a composite of no type into nothing.
  if (field.property.role.kind === 'composite') return (row) => read(row) === null;
  const { type } = field.property;
  const empty = orderKey(type, emptyOf(type));
  const fillable = type === 'Edm.String' || type === 'Edm.Guid' || type === 'Edm.DateTime';
  return (row) => {
    const value = read(row);
    return fillable && (value === null || sameKey(orderKey(type, value), empty));
  };
}

function equality(dialect: Dialect, field: Field, values: readonly Value[], set: string | undefined): Ask {
  const type = set === undefined ? comparedAs(field) : 'Edm.Guid';
  const read = valueReader(dialect, field);
  const typeOf = set === undefined ? undefined : typeReader(field);
  const wanted = new Set(values.map((value) => identity(orderKey(type, value))));
  return (row) => {
    if (typeOf !== undefined && typeOf(row) !== set) return false;
    const value = read(row);
    return value !== null && wanted.has(identity(orderKey(type, value)));
  };
}

/** Equal for equal keys. A number and a Decimal of one value are equal. */
const identity = (key: OrderKey): string | number => (typeof key === 'string' ? key : typeof key === 'number' ? key + 0 : exactly(key));

/** As a double where that is the same value; a text of digits is no key of any other type. */
function exactly(decimal: Decimal): string | number {
  const number = decimal.toNumber();
  return decimal.equals(number) ? number + 0 : decimal.toFixed();
}

function range(dialect: Dialect, { op, field, value: bound }: Extract<Condition, { op: 'gt' | 'ge' | 'lt' | 'le' | 'eq' | 'ne' }>): Ask {
  const type = comparedAs(field);
  const read = valueReader(dialect, field);
  const limit = orderKey(type, bound);
  const holds = (order: number): boolean => (op === 'gt' ? order > 0 : op === 'ge' ? order >= 0 : op === 'lt' ? order < 0 : order <= 0);
  return (row) => {
    const value = read(row);
    return value !== null && holds(compareKeys(orderKey(type, value), limit));
  };
}

function textMatch(dialect: Dialect, { op, field, value }: Extract<Condition, { op: 'contains' | 'startsWith' | 'endsWith' | 'like' }>): Ask {
  const read = valueReader(dialect, field);
  const fits = textFits(op, value);
  return (row) => {
    const text = read(row);
    return typeof text === 'string' ? fits(text) : null;
  };
}

function textFits(op: 'contains' | 'startsWith' | 'endsWith' | 'like', wanted: string): (text: string) => boolean {
  switch (op) {
    case 'contains': return (text) => text.includes(wanted);
    case 'startsWith': return (text) => text.startsWith(wanted);
    case 'endsWith': return (text) => text.endsWith(wanted);
    case 'like': return likePattern(wanted);
  }
}

/** `%` is any text, `_` any character. Walks without going back more than one `%`, so that no pattern is slow. */
export function likePattern(pattern: string): (text: string) => boolean {
  const wanted = Array.from(pattern);
  return (text) => {
    const given = Array.from(text);
    let at = 0;
    let from = 0;
    let star = -1;
    let tried = 0;
    while (at < given.length) {
      if (wanted[from] === '%') {
        star = from++;
        tried = at;
      } else if (from < wanted.length && (wanted[from] === '_' || wanted[from] === given[at])) {
        at += 1;
        from += 1;
      } else if (star >= 0) {
        from = star + 1;
        at = ++tried;
      } else return false;
    }
    while (wanted[from] === '%') from += 1;
    return from === wanted.length;
  };
}

const sameKey = (one: OrderKey, other: OrderKey): boolean => compareKeys(one, other) === 0;

/** NaN, which is neither more nor less, for keys of two kinds. */
function compareKeys(one: OrderKey, other: OrderKey): number {
  if (one instanceof Decimal || other instanceof Decimal || typeof one === 'number' || typeof other === 'number') {
    if (typeof one === 'string' || typeof other === 'string') return Number.NaN;
    return typeof one === 'number' && typeof other === 'number' ? one - other : new Decimal(one).comparedTo(other);
  }
  return one < other ? -1 : one > other ? 1 : 0;
}
