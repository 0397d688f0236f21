/** Which rows an operation means. A condition without a value is no condition: it would touch other rows than meant. Pure. */
import { failure, isObject, type Value } from '../../sdk/index.ts';

export interface Condition {
  column: string;
  /** null: the column is null; a list: one of these. */
  value: Value;
}

export interface ConditionSource {
  table: string;
  key?: readonly string[];
  filterAttribute: string;
}

/** Reads `key` and the filter of a message. Throws `connection.conditionMissing` where one is needed and not complete. */
export function conditionsOf(operation: 'SELECT' | 'UPDATE' | 'DELETE', source: ConditionSource, message: Value): readonly Condition[] {
  const attributes = isObject(message) ? message : {};
  const missing = (): never => {
    throw failure('connection.conditionMissing', { operation, table: source.table });
  };
  const keyed = (source.key ?? []).map((column) => {
    const value = own(attributes, column);
    return value === undefined || value === null ? missing() : { column, value };
  });
  const filtered = filterRows(own(attributes, source.filterAttribute)).map((row) => {
    const column = own(row, 'Name') ?? own(row, 'name');
    const value = own(row, 'Value') ?? own(row, 'value') ?? (hasNull(row) ? null : undefined);
    return typeof column !== 'string' || column === '' || value === undefined ? missing() : { column, value };
  });
  const conditions = [...keyed, ...filtered];
  return conditions.length === 0 && operation !== 'SELECT' ? missing() : conditions;
}

/** A list of {Name, Value}, one such row, or an object of column: value. */
function filterRows(filter: Value | undefined): readonly Readonly<Record<string, Value>>[] {
  if (filter === undefined || filter === null) return [];
  if (Array.isArray(filter)) return filter.map((row: Value) => (isObject(row) ? row : {}));
  if (!isObject(filter)) return [{}];
  if (own(filter, 'Name') !== undefined || own(filter, 'name') !== undefined) return [filter];
  return Object.entries(filter).map(([Name, Value]) => ({ Name, Value }));
}

const own = (object: Readonly<Record<string, Value>>, key: string): Value | undefined => (Object.hasOwn(object, key) ? object[key] : undefined);

const hasNull = (row: Readonly<Record<string, Value>>): boolean => own(row, 'Value') === null || own(row, 'value') === null;
