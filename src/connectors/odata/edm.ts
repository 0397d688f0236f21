/** What a service says about itself: the model that its `$metadata` is read into. */

import type { BatchFormat } from './batch-format.ts';

/** How the service speaks. `sap` is V2 of SAP Gateway with its token against forged requests; `1c` is V3 as 1C has it. */
export type Dialect = 'v2' | 'v3' | 'v4' | '1c' | 'sap';

export interface EdmModel {
  dialect: Dialect;
  /** Of OData, as the document has it; empty where it says nothing. */
  version: string;
  namespace: string;
  /** SHA-256 of the document, in hex: equal hashes are equal models. */
  hash: string;
  bytes: number;
  /** By name of the set. */
  sets: ReadonlyMap<string, EntitySet>;
  /** By qualified name; complex types too. */
  types: ReadonlyMap<string, StructuredType>;
  enums: ReadonlyMap<string, EnumType>;
  functions: readonly EdmFunction[];
  /** What the document says that the service can do; absent where it says nothing. */
  declared: DeclaredAbilities;
  /** What of the document has no place in the model, like a set of an unknown type. */
  warnings: readonly string[];
}

/** By the names of capabilities. */
export interface DeclaredAbilities {
  batch?: readonly BatchFormat[];
  delta?: boolean;
  alternateKeys?: boolean;
}

export interface EntitySet {
  name: string;
  type: StructuredType;
  /** The word before the first `_` in 1C (Catalog, Document …), else `generic`. */
  kind: string;
  /** Set that this table part belongs to. */
  parentSet?: string;
}

export interface StructuredType {
  /** Qualified by its namespace. */
  name: string;
  kind: 'entity' | 'complex';
  /** Names of properties, inherited ones included. */
  keys: readonly string[];
  /** Inherited ones first. */
  properties: ReadonlyMap<string, EdmProperty>;
  navigations: ReadonlyMap<string, EdmNavigation>;
  /** Rows may have properties that are not declared. */
  open: boolean;
}

export interface EdmProperty {
  name: string;
  /** `Edm.String`, or the qualified name of an enumeration or a complex type; of the items for a collection. */
  type: string;
  collection: boolean;
  nullable: boolean;
  maxLength?: number;
  precision?: number;
  scale?: number;
  role: PropertyRole;
}

/** What a property is to a mapping. */
export type PropertyRole =
  | { kind: 'scalar' }
  /** Holds the key of a row elsewhere; the sets it can lead to, empty when the document does not tell. */
  | { kind: 'ref'; sets: readonly string[] }
  /** 1C: a value of one of several types, whose name is in the property `typeProperty`. */
  | { kind: 'composite'; typeProperty: string }
  /** 1C: the name of the type of the composite beside it. */
  | { kind: 'compositeType'; of: string }
  | { kind: 'enum' }
  | { kind: 'complex' }
  | { kind: 'collection' }
  /** 1C: rows of a table part, which travel inside their owner and are replaced as a whole. */
  | { kind: 'tablePart' }
  | { kind: 'binary' }
  /** Changes with every write of the row. */
  | { kind: 'version' };

export interface EdmNavigation {
  name: string;
  /** Qualified name of the type it leads to. */
  type: string;
  collection: boolean;
}

export interface EnumType {
  name: string;
  members: readonly string[];
}

export interface EdmFunction {
  name: string;
  /** How it is written in an address when bound: V4 wants its namespace. */
  qualifiedName: string;
  /** Reads only, or acts. */
  method: 'GET' | 'POST';
  /** Set on whose rows or whole it is called; absent for one of the service itself. */
  boundSet?: string;
  /** Bound to all of the set rather than to a row of it. */
  boundToCollection: boolean;
  parameters: readonly EdmParameter[];
  /** Of the items for a collection. */
  returnType?: string;
}

export interface EdmParameter {
  name: string;
  type: string;
  collection: boolean;
  nullable: boolean;
}
