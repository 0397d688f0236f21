/** The shape of a message: trees of named, typed nodes; and the check that a value fits one. */
import type { FailureCode } from './errors.ts';
import type { FailureParameters, Problem } from './failure.ts';
import { Decimal } from './decimal.ts';
import type { SchemaNode, SchemaTree } from './message-node.ts';
import { isMessageFile } from './message-file.ts';
import { scalarExpectations, scalarReaders, type ScalarNodeType } from './message-scalar.ts';
import { isObject, setMember, type Value, type ValueObject } from './value.ts';

export { parseSchemaTree } from './message-schema-document.ts';

export type { NodeType, SchemaNode, SchemaTree } from './message-node.ts';

export interface Checked {
  /** Only declared fields, each in the form of its type; what had a problem is left out. */
  value: ValueObject;
  /** All of them at once, by path. */
  problems: Problem[];
}

export type Checker = (value: Value | undefined) => Checked;

/** The value as the schema wants it; undefined is missing. Problems have paths relative to the value. */
export type Conform = (value: Value | undefined, problems: Problem[]) => Value | undefined;

/** Compiles the tree once; the checker is called for every message. */
export function compileChecker(tree: SchemaTree): Checker {
  const conform = conformFields(tree);
  return (value) => {
    const problems: Problem[] = [];
    if (!isObject(value)) {
      note(problems, 'message.wrongType', { expected: 'object', found: foundKind(value) });
      return { value: {}, problems };
    }
    return { value: conform(value, problems), problems };
  };
}

/** Conforms one field: its presence, its shape (list or one value) and its type. */
export function conformNode(node: SchemaNode): Conform {
  const one = conformOne(node);
  const shaped = node.array ? listOf(one) : singleOf(one, node.type === 'any');
  return (value, problems) => {
    if (value === undefined) {
      if (node.required) note(problems, 'message.required', {});
      // Also of a list: an empty one would clear what it is written over, and a missing one leaves that alone.
      return undefined;
    }
    if (node.notEmpty && isEmpty(value)) note(problems, 'message.empty', {});
    return value === null ? null : shaped(value, problems);
  };
}

const isEmpty = (value: Value): boolean => value === null || value === '' || (Array.isArray(value) && value.length === 0);

type ConformValue = (value: Value, problems: Problem[]) => Value | undefined;

/** One value is a list of one. */
function listOf(one: ConformValue): ConformValue {
  return (value, problems) => {
    const items: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value];
    const result: Value[] = [];
    for (let index = 0; index < items.length; index++) {
      const before = problems.length;
      const item = one(items[index] as Value, problems);
      if (problems.length > before) place(problems, before, `[${index}]`);
      if (item !== undefined) result.push(item);
    }
    return result;
  };
}

/** A list of one is that value, an empty one is missing. */
function singleOf(one: ConformValue, anything: boolean): ConformValue {
  if (anything) return one;
  return (value, problems) => {
    if (!Array.isArray(value)) return one(value, problems);
    const items = value as readonly Value[];
    if (items.length > 1) return note(problems, 'message.tooMany', { count: items.length });
    return items[0] === undefined ? undefined : items[0] === null ? null : one(items[0], problems);
  };
}

function conformOne(node: SchemaNode): ConformValue {
  switch (node.type) {
    case 'any':
      return (value) => value;
    case 'keyValue':
      return conformPairs;
    case 'file':
      return (value, problems) => (value === null || isMessageFile(value) ? value : note(problems, 'message.wrongType', { expected: 'file {name, content}', found: foundKind(value) }));
    case 'object':
      return conformObject(node);
    default:
      return conformScalar(node.type);
  }
}

function conformScalar(type: ScalarNodeType): ConformValue {
  const read = scalarReaders[type];
  const expected = scalarExpectations[type];
  return (value, problems) => {
    if (value === null) return null;
    const result = read(value);
    if (result === undefined) note(problems, 'message.wrongType', { expected, found: foundKind(value) });
    return result;
  };
}

function conformObject(node: SchemaNode): ConformValue {
  const fields = node.fields === undefined ? null : conformFields(node.fields);
  return (value, problems) => {
    if (!isObject(value)) return note(problems, 'message.wrongType', { expected: 'object', found: foundKind(value) });
    return fields === null ? value : fields(value, problems);
  };
}

/** Free keys, each with one scalar. */
function conformPairs(value: Value, problems: Problem[]): Value | undefined {
  if (!isObject(value)) return note(problems, 'message.wrongType', { expected: 'object', found: foundKind(value) });
  for (const [key, item] of Object.entries(value)) {
    if (Array.isArray(item) || isObject(item)) problems.push({ path: key, code: 'message.wrongType', parameters: { expected: 'string, number or boolean', found: foundKind(item) } });
  }
  return value;
}

function conformFields(tree: SchemaTree): (object: ValueObject, problems: Problem[]) => ValueObject {
  const fields = Object.entries(tree).map(([name, node]) => ({ name, plain: !(name in Object.prototype), conform: conformNode(node) }));
  return (object, problems) => {
    const result: { [key: string]: Value } = {};
    for (const { name, plain, conform } of fields) {
      const before = problems.length;
      // A name that every object inherits counts only as an own key.
      const value = conform(plain || Object.hasOwn(object, name) ? object[name] : undefined, problems);
      if (problems.length > before) place(problems, before, name);
      if (value === undefined) continue;
      if (plain) result[name] = value;
      else setMember(result, name, value);
    }
    return result;
  };
}

/** Adds a problem of the whole value; gives what stands for a value that does not fit. */
function note(problems: Problem[], code: FailureCode, parameters: FailureParameters): undefined {
  problems.push({ path: '', code, parameters });
  return undefined;
}

/** Puts a name or an index before the paths of the problems from `from` on. */
export function place(problems: Problem[], from: number, part: string): void {
  for (const problem of problems.slice(from)) {
    problem.path = problem.path === '' || problem.path.startsWith('[') ? part + problem.path : `${part}.${problem.path}`;
  }
}

/** The kind of a value and, for a short scalar, the value. */
export function foundKind(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Decimal) return `decimal ${value.toString()}`;
  if (typeof value === 'string') return `string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  return typeof value === 'object' ? 'object' : `${typeof value} ${value}`;
}
