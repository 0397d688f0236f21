/**
 * Positions in the result of a query. A cursor carries a digest of the query it belongs to, so that it fits no other one,
 * and the sort values of the last record seen. Whoever forges one moves only his own position: the values are bound like any other.
 */
import { createHash } from 'node:crypto';
import { printCursorText, readCursorText } from '../../../core/cursor-text.ts';
import { Decimal } from '../../../core/decimal.ts';
import { failure } from '../../../core/failure.ts';
import { checkedValue, type Queried } from '../../../core/filter.ts';
import type { Filter, Sort } from '../../../core/query.ts';
import { recordIdOf } from '../../../core/record-values.ts';
import type { Scalar, Template } from '../../../core/template.ts';

export interface Position {
  values: readonly Scalar[];
  id: string;
}

export type SortKey = Sort & { queried: Extract<Queried, { kind: 'value' }> };

export function printCursor(digest: string, position: Position): string {
  const values = position.values.map((value) => (value instanceof Decimal ? value.toFixed() : value));
  return printCursorText([digest, position.id, ...values]);
}

/** Throws `query.cursor`. */
export function readCursor(digest: string, keys: readonly SortKey[], cursor: string): Position {
  const parts = readCursorText(cursor);
  const id = typeof parts[1] === 'string' ? recordIdOf(parts[1]) : undefined;
  if (parts[0] !== digest || id === undefined || parts.length !== keys.length + 2) throw failure('query.cursor');
  return { id, values: keys.map((key, index) => positionValue(key, parts[index + 2])) };
}

/** Says which query a cursor belongs to. */
export const digestOfCursor = (cursor: string): unknown => readCursorText(cursor)[0];

function positionValue(key: SortKey, value: unknown): Scalar {
  if (value !== null && typeof value !== 'string' && typeof value !== 'boolean') throw failure('query.cursor');
  try {
    return checkedValue(key.queried, value);
  } catch (error) {
    throw failure('query.cursor', {}, { cause: error });
  }
}

/** What a cursor belongs to: the template, the order and the conditions, not the page size. The number changes with what a position means. */
export function queryDigest(template: Template, keys: readonly SortKey[], { filter, search }: { filter: Filter | undefined; search?: string }): string {
  const sort = keys.map(({ attribute, descending }) => [attribute, descending]);
  return createHash('sha256').update(JSON.stringify([2, template.id, sort, filter ?? null, ...(search === undefined ? [] : [search])], (key, value: unknown) => (key === 'target' ? undefined : value))).digest('base64url').slice(0, 22);
}
