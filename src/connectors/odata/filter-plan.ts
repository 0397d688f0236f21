/** How a filter is carried out: what the server is asked, in how many readings, and what is asked of its rows here. Pure. */
import { failure, printJson, type Value, type ValueObject } from '../../sdk/index.ts';
import { resolveFilter, type Condition, type FilterPlace, type Items } from './condition.ts';
import type { Filter } from './filter.ts';
import { filterText, listTermText, type TextPlace } from './filter-text.ts';
import type { KeptPart } from './kept-reason.ts';
import { predicateOf } from './predicate.ts';
import { fieldsOf, listTerms, pushDown } from './pushdown.ts';

export interface FilterPlan {
  /** The `$filter` of each reading in turn; undefined where it reads everything. Never empty; no row is in two of them. */
  filters: readonly (string | undefined)[];
  residue: Residue | undefined;
}

/** What the dialect cannot say. */
export interface Residue {
  /** For a person, as the dialect would write it. */
  text: string;
  kept: readonly KeptPart[];
  keeps(row: ValueObject): boolean;
  /** Fields and table parts that it looks at: they have to be read. */
  needs: readonly string[];
  /** References along which it looks: they have to be expanded. */
  expands: readonly string[];
}

/** `roomBytes` is what a percent-encoded `$filter` may take. Throws as `resolveFilter` does; a filter that is too long is left to who prints the address. */
export function planFilter(place: FilterPlace, filter: Filter | undefined, roomBytes: number): FilterPlan {
  if (filter === undefined) return { filters: [undefined], residue: undefined };
  const { pushed, residue, kept } = pushDown(place, resolveFilter(place, filter));
  return { filters: inPieces(place, pushed, roomBytes), residue: residue === undefined ? undefined : residueOf(place, residue, kept) };
}

function residueOf(place: FilterPlace, condition: Condition, kept: readonly KeptPart[]): Residue {
  const [fields, parts] = [fieldsOf(condition), partsOf(condition)];
  return {
    text: filterText(place, condition) ?? 'true',
    kept,
    keeps: predicateOf(place.dialect, condition),
    needs: [...new Set([...fields.filter(({ elsewhere }) => !elsewhere).flatMap(namesOf), ...parts.filter(({ elsewhere }) => !elsewhere).map(({ path }) => path[0] ?? '')])],
    expands: [...new Set([...fields.filter(({ elsewhere }) => elsewhere).map(({ path }) => path[0] ?? ''), ...parts.filter(({ elsewhere }) => elsewhere).map(({ path }) => path.join('/'))])],
  };
}

function namesOf({ path, property }: ReturnType<typeof fieldsOf>[number]): readonly string[] {
  return property.role.kind === 'composite' && path.length === 1 ? [property.name, property.role.typeProperty] : path.slice(0, 1);
}

function partsOf(condition: Condition): readonly Items[] {
  switch (condition.op) {
    case 'and':
    case 'or': return condition.of.flatMap(partsOf);
    case 'not': return partsOf(condition.of);
    case 'any':
    case 'all': return [condition.items];
    default: return [];
  }
}

type List = Extract<Condition, { op: 'in' }>;

/** A long list that every row has to be in is read piece by piece. Its values differ, so no row comes twice. */
function inPieces(place: TextPlace, pushed: Condition, roomBytes: number): readonly (string | undefined)[] {
  const list = longestList(pushed);
  const whole = filterText(place, pushed);
  if (list === undefined || (list.values.length <= listTerms(place.dialect) && encodedBytes(whole) <= roomBytes)) return [whole];
  return packed(place, pushed, list, roomBytes).map((values) => filterText(place, withList(pushed, list, { ...list, values })));
}

function packed(place: TextPlace, pushed: Condition, list: List, roomBytes: number): readonly (readonly Value[])[] {
  const bare = encodedBytes(filterText(place, withList(pushed, list, { ...list, values: list.values.slice(0, 1) })));
  const pieces: Value[][] = [];
  let bytes = 0;
  let last: string | undefined;
  for (const value of [...list.values].sort((one, other) => (folded(one) < folded(other) ? -1 : 1))) {
    const piece = pieces.at(-1);
    const more = encodedBytes(listTermText(place, list, value));
    const fits = piece !== undefined && piece.length < listTerms(place.dialect) && bytes + more <= roomBytes;
    // A base that compares without regard to case finds one row for both: they stay together.
    if (piece !== undefined && (fits || folded(value) === last)) {
      piece.push(value);
      bytes += more;
    } else {
      pieces.push([value]);
      bytes = bare - encodedBytes(listTermText(place, list, list.values[0] ?? null)) + more;
    }
    last = folded(value);
  }
  return pieces;
}

const folded = (value: Value): string => (typeof value === 'string' ? value.toLowerCase().trimEnd() : printJson(value));

const encodedBytes = (text: string | undefined): number => (text === undefined ? 0 : encodeURIComponent(text).length);

function longestList(condition: Condition): List | undefined {
  if (condition.op === 'in') return condition;
  if (condition.op !== 'and') return undefined;
  return condition.of.map(longestList).reduce((one, other) => ((other?.values.length ?? 0) > (one?.values.length ?? 0) ? other : one), undefined);
}

function withList(condition: Condition, list: List, piece: List): Condition {
  if (condition === list) return piece;
  return condition.op === 'and' ? { op: 'and', of: condition.of.map((part) => withList(part, list, piece)) } : condition;
}

/** The filter of one reading. Throws `odata.cursor` for a reading that the filter has not got: another message than before came with the cursor. */
export function filterOfReading(connection: string, { filters }: FilterPlan, reading: number): string | undefined {
  if (reading >= filters.length) throw failure('odata.cursor', { connection, cursor: `reading ${reading + 1} of ${filters.length}` });
  return filters[reading];
}

export const moreReadings = ({ filters }: FilterPlan, reading = 0): boolean => reading + 1 < filters.length;

/** What a server counts are its own rows, of one reading. */
export const countIsWhole = ({ filters, residue }: FilterPlan): boolean => filters.length === 1 && residue === undefined;
