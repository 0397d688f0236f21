/** Questions about records, as data: compiled to SQL by the store. */
import type { AggregateOp, DateUnit } from './aggregate-words.ts';
import type { Scalar, Template } from './template.ts';
import type { ValueObject } from './value.ts';

export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'contains' | 'startsWith' | 'in';

export type Filter =
  | { op: 'and' | 'or'; of: readonly Filter[] }
  | { op: 'not'; of: Filter }
  | { op: Comparison; attribute: string; value: Scalar | readonly Scalar[] }
  | { op: 'isNull' | 'isNotNull'; attribute: string }
  /** A multiple link contains the record. */
  | { op: 'linked'; attribute: string; record: string }
  /** A link leads to a record for which `where`, a checked filter of its template, holds. Made by the platform only, to keep links to hidden records out of conditions. */
  | { op: 'linksTo'; attribute: string; target: Template; where: Filter };

/** The attributes that a condition names, as often as it does. */
export function filterAttributes(filter: Filter): readonly string[] {
  if ('attribute' in filter) return [filter.attribute];
  return filter.op === 'not' ? filterAttributes(filter.of) : filter.of.flatMap(filterAttributes);
}

/** Whether archived records are found; they are not unless asked for. */
export type Archived = 'without' | 'with' | 'only';

export interface Sort {
  attribute: string;
  descending: boolean;
}

/** Names of those whose values are read, single links among them; absent: all. The others have no value in what is answered. */
export type WantedAttributes = readonly string[];

export interface RecordQuery {
  template: string;
  filter?: Filter;
  /** As it was typed; without a sort the best come first. */
  search?: string;
  sort: readonly Sort[];
  /** Rows wanted, at most `pageRows`. */
  limit: number;
  /** Opaque position from a former page. */
  cursor?: string;
  attributes?: WantedAttributes;
  /** Names of multiple links to return with each record. */
  links?: readonly string[];
  count?: boolean;
  /** Of a search: say where in the records it was found. */
  hits?: boolean;
}

/** What a multiple link of several records leads to, in the order they were linked. */
export interface LinkedQuery {
  /** Of the records with the link, like `ids`. */
  template: string;
  attribute: string;
  ids: readonly string[];
  /** On the records linked to. */
  filter?: Filter;
  attributes?: WantedAttributes;
  links?: readonly string[];
  /** Of each record. */
  limit: number;
  /** Of all together; one more is read, so that too many are noticed. */
  most: number;
  /** Behind this position, which `next` gave; only with one id. */
  after?: string;
}

export interface LinkedRecords {
  id: string;
  records: readonly import('./template.ts').RecordData[];
  /** Null when these are the last. */
  next: string | null;
}

export interface Group {
  name: string;
  attribute: string;
  /** Instants and days by their beginning, instants as the zone has them. */
  unit: DateUnit | null;
  zone: string;
}

export interface Figure {
  name: string;
  op: AggregateOp;
  /** Null: of the records themselves. */
  attribute: string | null;
}

export interface AggregateQuery {
  template: string;
  filter?: Filter;
  search?: string;
  groups: readonly Group[];
  figures: readonly Figure[];
  /** By names of groups and figures. */
  sort: readonly { name: string; descending: boolean }[];
  limit: number;
  /** By attribute that is a link: which records of its template may be seen; null for none. Absent: all. */
  readable: Readonly<Record<string, Filter | null>>;
}

/** By the names of groups and figures. */
export interface AggregateRow {
  by: ValueObject;
  values: ValueObject;
}

export type ReadRequest =
  | { kind: 'get'; template: string; id: string; attributes?: WantedAttributes; links?: readonly string[] }
  | { kind: 'query'; query: RecordQuery }
  /** Ids linked through an attribute of one record, in the order they were linked. */
  | { kind: 'linked'; template: string; id: string; attribute: string }
  /** Records by their ids; those that are not there, or do not fit the filter, are left out. */
  | { kind: 'records'; template: string; ids: readonly string[]; filter?: Filter; attributes?: WantedAttributes; links?: readonly string[] }
  | { kind: 'linkedRecords'; query: LinkedQuery }
  | { kind: 'aggregate'; query: AggregateQuery };

export type ReadResult =
  | { kind: 'record'; record: import('./template.ts').RecordData | null }
  | { kind: 'page'; records: readonly import('./template.ts').RecordData[]; cursor: string | null; count?: number; ranked?: boolean; hits?: ReadonlyMap<string, readonly import('./search-hit.ts').SearchHit[]> }
  | { kind: 'ids'; ids: readonly string[] }
  | { kind: 'records'; records: readonly import('./template.ts').RecordData[] }
  | { kind: 'linkedRecords'; groups: readonly LinkedRecords[] }
  /** `more`: there are groups behind the limit. */
  | { kind: 'aggregate'; rows: readonly AggregateRow[]; more: boolean };
