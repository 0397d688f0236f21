/** Message schemas as they are written in configuration: `name: string`, or a node with its details. */
import type { FailureCode } from './errors.ts';
import { failure, type FailureParameters, type Problem } from './failure.ts';
import type { NodeType, SchemaNode, SchemaTree } from './message-node.ts';
import { nearestKnown } from './nearest-known.ts';
import { isSystemName } from './system-name.ts';
import { setMember } from './value.ts';

const types: readonly NodeType[] = ['string', 'number', 'decimal', 'integer', 'boolean', 'dateTime', 'date', 'duration', 'object', 'keyValue', 'file', 'any'];
const keys = ['type', 'required', 'notEmpty', 'array', 'description', 'fields'] as const;

/** Deeper trees than messages may be nested are of no use. */
const depthLimit = 64;

/**
 * Reads a tree; `place` names it in messages, like `request`.
 * Failure: schema.invalid with every problem, paths relative to the tree.
 */
export function parseSchemaTree(document: unknown, place: string): SchemaTree {
  const problems: Problem[] = [];
  const tree = readTree(document, '', { place, problems }, 0);
  if (problems.length > 0) throw failure('schema.invalid', { place }, { problems });
  return tree;
}

interface Reading {
  place: string;
  problems: Problem[];
}

function report(reading: Reading, path: string, code: FailureCode, parameters: FailureParameters): void {
  reading.problems.push({ path, code, parameters: { ...parameters, place: path === '' ? reading.place : `${reading.place}.${path}` } });
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function readTree(document: unknown, path: string, reading: Reading, depth: number): SchemaTree {
  const tree: Record<string, SchemaNode> = {};
  if (!isMap(document) || depth > depthLimit) {
    report(reading, path, 'schema.notMap', { expected: depth > depthLimit ? `≤ ${depthLimit}` : '{name: type}' });
    return tree;
  }
  for (const [name, written] of Object.entries(document)) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (!isSystemName(name)) report(reading, inner, 'config.systemName', { name: name.slice(0, 80) });
    setMember(tree, name, readNode(written, inner, reading, depth));
  }
  return tree;
}

function readNode(written: unknown, path: string, reading: Reading, depth: number): SchemaNode {
  if (typeof written === 'string') return { type: readType(written, path, reading), required: false, notEmpty: false, array: false };
  if (!isMap(written)) {
    report(reading, path, 'schema.notMap', { expected: 'string | {type: string}' });
    return { type: 'any', required: false, notEmpty: false, array: false };
  }
  for (const key of Object.keys(written)) {
    if (!(keys as readonly string[]).includes(key)) report(reading, `${path}.${key}`, 'config.unknownKey', { key, nearest: nearestKnown(key, keys) });
  }
  const own = (key: (typeof keys)[number]): unknown => (Object.hasOwn(written, key) ? written[key] : undefined);
  const fields = own('fields');
  const type = own('type') === undefined && fields !== undefined ? 'object' : readType(own('type'), `${path}.type`, reading);
  if (fields !== undefined && type !== 'object') report(reading, path, 'schema.fieldsOfScalar', {});
  const description = own('description');
  if (description !== undefined && typeof description !== 'string') report(reading, `${path}.description`, 'schema.notMap', { expected: 'text' });
  return {
    type,
    required: readFlag(own('required'), `${path}.required`, reading),
    notEmpty: readFlag(own('notEmpty'), `${path}.notEmpty`, reading),
    array: readFlag(own('array'), `${path}.array`, reading),
    ...(typeof description === 'string' ? { description } : {}),
    ...(fields === undefined ? {} : { fields: readTree(fields, path, reading, depth + 1) }),
  };
}

function readType(written: unknown, path: string, reading: Reading): NodeType {
  const type = types.find((known) => known === written);
  if (type === undefined) report(reading, path, 'schema.unknownType', { type: (typeof written === 'string' ? written : JSON.stringify(written ?? null)).slice(0, 80), nearest: typeof written === 'string' ? nearestKnown(written, types) : types.join(', ') });
  return type ?? 'any';
}

function readFlag(written: unknown, path: string, reading: Reading): boolean {
  if (written !== undefined && typeof written !== 'boolean') report(reading, path, 'schema.notMap', { expected: 'true | false' });
  return written === true;
}
