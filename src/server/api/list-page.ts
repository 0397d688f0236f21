/** One page of a list that is at hand as a whole, in the order and under the conditions that were asked for. */
import type { ListShape } from '../../api/operation.ts';
import { Decimal } from '../../core/decimal.ts';
import { failure } from '../../core/failure.ts';
import { nearestKnown } from '../../core/nearest-known.ts';
import { isObject, type Value, type ValueObject } from '../../core/value.ts';
import type { Answered } from './handler.ts';
import { printListCursor, readListCursor } from './list-cursor.ts';

export interface ListQuery {
  eq?: readonly string[];
  search?: string;
  sort?: readonly string[];
  limit?: number;
  cursor?: string;
}

/** `name`: which list it is, so that a cursor fits no other. Throws `query.shape`, `query.cursor`. */
export function pageOfList(name: string, list: ListShape, answered: Answered, query: ListQuery): Answered {
  if (!('body' in answered) || !isObject(answered.body ?? null)) return answered;
  const body = answered.body as ValueObject; // just looked at
  const { [list.items]: given, ...rest } = body;
  if (!Array.isArray(given)) throw new Error(`${name} answers no list ${list.items}`);
  const conditions = (query.eq ?? []).map((text) => conditionOf(list, text));
  const found = (given as readonly Value[]).filter(isObject).filter((item) => conditions.every(([field, value]) => textOf(item[field]) === value) && holds(list, item, query.search));
  const { items, cursor } = cut(name, list, found, query);
  return { ...answered, body: { [list.items]: items, ...rest, cursor } };
}

function conditionOf({ fields }: ListShape, text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  const field = text.slice(0, Math.max(0, colon));
  if (!fields.includes(field)) throw failure('query.shape', { place: 'eq', expected: `${nearestKnown(field, fields)}:…` });
  return [field, text.slice(colon + 1)];
}

const textOf = (value: Value | undefined): string => (value === undefined || value === null ? '' : value instanceof Decimal ? value.toFixed() : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Titles are looked at in each of their languages. */
function holds({ fields }: ListShape, item: ValueObject, search: string | undefined): boolean {
  if (search === undefined) return true;
  const { title } = item;
  const texts = [...fields.map((field) => textOf(item[field])), ...(isObject(title ?? null) ? Object.values(title as ValueObject).map(textOf) : [])];
  return texts.some((text) => text.toLowerCase().includes(search.toLowerCase()));
}

/** Without an order, a page or a place they come as they always did. */
function cut(name: string, list: ListShape, found: readonly ValueObject[], { sort = [], limit, cursor, eq = [], search }: ListQuery): { items: readonly ValueObject[]; cursor: string | null } {
  if (sort.length === 0 && limit === undefined && cursor === undefined) return { items: found, cursor: null };
  const keys = [...sort.map((field) => (field.startsWith('-') ? { field: field.slice(1), sign: -1 } : { field, sign: 1 })), ...list.key.map((field) => ({ field, sign: 1 }))];
  const place = (item: ValueObject): readonly Value[] => keys.map(({ field }) => comparable(item[field]));
  const compare = (one: readonly Value[], other: readonly Value[]): number => keys.reduce((order, { sign }, at) => (order === 0 ? compareValues(one[at] ?? null, other[at] ?? null, sign) : order), 0);
  const of = `${name} ${JSON.stringify([sort, [...eq].sort(), search ?? null])}`;
  const from = readListCursor(of, cursor);
  const last: readonly Value[] | null = from === null ? null : placeOf(from);
  const ordered = found.map((item) => ({ item, at: place(item) })).sort((one, other) => compare(one.at, other.at));
  const rest = last === null ? ordered : ordered.filter(({ at }) => compare(at, last) > 0);
  const items = limit === undefined ? rest : rest.slice(0, limit);
  const end = items.at(-1);
  return { items: items.map(({ item }) => item), cursor: end === undefined || items.length === rest.length ? null : printListCursor(of, JSON.stringify(end.at)) };
}

function placeOf(text: string): readonly Value[] {
  try {
    const place: unknown = JSON.parse(text);
    if (Array.isArray(place) && place.every((value) => value === null || typeof value !== 'object')) return place as readonly Value[]; // just looked at
  } catch (error) {
    throw failure('query.cursor', {}, { cause: error });
  }
  throw failure('query.cursor');
}

const comparable = (value: Value | undefined): Value => (value instanceof Decimal ? Number(value) : value === undefined || typeof value === 'object' ? null : value);

/** Empty ones come last in both directions, as with records. */
function compareValues(one: Value, other: Value, sign: number): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  if (one === other) return 0;
  return (one < other ? -1 : 1) * sign;
}
