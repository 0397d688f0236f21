/** JSON as connectors read and write it: numbers keep every digit. */
import { Decimal } from '../core/decimal.ts';
import { failure } from '../core/failure.ts';
import type { Value } from '../core/value.ts';

/** Parses UTF-8 JSON; throws `message.malformed`. */
export function parseJson(input: Uint8Array | string): Value {
  try {
    return parseExactly(typeof input === 'string' ? input : new TextDecoder('utf-8', { fatal: true }).decode(input));
  } catch (cause) {
    throw failure('message.malformed', { detail: cause instanceof Error ? cause.message.slice(0, 200) : '' }, { cause });
  }
}

function parseExactly(text: string): Value {
  const exact = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined && needsDecimal(context.source) ? new Decimal(context.source) : value;
  return JSON.parse(text, exact) as Value;
}

/** Prints a value; decimals become number tokens with all their digits. */
export function printJson(value: Value): string {
  if (value instanceof Decimal) return value.toString();
  if (Array.isArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${printJson(each)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

const needsDecimal = (source: string): boolean => /e/i.test(source) || source.replace(/^-?0*\.?0*|\D/g, '').length > 15;
