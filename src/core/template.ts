/**
 * Record templates as they are published. A template is a table, an attribute a column or a link.
 * Physical names are short and stable; configuration speaks system names, data speaks ids.
 */
import type { Decimal } from './decimal.ts';
import type { FailureData } from './failure.ts';
import type { HyperlinkScheme } from './hyperlink.ts';
import type { Mask } from './mask/mask.ts';
import type { Value } from './value.ts';

interface AttributeBase {
  /** Stable id, eight lower-case hexadecimal digits; physical names are made from it. */
  id: string;
  name: string;
  required: boolean;
  /** Its values before and after a change are kept in the change log. */
  logChanges?: true;
  validation?: Validation;
}

/** What has to hold whenever a record is saved. */
export interface Validation {
  /** Without the leading `=`. */
  expression: string;
  /** What a person is told when it does not. */
  message?: { ru?: string; en?: string };
}

export const scalarTypes = ['text', 'number', 'boolean', 'date', 'dateTime', 'duration', 'enum', 'hyperlink', 'account', 'role', 'timeZone', 'document', 'image'] as const;
export type ScalarType = (typeof scalarTypes)[number];

export interface ScalarAttribute extends AttributeBase {
  kind: 'scalar';
  type: ScalarType;
  unique: boolean;
  /** Digits kept after the point, half-up; only for `number`. Absent: as given. */
  decimals?: number;
  /** Allowed values; only for `enum`. */
  values?: readonly string[];
  /** What a text has to look like; only for `text`. */
  mask?: Mask;
  /** Only for `hyperlink`; absent: all that are known. */
  schemes?: readonly HyperlinkScheme[];
  /** Several files or roles; only for `document`, `image` and `role`. */
  multiple?: boolean;
  /** Only for files, like the one that follows. Lower case, without the point; absent: any. */
  extensions?: readonly string[];
  /** Of one file. */
  maxBytes?: number;
  default?: Scalar;
  /** An index serves conditions and orders that name it. */
  indexed?: boolean;
  /** Full text search looks into it: a text, a hyperlink, or the names of files. */
  searchable?: boolean;
  /** `natural`: sorted as people do, without regard to capitals, е and ё together; else by code point. Only for `text`. */
  order?: 'natural';
  /** The hidden attribute whose values this one took over, by the version that changed the type. `changesOnly`: its own had been kept. */
  convertedFrom?: { id: string; version: number; changesOnly?: true };
}

/** Computed whenever the record is read; nothing is stored. */
export interface CalculatedAttribute extends Pick<ScalarAttribute, 'name' | 'type' | 'decimals' | 'values' | 'mask' | 'schemes'> {
  /** Without the leading `=`. */
  expression: string;
}

/** One side of a relation. Both sides of a two-way link name the same relation. */
export interface LinkAttribute extends AttributeBase {
  kind: 'link';
  /** Id of the template linked to. */
  target: string;
  multiple: boolean;
  /** System name of the other side's attribute, when the link is two-way. */
  inverse?: string;
  relation: Relation;
  /** Which side of the relation this attribute is. */
  side: 'owner' | 'other';
  /** Deleting the record deletes what it links to. */
  deleteLinked: boolean;
}

/**
 * How a link is stored: as a uuid column of the owner's table that names the other record
 * (`unique` for one-to-one), or as rows (owner, other) of a link table.
 */
export type Relation =
  | { storage: 'column'; id: string; owner: string; other: string; unique: boolean }
  | { storage: 'table'; id: string; owner: string; other: string };

export type Attribute = ScalarAttribute | LinkAttribute;

export interface Template {
  /** Eight lower-case hexadecimal digits; sorting by it is the global lock order. */
  id: string;
  name: string;
  /** Grows by one at every publication; statements are keyed by (id, version). */
  version: number;
  attributes: readonly Attribute[];
  calculated?: readonly CalculatedAttribute[];
  /** The attribute shown as the record's title, by name. */
  titleAttribute?: string;
  /** Its records are a list that others refer to, such as countries or units. */
  referenceData?: ReferenceData;
  /** Attributes that are no longer part of the template; their columns and values are kept. */
  hidden?: readonly Attribute[];
  /** True when the template itself was removed; its table and values are kept. */
  retired?: boolean;
}

export interface ReferenceData {
  /** Name of the unique attribute by which records of two installations are the same. */
  key?: string;
  /** Records travel with the configuration; they have a key then. */
  carried: boolean;
}

/**
 * A stored scalar: dateTime is UTC text with microseconds, date is a day, duration ISO 8601 text in one form, number a Decimal,
 * enum the value's system name, account the account's id, role its system name, several roles the text of `rolesText`, files the text of `filesText`.
 */
export type Scalar = null | string | boolean | Decimal;

/** An attribute that is no longer declared, with values that can still come back. */
export interface HiddenAttribute {
  template: string;
  attribute: string;
  id: string;
  type: string;
  hiddenAt: string;
  /** The last revision of the configuration that showed it. */
  lastRevision: number;
  /** The attribute that its values were converted to. */
  convertedTo: string | null;
}

/** A template that is no longer declared; its records come back with it. */
export interface RemovedTemplate {
  template: string;
  removedAt: string;
  records: number;
}

/** All templates of one configuration revision. */
export interface TemplateCatalogue {
  byId(id: string): Template | undefined;
  byName(name: string): Template | undefined;
  all(): readonly Template[];
  /** A version that running work may still use; catalogues of current versions only leave it out. */
  version?(id: string, version: number): Template | undefined;
}

/** Attributes that every record has; they cannot be declared or written. */
export const systemAttributes = ['id', '_version', '_createdAt', '_createdBy', '_changedAt', '_changedBy', '_archived', '_origin'] as const;

/**
 * A record as scenarios, queries and the API see it. Links are ids: a text or null for a single link;
 * multiple links appear only where a query expands them.
 */
export interface RecordData {
  id: string;
  template: string;
  version: number;
  createdAt: string;
  createdBy: string | null;
  changedAt: string;
  changedBy: string | null;
  archived: boolean;
  origin: string;
  /** By attribute name: scalars and single links; calculated attributes where the reader asked the engine. */
  values: Readonly<Record<string, Scalar>>;
  /** What expressions and the API show of files and several roles, in place of the text in `values`. */
  shown?: Readonly<Record<string, Value>>;
  /** Calculated attributes that could not be computed; their values are null. */
  failures?: Readonly<Record<string, FailureData>>;
  /** By attribute name: ids of multiple links, only those that were asked for. */
  links: Readonly<Record<string, readonly string[]>>;
}
