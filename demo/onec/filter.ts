/** Runs a `$filter` over rows, with the traps that 1C sets. */
import type { Base } from './base.ts';
import { exception } from './exception-texts.ts';
import { type Constant, type Expression, parseFilter } from './expression.ts';
import { bareType, isCollection, isComposite, type Property, type Shape } from './model.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { type Field, type Row, rowsOf, textOf } from './row.ts';
import type { SetRole } from './set-role.ts';

/** A composite field, or the result of a cast; only the latter compares with a plain identifier. */
type Result = Constant | { type: 'reference'; value: string; set: string; cast: boolean };

interface Scope {
  row: Row;
  shape: Shape;
  variables: ReadonlyMap<string, { row: Row; shape: Shape }>;
}

/** Makes a predicate. What 1C refuses is refused here, before any row is looked at. */
export function filterOf(text: string, role: SetRole, base: Base, quirks: Quirks): (row: Row) => boolean {
  const expression = parseFilter(text);
  const filter = new Filter(base, quirks, role);
  if (!filter.check(expression, role.shape, new Map())) return () => false;
  return (row) => filter.holds(expression, { row, shape: role.shape, variables: new Map() });
}

/** The Condition of a virtual table. */
export function conditionOf(text: string | undefined, role: SetRole, base: Base, quirks: Quirks): (row: Row) => boolean {
  if (text === undefined || text.trim() === '') return () => true;
  // Its records are not read as a set: their keys may be compared.
  const fits = filterOf(text, role, base, { ...quirks, partKeyFilterFails: false });
  return quirks.recorderConditionEmpty && /(?<![\p{L}\p{N}_])Recorder(?![\p{L}\p{N}_])/u.test(text) ? () => false : fits;
}

const functions: ReadonlySet<string> = new Set([
  'concat', 'endswith', 'startswith', 'substringof', 'substring', 'like', 'dateadd', 'datedifference', 'day', 'dayofweek', 'dayofyear',
  'hour', 'minute', 'month', 'quarter', 'second', 'year', 'cast', 'isof', 'round',
]);
const ranges = ['gt', 'ge', 'lt', 'le'];

class Filter {
  readonly #base: Base;
  readonly #quirks: Quirks;
  readonly #role: SetRole;

  constructor(base: Base, quirks: Quirks, role: SetRole) {
    this.#base = base;
    this.#quirks = quirks;
    this.#role = role;
  }

  /** False when an unknown field makes the whole answer empty. */
  check(expression: Expression, shape: Shape, variables: ReadonlyMap<string, Shape>): boolean {
    switch (expression.kind) {
      case 'constant': return true;
      case 'path': return this.#checkPath(expression.path, shape, variables);
      case 'not': return this.check(expression.inner, shape, variables);
      case 'call':
        if (!functions.has(expression.name)) throw new Refusal(14, expression.name);
        return expression.args.every((argument) => this.check(argument, shape, variables));
      case 'operation':
        this.#checkRange(expression, shape);
        return this.check(expression.left, shape, variables) && this.check(expression.right, shape, variables);
      case 'rows': {
        const inner = this.#rowShape(expression.path, shape);
        return this.check(expression.condition, shape, new Map([...variables, [expression.variable, inner]]));
      }
    }
  }

  holds(expression: Expression, scope: Scope): boolean {
    const result = this.#run(expression, scope);
    if (result.type !== 'flag') throw new Refusal(14, 'выражение не является условием');
    return result.value;
  }

  #checkPath(path: readonly string[], shape: Shape, variables: ReadonlyMap<string, Shape>): boolean {
    let at: Shape | undefined = shape;
    for (const [index, name] of path.entries()) {
      const variable = index === 0 ? variables.get(name) : undefined;
      const property: Property | undefined = at?.properties.get(name);
      if (variable) at = variable;
      else if (property) {
        if (this.#quirks.partKeyFilterFails && this.#role.kind === 'part' && at === this.#role.shape && at.keys.includes(name)) throw exception('partKey', [name]);
        at = index + 1 < path.length && isComposite(at ?? shape, property) ? this.#base.model.entities.get(path[index + 1] ?? '') : undefined;
        if (index + 1 === path.length) return true;
      } else if (at?.name === name) continue;
      else at = this.#base.model.entities.get(at?.navigations.get(name)?.target ?? '');
      if (!at) return this.#unknown(name);
    }
    return true;
  }

  #unknown(name: string): boolean {
    if (this.#quirks.unknownFilterEmpty) return false;
    throw new Refusal(10, name);
  }

  #checkRange({ operator, left, right }: Extract<Expression, { kind: 'operation' }>, shape: Shape): void {
    if (!this.#quirks.keyRangeFails || !ranges.includes(operator)) return;
    const onReference = [left, right].some((side) => side.kind === 'path' && side.path.length === 1 && shape.properties.get(side.path[0] ?? '')?.type === 'Edm.Guid');
    if (onReference) throw exception('comparedReference');
  }

  #rowShape(path: readonly string[], shape: Shape): Shape {
    const property = path.length === 1 ? shape.properties.get(path[0] ?? '') : undefined;
    const inner = property && isCollection(property.type) ? this.#base.model.complexes.get(bareType(property.type)) : undefined;
    if (!inner) throw new Refusal(10, path.join('/'));
    return inner;
  }

  #run(expression: Expression, scope: Scope): Result {
    switch (expression.kind) {
      case 'constant': return expression.constant;
      case 'path': return this.#value(expression.path, scope);
      case 'not': return flag(!this.holds(expression.inner, scope));
      case 'call': return this.#call(expression.name, expression.args, scope);
      case 'operation': return this.#operate(expression, scope);
      case 'rows': {
        const shape = this.#rowShape(expression.path, scope.shape);
        const holds = (row: Row): boolean => this.holds(expression.condition, { ...scope, variables: new Map([...scope.variables, [expression.variable, { row, shape }]]) });
        const rows = rowsOf(scope.row[expression.path[0] ?? '']);
        return flag(expression.every ? rows.every(holds) : rows.some(holds));
      }
    }
  }

  #value(path: readonly string[], scope: Scope): Result {
    let { row, shape } = scope;
    for (const [index, name] of path.entries()) {
      const variable = index === 0 ? scope.variables.get(name) : undefined;
      if (variable) {
        ({ row, shape } = variable);
        continue;
      }
      const property = shape.properties.get(name);
      if (property && index + 1 === path.length) return resultOf(row, shape, property);
      const next = this.#follow(row, shape, name, path[index + 1]);
      if (next === 'same') continue;
      if (!next) return { type: 'nothing' };
      ({ row, shape } = next);
    }
    return { type: 'nothing' };
  }

  #follow(row: Row, shape: Shape, name: string, next: string | undefined): { row: Row; shape: Shape } | 'same' | undefined {
    if (shape.name === name) return 'same';
    const composite = shape.properties.has(name) && bareType(textOf(row[`${name}_Type`])) === next;
    const target = composite ? next : shape.navigations.get(name)?.target;
    const guid = textOf(row[composite ? name : `${name}_Key`]);
    const role = target === undefined ? undefined : this.#base.role(target);
    const found = role?.kind === 'object' ? this.#base.find(role.set, { Ref_Key: guid }) : undefined;
    return found && role ? { row: found, shape: role.shape } : undefined;
  }

  #operate({ operator, left, right }: Extract<Expression, { kind: 'operation' }>, scope: Scope): Result {
    if (operator === 'and') return flag(this.holds(left, scope) && this.holds(right, scope));
    if (operator === 'or') return flag(this.holds(left, scope) || this.holds(right, scope));
    const [first, second] = [this.#run(left, scope), this.#run(right, scope)];
    switch (operator) {
      case 'eq': return flag(this.#same(first, second));
      case 'ne': return flag(!this.#same(first, second));
      case 'like': return flag(like(plain(first), plain(second)));
      case 'gt': return flag(compare(first, second) > 0);
      case 'ge': return flag(compare(first, second) >= 0);
      case 'lt': return flag(compare(first, second) < 0);
      case 'le': return flag(compare(first, second) <= 0);
      default: return calculate(operator, numberOf(first), numberOf(second));
    }
  }

  #same(first: Result, second: Result): boolean {
    if (first.type === 'reference' && second.type === 'reference') return first.value === second.value && first.set === second.set;
    const [reference, other] = first.type === 'reference' ? [first, second] : [second, first];
    if (reference.type === 'reference' && other.type === 'guid') return (reference.cast || !this.#quirks.compositeNeedsCast) && reference.value === other.value;
    return compare(first, second) === 0;
  }

  #call(name: string, args: readonly Expression[], scope: Scope): Result {
    const given = name === 'isof' || name === 'cast' ? [] : args.map((argument) => this.#run(argument, scope));
    const text = (index: number): string => plain(given[index] ?? missing(name));
    const number = (index: number): number => numberOf(given[index] ?? missing(name));
    const date = (): Date => new Date(`${text(0)}Z`);
    switch (name) {
      case 'concat': return { type: 'text', value: text(0) + text(1) };
      case 'endswith': return flag(text(0).endsWith(text(1)));
      case 'startswith': return flag(text(0).startsWith(text(1)));
      case 'substringof': return flag(text(1).includes(text(0)));
      case 'substring': return { type: 'text', value: text(0).slice(number(1) - 1, given[2] ? number(1) - 1 + number(2) : undefined) };
      case 'like': return flag(like(text(0), text(1)));
      case 'round': return numberResult(Number(number(0).toFixed(given[1] ? number(1) : 0)));
      case 'cast': case 'isof': return this.#typed(name, args, scope);
      case 'dateadd': return { type: 'date', value: shifted(date(), text(1), number(2)) };
      case 'datedifference': return numberResult(Math.trunc((Date.parse(`${text(1)}Z`) - date().getTime()) / unitMs(text(2))));
      default: return numberResult(partOf(date(), name));
    }
  }

  #typed(name: 'cast' | 'isof', args: readonly Expression[], scope: Scope): Result {
    const [what, type] = args;
    if (!what || type?.kind !== 'constant' || type.constant.type !== 'text') throw new Refusal(14, name);
    const set = bareType(type.constant.value);
    const value = this.#run(what, scope);
    const kind = plainKinds[set];
    if (kind !== undefined) return this.#plain(name, value, kind);
    if (name === 'isof') return flag(value.type === 'reference' && value.set === set);
    return { type: 'reference', value: plain(value), set, cast: true };
  }

  /** Of another kind it is nothing. */
  #plain(name: 'cast' | 'isof', value: Result, { type, of }: (typeof plainKinds)[string]): Result {
    const fits = value.type === type || (value.type === 'reference' && of.includes(value.set));
    if (name === 'isof') return flag(fits);
    if (!fits) return { type: 'nothing' };
    const text = plain(value);
    return type === 'flag' ? flag(text === 'true') : { type, value: text };
  }
}

/** What a composite field may hold beside references, by the names of the query language. */
const plainKinds: Readonly<Record<string, { type: 'text' | 'number' | 'date' | 'flag'; of: readonly string[] }>> = {
  String: { type: 'text', of: ['Edm.String'] },
  Number: { type: 'number', of: ['Edm.Double', 'Edm.Decimal', 'Edm.Int64', 'Edm.Int32', 'Edm.Int16'] },
  Boolean: { type: 'flag', of: ['Edm.Boolean'] },
  Date: { type: 'date', of: ['Edm.DateTime'] },
};

const flag = (value: boolean): Result => ({ type: 'flag', value });
const numberResult = (value: number): Result => ({ type: 'number', value: String(value) });

function missing(name: string): never {
  throw new Refusal(14, name);
}

function resultOf(row: Row, shape: Shape, property: Property): Result {
  const field: Field | undefined = row[property.name];
  if (typeof field === 'boolean') return { type: 'flag', value: field };
  const value = textOf(field);
  if (isComposite(shape, property)) return { type: 'reference', value, set: bareType(textOf(row[`${property.name}_Type`])), cast: false };
  switch (property.type) {
    case 'Edm.Guid': return { type: 'guid', value };
    case 'Edm.DateTime': return { type: 'date', value };
    case 'Edm.Int16': case 'Edm.Int32': case 'Edm.Int64': case 'Edm.Double': case 'Edm.Decimal': return { type: 'number', value };
    default: return { type: 'text', value };
  }
}

const plain = (result: Result): string => (result.type === 'nothing' ? '' : String(result.value));

function numberOf(result: Result): number {
  if (result.type !== 'number') throw new Refusal(14, 'ожидалось число');
  return Number(result.value);
}

function compare(first: Result, second: Result): number {
  if (first.type === 'nothing' || second.type === 'nothing') return first.type === second.type ? 0 : NaN;
  if (first.type === 'number' && second.type === 'number') return compareNumbers(first.value, second.value);
  const comparable = first.type === second.type || first.type === 'reference' || second.type === 'reference';
  if (!comparable) throw new Refusal(14, `типы ${first.type} и ${second.type} несравнимы`);
  const [left, right] = [plain(first), plain(second)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const whole = /^-?\d+$/;

export function compareNumbers(left: string, right: string): number {
  if (whole.test(left) && whole.test(right)) return BigInt(left) < BigInt(right) ? -1 : BigInt(left) > BigInt(right) ? 1 : 0;
  return Number(left) - Number(right);
}

function calculate(operator: string, left: number, right: number): Result {
  switch (operator) {
    case 'add': return numberResult(left + right);
    case 'sub': return numberResult(left - right);
    case 'mul': return numberResult(left * right);
    default:
      if (right === 0) throw exception('zeroDivision');
      return numberResult(left / right);
  }
}

function like(text: string, pattern: string): boolean {
  const source = pattern.replaceAll(/%+|_|[^%_]+/gu, (piece) => (piece.startsWith('%') ? '[^]*' : piece === '_' ? '[^]' : piece.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&')));
  return new RegExp(`^${source}$`, 'u').test(text);
}

function partOf(date: Date, name: string): number {
  switch (name) {
    case 'year': return date.getUTCFullYear();
    case 'quarter': return Math.floor(date.getUTCMonth() / 3) + 1;
    case 'month': return date.getUTCMonth() + 1;
    case 'day': return date.getUTCDate();
    case 'hour': return date.getUTCHours();
    case 'minute': return date.getUTCMinutes();
    case 'second': return date.getUTCSeconds();
    case 'dayofweek': return ((date.getUTCDay() + 6) % 7) + 1;
    default: return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  }
}

function unitMs(unit: string): number {
  const ms = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }[unit];
  if (ms === undefined) throw new Refusal(14, unit);
  return ms;
}

function shifted(date: Date, unit: string, count: number): string {
  if (unit === 'month') date.setUTCMonth(date.getUTCMonth() + count);
  else if (unit === 'year') date.setUTCFullYear(date.getUTCFullYear() + count);
  else date.setTime(date.getTime() + count * unitMs(unit));
  return date.toISOString().slice(0, 19);
}
