/** The tree of a filter as a route has it: read and checked for its shape. Names and values are looked at per message, in `condition.ts`. Pure. */
import { Decimal, failure, limits, type Failure, type Value } from '../../sdk/index.ts';
import { parseMoment, type Moment } from './moment.ts';

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
export type TextMatch = 'contains' | 'startsWith' | 'endsWith' | 'like';

/** A value of the filter itself, one that each message brings, or a time that is known when the reading begins. */
export type Operand = { kind: 'constant'; value: Value } | { kind: 'attribute'; path: string } | { kind: 'variable'; moment: Moment };

export type Filter =
  | { op: 'and' | 'or'; of: readonly Filter[] }
  | { op: 'not'; of: Filter }
  /** `type`: what the value of the field is taken as (`cast`). Of a composite field of 1C it names the set or the kind of the value. */
  | { op: Comparison; field: string; value: Operand; type?: string }
  | { op: TextMatch; field: string; value: Operand; type?: string }
  | { op: 'in'; field: string; values: Operand; type?: string }
  | { op: 'isNull' | 'isNotNull'; field: string; type?: string }
  /** 1C: the value of a composite field is of this set, or of this kind. */
  | { op: 'isOf'; field: string; type: string }
  /** Rows whose table part or collection holds a row, or only rows, of that kind. A collection of plain values calls each of them `$this`. */
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
  if (op === 'isOf') return { op, field, type: textAt(node, 'type', place) };
  const type = node['type'] === undefined ? {} : { type: textAt(node, 'type', place) };
  if (op === 'isNull' || op === 'isNotNull') return { op, field, ...type };
  if (op === 'in') return { op, field, values: operandOf(node, place), ...type };
  if (isComparison(op)) return { op, field, value: operandOf(node, place), ...type };
  if (isTextMatch(op)) return { op, field, value: operandOf(node, place), ...type };
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
  const { value, attribute, variable } = node;
  const given = [value, attribute, variable].filter((each) => each !== undefined).length;
  if (given > 1) throw shape(place, 'one of value, attribute, variable');
  if (attribute !== undefined) return { kind: 'attribute', path: textAt(node, 'attribute', place) };
  if (variable !== undefined) {
    const moment = parseMoment(textAt(node, 'variable', place));
    if (moment === undefined) throw shape(`${place}.variable`, 'lastSuccess, runStart, runStart-1d, lastSuccess-10m');
    return { kind: 'variable', moment };
  }
  if (!isConstant(value)) throw shape(`${place}.value`, 'string, number, boolean, null, or attribute, or variable');
  return { kind: 'constant', value };
}

function isConstant(value: unknown): value is Value {
  if (Array.isArray(value)) return value.every((item) => !Array.isArray(item) && isConstant(item));
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Decimal;
}
