/** Which rows a read answers with, in which order; rows come one by one. */
import type { Base } from './base.ts';
import { exception } from './exception-texts.ts';
import { compareNumbers, filterOf } from './filter.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import type { Rights } from './rights.ts';
import { type Row, textOf } from './row.ts';
import { presentationOf } from './selection.ts';
import type { SetRole } from './set-role.ts';

export interface Reading {
  role: SetRole;
  query: ReadonlyMap<string, string>;
  base: Base;
  quirks: Quirks;
  rights: Rights;
}

const knownOptions = new Set(['$filter', '$select', '$orderby', '$top', '$skip', '$expand', '$inlinecount', '$format', '$count']);

export interface Page {
  rows: Iterable<Row>;
  /** All rows of the filter, when the client asked to be told. */
  count: number | undefined;
  /** Rows that had to be passed over. */
  skipped: number;
}

export function readPage(reading: Reading): Page {
  const { query, quirks } = reading;
  const unknown = [...query.keys()].find((name) => name.startsWith('$') && !knownOptions.has(name));
  if (unknown !== undefined) throw new Refusal(14, unknown);
  const counted = query.get('$inlinecount') === 'allpages' || query.get('$count') === 'true';
  const whole = counted && quirks.inlineCountStopsPaging;
  const skip = whole ? 0 : numberOption(query, '$skip', 0);
  const top = whole ? Infinity : numberOption(query, '$top', Infinity);
  refuseMemory(reading);
  const matched = matchedRows(reading);
  refuseForbidden(reading, matched);
  const count = counted ? countRows(reading) : undefined;
  const order = orderOf(reading);
  const rows = order ? ordered(matched(0), order, skip, top) : limited(matched(skip), top);
  return { rows, count, skipped: skip };
}

export function countRows(reading: Reading): number {
  if (!reading.query.has('$filter') && !reading.rights.hidesRows(reading.role.set)) return reading.base.count(reading.role.set);
  let count = 0;
  for (const row of matchedRows(reading)(0)) count += row === undefined ? 0 : 1;
  return count;
}

export function numberOption(query: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  return numberOf(query.get(name), name, otherwise);
}

export function numberOf(text: string | undefined, name: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal(14, `${name}=${text}`);
  return Number(text);
}

function refuseMemory({ role, base, query, quirks }: Reading): void {
  const register = role.kind === 'recorder' || (role.holder !== undefined && base.role(role.holder.set)?.kind === 'recorder');
  if (quirks.memoryFull && register && !query.has('$filter')) throw exception('memoryFull');
}

/** Rows that fit the filter and may be seen, without the first ones. */
function matchedRows({ role, query, base, quirks, rights }: Reading): (skip: number) => Generator<Row> {
  const text = query.get('$filter');
  const fits = text === undefined || text.trim() === '' ? undefined : filterOf(text, role, base, quirks);
  const allowedOnly = query.get('allowedOnly') === 'true' && rights.hidesRows(role.set);
  return function* matched(skip) {
    let left = fits || allowedOnly ? skip : 0;
    for (const row of base.rows(role.set, skip - left)) {
      if (fits && !fits(row)) continue;
      if (allowedOnly && rights.hidesRow(role.set, row)) continue;
      if ((left -= 1) < 0) yield row;
    }
  };
}

/** One forbidden row among those of the filter is enough, wherever the page ends. */
function refuseForbidden({ role, query, quirks, rights }: Reading, matched: (skip: number) => Generator<Row>): void {
  if (!quirks.forbiddenRowFails || query.get('allowedOnly') === 'true' || !rights.hidesRows(role.set)) return;
  for (const row of matched(0)) if (rights.hidesRow(role.set, row)) throw new Refusal(20, role.set);
}

function* limited(rows: Iterable<Row>, top: number): Generator<Row> {
  let left = top;
  if (left <= 0) return;
  for (const row of rows) {
    yield row;
    if ((left -= 1) <= 0) return;
  }
}

type Order = (first: Row, second: Row) => number;

function orderOf({ role, query, base, quirks }: Reading): Order | undefined {
  const text = query.get('$orderby');
  const register = role.kind === 'recorder' || (role.holder !== undefined && base.role(role.holder.set)?.kind === 'recorder');
  if (text === undefined || text.trim() === '' || (register && quirks.registerOrderIgnored)) return undefined;
  const orders = fieldOrders(text, role, base);
  const loses = quirks.rowOrderLosesRows && role.kind === 'part' && /^Ref_Key(\s+(asc|desc))?$/.test(text.trim());
  // Rows of one object have no order among themselves: every other page sees them another way round.
  const page = Math.floor(numberOption(query, '$skip', 0) / (numberOption(query, '$top', Infinity) || 1));
  if (loses && page % 2 === 1) orders.push((first, second) => compareNumbers(textOf(second['LineNumber']), textOf(first['LineNumber'])));
  return oneAfterAnother(orders);
}

/** Rows in the order of a text like that of `$orderby`. */
export const orderRows = (rows: readonly Row[], text: string | undefined, role: SetRole, base: Base): Row[] =>
  text === undefined || text.trim() === '' ? [...rows] : [...rows].sort(oneAfterAnother(fieldOrders(text, role, base)));

const fieldOrders = (text: string, role: SetRole, base: Base): Order[] => text.split(',').map((part) => fieldOrder(part.trim(), role, base));
const oneAfterAnother = (orders: readonly Order[]): Order => (first, second) => orders.reduce((so, order) => so || order(first, second), 0);

function fieldOrder(text: string, role: SetRole, base: Base): Order {
  const [name = '', direction = 'asc', ...rest] = text.split(/\s+/);
  if (rest.length > 0 || (direction !== 'asc' && direction !== 'desc')) throw new Refusal(14, text);
  const property = role.shape.properties.get(name);
  if (!property) throw new Refusal(10, name);
  const sign = direction === 'asc' ? 1 : -1;
  if (property.type.startsWith('Edm.Int') || property.type === 'Edm.Double') return (first, second) => sign * compareNumbers(textOf(first[name]), textOf(second[name]));
  const value = property.type === 'Edm.Guid' && !(role.kind === 'part') ? (row: Row) => presentationOf(row, role.shape, name, base) : (row: Row) => textOf(row[name]);
  return (first, second) => sign * compareText(value(first), value(second));
}

const compareText = (first: string, second: string): number => (first < second ? -1 : first > second ? 1 : 0);

/** Keeps no more rows than the page needs, give or take. */
function* ordered(rows: Iterable<Row>, order: Order, skip: number, top: number): Generator<Row> {
  const needed = skip + top;
  let kept: Row[] = [];
  for (const row of rows) {
    kept.push(row);
    if (kept.length > 2 * needed + 1000) kept = kept.sort(order).slice(0, needed);
  }
  yield* kept.sort(order).slice(skip, needed);
}
