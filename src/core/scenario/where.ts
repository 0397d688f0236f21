/** The `where` of a find: `{state: new}`, `{total: {gt: =x}}`, `{and: […]}`, `{or: […]}`, `{not: {…}}`. */
import type { Comparison } from '../query.ts';
import { isUnread, joinPath, readList, report, type DocumentReader } from './document-reader.ts';
import type { FilterProgram } from './program.ts';
import type { ValueProgram } from './value-source.ts';

const comparisons: readonly (Comparison | 'linked')[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'startsWith', 'in', 'linked'];

/** Compiles a value of the condition; problems of expressions are reported under the path. */
export type CompileAt = (source: unknown, path: string) => ValueProgram;

/** Several conditions of one object all have to hold. */
export function compileWhere(reader: DocumentReader, source: unknown, path: string, compile: CompileAt): FilterProgram {
  if (!isUnread(source)) {
    report(reader, path, 'scenario.shape', { expected: '{attribute: value}' });
    return { op: 'and', of: [] };
  }
  const parts = Object.entries(source).map(([key, value]) => compilePart(reader, key, value, joinPath(path, key), compile));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { op: 'and', of: parts };
}

function compilePart(reader: DocumentReader, key: string, value: unknown, path: string, compile: CompileAt): FilterProgram {
  if (key === 'and' || key === 'or') {
    return { op: key, of: readList(reader, value, path).map((part, i) => compileWhere(reader, part, `${path}[${i}]`, compile)) };
  }
  if (key === 'not') return { op: 'not', of: compileWhere(reader, value, path, compile) };
  if (!isUnread(value)) return { op: 'eq', attribute: key, value: compile(value, path) };
  const tests = Object.entries(value).flatMap(([word, operand]) => compileTest(reader, key, word, operand, joinPath(path, word), compile) ?? []);
  return tests.length === 1 && tests[0] !== undefined ? tests[0] : { op: 'and', of: tests };
}

function compileTest(reader: DocumentReader, attribute: string, word: string, operand: unknown, path: string, compile: CompileAt): FilterProgram | undefined {
  const op = comparisons.find((known) => known === word);
  if (op !== undefined) return { op, attribute, value: compile(operand, path) };
  report(reader, path, 'config.unknownKey', { key: word, nearest: comparisons.join(', ') });
  return undefined;
}

/** The attributes that a condition names. */
export function attributesOf(filter: FilterProgram): readonly string[] {
  if ('attribute' in filter) return [filter.attribute];
  return filter.op === 'not' ? attributesOf(filter.of) : filter.of.flatMap(attributesOf);
}
