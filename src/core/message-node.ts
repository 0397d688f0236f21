/** Nodes of the trees that give messages their shape. */
import type { ScalarNodeType } from './message-scalar.ts';

/** `file` is one that came with a form, or an object of `name` and `content` in base64. */
export type NodeType = ScalarNodeType | 'object' | 'keyValue' | 'file' | 'any';

export interface SchemaNode {
  type: NodeType;
  /** The key must be present. */
  required: boolean;
  /** A present key must have a value that is neither null, an empty text nor an empty list. */
  notEmpty: boolean;
  array: boolean;
  description?: string;
  /** Only for `object`. An object without fields takes any members. */
  fields?: SchemaTree;
}

/** Field name → node; the order is the order of declaration. Has no prototype or is a fresh literal. */
export type SchemaTree = Readonly<Record<string, SchemaNode>>;
