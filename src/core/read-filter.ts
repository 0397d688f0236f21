/** Reads a condition on records from JSON. Whether it fits the template is found out by the query itself. */
import { Decimal } from './decimal.ts';
import { failure, type Failure } from './failure.ts';
import { limits } from './limits.ts';
import { nearestKnown } from './nearest-known.ts';
import type { Comparison, Filter } from './query.ts';
import type { Scalar } from './template.ts';
import { isObject, type Value, type ValueObject } from './value.ts';

const comparisons = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'startsWith', 'in'] as const satisfies readonly Comparison[];
const operators = ['and', 'or', 'not', ...comparisons, 'isNull', 'isNotNull', 'linked'] as const;

/** Throws `query.shape`, naming the place. */
export function readFilter(value: Value, place = 'filter', depth = 1): Filter {
  if (!isObject(value)) throw wrong(place, '{op, …}');
  if (depth > limits.queryDepth.value) throw failure('query.tooComplex', { detail: `depth ${depth}`, limit: limits.queryDepth.value });
  const op = operators.find((known) => known === value['op']);
  switch (op) {
    case undefined:
      throw wrong(`${place}.op`, typeof value['op'] === 'string' ? `"${nearestKnown(value['op'], operators)}"?` : operators.join(', '));
    case 'and':
    case 'or':
      return { op, of: readParts(only(value, ['op', 'of'], place), place, depth) };
    case 'not':
      return { op, of: readFilter(only(value, ['op', 'of'], place)['of'] ?? null, `${place}.of`, depth + 1) };
    case 'isNull':
    case 'isNotNull':
      return { op, attribute: textOf(only(value, ['op', 'attribute'], place), 'attribute', place) };
    case 'linked': {
      const given = only(value, ['op', 'attribute', 'record'], place);
      return { op, attribute: textOf(given, 'attribute', place), record: textOf(given, 'record', place) };
    }
    default: {
      const given = only(value, ['op', 'attribute', 'value'], place);
      return { op, attribute: textOf(given, 'attribute', place), value: readOperand(given['value'], `${place}.value`) };
    }
  }
}

function readParts(given: ValueObject, place: string, depth: number): readonly Filter[] {
  const { of } = given;
  if (!Array.isArray(of)) throw wrong(`${place}.of`, '[…]');
  return (of as readonly Value[]).map((part, index) => readFilter(part, `${place}.of[${index}]`, depth + 1));
}

function only(value: ValueObject, keys: readonly string[], place: string): ValueObject {
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw wrong(`${place}.${unknown.slice(0, 80)}`, keys.join(', '));
  return value;
}

function textOf(value: ValueObject, key: string, place: string): string {
  const text = Object.hasOwn(value, key) ? value[key] : undefined;
  if (typeof text !== 'string') throw wrong(`${place}.${key}`, 'text');
  return text;
}

function readOperand(value: Value | undefined, place: string): Scalar | readonly Scalar[] {
  return Array.isArray(value) ? (value as readonly Value[]).map((item, index) => scalarOf(item, `${place}[${index}]`)) : scalarOf(value, place);
}

function scalarOf(value: Value | undefined, place: string): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value instanceof Decimal) return value;
  if (typeof value === 'number') return new Decimal(value);
  throw wrong(place, 'text, number, boolean, null');
}

const wrong = (place: string, expected: string): Failure => failure('query.shape', { place, expected });
