/**
 * A Value as text and back, exactly. JSON, in which a string that begins with NUL says what it is:
 * a decimal, or a string that itself began with NUL. The text goes into columns of type text, since jsonb refuses NUL.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Value } from '../../core/value.ts';

const mark = '\u0000';

export function valueText(value: Value): string {
  return JSON.stringify(marked(value));
}

export function valueFromText(text: string): Value {
  return unmarked(JSON.parse(text));
}

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

function marked(value: Value): Plain {
  if (typeof value === 'string') return value.startsWith(mark) ? `${mark}s${value}` : value;
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Decimal) return `${mark}d${value.toString()}`;
  if (isList(value)) return value.map(marked);
  return mapped(value, marked);
}

function unmarked(value: Plain): Value {
  if (typeof value === 'string') {
    if (!value.startsWith(mark)) return value;
    return value.startsWith(`${mark}d`) ? new Decimal(value.slice(2)) : value.slice(2);
  }
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(unmarked);
  return mapped(value, unmarked);
}

/** Without a prototype, so that `__proto__` stays an ordinary key. */
function mapped<From, To>(object: Readonly<Record<string, From>>, each: (value: From) => To): Readonly<Record<string, To>> {
  const result: Record<string, To> = Object.create(null);
  for (const [key, value] of Object.entries(object)) result[key] = each(value);
  return result;
}

// Array.isArray does not narrow readonly arrays.
const isList = <Item, Other>(value: readonly Item[] | Other): value is readonly Item[] => Array.isArray(value);
