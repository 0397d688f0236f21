/** The filter of a route over one set for one message: how it is carried out, and what has to be read for it. */
import { failure, type SpecValues, type ValueObject } from '../../sdk/index.ts';
import { lastSuccessOf } from './condition.ts';
import type { EntitySet } from './edm.ts';
import type { Work } from './exchange.ts';
import { planFilter, type FilterPlan } from './filter-plan.ts';
import { parseFilter } from './filter.ts';
import { expandPart, filterRoom, selectPart } from './query-string.ts';
import type { query } from './spec.ts';

export interface FilteredQuery {
  set: EntitySet;
  plan: FilterPlan;
  /** What the filter may take in an address. */
  room: number;
  /** What the route selects, and what the residue needs beside it. */
  select: readonly string[] | undefined;
  /** Read for the residue alone. */
  unwanted: readonly string[];
}

type QueryRoute = Pick<SpecValues<typeof query>, 'filter' | 'select' | 'expand' | 'orderBy' | 'pageRows'>;

/** What the other parameters of an address may take: `$orderby`, `$top`, `$skip` and their like. */
const reservedBytes = 200;

/** Failures: those of `planFilter`, `odata.listInPieces`, `odata.filterUnsupported`. */
export function filteredQuery({ context: { name: connection, properties }, service, described, message }: Pick<Work, 'context' | 'service' | 'described' | 'message'>, route: QueryRoute, set: EntitySet, { startMs, room: given }: { startMs: number; room?: number }): FilteredQuery {
  const { model, dialect } = described;
  const others = [...selectPart(connection, described, set, route.select, route.expand), ...expandPart(connection, set, route.expand)];
  const order = route.orderBy?.join(',') ?? set.type.keys.join(',');
  const room = given ?? filterRoom(described, others) - encodeURIComponent(order).length - reservedBytes;
  const place = { connection, dialect, inList: described.rules.inList && service.capabilities.get('inOperator') !== false, model, set, message, times: { runStartMs: startMs, ...lastSuccessOf(connection, message), ...(properties.timeZone === undefined ? {} : { timeZone: properties.timeZone }) } };
  const plan = planFilter(place, route.filter === undefined ? undefined : parseFilter(route.filter), room);
  if (plan.filters.length > 1 && route.orderBy !== undefined) throw failure('odata.listInPieces', { connection, count: plan.filters.length });
  const missing = plan.residue?.expands.find((path) => route.expand?.includes(path) !== true);
  if (missing !== undefined) throw failure('odata.filterNeedsExpand', { connection, field: missing });
  const unwanted = unselected(route.select, plan, set);
  return { set, plan, room, select: route.select === undefined ? undefined : [...route.select, ...unwanted], unwanted };
}

function unselected(select: readonly string[] | undefined, { residue }: FilterPlan, { type }: EntitySet): readonly string[] {
  if (select === undefined || select.length === 0 || select.includes('*')) return [];
  const read = (field: string): boolean => select.includes(field) || type.keys.includes(field) || (select.includes('**') && type.properties.get(field)?.collection === false);
  return residue?.needs.filter((field) => !read(field)) ?? [];
}

/** The rows that the filter wants, without what was read for it alone. */
export function keptRows(rows: readonly ValueObject[], { plan: { residue }, unwanted }: FilteredQuery): readonly ValueObject[] {
  if (residue === undefined) return rows;
  const kept = rows.filter((row) => residue.keeps(row));
  if (unwanted.length === 0) return kept;
  return kept.map((row) => Object.fromEntries(Object.entries(row).filter(([field]) => !unwanted.includes(field))));
}
