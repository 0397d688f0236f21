/** A condition as `$filter` wants it in each dialect, not yet percent-encoded. Pure. */
import type { Value } from '../../sdk/index.ts';
import { dialectRules } from './dialect.ts';
import type { Dialect } from './edm.ts';
import { onecKind } from './cast.ts';
import { comparedAs, thisItem, type Condition, type Field } from './condition.ts';
import { printLiteral } from './literal.ts';

export interface TextPlace {
  connection: string;
  dialect: Dialect;
  /** Whether this service knows `in`; as its dialect has it unless told. */
  inList?: boolean;
}

/** Undefined when the condition is true of every row. Only of what the dialect can say: see `pushdown.ts`. */
export function filterText(place: TextPlace, condition: Condition): string | undefined {
  return print({ ...place, prefix: '', depth: 0 }, condition);
}

interface Scope extends TextPlace {
  /** Names the row of a table part inside `any` and `all`. */
  prefix: string;
  depth: number;
}

/** In words that every server knows. */
const nothing = '1 eq 2';

function print(scope: Scope, condition: Condition): string | undefined {
  switch (condition.op) {
    case 'and':
    case 'or': return printList(scope, condition);
    case 'not': return printNot(scope, condition.of);
    case 'isNull': return printEmpty(scope, condition.field, 'eq');
    case 'in': return printIn(scope, condition);
    case 'isOf': return `isof(${pathOf(scope, condition.field)},'${onecKind(condition.type) ?? condition.type}')`;
    case 'any':
    case 'all': return printLambda(scope, condition);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'like': return printTextMatch(scope, condition);
    default: return `${valueText(scope, condition.field)} ${condition.op} ${literal(scope, condition.field, condition.value, condition.type)}`;
  }
}

function printList(scope: Scope, { op, of }: Extract<Condition, { op: 'and' | 'or' }>): string | undefined {
  if (op === 'or' && of.length === 0) return nothing;
  const parts = of.map((child) => print(scope, child)).filter((part) => part !== undefined);
  if (op === 'or' && parts.length < of.length) return undefined;
  if (parts.length < 2) return parts[0];
  return parts.map((part) => `(${part})`).join(` ${op} `);
}

function printNot(scope: Scope, inner: Condition): string | undefined {
  if (inner.op === 'isNull') return printEmpty(scope, inner.field, 'ne');
  const text = print(scope, inner);
  return text === undefined ? nothing : `not (${text})`;
}

const zeroGuid = '00000000-0000-0000-0000-000000000000';

/** 1C has no null: what is not filled in holds the empty value of its type, and numbers and flags are always filled in. */
function printEmpty(scope: Scope, field: Field, op: 'eq' | 'ne'): string | undefined {
  const path = valueText(scope, field);
  if (scope.dialect !== '1c') return `${path} ${op} null`;
  switch (comparedAs(field)) {
    case 'Edm.String': return `${path} ${op} ''`;
    case 'Edm.Guid': return `${path} ${op} guid'${zeroGuid}'`;
    case 'Edm.DateTime': return `${path} ${op} datetime'0001-01-01T00:00:00'`;
    default: return op === 'eq' ? nothing : undefined;
  }
}

function printIn(scope: Scope, { field, values, type }: Extract<Condition, { op: 'in' }>): string {
  const path = valueText(scope, field);
  const literals = values.map((value) => literal(scope, field, value, type));
  if (literals.length === 0) return nothing;
  return knowsIn(scope) ? `${path} in (${literals.join(',')})` : literals.map((each) => `${path} eq ${each}`).join(' or ');
}

const knowsIn = ({ dialect, inList = dialectRules[dialect].inList }: TextPlace): boolean => inList;

/** What each further value of a list adds. */
export function listTermText(place: TextPlace, { field, type }: Extract<Condition, { op: 'in' }>, value: Value): string {
  const scope = { ...place, prefix: '', depth: 0 };
  const text = literal(scope, field, value, type);
  return knowsIn(place) ? `,${text}` : ` or ${valueText(scope, field)} eq ${text}`;
}

function printTextMatch(scope: Scope, { op, field, value }: Extract<Condition, { op: 'contains' | 'startsWith' | 'endsWith' | 'like' }>): string {
  const path = valueText(scope, field);
  const text = printLiteral({ ...scope, field: path }, 'Edm.String', value);
  switch (op) {
    case 'contains': return dialectRules[scope.dialect].contains === 'contains' ? `contains(${path},${text})` : `substringof(${text},${path})`;
    case 'startsWith': return `startswith(${path},${text})`;
    case 'endsWith': return `endswith(${path},${text})`;
    case 'like': return `like(${path},${text})`;
  }
}

function printLambda(scope: Scope, { op, items, of }: Extract<Condition, { op: 'any' | 'all' }>): string | undefined {
  const row = `r${scope.depth}`;
  const path = scope.prefix + items.path.join('/');
  const condition = print({ ...scope, prefix: `${row}/`, depth: scope.depth + 1 }, of);
  if (condition !== undefined) return `${path}/${op}(${row}: ${condition})`;
  // Every row fits: "all" asks for nothing, "any" for one row at all, and 1C has no word for that.
  if (op === 'all') return undefined;
  return scope.dialect === '1c' ? `${path}/any(${row}: 1 eq 1)` : `${path}/any()`;
}

const pathOf = ({ prefix }: Scope, { path }: Field): string => (path[0] === thisItem ? prefix.slice(0, -1) : prefix + path.join('/'));

/** The field, as what it is compared as. */
function valueText(scope: Scope, field: Field): string {
  const path = pathOf(scope, field);
  if (field.cast === undefined) return path;
  if (scope.dialect === '1c') return `cast(${path},'${onecKind(field.cast) ?? field.cast}')`;
  return scope.dialect === 'v4' ? `cast(${path},${field.cast})` : `cast(${path},'${field.cast}')`;
}

function literal(scope: Scope, field: Field, value: Value, type: string | undefined): string {
  const place = { ...scope, field: field.path.join('/') };
  return type === undefined ? printLiteral(place, comparedAs(field), value) : `cast(${printLiteral(place, 'Edm.Guid', value)},'${type}')`;
}
