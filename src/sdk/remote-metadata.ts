/** What a remote system says about itself, in words of no protocol: browsed by people, compared with what it said before. */
import type { SchemaTree } from '../core/message-schema.ts';

export interface RemoteMetadata {
  /** For a person: the protocol and its version. */
  title: string;
  objects: readonly RemoteObject[];
  /** Declared types: of rows, and of values that have parts. */
  types: { rows: number; complex: number };
  enums: readonly { name: string; members: readonly string[] }[];
  functions: readonly RemoteFunction[];
  /** What of the document has no place here. */
  warnings: readonly string[];
}

/** A set of rows, a table. */
export interface RemoteObject {
  name: string;
  /** In the words of the other system: `Catalog`, `Document`. */
  kind: string;
  /** The object whose rows hold these. */
  partOf?: string;
  keys: readonly string[];
  fields: readonly RemoteField[];
  references: readonly RemoteReference[];
}

export interface RemoteField {
  name: string;
  /** In the words of the other system. */
  type: string;
  nullable: boolean;
  many: boolean;
  maxLength?: number;
  precision?: number;
  scale?: number;
  role: FieldRole;
  /** Objects that a reference leads to. */
  leadsTo?: readonly string[];
  /** Where the type of a composite value stands. */
  typeField?: string;
  members?: readonly string[];
  /** Of the rows of a table part, or of a value with parts. */
  fields?: readonly RemoteField[];
}

export const fieldRoles = ['scalar', 'reference', 'composite', 'compositeType', 'enum', 'complex', 'collection', 'tablePart', 'binary', 'version'] as const;
export type FieldRole = (typeof fieldRoles)[number];

/** A way from a row to other rows. */
export interface RemoteReference {
  name: string;
  leadsTo: readonly string[];
  many: boolean;
}

export interface RemoteFunction {
  name: string;
  /** The object that it belongs to. */
  object?: string;
  /** Whether it acts, as against only reading. */
  acts: boolean;
  parameters: readonly { name: string; type: string }[];
  returns?: string;
}

/** The document in which the other side says it, as it came. */
export interface MetadataDocument {
  bytes: Uint8Array;
  address: string;
  /** By which its service tells whether it has changed. */
  etag?: string;
}

/** What a route takes from, or gives to, an object of the other side. */
export interface RouteUse {
  object: string;
  /** Field names as paths, `Goods/Price` inside a table part. */
  fields: readonly { path: string; place: string; writes: boolean }[];
}

/** The parts of a route that name fields. */
export interface RouteTrees {
  request: SchemaTree;
  response: SchemaTree;
}
