/** What stands after the question mark of an address. Pure. */
import { failure, nearestKnown } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import type { Described } from './service.ts';

export type QueryPart = readonly [name: string, value: string];

/** `?a=b&c=d` with spaces as `%20`: 1C takes a plus for a plus. Throws `odata.queryTooLong`. */
export function printQuery(connection: string, { queryBytes: limit }: Described, parts: readonly QueryPart[]): string {
  if (parts.length === 0) return '';
  const text = queryText(parts);
  if (text.length > limit) throw failure('odata.queryTooLong', { connection, count: text.length, limit });
  return `?${text}`;
}

const queryText = (parts: readonly QueryPart[]): string => parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');

/** What is left for the value of `$filter` beside the other parts. */
export function filterRoom({ queryBytes }: Described, others: readonly QueryPart[]): number {
  return queryBytes - queryText([...others, ['$filter', '']]).length;
}

/** `$select` with the key, by which pages are told apart; empty when everything is read. */
export function selectPart(connection: string, { dialect }: Described, set: EntitySet, select: readonly string[] | undefined, expand: readonly string[] = []): readonly QueryPart[] {
  if (select === undefined || select.length === 0) return [];
  for (const name of select) if (!isSelectable(set, name, dialect === '1c')) throw unknownField(connection, set, name);
  // V2, V3 and 1C expand in silence nothing that is not selected too.
  const expanded = dialect === 'v4' ? [] : expand;
  return [['$select', [...new Set([...select, ...set.type.keys.filter(() => !select.includes('*') && !select.includes('**')), ...expanded])].join(',')]];
}

function isSelectable(set: EntitySet, name: string, onec: boolean): boolean {
  if (name === '*' || (onec && name === '**')) return true;
  const [head = ''] = name.split('/');
  return isKnown(set, onec ? head.replace(/____Presentation$/, '') : head);
}

const isKnown = ({ type }: EntitySet, name: string): boolean => type.open || type.properties.has(name) || type.navigations.has(name);

/** `$expand`; each name has to lead somewhere. */
export function expandPart(connection: string, set: EntitySet, expand: readonly string[] | undefined): readonly QueryPart[] {
  if (expand === undefined || expand.length === 0) return [];
  for (const name of expand) {
    const [head = ''] = name.split(/[/(]/);
    if (!set.type.navigations.has(head) && !set.type.properties.has(head)) throw unknownField(connection, set, head, [...set.type.navigations.keys()]);
  }
  return [['$expand', expand.join(',')]];
}

/** `$orderby`: as told, else by key when pages are cut by number, because without an order a server may give a row twice and another never. */
export function orderPart(connection: string, set: EntitySet, orderBy: readonly string[] | undefined, byKey: boolean): readonly QueryPart[] {
  if (orderBy !== undefined && orderBy.length > 0) {
    for (const each of orderBy) {
      const [, path = each] = /^(\S+)(?: (?:asc|desc))?$/.exec(each) ?? [];
      if (!isKnown(set, path.split('/')[0] ?? '')) throw unknownField(connection, set, each);
    }
    return [['$orderby', orderBy.join(',')]];
  }
  return byKey && set.type.keys.length > 0 ? [['$orderby', set.type.keys.join(',')]] : [];
}

const unknownField = (connection: string, set: EntitySet, field: string, known: readonly string[] = [...set.type.properties.keys()]): Error =>
  failure('odata.unknownField', { connection, set: set.name, field, nearest: nearestKnown(field, known) });
